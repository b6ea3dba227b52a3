package table

import (
	"encoding/csv"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/stats"
)

var update = flag.Bool("update", false, "write the golden files")

// sample has a cell of every kind and text that every format has to escape.
func sample() Table {
	return Table{
		Name:  "sample_1",
		Title: "Accuracy (%) of L1→L2",
		Columns: []Column{
			{"arm", Left}, {"ratio", Right}, {"my_acc (%)", Right}, {"best", Right},
		},
		Rows: [][]Cell{
			{Text("L1→L2"), Number(0.5, 2), Symmetric(98.5, 98.375, 98.625, 3, 2), Interval(0.5, 0.25, 0.75, 3, 2)},
			{Text("a|b_c & $5%"), Number(-0.001, 2), Symmetric(98, 97, 99, 2, 2).With("seed 3 diverged"), None()},
			{Text("two\nlines"), Number(-1.5, 2), Missing("not run yet"), Int(12)},
			{Text("[x] \\ *y* <z> `q` {w} #1 ^~"), None(), Missing("seed 3 diverged"), None()},
		},
		Notes: []string{"± and [ ]: 95 % t interval of the mean."},
	}
}

func TestGolden(t *testing.T) {
	s := sample()
	page := func() ([]byte, error) {
		element, below := s.HTML()
		return append(element, below...), nil
	}
	for name, render := range map[string]func() ([]byte, error){"txt": s.Txt, "md": s.Markdown, "csv": s.CSV, "tex": s.Tex, "html": page} {
		got, err := render()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", "sample."+name)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s differs from %s:\n%s", name, path, got)
		}
	}
}

// Every row of the Markdown has as many unescaped bars as columns need, however
// hostile the text.
func TestMarkdownKeepsItsColumns(t *testing.T) {
	b, err := sample().Markdown()
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(b)) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		rows++
		bare := strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\|`, "")
		if n := strings.Count(bare, "|"); n != 5 {
			t.Errorf("%d bars in %q, want 5", n, line)
		}
	}
	if rows != 6 {
		t.Errorf("%d lines of table, want head, rule and 4 rows", rows)
	}
}

func TestCSVHasNumbersAndNoZeroForMissing(t *testing.T) {
	b, err := sample().CSV()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], ";"); got != "arm;ratio;my_acc (%);my_acc (%) lo;my_acc (%) hi;my_acc (%) n;best;best lo;best hi;best n" {
		t.Errorf("heads %s", got)
	}
	if got := strings.Join(rows[1][1:6], ";"); got != "0.5;98.5;98.375;98.625;3" {
		t.Errorf("numbers %s", got)
	}
	for _, field := range rows[3][2:6] {
		if field != "" {
			t.Errorf("a missing number is %q", field)
		}
	}
}

// The width of → and ± must not follow the locale.
func TestTextIgnoresTheLocale(t *testing.T) {
	t.Setenv("LC_ALL", "ja_JP.UTF-8")
	t.Setenv("RUNEWIDTH_EASTASIAN", "1")
	got, err := sample().Txt()
	if err != nil {
		t.Fatal(err)
	}
	want, _ := os.ReadFile("testdata/sample.txt")
	if string(got) != string(want) {
		t.Errorf("another text under a Japanese locale:\n%s", got)
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		v    float64
		d    int
		want string
	}{{1.005, 1, "1.0"}, {-0.04, 1, "0.0"}, {-0.06, 1, "−0.1"}, {0, 0, "0"}, {-3, 0, "−3"}} {
		if got := Format(c.v, c.d); got != c.want {
			t.Errorf("Format(%v, %d) = %q, want %q", c.v, c.d, got, c.want)
		}
	}
}

func TestARaggedTablePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	_, _ = Table{Columns: []Column{{"a", Left}}, Rows: [][]Cell{{Text("x"), Text("y")}}}.Txt()
}

// An interval over seeds and images stands beside that over seeds, in the text as its
// half and in CSV with both ends; where there is none, nothing does.
func TestIntervalsOverSeedsAndImagesStandBeside(t *testing.T) {
	seeds := stats.Estimate{Value: 0.98, Lo: 0.979, Hi: 0.981, Level: 0.95, N: 8}
	across := stats.Estimate{Value: 0.98, Lo: 0.976, Hi: 0.983, Level: 0.95, N: 8}
	tab := Table{Name: "t", Columns: Rights("accuracy (%)"), Rows: [][]Cell{{Both(seeds, across, "")}, {Both(seeds, stats.Estimate{}, "")}}}
	narrow := stats.Estimate{Value: 0.98, Lo: 0.9795, Hi: 0.9805, Level: 0.95, N: 8}
	if c := Both(seeds, narrow, ""); c.Text != "98.00 ± 0.10 (0.10)" || *c.AcrossLo != *c.Lo || *c.AcrossHi != *c.Hi {
		t.Errorf("an interval over seeds and images that is narrower than over seeds: %q", c.Text)
	}
	if got := []string{tab.Rows[0][0].Text, tab.Rows[1][0].Text}; !slices.Equal(got, []string{"98.00 ± 0.10 (0.35)", "98.00 ± 0.10"}) {
		t.Errorf("cells %q", got)
	}
	csv, err := tab.CSV()
	if err != nil {
		t.Fatal(err)
	}
	want := "accuracy (%),accuracy (%) lo,accuracy (%) hi,accuracy (%) n,\"accuracy (%) lo, seeds x images\",\"accuracy (%) hi, seeds x images\"\n" +
		"98,97.9,98.1,8,97.6,98.3\n98,97.9,98.1,8,,\n"
	if string(csv) != want {
		t.Errorf("CSV %q, want %q", csv, want)
	}
	tab.Rows = tab.Rows[1:]
	if csv, _ = tab.CSV(); strings.Contains(string(csv), "images") {
		t.Errorf("without such an interval: %q", csv)
	}
}
