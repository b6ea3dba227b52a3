package runner

import (
	"context"
	"math"
	"reflect"
	"slices"
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
			s.Labels = append(s.Labels, uint16(i%3))
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
	if _, err := train.EvaluateCounting(context.Background(), net, d.Valid, d, 0); err != nil {
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

// A trial reports the network of its last epoch, also where an earlier one
// scored higher on the evaluated images: to choose an epoch there would be to
// choose on what is reported.
func TestFinalEpochIsReportedNotTheBest(t *testing.T) {
	d := storyData()
	ctx := context.Background()
	wavering := storyTrain
	wavering.Optimizer.LR = 0.4
	retraining := wavering
	retraining.Start = train.StartKeep
	for phase, c := range map[string]struct {
		from  func() start // the network that the training begins with, pruned
		trial func(epochs int) (trial.Outcome, *train.Evaluation)
	}{
		"train": {
			from: func() start {
				net, err := nn.Build(storyNet, 1)
				if err != nil {
					t.Fatal(err)
				}
				return start{net: net}
			},
			trial: func(epochs int) (trial.Outcome, *train.Evaluation) {
				s := storySpec()
				s.Train = wavering
				s.Train.Epochs = epochs
				net, err := nn.Build(storyNet, 1)
				if err != nil {
					t.Fatal(err)
				}
				o, _, err := single(ctx, start{net: net}, d, s)
				if err != nil {
					t.Fatal(err)
				}
				return o, o.Result.Start
			},
		},
		"retrain 1": {
			from: func() start {
				from := trained(t, d)
				mask, err := choose(from.net, storySpec(trial.Level{Prune: cut(0.8, "conv1", "fc1")}))
				if err != nil {
					t.Fatal(err)
				}
				if err := mask.Apply(from.net); err != nil {
					t.Fatal(err)
				}
				return from
			},
			trial: func(epochs int) (trial.Outcome, *train.Evaluation) {
				r := retraining
				r.Epochs = epochs
				o, _, err := single(ctx, trained(t, d), d, storySpec(trial.Level{Prune: cut(0.8, "conv1", "fc1"), Retrain: &r}))
				if err != nil {
					t.Fatal(err)
				}
				return o, o.Result.Retrained
			},
		},
	} {
		best, worse := 0, 0
		for epochs := 1; epochs <= 8; epochs++ {
			byHand := wavering
			byHand.Epochs = epochs
			net := c.from().net
			if _, err := train.Fit(ctx, net, d, byHand, 1, phase, nil); err != nil {
				t.Fatal(err)
			}
			last, err := train.Evaluate(ctx, net, d.Valid, d)
			if err != nil {
				t.Fatal(err)
			}
			o, score := c.trial(epochs)
			if !reflect.DeepEqual(*score, last) || o.Result.Weights != net.Digest() {
				t.Errorf("%s, %d epochs: %d are right by the outcome, by the last epoch's network %d; the best epoch so far has %d", phase, epochs, score.Correct, last.Correct, best)
			}
			if n := len(o.Result.History); n != epochs {
				t.Errorf("%s, %d epochs: the history has %d", phase, epochs, n)
			}
			if last.Correct < best {
				worse++
			}
			best = max(best, last.Correct)
		}
		if worse == 0 {
			t.Errorf("%s: no last epoch is worse than one before it, so nothing was tried", phase)
		}
	}
}

// The seed is that of the first weights as well: a network that is built before
// its seed is set has the same weights in every replicate.
func TestSeedReachesTheInitialWeights(t *testing.T) {
	d := storyData()
	seen := map[string]uint64{}
	for seed := uint64(1); seed <= 3; seed++ {
		s := storySpec()
		s.Seed = seed
		s.Train.Optimizer.LR = 0 // the weights stay as they began
		r := run{}
		from, err := r.start(context.Background(), d, s)
		if err != nil {
			t.Fatal(err)
		}
		_, net, err := single(context.Background(), from, d, s)
		if err != nil {
			t.Fatal(err)
		}
		want, err := nn.Build(storyNet, seed)
		if err != nil {
			t.Fatal(err)
		}
		if net.Digest() != want.Digest() {
			t.Errorf("seed %d does not begin with its own weights", seed)
		}
		if other, ok := seen[net.Digest()]; ok {
			t.Errorf("seeds %d and %d begin with the same weights", other, seed)
		}
		seen[net.Digest()] = seed
	}
}

// Every layer with weights is in the result and has lost exactly as many as it
// was to lose, whatever its type and shape, alone and with the others, before
// and after retraining; the others have lost none.
func TestNoLayerIsSkipped(t *testing.T) {
	d := storyData()
	c := nn.Config{Input: storyShape, Init: nn.InitHe, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Units: 3, Kernel: 5, Stride: 2, Padding: 2, Name: "stem"}, {Kind: nn.KindReLU},
		{Kind: nn.KindConv, Units: 4, Kernel: 1, Stride: 1, Name: "mix"},
		{Kind: nn.KindConv, Units: 1, Kernel: 2, Stride: 1, Name: "one"}, {Kind: nn.KindFlatten},
		{Kind: nn.KindDense, Units: 1, Name: "neck"}, {Kind: nn.KindDense, Units: 3, Name: "head"}}}
	layers := []string{"stem", "mix", "one", "neck", "head"}
	for _, pruned := range [][]string{{"stem"}, {"mix"}, {"one"}, {"neck"}, {"head"}, layers} {
		for _, ratio := range []float64{0.3, 0.7, 0.9} {
			for _, retrain := range []*train.Config{nil, &storyTrain} {
				s := storySpec(trial.Level{Prune: cut(ratio, pruned...), Retrain: retrain})
				s.Net = c
				net, err := nn.Build(c, 1)
				if err != nil {
					t.Fatal(err)
				}
				o, net, err := single(context.Background(), start{net: net, score: &train.Evaluation{}}, d, s)
				if err != nil {
					t.Fatal(err)
				}
				if len(o.Result.Layers) != len(layers) {
					t.Fatalf("%d layers in the result, the network has %v", len(o.Result.Layers), layers)
				}
				for i, name := range layers {
					w := net.Affine(name).W.Dense()
					want, gone := 0, 0
					if slices.Contains(pruned, name) {
						want = int(math.Round(ratio * float64(len(w))))
					}
					for _, v := range w {
						if v == 0 {
							gone++
						}
					}
					if l := o.Result.Layers[i]; l.Name != name || l.Requested != want || l.Removed != want || gone != want {
						t.Errorf("%v pruned by %v: of the %d weights of %s %d were to go, %d are gone; the result says %s, %d and %d",
							pruned, ratio, len(w), name, want, gone, l.Name, l.Requested, l.Removed)
					}
				}
			}
		}
	}
}

