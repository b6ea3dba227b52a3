package train_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/regularizer"
	"prunelab/model/rng"
	"prunelab/model/train"
)

// splits are noisy images of three classes, separable but not trivially.
func splits(n int) *dataset.Splits {
	shape := dataset.Shape{C: 1, H: 6, W: 6}
	r := rng.Stream(1, "images")
	set := func(n int) *dataset.Set {
		s := &dataset.Set{Shape: shape, Classes: 3}
		for i := range n {
			label := i % 3
			s.Labels = append(s.Labels, uint16(label))
			for p := range shape.Features() {
				v := 100 + 40*r.NormFloat64()
				if p%3 == label {
					v += 60
				}
				s.Images = append(s.Images, uint8(min(255, max(0, v))))
			}
		}
		return s
	}
	return &dataset.Splits{Train: set(n), Valid: set(100), Test: set(100), Scale: []float32{1. / 40}, Shift: []float32{-2.5}}
}

var small = nn.Config{Input: dataset.Shape{C: 1, H: 6, W: 6}, Init: nn.InitHe, Layers: []nn.LayerConfig{
	{Kind: nn.KindConv, Units: 4, Kernel: 3, Stride: 1, Name: "conv1"}, {Kind: nn.KindReLU}, {Kind: nn.KindMaxPool, Kernel: 2, Stride: 2},
	{Kind: nn.KindDropout, Rate: 0.2}, {Kind: nn.KindDense, Units: 12, Name: "fc1"}, {Kind: nn.KindReLU}, {Kind: nn.KindDropout, Rate: 0.5},
	{Kind: nn.KindDense, Units: 3, Name: "fc2"}}}

var recipe = train.Config{
	Epochs: 6, Batch: 20, Dropout: train.DropoutSame,
	Optimizer:   optim.Config{Method: optim.SGD, LR: 0.05, Momentum: 0.9},
	Schedule:    optim.Schedule{Kind: optim.Steps, At: []float64{0.5}, Factor: 0.1},
	Regularizer: regularizer.Config{L2: 1e-3},
}

