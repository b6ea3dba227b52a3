package sensitivity

import (
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/internal/fixtures"
	"prunelab/experiments/trial"
)

// most compares the layers of one network from a file, of whose 1000 images the first so
// many are right.
func most(t *testing.T, correct func(fixtures.At) int, sweeps ...fixtures.Sweep) []Most {
	t.Helper()
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3}, Sweeps: sweeps, Correct: correct})
	fixtures.FromFile("a digest", &p, outs)
	return mostOf(t, p, outs)
}

func mostOf(t *testing.T, p trial.Plan, outs []trial.Outcome) []Most {
	t.Helper()
	g, err := group.New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	curves, err := curve.FromGroups(g)
	if err != nil {
		t.Fatal(err)
	}
	all, err := MostSensitive(curves)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The layer that loses most is named where every other one loses less on the same images,
// and those that cannot be told apart from it where not.
func TestTheMostSensitiveLayerAsFarAsImagesCarryIt(t *testing.T) {
	ratios := []float64{0.5, 0.7, 0.9}
	lost := map[string]int{"conv1": 40, "fc1": 38, "fc2": 5}
	correct := func(a fixtures.At) int {
		if a.Ratio == 0 {
			return 900
		}
		return 900 - int(a.Ratio*float64(lost[a.Target]))
	}
	sweeps := []fixtures.Sweep{fixtures.One("fc1", false, ratios...), fixtures.One("conv1", false, ratios...), fixtures.One("fc2", false, ratios...)}
	all := most(t, correct, sweeps...)
	if len(all) != 1 || all[0].Ratio != 0 || all[0].Images != fixtures.Images {
		t.Fatalf("%+v", all)
	}
	m := all[0]
	var order []string
	for _, b := range m.Layers {
		order = append(order, b.Target)
	}
	if !slices.Equal(order, []string{"conv1", "fc1", "fc2"}) || !slices.Equal(m.Alike(), []string{"fc1"}) {
		t.Errorf("order %v, alike %v", order, m.Alike())
	}
	for _, b := range m.Layers[1:] {
		if !b.Less.OverImages() || !strings.Contains(b.Less.Method, "Bonferroni over 2 layers") || b.Less.Level != curve.Level {
			t.Errorf("%s: %+v", b.Target, b.Less)
		}
	}
	lost["fc1"] = 10
	if m = most(t, correct, sweeps...)[0]; len(m.Alike()) != 0 {
		t.Errorf("alike %v", m.Alike())
	}
	text, err := MostTable([]Most{m}).Txt()
	if err != nil || !strings.Contains(string(text), "1000 images") || !strings.Contains(string(text), "yes") {
		t.Errorf("%s, %v", text, err)
	}
}

// A layer without results keeps the others from no comparison.
func TestTheMostSensitiveLayerOfThoseThatAreThere(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3},
		Sweeps: []fixtures.Sweep{fixtures.One("fc1", false, 0.5, 0.9), fixtures.One("conv1", false, 0.5, 0.9), fixtures.One("fc2", false, 0.5, 0.9)},
		Correct: func(a fixtures.At) int {
			return 900 - int(a.Ratio*float64(map[string]int{"conv1": 300, "fc1": 5, "fc2": 100}[a.Target]))
		}})
	fixtures.FromFile("a digest", &p, outs)
	outs = slices.DeleteFunc(outs, func(o trial.Outcome) bool {
		return len(o.Spec.Levels) > 0 && slices.Equal(o.Spec.Levels[0].Prune.Layers, []string{"conv1"})
	})
	if all := mostOf(t, p, outs); len(all) != 1 || len(all[0].Layers) != 2 || !strings.Contains(all[0].Layers[1].Less.Method, "Bonferroni over 2 layers") || all[0].Layers[0].Target != "fc2" || len(all[0].Alike()) != 0 {
		t.Errorf("%+v", all)
	}
}

// Without areas the layers are compared at the largest ratio that all have.
func TestTheMostSensitiveLayerAtARatio(t *testing.T) {
	correct := func(a fixtures.At) int {
		if a.Ratio == 0 {
			return 900
		}
		return map[string]int{"conv1": 500, "fc1": 800}[a.Target]
	}
	all := most(t, correct, fixtures.One("conv1", false, 0.6, 0.8, 0.9), fixtures.One("fc1", false, 0.6, 0.8))
	if len(all) != 1 || all[0].Ratio != 0.8 || all[0].Layers[0].Target != "conv1" || len(all[0].Alike()) != 0 {
		t.Errorf("%+v", all)
	}
	retrained := fixtures.One("conv1", true, 0.5, 0.9)
	if all = most(t, correct, retrained); len(all) != 0 {
		t.Errorf("one layer: %+v", all)
	}
}
