package study

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"prunelab/experiments/figure"
)

// asking is a study that asks for figures; everything has the arms L2 and others.
func asking(figures string) []byte { return []byte(everything + "\nfigures:\n" + figures) }

// Figures are read with every option, printed as they are read, and change nothing of
// what is run.
func TestFiguresAreReadAndPlanNothing(t *testing.T) {
	plain := mustParse(t, everything)
	arm, layer := plain.Arms[0].Name, plain.layerNames()[0]
	s := mustParse(t, string(asking(`  - {name: tradeoff, style: han2015, arms: [`+quote(arm)+`], file: figure-5, width: 89mm, height: 2in, dpi: 600, font_size: 9, no_note: true, no_legend: true}
  - name: sensitivity
    layers: [`+quote(layer)+`]
    stage: pruned
    x: "5:100"
    y: "-20:1"
    linear: true
    palette: ["#0072b2", "#d55e00"]
    title: Sensitivity of layers
    words: {"Change of accuracy (pp)": "准确率变化"}
  - {name: accuracy, palette: tol-bright}
`)))
	want := []figure.Request{
		{Kind: "tradeoff", File: "figure-5", Options: figure.Options{Style: figure.Han2015, Arms: []string{arm}, Width: "89mm", Height: "2in", DPI: 600, FontSize: "9", NoNote: true, NoLegend: true}},
		{Kind: "sensitivity", File: "sensitivity-2", Words: map[string]string{"Change of accuracy (pp)": "准确率变化"},
			Options: figure.Options{Layers: []string{layer}, Stage: "pruned", X: "5:100", Y: "-20:1", Linear: true, Palette: []string{"#0072b2", "#d55e00"}, Title: "Sensitivity of layers"}},
		{Kind: "accuracy", File: "accuracy-3", Options: figure.Options{Palette: []string{"tol-bright"}}},
	}
	again, err := Figures("figures.yaml", s.FiguresYAML())
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]figure.Request{"read": s.Figures, "printed and read": again} {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v,\nwant %+v", name, got, want)
		}
	}
	p, err := s.Plan("generic")
	if err != nil {
		t.Fatal(err)
	}
	q, err := plain.Plan("generic")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p, q) || string(s.YAML()) != string(plain.YAML()) {
		t.Error("figures change the plan, or the study as it is run")
	}
	if only := s.Only(arm).Figures; only != nil {
		t.Errorf("an arm alone has %v", only)
	}
}

// Every option of the command is a key, and no key is anything else.
func TestEveryOptionOfAFigureIsAKey(t *testing.T) {
	want := []string{"name", "file", "words"}
	options := reflect.TypeFor[figure.Options]()
	for i := range options.NumField() {
		var key strings.Builder
		for j, r := range options.Field(i).Name {
			if upper := r >= 'A' && r <= 'Z'; upper && j > 0 && options.Field(i).Name != "DPI" {
				key.WriteByte('_')
			}
			key.WriteRune(r)
		}
		want = append(want, strings.ToLower(key.String()))
	}
	if got := slices.Clone(figureKeys); !slices.Equal(got, want) {
		t.Errorf("the keys are %v, the options %v", got, want)
	}
}

func TestWrongFiguresAreTold(t *testing.T) {
	for text, want := range map[string]string{
		"  - {name: trade}":                                          `figures[0].name cannot be "trade"; did you mean "tradeoff"?`,
		"  - {style: paper}":                                         "figures[0] has no name",
		"  - {name: tradeoff, arms: [nobody]}":                       `figures[0].arms[0] cannot be "nobody"`,
		"  - {name: sensitivity, layers: [conv9]}":                   `figures[0].layers[0] cannot be "conv9"`,
		"  - {name: tradeoff, widht: 89mm}":                          `unknown key "widht" in figures[0]; did you mean "width"?`,
		"  - {name: tradeoff, width: 89}":                            "figures[0].width 89: a length as 89mm or 5.5in is needed",
		"  - {name: tradeoff, x: 3}":                                 "figures[0].x 3: two different numbers with a colon between them are needed, as x: -5:0.5",
		"  - {name: tradeoff, font_size: 100}":                       "figures[0].font_size 100: a size of 4 to 72 points",
		"  - {name: tradeoff, palette: tol}":                         "figures[0].palette tol: colours as",
		"  - {name: pareto, style: han2015}":                         "figures[0].style han2015 has the figures tradeoff and sensitivity",
		"  - {name: tradeoff, dpi: 7}":                               "figures[0].dpi (7) is outside 30 to 1200",
		"  - {name: tradeoff, linear: maybe}":                        `figures[0].linear cannot be "maybe"`,
		"  - {name: tradeoff, file: ../x}":                           "names a folder",
		"  - {name: tradeoff, file: accuracy}":                       "is the name of the report's own figure",
		"  - {name: tradeoff, file: a}\n  - {name: pareto, file: A}": "figures[1] has the files of another, A",
		"  - {name: tradeoff, words: [a]}":                           "figures[0].words has to be a mapping of texts of figures",
		"  []":                                                       "figures is an empty list",
	} {
		_, err := Parse("s.yaml", asking(text+"\n"), nil, lookup)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := Figures("figures.yaml", []byte("- a\n")); err == nil || !strings.Contains(err.Error(), "has to be a mapping with the key figures") {
		t.Error(err)
	}
}

// Arms that --arms leaves out go from the figures as well, and it is said.
func TestFiguresAreNarrowed(t *testing.T) {
	all := mustParse(t, everything)
	if len(all.Arms) < 2 {
		t.Skip("one arm")
	}
	a, b := all.Arms[0].Name, all.Arms[1].Name
	s := mustParse(t, string(asking("  - {name: tradeoff, arms: ["+quote(a)+", "+quote(b)+"], file: both}\n  - {name: tradeoff, arms: ["+quote(b)+"], file: other}\n  - {name: tradeoff, file: any}\n")))
	said, err := s.Narrow([]string{a})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Figures) != 2 || !slices.Equal(s.Figures[0].Arms, []string{a}) || s.Figures[1].File != "any" || !slices.Contains(said, "the figure other is left out: it is of other arms alone") {
		t.Errorf("%+v, said %q", s.Figures, said)
	}
}
