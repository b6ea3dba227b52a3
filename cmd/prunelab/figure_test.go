package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A figure is drawn as asked, its numbers beside it; a mistake says what there is.
func TestFigure(t *testing.T) {
	enter(t)
	command(t, exitOK, "run", "base.yaml", "--set", "seeds=2", "--out", "x")
	said := command(t, exitOK, "figure", "x", "tradeoff", "-o", "f.png", "--width", "100mm", "--dpi", "100", "--style", "screen", "--title", "T")
	if !strings.Contains(said, "f.png and f.csv written") || !strings.Contains(said, "Change of accuracy against the network that was not pruned") {
		t.Errorf("it says %s", said)
	}
	b, err := os.ReadFile("f.png")
	if err != nil {
		t.Fatal(err)
	}
	if w := binary.BigEndian.Uint32(b[16:20]); w != 394 { // 100 mm over 25.4, times 100
		t.Errorf("%d pixels wide, want 394", w)
	}
	csv, err := os.ReadFile("f.csv")
	if err != nil || !bytes.HasPrefix(csv, []byte("panel,arm,target,")) {
		t.Errorf("the numbers: %v, %.60s", err, csv)
	}
	command(t, exitOK, "figure", "x", "tradeoff", "--style", "han2015", "-o", "han.pdf")
	command(t, exitOK, "figure", "x", "tradeoff", "--stage", "pruned", "-o", "f.png") // its own numbers are made anew
	if err := os.WriteFile("mine.csv", []byte("my,data\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if said := command(t, exitError, "figure", "x", "tradeoff", "-o", "mine.pdf"); !strings.Contains(said, "mine.csv is there already and is not overwritten") {
		t.Errorf("a file of others in the place of the numbers: %s", said)
	}
	if b, err := os.ReadFile("mine.csv"); err != nil || string(b) != "my,data\n" {
		t.Errorf("it holds %q now, %v", b, err)
	}
	if _, err := os.Stat("mine.pdf"); err == nil {
		t.Error("the figure without its numbers is there")
	}
	command(t, exitOK, "figure", "x", "tradeoff", "-o", "y.svg", "--y=-5:0.5", "--stage", "retrained")
	if said := command(t, exitOK, "figure", "x", "tradeoff", "-o", "y.svg", "--layers", "fc1", "--dpi", "100", "--y=-5:0.5"); !strings.Contains(said, "--layers changes nothing in the figure tradeoff of this study") || !strings.Contains(said, "--dpi is of a PNG") || strings.Contains(said, "--y") {
		t.Errorf("what had no effect is not said: %s", said)
	}
	for want, args := range map[string][]string{
		"no figure is called trade; there are tradeoff, ": {"trade"},
		"--arms: the study has no L9; it has ":            {"tradeoff", "--arms", "L9"},
		"--width 3: a length as 89mm or 5.5in is needed":  {"tradeoff", "--width", "3"},
		"--x 1: two different numbers":                    {"tradeoff", "--x", "1"},
		"has to end in .pdf, .svg or .png":                {"tradeoff", "-o", "a.gif"},
		"--dpi 1: between 30 and 1200":                    {"tradeoff", "--dpi", "1"},
	} {
		if said := command(t, exitUsage, append([]string{"figure", "x"}, args...)...); !strings.Contains(said, want) {
			t.Errorf("%v: %s", args, said)
		}
	}
}

// Several folders are one figure, whose numbers say which run a row is of; versions of
// one study have the names of their folders.
func TestFigureOfSeveralRuns(t *testing.T) {
	enter(t)
	command(t, exitOK, "run", "base.yaml", "--set", "seeds=2", "--out", "x")
	command(t, exitOK, "run", "base.yaml", "--set", "seeds=3", "--out", "y")
	command(t, exitOK, "run", "base.yaml", "--set", "seeds=2", "--set", "name=other", "--out", "z")
	for _, c := range []struct {
		dirs, runs []string
	}{{[]string{"x", "y"}, []string{"x", "y"}}, {[]string{"x", "z"}, []string{"base", "other"}}} {
		said := command(t, exitOK, append(append([]string{"figure"}, c.dirs...), "tradeoff", "-o", "f.svg")...)
		if want := "Runs: " + c.runs[0] + ": "; !strings.Contains(said, want) {
			t.Errorf("the caption does not have %s: %s", want, said)
		}
		csv, err := os.ReadFile("f.csv")
		if err != nil {
			t.Fatal(err)
		}
		for _, run := range c.runs {
			if !bytes.Contains(csv, []byte("\n"+run+",")) {
				t.Errorf("%v: no row is of %s:\n%s", c.dirs, run, csv)
			}
		}
	}
	for want, args := range map[string][]string{
		" is named twice":                                  {"x", "./x/", "tradeoff"},
		"--arms: the study has no L9":                      {"x", "y", "tradeoff", "--arms", "L9"},
		"the results folder of a run and then the name of": {"tradeoff"},
		"no figure is called y; there are tradeoff, ":      {"x", "y"},
	} {
		said := command(t, exitUsage, append([]string{"figure"}, args...)...)
		if !strings.Contains(said, want) {
			t.Errorf("%v: %s", args, said)
		}
	}
	if said := command(t, exitUsage, "figure", "x", "y", "weights", "-o", "w.pdf"); !strings.Contains(said, "the figure weights is of one run") {
		t.Error(said)
	}
}

// What cannot be drawn as asked is a mistake of who asks, and says what would do.
func TestFigureAskedForWrongly(t *testing.T) {
	enter(t)
	command(t, exitOK, "run", "base.yaml", "--set", "seeds=2", "--out", "x")
	for want, args := range map[string][]string{
		"letters of 8 pt need a width of at least 40 mm":         {"--width", "39mm"},
		"nothing lies within the ranges: the data have x from 0": {"--x", "99.5:99.9"},
		"no place for 100 %":                      {"--x", "50:100"},
		"needs 2 colours, and 1 are given":        {"--palette", "#ff0000"},
		"--font-size 1: a size of 4 to 72 points": {"--font-size", "1"},
		"--words: open nothing.yaml":              {"--words", "nothing.yaml"},
		"5080 mm are the most":                    {"--height", "2000mm", "--font-size", "72", "--width", "2000mm", "--title", strings.Repeat("long ", 9999)},
	} {
		if said := command(t, exitUsage, append([]string{"figure", "x", "tradeoff", "-o", "w.svg"}, args...)...); !strings.Contains(said, want) {
			t.Errorf("%v: %s", args, said)
		}
	}
	if _, err := os.Stat("w.svg"); err == nil {
		t.Error("something is drawn")
	}
}

// The words that are printed are a file of words that changes nothing; translated ones
// are on the figure; a word of no figure is refused with the nearest.
func TestFigureInOtherWords(t *testing.T) {
	enter(t)
	command(t, exitOK, "run", "base.yaml", "--set", "seeds=2", "--out", "x")
	words := command(t, exitOK, "figure", "x", "tradeoff", "--print-words")
	if !strings.Contains(words, "\"Change of accuracy (pp)\": \"Change of accuracy (pp)\"") {
		t.Fatal(words)
	}
	if _, err := os.Stat("tradeoff.pdf"); err == nil {
		t.Error("the figure is drawn")
	}
	write := func(text string) {
		if err := os.WriteFile("words.yaml", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	read := func() string {
		b, err := os.ReadFile("f.svg")
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	command(t, exitOK, "figure", "x", "tradeoff", "-o", "f.svg")
	plain := read()
	write(words)
	command(t, exitOK, "figure", "x", "tradeoff", "-o", "f.svg", "--words", "words.yaml")
	if read() != plain {
		t.Error("the program's own words change the figure")
	}
	write("\"Change of accuracy (pp)\": \"准确率变化（百分点）\"\n")
	command(t, exitOK, "figure", "x", "tradeoff", "-o", "f.svg", "--words", "words.yaml")
	if got := read(); !strings.Contains(got, ">准确率变化（百分点）</text>") || !strings.Contains(got, ">Parameters pruned away (%)</text>") {
		t.Error("the figure is not in these words")
	}
	for want, text := range map[string]string{
		"did you mean \"Change of accuracy (pp)\"?": "\"Change of acuracy (pp)\": a",
		"is there twice":                      "L2: a\nL2: b",
		"has to be a text of 1 to 1000 bytes": "L2: [a]",
		"has to be a mapping of texts":        "L2",
	} {
		write(text)
		if said := command(t, exitUsage, "figure", "x", "tradeoff", "-o", "f.svg", "--words", "words.yaml"); !strings.Contains(said, want) {
			t.Errorf("%s: %s", text, said)
		}
	}
}

// A picture that no memory holds is refused, not drawn until the machine runs out.
func TestFigureOfTooManyPixels(t *testing.T) {
	enter(t)
	command(t, exitOK, "run", "base.yaml", "--set", "seeds=2", "--out", "x")
	said := command(t, exitError, "figure", "x", "tradeoff", "-o", "f.png", "--width", "300mm", "--height", "400mm", "--dpi", "1200")
	if !strings.Contains(said, "million pixels") {
		t.Errorf("it says %s", said)
	}
	if _, err := os.Stat("f.png"); err == nil {
		t.Error("it is there")
	}
}

// A report draws the main figures unless it is asked for others, and keeps to what it
// was asked for.
func TestReportDrawsTheFiguresThatAreWanted(t *testing.T) {
	enter(t)
	first := command(t, exitOK, "run", "base.yaml", "--set", "seeds=2", "--out", "x")
	if !strings.Contains(first, "% of the weights of") || !strings.Contains(first, filepath.Join("x", "report.html")) {
		t.Errorf("the terminal does not begin with the answer: %s", first)
	}
	drawn := func() int {
		names, err := filepath.Glob(filepath.Join("x", "figures", "*.png"))
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	main := drawn()
	command(t, exitOK, "report", "x", "--figures", "all")
	if all := drawn(); main == 0 || main > 6 || all <= main {
		t.Errorf("%d figures, of all %d", main, all)
	}
	if said := command(t, exitOK, "run", "base.yaml", "--set", "seeds=2", "--out", "x"); !strings.Contains(said, "up to date") || !strings.Contains(said, "% of the weights of") {
		t.Errorf("all figures are not kept: %s", said)
	}
	command(t, exitOK, "report", "x", "--only", "tradeoff,training")
	if got := drawn(); got != 2 {
		t.Errorf("%d figures, want the two that were named", got)
	}
	if said := command(t, exitUsage, "report", "x", "--only", ""); !strings.Contains(said, "there are tradeoff") {
		t.Error(said)
	}
	if said := command(t, exitUsage, "report", "x", "--only", "trade"); !strings.Contains(said, "there are tradeoff") {
		t.Error(said)
	}
}
