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
	"unicode"
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
	for r := rune(127); r < 0x180; r++ {
		if unicode.Is(latin, r) {
			all.WriteRune(r)
		}
	}
	s := Table{Name: "all", Title: all.String(), Columns: Lefts("a", "b"), Rows: [][]Cell{Texts("--check", all.String())}, Notes: []string{all.String()}}
	body, err := s.Tex()
	if err != nil {
		t.Fatal(err)
	}
	if log := compiled(t, latex, "\\usepackage[T1]{fontenc}\n", body); strings.Contains(log, "Missing character") {
		t.Errorf("characters are left out\n%s", log)
	}
}

// compiled is the log of a document with a table, which has to compile.
func compiled(t *testing.T, latex, preamble string, body []byte) string {
	t.Helper()
	dir := t.TempDir()
	text := "\\documentclass{article}\n" + preamble + "\\usepackage{booktabs}\n\\begin{document}\n" + string(body) + "\\end{document}\n"
	if err := os.WriteFile(filepath.Join(dir, "all.tex"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(latex, "-interaction=nonstopmode", "-halt-on-error", "all.tex")
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	log, err := os.ReadFile(filepath.Join(dir, "all.log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(log)
}

// Names that pdflatex does not set are named at the head of the table, each character
// once, with what sets them; names of Latin letters are no matter.
func TestTexNamesWhatPdflatexDoesNotSet(t *testing.T) {
	s := Table{Name: "x", Columns: Lefts("層", "ü ž"), Rows: [][]Cell{{Text("无正则"), Text("±").With("无")}}}
	out, err := s.Tex()
	if err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(string(out), "\n"); first != `% pdflatex does not set 層无正则: compile with xelatex, \usepackage{xeCJK} and \setCJKmainfont{FONT} with a font that has them, as Noto Sans CJK SC.` {
		t.Error(first)
	}
	if got := string(BeyondTex("Привет", "für", "無")); got != "Привет無" {
		t.Errorf("%q", got)
	}
	if got := Typeset([]rune("Привет")); !strings.Contains(got, "fontspec") || strings.Contains(got, "CJK") {
		t.Error(got)
	}
	s.Columns, s.Rows = Lefts("a", "ü ž"), [][]Cell{Texts("é", "±")}
	if out, err = s.Tex(); err != nil || !strings.HasPrefix(string(out), "\\begin{table}") {
		t.Errorf("%s, %v", out, err)
	}
}

// What the head of a table with names in Chinese says compiles it.
func TestTexOfNamesInChineseCompiles(t *testing.T) {
	latex, err := exec.LookPath("xelatex")
	if err != nil || exec.Command("kpsewhich", "xeCJK.sty").Run() != nil {
		t.Skip("xelatex with xeCJK is not installed: that tables with names in Chinese compile is not tested here (apt install texlive-xetex texlive-lang-chinese)")
	}
	fonts, err := exec.Command("fc-list", ":lang=zh-cn", "family").Output()
	font, _, _ := strings.Cut(string(fonts), "\n")
	if font, _, _ = strings.Cut(font, ","); err != nil || font == "" {
		t.Skip("no font for Chinese is installed: that tables with names in Chinese compile is not tested here (apt install fonts-noto-cjk)")
	}
	body, err := Table{Name: "x", Title: "无正则", Columns: Lefts("层", "ü"), Rows: [][]Cell{Texts("卷积二", "±")}}.Tex()
	if err != nil {
		t.Fatal(err)
	}
	if log := compiled(t, latex, "\\usepackage{xeCJK}\n\\setCJKmainfont{"+font+"}\n", body); strings.Contains(log, "Missing character") {
		t.Errorf("characters are left out\n%s", log)
	}
}
