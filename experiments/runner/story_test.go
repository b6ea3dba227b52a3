package runner

import (
	"context"
	"reflect"
	"testing"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/prune"
	"prunelab/model/rng"
	"prunelab/model/train"
)

// These tests follow single trials through the package's own steps.

var (
	storyShape = dataset.Shape{C: 1, H: 6, W: 6}
	storyNet   = nn.Config{Input: storyShape, Init: nn.InitHe, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Units: 3, Kernel: 3, Stride: 1, Name: "conv1"}, {Kind: nn.KindReLU},
		{Kind: nn.KindDense, Units: 10, Name: "fc1"}, {Kind: nn.KindReLU}, {Kind: nn.KindDense, Units: 3, Name: "fc2"}}}
	storyTrain = train.Config{
		Epochs: 2, Batch: 20, Dropout: train.DropoutSame,
		Optimizer: optim.Config{Method: optim.SGD, LR: 0.05, Momentum: 0.9}, Schedule: optim.Schedule{Kind: optim.Constant},
	}
)

func storyData() *dataset.Splits {
	r := rng.Stream(1, "images")
	set := func(n int) *dataset.Set {
		s := &dataset.Set{Shape: storyShape, Classes: 3}
		for i := range n {
			s.Labels = append(s.Labels, uint8(i%3))
			for p := range storyShape.Features() {
				v := 100 + 40*r.NormFloat64()
				if p%3 == i%3 {
					v += 40
				}
				s.Images = append(s.Images, uint8(min(255, max(0, v))))
			}
		}
		return s
	}
	return &dataset.Splits{Train: set(200), Valid: set(140), Scale: []float32{1. / 40}, Shift: []float32{-2.5}}
}

func storySpec(levels ...trial.Level) trial.Spec {
	return trial.Spec{Schema: trial.Schema, Data: dataset.Config{Name: "noise"}, Net: storyNet, Train: storyTrain, Levels: levels, Evaluate: trial.Validation, Seed: 1}
}

func cut(ratio float64, layers ...string) prune.Config {
	c := prune.Config{Layers: layers, Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio}
	for range layers {
		c.Amounts = append(c.Amounts, ratio)
	}
	return c
}

// trained returns the dense network of the story, a new copy each time.
func trained(t *testing.T, d *dataset.Splits) start {
	t.Helper()
	net, err := nn.Build(storyNet, 1)
	if err != nil {
		t.Fatal(err)
	}
	o, net, err := single(context.Background(), start{net: net}, d, storySpec())
	if err != nil {
		t.Fatal(err)
	}
	return start{net: net, score: o.Result.Start}
}

// A scan saves work and changes nothing: every point is what its trial by
// itself gives.
func TestScanEqualsTrialsByThemselves(t *testing.T) {
	d := storyData()
	var specs []trial.Spec
	for _, layers := range [][]string{{"conv1"}, {"fc1"}, {"fc2"}, {"conv1", "fc1", "fc2"}} {
		for _, ratio := range []float64{0.3, 0.8, 0.95} {
			specs = append(specs, storySpec(trial.Level{Prune: cut(ratio, layers...)}))
		}
	}
	together, err := scan(context.Background(), trained(t, d), d, specs)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range specs {
		alone, _, err := single(context.Background(), trained(t, d), d, s)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(together[i], alone) {
			t.Errorf("%+v: in a scan\n%+v\nby itself\n%+v", s.Levels[0].Prune, together[i].Result, alone.Result)
		}
	}
}

// The recorded activity is that of the final network alone.
func TestActivityIsOfTheFinalNetwork(t *testing.T) {
	d := storyData()
	o, net, err := single(context.Background(), trained(t, d), d, storySpec(trial.Level{Prune: cut(0.8, "conv1", "fc1"), Retrain: &storyTrain}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := train.EvaluateCounting(context.Background(), net, d.Valid, d); err != nil {
		t.Fatal(err)
	}
	for i, a := range net.Affines()[1:] {
		want, _ := a.Activity()
		if got := o.Result.Layers[i].Active; got == nil || *got != want {
			t.Errorf("%s: active %v, want %v", o.Result.Layers[i].Name, got, want)
		}
	}
}

// Frozen layers keep their values also where the others begin anew.
func TestFrozenLayersAreNotReinitialised(t *testing.T) {
	d := storyData()
	for _, how := range []train.Start{train.StartKeep, train.StartReinit, train.StartRewind} {
		retrain := storyTrain
		retrain.Start, retrain.Frozen = how, []string{"conv1"}
		from := trained(t, d)
		want := from.net.Affine("conv1").W.Dense()
		_, net, err := single(context.Background(), from, d, storySpec(trial.Level{Prune: cut(0.5, "fc1"), Retrain: &retrain}))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(net.Affine("conv1").W.Dense(), want) {
			t.Errorf("start %s moved the frozen conv1", how)
		}
	}
}

// What was measured before a retraining diverged is not lost with it.
func TestDivergenceInRetrainingKeepsWhatWasMeasured(t *testing.T) {
	d := storyData()
	retrain := storyTrain
	retrain.Optimizer.LR = 1e9
	o, _, err := single(context.Background(), trained(t, d), d, storySpec(trial.Level{Prune: cut(0.5, "fc1"), Retrain: &retrain}))
	if err != nil {
		t.Fatal(err)
	}
	if o.Status != trial.Diverged || o.Result.Pruned == nil || o.Result.Retrained != nil {
		t.Fatalf("%+v", o)
	}
	if l := o.Result.Layers[1]; l.Removed != l.Size/2 || l.MACs != l.DenseMACs/2 {
		t.Errorf("fc1: %d of %d weights removed, %d of %d multiply-adds left", l.Removed, l.Size, l.MACs, l.DenseMACs)
	}
}
