package main

import (
	"bufio"
	"bytes"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"prunelab/model/rng"
)

// program returns a command that runs prunelab, this test's own binary, in a
// folder.
func program(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, ".bin", "prunelab") // TestMain goes by the name
	if _, err := os.Lstat(name); err != nil {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(self, name); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command(name, args...)
	c.Dir = dir
	return c
}

// output runs the command, which must end with the exit code, and returns what
// it printed.
func output(t *testing.T, c *exec.Cmd, code int) string {
	t.Helper()
	b, _ := c.CombinedOutput()
	if got := c.ProcessState.ExitCode(); got != code {
		t.Fatalf("%v: exit code %d, want %d\n%s", c.Args[1:], got, code, b)
	}
	return string(b)
}

// contents reads what a reader of a run's folder sees: tables, figures,
// findings and reports.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, part := range []string{"tables", "figures", "findings.json", "report.md", "report.html"} {
		err := filepath.WalkDir(filepath.Join(dir, part), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(name)
			rel, _ := filepath.Rel(dir, name)
			files[rel] = string(b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	if a, b := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)); !slices.Equal(a, b) {
		t.Errorf("files %v, want %v", a, b)
	}
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s differs", name)
		}
	}
}

// long is a run that takes about a second.
var long = []string{"run", "base.yaml", "--set", "train.epochs=20", "--set", "retrain.epochs=10", "--workers", "2", "--out"}

func TestKilledRunEndsAsAnUndisturbedOne(t *testing.T) {
	dir := t.TempDir()
	if err := prepare(dir); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	output(t, program(t, dir, append(long, "whole")...), exitOK)
	took := time.Since(began)
	want := contents(t, filepath.Join(dir, "whole"))
	if len(want) < 30 {
		t.Fatalf("only %d files were rendered", len(want))
	}

	r := rng.Stream(1, "kill")
	killed := 0
	for range 6 {
		c := program(t, dir, append(long, "killed")...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(r.Float64() * float64(took) / 3))
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if c.Wait() != nil {
			killed++
		}
	}
	if killed == 0 {
		t.Error("every run ended before it was killed")
	}
	output(t, program(t, dir, append(long, "killed")...), exitOK)
	same(t, contents(t, filepath.Join(dir, "killed")), want)
}

func TestInterruptedRunGoesOn(t *testing.T) {
	dir := t.TempDir()
	if err := prepare(dir); err != nil {
		t.Fatal(err)
	}
	output(t, program(t, dir, append(long, "whole")...), exitOK)

	c := program(t, dir, append(long, "stopped")...)
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "of 32 trials") && !strings.Contains(lines.Text(), "to run") && !strings.Contains(said.String(), "stopping") {
			if err := c.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.Wait()
	if got := c.ProcessState.ExitCode(); got != exitInterrupted {
		t.Fatalf("exit code %d, want %d\n%s", got, exitInterrupted, &said)
	}
	for _, want := range []string{"stopping after the batch at hand", "interrupted with", "of 32 trials done", "prunelab report stopped"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("it did not say %q:\n%s", want, &said)
		}
	}

	// What is there can be looked at, and the report says that it is not all.
	half := output(t, program(t, dir, "report", "stopped"), exitOK)
	report, err := os.ReadFile(filepath.Join(dir, "stopped", "report.md"))
	if err != nil || !strings.Contains(half, "have not been run yet") || !strings.Contains(string(report[:400]), "have not been run yet") {
		t.Errorf("the report of half a run does not say so: %v\n%s\n%.400s", err, half, report)
	}

	output(t, program(t, dir, append(long, "stopped")...), exitOK)
	same(t, contents(t, filepath.Join(dir, "stopped")), contents(t, filepath.Join(dir, "whole")))
}
