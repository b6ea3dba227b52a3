package plots

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/curve"
)

// twoRuns are of different networks, and have arms of the same names.
func twoRuns(t *testing.T) Input {
	t.Helper()
	in, err := Together([]Run{{"dense", quickSample().input()}, {"conv", lenetSample().input()}})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// Curves of several runs are on the same axes, with the name of the run and a look of
// their own, and every row of the numbers says which run it is of.
func TestTogetherTellsRunsApart(t *testing.T) {
	in := twoRuns(t)
	f, err := Draw(in, "tradeoff", Style{})
	if err != nil {
		t.Fatal(err)
	}
	var looks []look
	for _, word := range []string{"dense: L2", "dense: L1", "dense: L1→L2", "conv: L2", "conv: L1", "conv: L1→L2"} {
		i := slices.IndexFunc(f.page.legend, func(e entry) bool { return e.word == word })
		if i < 0 {
			t.Fatalf("the legend has no %s", word)
		}
		l := f.page.legend[i].look
		if slices.ContainsFunc(looks, func(o look) bool { return o.color == l.color }) {
			t.Errorf("%s has the colour of another", word)
		}
		looks = append(looks, l)
	}
	if f.data.header[0] != "run" {
		t.Fatalf("the columns are %v", f.data.header)
	}
	rows := map[string]int{}
	for _, r := range rowsOf(f) {
		rows[r["run"]+"/"+r["arm"]]++
		if r["arm"] == "L2" && r["panel"] == "" {
			t.Errorf("%v", r)
		}
	}
	if len(rows) != 6 || rows["dense/L2"] == 0 || rows["conv/L1→L2"] == 0 {
		t.Errorf("the rows are of %v", rows)
	}
	if want := "Runs: dense: study sample-quick, invented data, validation split; conv: study sample-lenet-5, invented data, validation split."; !strings.Contains(f.Caption, want) {
		t.Errorf("the caption does not say %s: %s", want, f.Caption)
	}
	if strings.Contains(joined(f.page.note), "Runs: ") {
		t.Error("the note says what is the same of all")
	}
}

// What the runs were measured on stands on the page where it differs.
func TestTogetherSaysWhatDiffers(t *testing.T) {
	a, b := quickSample().input(), quickSample().input()
	b.Plan.Split = "test"
	in, err := Together([]Run{{"one", a}, {"two", b}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := Draw(in, "accuracy", Style{})
	if err != nil {
		t.Fatal(err)
	}
	han, err := Draw(in, "tradeoff", Style{Name: Han2015})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []Figure{f, han} {
		if note := joined(f.page.note); !strings.Contains(note, "two: study sample-quick, invented data, test split") {
			t.Errorf("%s: %s", f.Title, note)
		}
	}
}

// Each run has its scans, with the names of its layers.
func TestTogetherEveryRunHasItsScans(t *testing.T) {
	f, err := Draw(twoRuns(t), "sensitivity", Style{})
	if err != nil {
		t.Fatal(err)
	}
	layers := map[string][]string{}
	for _, r := range rowsOf(f) {
		layers[r["run"]] = with(layers[r["run"]], r["target"])
	}
	if strings.Join(layers["dense"], " ") != "fc1 fc2 fc3" || strings.Join(layers["conv"], " ") != "conv1 conv2 fc1 fc2" {
		t.Errorf("%v", layers)
	}
	var words []string
	for _, r := range f.page.rows {
		for _, p := range r.panels {
			if p != nil {
				for _, e := range p.legend {
					words = append(words, e.word)
				}
			}
		}
	}
	for _, layer := range []string{"fc1", "fc2", "fc3", "conv1", "conv2"} {
		if !slices.Contains(words, layer) {
			t.Errorf("no legend names %s", layer)
		}
	}
}

func TestTogetherRefusesWhatDoesNotFit(t *testing.T) {
	other := lenetSample().input()
	other.Plan.Kinds = slices.Clone(other.Plan.Kinds)
	other.Plan.Kinds[3] = "conv"
	kinds, err := Together([]Run{{"a", lenetSample().input()}, {"b", other}})
	if err != nil {
		t.Fatal(err)
	}
	steps := lenetSample().input()
	for i := range steps.Curves {
		steps.Curves[i].Parameter = "threshold"
	}
	amounts, err := Together([]Run{{"a", lenetSample().input()}, {"b", steps}})
	if err != nil {
		t.Fatal(err)
	}
	for want, draw := range map[string]func() (Figure, error){
		"the figure effects is of one run: a claim is judged within a study": func() (Figure, error) { return Draw(twoRuns(t), "effects", Style{}) },
		"the figure layers cannot show dense and conv together: its panels are layers, and these are of different networks (fc1, fc2, fc3; conv1, ": func() (Figure, error) {
			return Draw(twoRuns(t), "layers", Style{})
		},
		"fc2 is a layer of type dense in the one and conv in the other": func() (Figure, error) { return Draw(kinds, "sensitivity", Style{}) },
		"amounts of one kind, and these are ratio and threshold":        func() (Figure, error) { return Draw(amounts, "heatmap", Style{}) },
		"the figure accuracy cannot show a and b together: the target ": func() (Figure, error) { return Draw(kinds, "accuracy", Style{}) },
	} {
		if _, err := draw(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := Together([]Run{{"a", Input{}}, {"a", Input{}}}); err == nil {
		t.Error("two runs of one name")
	}
	bare := quickSample().input()
	bare.Curves = slices.DeleteFunc(bare.Curves, func(c curve.Curve) bool { return len(c.Layers) == 1 })
	in, err := Together([]Run{{"whole", bare}, {"layers", quickSample().input()}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Draw(in, "sensitivity", Style{}); !errors.Is(err, ErrNoData) || !strings.Contains(err.Error(), "whole has nothing") {
		t.Errorf("a run is left out in silence: %v", err)
	}
}

// Figures 5 and 6 of the paper have a panel or a row for each run.
func TestTogetherHan2015(t *testing.T) {
	in := twoRuns(t)
	f, err := Draw(in, "tradeoff", Style{Name: Han2015})
	if err != nil {
		t.Fatal(err)
	}
	panels := f.page.rows[0].panels
	if len(panels) != 2 || panels[0].title != "dense" || panels[1].title != "conv" || len(panels[0].legend) != 4 || len(panels[1].legend) != 5 {
		t.Fatalf("%d panels, %+v", len(panels), panels)
	}
	if note := joined(f.page.note); !strings.Contains(note, "dense: Not in the study: L2 with iterative pruning and retraining.") {
		t.Error(note)
	}
	if note := joined(f.page.note); strings.Count(note, "Small triangles") != 1 || strings.Contains(note, ": Small triangles") {
		t.Errorf("what holds of both is not said once, of both: %s", note)
	}
	if f, err = Draw(in, "sensitivity", Style{Name: Han2015}); err != nil {
		t.Fatal(err)
	}
	if len(f.page.rows) != 2 || f.page.rows[0].panels[0].title != "dense: Fully connected layers" || f.page.rows[1].panels[0].title != "conv: Convolutional layers" {
		t.Errorf("%d rows, %+v", len(f.page.rows), f.page.rows[0].panels[0])
	}
	for _, r := range rowsOf(f) {
		if r["run"] != "dense" && r["run"] != "conv" {
			t.Errorf("%v", r)
		}
	}
}

// A layer that is missing is named with its run, also where the arm is not.
func TestTogetherMissingLayersHaveTheirRun(t *testing.T) {
	in, err := Together([]Run{{"a", lenetSample().input()}, {"b", lenetSample().input()}})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"heatmap", "sensitivity"} {
		f, err := Draw(in, kind, Style{})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"a: conv1", "b: conv1"} {
			if !strings.Contains(f.Caption, want+" ") {
				t.Errorf("%s does not name %s: %s", kind, want, f.Caption)
			}
		}
	}
}

// Every kind that takes several runs draws them, with everything that they have.
func TestTogetherDrawsEveryKind(t *testing.T) {
	a, b := lenetSample().input(), lenetSample().input()
	in, err := Together([]Run{{"a", a}, {"b", b}})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range Kinds() {
		f, err := Draw(in, kind, Style{})
		if _, is := alone[kind]; is {
			if err == nil {
				t.Errorf("%s is drawn", kind)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		for _, r := range rowsOf(f) {
			if r["run"] == "" {
				t.Errorf("%s has a row of no run: %v", kind, r)
				break
			}
		}
	}
}
