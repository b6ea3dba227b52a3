package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeCommands runs every command that the README shows, in its order,
// with the study that it shows. Studies that take long are made small.
func TestReadmeCommands(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(text, -1)
	if len(examples) != 2 {
		t.Fatalf("the README shows %d files, want a study and a network", len(examples))
	}
	study, network := examples[0][1], examples[1][1]
	t.Chdir(t.TempDir())
	small := strings.Fields("--set seeds=[21] --set train.epochs=1 --set retrain.epochs=1 --set data.train_samples=256 --set data.validation=100")
	ran := 0
	for line := range strings.Lines(string(text)) {
		command, ok := strings.CutPrefix(line, "    ")
		if !ok || strings.HasPrefix(command, " ") {
			continue
		}
		command, _, _ = strings.Cut(command, "#")
		command, to, redirected := strings.Cut(strings.TrimSpace(command), " > ")
		args := strings.Fields(strings.TrimPrefix(command, "go run ./cmd/"))
		if len(args) < 2 || args[0] != "prunelab" {
			continue // go test and go install: this test is run by the one
		}
		args = args[1:]
		if args[0] == "run" {
			args = append(args, small...)
		}
		var stdout, stderr bytes.Buffer
		if code := run(context.Background(), args, &stdout, &stderr); code != exitOK {
			t.Fatalf("%s: exit code %d\n%s", command, code, &stderr)
		}
		ran++
		if redirected {
			// The README says to change the file; it shows how.
			if stdout.Len() == 0 {
				t.Errorf("%s printed nothing", command)
			}
			if err := os.WriteFile(to, study, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if ran < 6 {
		t.Errorf("only %d commands were found in the README", ran)
	}
	described := regexp.MustCompile("(?m)^network: .*\n").ReplaceAll(study, network)
	if err := os.WriteFile("described.yaml", described, 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), append([]string{"run", "described.yaml"}, small...), &stdout, &stderr); code != exitOK {
		t.Errorf("the study with the network that the README describes: exit code %d\n%s", code, &stderr)
	}
	if _, err := os.Stat(filepath.Join("results", "quick", "report.html")); err != nil {
		t.Error(err)
	}
	pages := regexp.MustCompile("(?s)```latex\n(.*?)```").FindAllSubmatch(text, -1)
	if len(pages) != 1 {
		t.Fatalf("the README shows %d pages of LaTeX, want one", len(pages))
	}
	page(t, pages[0][1])
}

// page makes the PDF page of the README, of the figures and the table that its commands
// have left.
func page(t *testing.T, source []byte) {
	t.Helper()
	table, err := os.ReadFile(filepath.Join("results", "quick", "tables", "findings.tex"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"page.tex": source, "findings.tex": table} {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	latex, err := exec.LookPath("pdflatex")
	if err != nil {
		t.Skip("pdflatex is not installed: the README's page is not made (apt install texlive-latex-recommended)")
	}
	out, err := exec.Command(latex, "-interaction=nonstopmode", "-halt-on-error", "page.tex").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out[max(0, len(out)-2000):])
	}
	out = bytes.ReplaceAll(out, []byte("\n"), nil) // LaTeX breaks its lines anywhere
	if !bytes.Contains(out, []byte("(1 page,")) || !bytes.Contains(out, []byte("figure5.pdf")) || !bytes.Contains(out, []byte("figure6.pdf")) || !bytes.Contains(out, []byte("findings.tex")) || bytes.Contains(out, []byte("Overfull")) {
		t.Errorf("the page lacks a part, or one is too wide:\n%s", out)
	}
}

// TestComingFromCommands runs every command that the page for people who come from other
// tools shows, in its order.
func TestComingFromCommands(t *testing.T) {
	text, err := os.ReadFile("COMING-FROM.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	ran := 0
	for line := range strings.Lines(string(text)) {
		shown, ok := strings.CutPrefix(line, "    prunelab ")
		if !ok {
			continue
		}
		args := strings.Fields(shown)
		switch args[0] {
		case "run":
			args = append(args, strings.Fields("--set seeds=[21] --set train.epochs=1 --set retrain.epochs=1 --set data.train_samples=1024 --set data.validation=100")...)
		case "scan":
			args = append(args, "--images", "200")
		}
		command(t, exitOK, args...)
		ran++
	}
	if ran < 8 {
		t.Errorf("only %d commands were found", ran)
	}
}
