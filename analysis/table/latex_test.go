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
	"unicode/utf8"
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
	compiles(t, latex, "\\usepackage[T1]{fontenc}\n", body)
}

// compiles runs LaTeX on tables, which has to leave out no character and to find nothing
// wider than the text or higher than a page.
func compiles(t *testing.T, latex, preamble string, tables []byte) {
	t.Helper()
	dir := t.TempDir()
	text := "\\documentclass{article}\n" + preamble + "\\usepackage{array,booktabs,longtable}\n\\begin{document}\n" + string(tables) + "\\end{document}\n"
	if err := os.WriteFile(filepath.Join(dir, "all.tex"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(latex, "-interaction=nonstopmode", "-halt-on-error", "all.tex")
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out[max(0, len(out)-3000):])
	}
	log, err := os.ReadFile(filepath.Join(dir, "all.log"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(log)) {
		if strings.HasPrefix(line, "Overfull") || strings.Contains(line, "Float too large") || strings.Contains(line, "Missing character") {
			t.Error(strings.TrimSpace(line))
		}
	}
}

// wide is a table of every trouble: many columns, long names, long texts, notes.
func wide(rows int) Table {
	s := Table{Name: "wide", Title: "A table that is wider than a page and has a title that does not fit on one of its lines either",
		Columns: append(Lefts("claim", "difference", "a layer that was pruned"), append(Rights("effect (pp)", "adjusted p", "accuracy of seven seeds (%)", "n", "largest (%)", "another number (pp)", "and one more"), Lefts("verdict", "reason")...)...),
		Notes:   []string{strings.Repeat("What holds for all of it, needs >= 8 seeds and prunelab recommend --check. ", 6)}}
	for i := range rows {
		s.Rows = append(s.Rows, append(Texts("dropout-adjusted-beats-same", "conv − fc (mean over the layers of a type)", "a_layer_with_a_long_name_that_has_no_blank_at_all"),
			Symmetric(98.5, 98.375, 98.625, 3, 2), Number(0.0312, 4), Interval(-12.25, -20.5, 0.75, 3, 2).With("of ratio 0.5, the first of 7"), Int(i), Number(12.5, 1), Number(-0.5, 2), Missing("not run yet"),
			Text("inconclusive"), Text("adjusted p = 1.000, of conv1 − fc2, whose p is the largest; a shift of 0.1 pp in conv1 − fc1 would have been found with probability 0.8")))
	}
	return s
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
	compiles(t, latex, "\\usepackage{xeCJK}\n\\setCJKmainfont{"+font+"}\n", body)
}

// Short and long tables, narrow and wide, fit the text width of the article class.
func TestTexFitsThePage(t *testing.T) {
	latex, err := exec.LookPath("pdflatex")
	if err != nil {
		t.Skip("pdflatex is not installed: that tables fit a page is not tested here (apt install texlive-latex-recommended)")
	}
	var all []byte
	for _, s := range []Table{wide(3), wide(70), sample()} {
		b, err := s.Tex()
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, b...), "\\clearpage\n"...)
	}
	compiles(t, latex, "\\usepackage[T1]{fontenc}\n", all)
}

// What is drawn of a wide table is all of it: every block names its rows.
func TestWideTablesAreBrokenIntoBlocks(t *testing.T) {
	s := wide(3)
	for name, render := range map[string]func() ([]byte, error){"txt": s.Txt, "tex": s.Tex} {
		b, err := render()
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(string(b)), " ")
		for _, want := range []string{"98.50", "0.0312", "12.25", "12.5", "inconclusive", "probability"} {
			if n := strings.Count(text, want); n < 3 {
				t.Errorf("%s: %q is there %d times, want one a row", name, want, n)
			}
		}
	}
	b, _ := s.Txt()
	for line := range strings.Lines(string(b)) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 120 {
			t.Errorf("a line of %d characters: %s", n, line)
		}
	}
	for _, part := range s.blocks(textRoom) {
		if part.columns[0] != 0 || part.columns[1] != 1 || part.columns[2] != 2 {
			t.Errorf("a block has the columns %v: what its rows are about is not there", part.columns)
		}
	}
}

// Signs that people type are set as they are meant.
func TestTexSetsSigns(t *testing.T) {
	for text, want := range map[string]string{"needs >= 8 seeds": `needs $\geq$ 8 seeds`, "a <= b": `a $\leq$ b`, "recommend --check": `recommend -{}-{}check`, "a > b": `a \textgreater{} b`} {
		if got := escapeTex(text); got != want {
			t.Errorf("%q becomes %q, not %q", text, got, want)
		}
	}
}
