package analysis

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"prunelab/experiments/store"
)

// Every table of every published study, as it is rendered now, is LaTeX that
// compiles at the text width of
// the article class, with array, booktabs and longtable.
func TestTablesOfStudiesCompile(t *testing.T) {
	latex, err := exec.LookPath("pdflatex")
	if err != nil {
		t.Skip("pdflatex is not installed: that tables compile is not tested here (apt install texlive-latex-recommended)")
	}
	plans, err := filepath.Glob("../results/*/plan.json")
	if err != nil || len(plans) == 0 {
		t.Fatalf("no published study: %v", err)
	}
	var body bytes.Buffer
	body.WriteString("\\documentclass{article}\n\\usepackage[T1]{fontenc}\n\\usepackage{array,booktabs,longtable}\n\\begin{document}\n")
	tables := 0
	for _, plan := range plans {
		st := store.Inspect(filepath.Dir(plan), store.Disk{}, func(name string, why error) { t.Errorf("%s: %v", name, why) })
		p, err := st.Plan()
		if err != nil {
			t.Fatal(err)
		}
		outs, err := st.Outcomes(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, tab := range analyze(t, p, outs).Tables {
			text, err := tab.Tex()
			if err != nil {
				t.Fatal(err)
			}
			body.Write(text)
			body.WriteString("\\clearpage\n")
			tables++
		}
	}
	body.WriteString("\\end{document}\n")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "all.tex"), body.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(latex, "-interaction=nonstopmode", "-halt-on-error", "all.tex")
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("of %d tables: %v\n%s", tables, err, out[max(0, len(out)-2000):])
	}
	for line := range bytes.Lines(out) {
		if bytes.HasPrefix(line, []byte("Overfull")) || bytes.Contains(line, []byte("Float too large")) {
			t.Errorf("of %d tables: %s", tables, line)
		}
	}
	if log, err := os.ReadFile(filepath.Join(dir, "all.log")); err != nil || bytes.Contains(log, []byte("Missing character")) {
		t.Errorf("characters are left out: %v", err)
	}
}