// What a study does not name is not looked at: neither the images it trains on
// nor, on the validation split, those of the test set.
func TestScoresAreOfTheSplitThatIsNamed(t *testing.T) {
	d := storyData()
	d.Test = storyData().Valid
	for i := range d.Test.Labels { // another answer is right for most
		d.Test.Labels[i] = uint16(i / 2 % 3)
	}
	for split, set := range map[trial.Split]*dataset.Set{trial.Validation: d.Valid, trial.Test: d.Test} {
		for _, retrain := range []*train.Config{nil, &storyTrain} {
			s := storySpec(trial.Level{Prune: cut(0.5, "fc1"), Retrain: retrain})
			s.Evaluate = split
			alone, net, err := single(context.Background(), trained(t, d), d, s)
			if err != nil {
				t.Fatal(err)
			}
			got, want := final(alone), train.Evaluation{}
			if want, err = train.Evaluate(context.Background(), net, set, d); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(*got, want) {
				t.Errorf("%s: %d of %d are right, want %d of %d", split, got.Correct, got.N, want.Correct, want.N)
			}
			if retrain != nil {
				continue
			}
			scanned, err := scan(context.Background(), trained(t, d), d, []trial.Spec{s})
			if err != nil {
				t.Fatal(err)
			}
			if got := scanned[0].Result.Pruned; !reflect.DeepEqual(*got, want) {
				t.Errorf("%s, in a scan: %d of %d are right, want %d of %d", split, got.Correct, got.N, want.Correct, want.N)
			}
		}
	}
}
