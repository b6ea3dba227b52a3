package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A study's figures are drawn beside the report's own and shown in it; others take their
// place without anything being run again; what is wrong with one is found before that.
func TestFiguresOfAStudy(t *testing.T) {
	enter(t)
	text, err := os.ReadFile("base.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write := func(figures string) {
		if err := os.WriteFile("asking.yaml", []byte(string(text)+"\nfigures:\n"+figures), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("  - {name: tradeoff, arms: [nobody]}\n")
	for _, verb := range []string{"plan", "run"} {
		if said := command(t, exitUsage, verb, "asking.yaml", "--out", "x"); !strings.Contains(said, "figures[0].arms[0] cannot be \"nobody\"") {
			t.Errorf("%s: %s", verb, said)
		}
	}
	if _, err := os.Stat("x"); err == nil {
		t.Error("something was run")
	}
	write("  - {name: tradeoff, style: han2015, file: figure-5, width: 100mm}\n  - {name: first-layer}\n")
	said := command(t, exitOK, "run", "asking.yaml", "--out", "x")
	if want := "the figure first-layer-2, which " + filepath.Join("x", "figures.yaml") + " asks for, is not drawn: "; !strings.Contains(said, want) {
		t.Errorf("it does not say %s: %s", want, said)
	}
	for _, name := range []string{"figure-5.png", "figure-5.svg", "figure-5.pdf", "figure-5.csv", "tradeoff.png"} {
		if _, err := os.Stat(filepath.Join("x", "figures", name)); err != nil {
			t.Error(err)
		}
	}
	has := func(file, part string) bool {
		b, err := os.ReadFile(filepath.Join("x", file))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(b), part)
	}
	if !has("report.md", "figures/figure-5.png") || !has("report.html", "figure-5") || has("study.yaml", "figures:") {
		t.Error("the figure is not in the reports, or stands in the study as it is run")
	}
	if !has("figures/figure-5.svg", `width="100mm"`) {
		t.Error("the figure is not as it was asked for")
	}
	write("  - {name: accuracy, file: mine}\n")
	said = command(t, exitOK, "run", "asking.yaml", "--out", "x")
	if !strings.Contains(said, "asked for other figures and now has those of the study") || strings.Contains(said, "to run on") {
		t.Error(said)
	}
	if _, err := os.Stat(filepath.Join("x", "figures", "mine.pdf")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join("x", "figures", "figure-5.png")); err == nil {
		t.Error("what nobody asks for any more is there")
	}
	if said := command(t, exitOK, "verify", "x", "--trials", "0"); strings.Contains(said, "figures.yaml") {
		t.Error(said)
	}
	if err := os.WriteFile(filepath.Join("x", "figures.yaml"), []byte("figures: [{name: trade}]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if said := command(t, exitUsage, "report", "x"); !strings.Contains(said, "did you mean \"tradeoff\"?") {
		t.Error(said)
	}
}