func fit(t *testing.T, net *nn.Network, c train.Config, phase string) train.History {
	t.Helper()
	h, err := train.Fit(context.Background(), net, splits(310), c, 1, phase, nil)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func build(t testing.TB) *nn.Network {
	t.Helper()
	net, err := nn.Build(small, 1)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func TestFitLearns(t *testing.T) {
	net, d := build(t), splits(310)
	h := fit(t, net, recipe, "train")
	if len(h) != 6 || h[0].Epoch != 1 || h[5].Loss >= h[0].Loss {
		t.Errorf("history %+v does not fall", h)
	}
	if h[2].LR != 0.05 || math.Abs(h[3].LR-0.005) > 1e-12 {
		t.Errorf("learning rates %v and %v around the step, want 0.05 and 0.005", h[2].LR, h[3].LR)
	}
	s, err := train.Evaluate(context.Background(), net, d.Valid, d)
	if err != nil {
		t.Fatal(err)
	}
	if s.Accuracy() < 0.8 {
		t.Errorf("accuracy %v, a third is chance", s.Accuracy())
	}
	ones := 0
	for i := range s.N {
		ones += int(s.Bits[i/8] >> (i % 8) & 1)
	}
	if ones != s.Correct || s.N != 100 {
		t.Errorf("%d bits are set, %d of %d samples are right", ones, s.Correct, s.N)
	}
}

func TestFitRepeatsAndPhasesDiffer(t *testing.T) {
	var digests []string
	for _, phase := range []string{"train", "train", "retrain 1"} {
		net := build(t)
		fit(t, net, recipe, phase)
		digests = append(digests, net.Digest())
	}
	if digests[0] != digests[1] {
		t.Error("the same training gave other weights")
	}
	if digests[0] == digests[2] {
		t.Error("another phase gave the same weights: it shares its streams")
	}
}

// Where an epoch's order is seeded by the sum of seed and epoch, the second epoch
// of a seed is the first of the next. With weights that do not move, the loss of
// an epoch tells which images its one step saw; with images that are all the
// same, what dropout drew for it.
func TestOrdersOfSeedsAndEpochsDoNotOverlap(t *testing.T) {
	alike := splits(310)
	features := alike.Train.Shape.Features()
	for i := range alike.Train.Labels {
		alike.Train.Labels[i] = 0
		copy(alike.Train.Images[i*features:(i+1)*features], alike.Train.Images[:features])
	}
	for what, c := range map[string]struct {
		images *dataset.Splits
		rule   train.Dropout
	}{"order": {splits(310), train.DropoutOff}, "dropout": {alike, train.DropoutSame}} {
		still := recipe
		still.Batch, still.Optimizer.LR, still.Dropout = 200, 0, c.rule
		seen := map[float64]string{}
		for seed := range uint64(8) {
			for _, phase := range []string{"train", "retrain 1", "retrain 2"} {
				h, err := train.Fit(context.Background(), build(t), c.images, still, seed, phase, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range h {
					which := fmt.Sprintf("seed %d, %s, epoch %d", seed, phase, e.Epoch)
					if other, ok := seen[e.Loss]; ok {
						t.Errorf("%s has the %s of %s", which, what, other)
					}
					seen[e.Loss] = which
				}
			}
		}
	}
}

func TestFrozenLayersDoNotMove(t *testing.T) {
	net := build(t)
	values := func() map[string][]float32 {
		v := map[string][]float32{}
		for _, p := range net.Params() {
			v[p.Name] = p.Dense()
		}
		return v
	}
	for _, frozen := range []string{"conv1", "fc1"} {
		before := values()
		c := recipe
		c.Frozen = []string{frozen}
		fit(t, net, c, "retrain 1")
		for name, v := range values() {
			same := reflect.DeepEqual(v, before[name])
			if want := name == frozen+".weight" || name == frozen+".bias"; same != want {
				t.Errorf("%s frozen: %s unchanged is %v", frozen, name, same)
			}
		}
	}
}

func TestDivergenceIsNoticed(t *testing.T) {
	c := recipe
	c.Optimizer.LR = 1e9
	if _, err := train.Fit(context.Background(), build(t), splits(310), c, 1, "train", nil); !errors.Is(err, train.ErrDiverged) {
		t.Errorf("error %v, want ErrDiverged", err)
	}
}

func TestCancelledFitStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := train.Fit(ctx, build(t), splits(310), recipe, 1, "train", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want Canceled", err)
	}
}

// Han et al. 2015, section 3.2: 0.5 becomes 0.15 where 9 % of the connections
// are kept.
func TestAdjustedDropout(t *testing.T) {
	net := build(t)
	var index []int32
	w := net.Affine("fc2").W
	for i := range w.Size() {
		if i*100 < 9*w.Size() {
			index = append(index, int32(i))
		}
	}
	kept, err := nn.NewMask(w.Size(), index)
	if err != nil {
		t.Fatal(err)
	}
	if err := net.Keep("fc2", kept); err != nil {
		t.Fatal(err)
	}
	for rule, want := range map[train.Dropout][2]float64{
		train.DropoutAdjusted: {0.2, 0.5 * math.Sqrt(float64(len(index))/36)}, // before fc1, which is whole, and before fc2
		train.DropoutSame:     {0.2, 0.5},
		train.DropoutOff:      {0, 0},
	} {
		train.SetDropout(net, rule)
		for i, l := range net.Dropouts() {
			if math.Abs(l.Rate-want[i]) > 1e-12 {
				t.Errorf("%s: rate %v of dropout %d, want %v", rule, l.Rate, i, want[i])
			}
		}
	}
	train.SetDropout(net, train.DropoutAdjusted)
	if r := net.Dropouts()[1].Rate; math.Abs(r-0.15) > 0.02 {
		t.Errorf("rate %v at 9 %%, the paper's example is 0.15", r)
	}
}

// A loop of public steps trains as Fit does, to the bit, also where Fit computes
// only once what frozen layers emit.
func TestFitIsALoopOfSteps(t *testing.T) {
	d := splits(310)
	for fixed, frozen := range map[int][]string{0: {"fc1"}, 4: {"conv1"}} { // 4: conv1, its ReLU, the pooling and the dropout that is off
		c := recipe
		c.Frozen = frozen
		c.Dropout = train.DropoutOff
		net, byHand := build(t), build(t)
		if _, err := train.Fit(context.Background(), net, d, c, 1, "retrain 1", nil); err != nil {
			t.Fatal(err)
		}
		if net.Fixed() != fixed {
			t.Fatalf("frozen %v: %d layers are fixed, want %d", frozen, net.Fixed(), fixed)
		}
		if err := byHand.Freeze(frozen); err != nil {
			t.Fatal(err)
		}
		train.SetDropout(byHand, c.Dropout)
		opt := optim.New(c.Optimizer, c.Regularizer, byHand.Learning())
		batches := train.NewBatches(d.Train, d, c.Batch)
		var dlogits kernel.Mat
		step, total := 0, c.Epochs*(310/c.Batch)
		for epoch := range c.Epochs {
			for x, labels := range batches.Shuffled(rng.Stream(1, "retrain 1", "order", fmt.Sprint(epoch+1)), nil, 0) {
				train.Step(byHand, opt, x, labels, &dlogits, c.Schedule.Rate(c.Optimizer.LR, step, total))
				step++
			}
		}
		if step != total {
			t.Errorf("%d steps, want %d: every full batch of an epoch", step, total)
		}
		if net.Digest() != byHand.Digest() {
			t.Errorf("frozen %v: Fit and its steps by hand give other weights", frozen)
		}
	}
}

func TestScanScoresAsEvaluateDoes(t *testing.T) {
	net, d := build(t), splits(310)
	fit(t, net, recipe, "train")
	var prunings []map[string]*nn.Mask
	var want []train.Evaluation
	for _, layer := range []string{"conv1", "fc1", "fc2"} {
		for _, every := range []int{2, 5} {
			w := net.Affine(layer).W
			var index []int32
			for i := 0; i < w.Size(); i += every {
				index = append(index, int32(i))
			}
			kept, err := nn.NewMask(w.Size(), index)
			if err != nil {
				t.Fatal(err)
			}
			prunings = append(prunings, map[string]*nn.Mask{layer: kept})
			single := build(t)
			fit(t, single, recipe, "train")
			if err := single.Keep(layer, kept); err != nil {
				t.Fatal(err)
			}
			s, err := train.Evaluate(context.Background(), single, d.Valid, d)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, s)
		}
	}
	got, errs, err := train.EvaluateScan(context.Background(), net, prunings, d.Valid, d, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if errs[i] != nil || !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("pruning %d scores %+v, by itself %+v", i, got[i], want[i])
		}
	}
}
