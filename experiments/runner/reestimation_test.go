package runner

import (
	"context"
	"slices"
	"testing"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/train"
)

// A trial whose statistics are estimated anew is measured with them: after the pruning,
// of the control too, and after the retraining where that is asked for.
func TestStatisticsAreEstimatedAnew(t *testing.T) {
	d, ctx := storyData(), context.Background()
	c := storyNet
	c.Layers = slices.Insert(slices.Clone(c.Layers), 1, nn.LayerConfig{Kind: nn.KindBatchNorm, Name: "bn1", Epsilon: 1e-5, Momentum: 0.1})
	spec := func(levels ...trial.Level) trial.Spec {
		s := storySpec(levels...)
		s.Net = c
		return s
	}
	dense := func() start {
		net, err := nn.Build(c, 1)
		if err != nil {
			t.Fatal(err)
		}
		o, net, err := single(ctx, start{net: net}, d, spec())
		if err != nil {
			t.Fatal(err)
		}
		return start{net: net, score: o.Result.Start}
	}
	outcome := func(l trial.Level) (trial.Outcome, *nn.Network) {
		o, net, err := single(ctx, dense(), d, spec(l))
		if err != nil || o.Status != trial.Done {
			t.Fatal(o.Status, o.Error, err)
		}
		return o, net
	}
	score := func(net *nn.Network) float64 {
		e, err := train.Evaluate(ctx, net, d.Valid, d)
		if err != nil {
			t.Fatal(err)
		}
		return e.Loss
	}
	r := storyTrain
	r.Start, r.Epochs = train.StartKeep, 1
	how := train.Reestimation{Images: 80, Batch: 20}
	after := how
	after.Retraining = true

	saved, net := outcome(trial.Level{Prune: cut(0.8, "conv1")})
	if err := train.Reestimate(ctx, net, d, how); err != nil {
		t.Fatal(err)
	}
	anew, got := outcome(trial.Level{Prune: cut(0.8, "conv1"), BatchNorm: &how})
	if want := score(net); anew.Result.Pruned.Loss != want || saved.Result.Pruned.Loss == want || got.Digest() != net.Digest() {
		t.Errorf("pruned: loss %v, want %v; as saved %v", anew.Result.Pruned.Loss, want, saved.Result.Pruned.Loss)
	}
	unpruned := dense()
	if err := train.Reestimate(ctx, unpruned.net, d, how); err != nil {
		t.Fatal(err)
	}
	control, _ := outcome(trial.Level{Retrain: &r, BatchNorm: &how})
	if want := score(unpruned.net); control.Result.Pruned.Loss != want {
		t.Errorf("control: loss %v before retraining, want %v", control.Result.Pruned.Loss, want)
	}
	once, net := outcome(trial.Level{Prune: cut(0.8, "conv1"), Retrain: &r, BatchNorm: &how})
	if err := train.Reestimate(ctx, net, d, how); err != nil {
		t.Fatal(err)
	}
	twice, _ := outcome(trial.Level{Prune: cut(0.8, "conv1"), Retrain: &r, BatchNorm: &after})
	if want := score(net); twice.Result.Retrained.Loss != want || once.Result.Retrained.Loss == want || twice.Result.Pruned.Loss != once.Result.Pruned.Loss {
		t.Errorf("retrained: loss %v, want %v; without that %v", twice.Result.Retrained.Loss, want, once.Result.Retrained.Loss)
	}
	if err := train.Reestimate(ctx, net, d, train.Reestimation{Images: 400, Batch: 20}); err == nil {
		t.Error("more images than there are")
	}
}

// Images of a training part that is in the order of classes are mixed in every batch,
// evenly over the part, each once.
func TestReestimationMixesClasses(t *testing.T) {
	d := storyData()
	for i, label := range d.Train.Labels {
		for k, v := range d.Train.Image(i) { // so that the classes differ in their mean
			d.Train.Image(i)[k] = v/4 + 60*uint8(label)
		}
	}
	set := &dataset.Set{Shape: storyShape, Classes: 3}
	for class := range 3 {
		for i, label := range d.Train.Labels {
			if int(label) == class {
				set.Images, set.Labels = append(set.Images, d.Train.Image(i)...), append(set.Labels, label)
			}
		}
	}
	sorted := *d
	sorted.Train = set
	how := train.Reestimation{Images: 180, Batch: 30}
	statistics := func(d *dataset.Splits) []float32 {
		c := nn.Config{Input: storyShape, Init: nn.InitHe, Layers: []nn.LayerConfig{
			{Kind: nn.KindBatchNorm, Name: "bn", Epsilon: 1e-5, Momentum: 0.1}, {Kind: nn.KindDense, Name: "fc", Units: 3}}}
		net, err := nn.Build(c, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := train.Reestimate(t.Context(), net, d, how); err != nil {
			t.Fatal(err)
		}
		return slices.Concat(net.Norms()[0].Mean.Values, net.Norms()[0].Var.Values)
	}
	a, b := statistics(d), statistics(&sorted)
	for i := range a {
		if diff := a[i] - b[i]; diff > 0.02 || diff < -0.02 {
			t.Errorf("statistic %d: %v, sorted by class %v", i, a[i], b[i])
		}
	}
}
