package check

import (
	"slices"
	"testing"

	"prunelab/analysis/recommend"
	"prunelab/experiments/study"
	"prunelab/model/dataset"
)

func parse(t *testing.T, text string) *study.Study {
	t.Helper()
	s, err := study.Parse("study.yaml", []byte(text), nil, study.Lookup{Data: func(string, dataset.Reading) (dataset.Info, error) {
		return dataset.Info{Name: "mnist", Digest: "d", Shape: dataset.Shape{C: 1, H: 28, W: 28}, Classes: 10, Train: 60000, Test: 10000}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The study that checks retrains as the sweep did whose curves were read, also where
// a plan has other words for it, and prunes what is meant where a layer has the name
// of a word for layers.
func TestTheCheckTakesTheSweepsRetrainingAndLayers(t *testing.T) {
	from := parse(t, `name: small
data: {name: mnist, validation: 5000}
network: [{conv: {filters: 4, kernel: 5}}, flatten, {dense: {units: 30, name: fc}}, relu, {dense: {units: 10, name: all}}]
seeds: 3
train: {epochs: 12, batch: 128, optimizer: {sgd: {lr: 0.1, momentum: 0.9}}}
arms: [{name: L2, train: {l2: 5e-4}}]
retrain: {epochs: 3, lr: 0.01}
sweeps:
  - {targets: [each], ratios: [0.5], retrain: {epochs: 2}}
`)
	for _, name := range []string{"", "one by one"} {
		r := &recommend.Recommendation{Config: recommend.Config{Arm: "L2", Budget: 0.01, Objective: recommend.Weights}, Study: "small",
			Method: from.Sweeps[0].Method(), Joint: recommend.Joint{Exponent: 1, Margin: 1}}
		r.Method.Name = name
		for _, l := range []string{"conv1", "fc", "all"} {
			r.Layers = append(r.Layers, recommend.Layer{Name: l, Conv: l == "conv1", Size: 1000, DenseMACs: 1000, Ratio: 0.5, Loss: 0.001, Measured: true,
				Profile: recommend.Profile{Sparsity: []float64{0, 0.5}, Loss: []float64{0, 0.001}, N: 3}})
		}
		r.Layers[0].Ratio = 0.1
		checking := parse(t, string(Study(from, r, false, "prunelab").YAML()))
		plan, err := checking.Plan("generic")
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range plan.Trials {
			for _, l := range spec.Levels {
				if l.Retrain != nil && l.Retrain.Epochs != 2 {
					t.Fatalf("called %q: a trial retrains for %d epochs", name, l.Retrain.Epochs)
				}
			}
		}
		var uniform [][]string
		for _, w := range checking.Sweeps {
			if w.Given == nil {
				uniform = append(uniform, w.Targets[0].Layers)
			}
		}
		if want := [][]string{{"conv1", "fc", "all"}, {"conv1", "fc", "all"}, {"fc", "all"}}; !slices.EqualFunc(uniform, want, slices.Equal[[]string]) {
			t.Errorf("called %q: the baselines prune %v, not %v", name, uniform, want)
		}
	}
}
