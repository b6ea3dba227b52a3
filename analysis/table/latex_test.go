package table

import (
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// written are the characters beyond ASCII of the string literals that tables and
// their notes are made of, with a file that has each.
func written(t *testing.T) map[rune]string {
	t.Helper()
	found := map[rune]string{}
	for _, root := range []string{"..", "../../experiments", "../../model"} {
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && (d.Name() == "report" || d.Name() == "testdata") {
				return fs.SkipDir // a report is no table
			}
			if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || d.Name() == "latex.go" {
				return nil
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			var s scanner.Scanner
			set := token.NewFileSet()
			s.Init(set.AddFile(name, set.Base(), len(text)), text, nil, 0)
			for {
				_, tok, lit := s.Scan()
				if tok == token.EOF {
					return nil
				}
				if tok == token.STRING || tok == token.CHAR {
					if plain, err := strconv.Unquote(lit); err == nil {
						lit = plain
					}
					for _, r := range lit {
						if r > 126 && r != '\ufeff' && r != '\ufffd' {
							found[r] = name
						}
					}
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) < 10 {
		t.Fatalf("only %d characters were found", len(found))
	}
	return found
}

// Whatever tables and notes write has a LaTeX form in ASCII.
func TestTexKnowsEveryCharacterThatIsWritten(t *testing.T) {
	for r, name := range written(t) {
		out := escapeTex(string(r))
		if strings.IndexFunc(out, func(r rune) bool { return r > 126 }) >= 0 {
			t.Errorf("%s writes %c, which LaTeX gets as it is", name, r)
		}
	}
}

// Two hyphens are no dash, and other signs that LaTeX joins stay apart.
func TestTexJoinsNothing(t *testing.T) {
	for text, want := range map[string]string{
		"--check": `-{}-{}check`, "a---b": `a-{}-{}-b`, "a-b": `a-b`, "``x": "\\textasciigrave{}\\textasciigrave{}x",
	} {
		if got := escapeTex(text); got != want {
			t.Errorf("%q becomes %q, not %q", text, got, want)
		}
	}
}

// A document with all that tables write compiles.
func TestTexCompiles(t *testing.T) {
	latex, err := exec.LookPath("pdflatex")
	if err != nil {
		t.Skip("pdflatex is not installed: that tables compile is not tested here (apt install texlive-latex-recommended)")
	}
	var all strings.Builder
	for r := range written(t) {
		all.WriteRune(r)
		all.WriteByte(' ')
	}
	for r := rune(' '); r < 127; r++ {
		all.WriteRune(r)
	}
	s := Table{Name: "all", Title: all.String(), Columns: Lefts("a", "b"), Rows: [][]Cell{Texts("--check", all.String())}, Notes: []string{all.String()}}
	body, err := s.Tex()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text := "\\documentclass{article}\n\\usepackage[T1]{fontenc}\n\\usepackage{booktabs}\n\\begin{document}\n" + string(body) + "\\end{document}\n"
	if err := os.WriteFile(filepath.Join(dir, "all.tex"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(latex, "-interaction=nonstopmode", "-halt-on-error", "all.tex")
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
