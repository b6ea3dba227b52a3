package runner

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/rng"
)

// halved is a small network with half of its first layer's weights removed,
// and what was measured of it so far.
func halved(t *testing.T) (*nn.Network, prune.Selection, *measurement) {
	t.Helper()
	net, err := nn.Build(nn.Config{
		Input: dataset.Shape{C: 1, H: 2, W: 2}, Init: nn.InitHe,
		Layers: []nn.LayerConfig{{Kind: nn.KindDense, Name: "fc1", Units: 3}, {Kind: nn.KindDense, Name: "fc2", Units: 2}},
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := prune.Config{Layers: []string{"fc1"}, Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio, Amounts: []float64{0.5}}
	scores, err := prune.Score(net, c, func(layer string) *rand.Rand { return rng.Stream(1, layer) })
	if err != nil {
		t.Fatal(err)
	}
	mask, err := prune.Select(scores, c)
	if err != nil {
		t.Fatal(err)
	}
	m := measure(net)
	if err := mask.Apply(net); err != nil {
		t.Fatal(err)
	}
	return net, mask, m
}

func panics(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if p, _ := recover().(string); !strings.Contains(p, want) {
			t.Errorf("panic %q, want one with %q", p, want)
		}
	}()
	f()
}

func TestWeightsThatComeBackAreNoticed(t *testing.T) {
	net, mask, m := halved(t)
	m.pruned(net, mask)
	m.retrained(net)
	w := net.Affine("fc1").W
	if w.Compact() {
		t.Fatal("the layer holds survivors only, there is nothing to come back")
	}
	w.Value[w.Mask.Removed()[2]] = 1e-9
	panics(t, "came back", func() { m.retrained(net) })
}

func TestMasksThatChangeInRetrainingAreNoticed(t *testing.T) {
	net, mask, m := halved(t)
	m.pruned(net, mask)
	w := net.Affine("fc1").W
	fewer, err := nn.NewMask(w.Size(), w.Mask.Kept[:3])
	if err != nil {
		t.Fatal(err)
	}
	if err := net.Keep("fc1", fewer); err != nil {
		t.Fatal(err)
	}
	panics(t, "changed the mask", func() { m.retrained(net) })
}

func TestCountsThatDifferFromThoseAskedForAreNoticed(t *testing.T) {
	net, mask, m := halved(t)
	mask[0].Requested++
	panics(t, "were to be", func() { m.pruned(net, mask) })
}

func TestWeightsBeyondTheRangeAreCounted(t *testing.T) {
	w := []float32{-3, -2, -1, 0, 1, 2.5, 4, 9}
	s := span{-2, 2.5}
	h := histogram(w, s)
	if got := *beyond(w, s); got != [2]int{1, 2} {
		t.Errorf("%v weights lie beyond [-2, 2.5] of %v, want 1 and 2", got, w)
	}
	if h.Counts[0] != 2 || h.Counts[bins-1] != 3 {
		t.Errorf("the outermost bins count %d and %d, want 2 and 3", h.Counts[0], h.Counts[bins-1])
	}
}

// What a trial records of a mask is the mask at the sampled positions.
func TestMaskIsRecorded(t *testing.T) {
	net, mask, m := halved(t)
	m.pruned(net, mask)
	var o trial.Outcome
	m.end(net, &o)
	fc1 := net.Affine("fc1").W.Mask
	if got, want := o.Result.Layers[0].Kept, prune.Sample(fc1); len(want) == 0 || !bytes.Equal(got, want) {
		t.Errorf("fc1: recorded %x, want %x", got, want)
	}
	if o.Result.Layers[1].Kept != nil {
		t.Error("fc2 was not pruned and has a record of its mask")
	}
}

// A unit without inputs is dead: the weights that read it can go as well, and
// are counted without being removed.
func TestWeightsOfDeadUnitsAreCounted(t *testing.T) {
	net, mask, m := halved(t)
	var others []int32 // of what is left all but the first of three units
	for _, i := range mask[0].Mask.Kept {
		if i >= 4 {
			others = append(others, i)
		}
	}
	kept, err := nn.NewMask(12, others)
	if err != nil {
		t.Fatal(err)
	}
	mask[0].Mask, mask[0].Removed, mask[0].Requested = kept, 12-len(others), 12-len(others)
	if err := mask.Apply(net); err != nil {
		t.Fatal(err)
	}
	m.pruned(net, mask)
	var o trial.Outcome
	m.end(net, &o)
	fc1, fc2 := o.Result.Layers[0], o.Result.Layers[1]
	if fc1.DeadIn != 1 || fc1.DeadLeft == nil || *fc1.DeadLeft != 0 {
		t.Errorf("fc1: %d dead units, %v weights left of them; want 1 and none", fc1.DeadIn, fc1.DeadLeft)
	}
	if fc2.DeadLeft == nil || *fc2.DeadLeft != 2 {
		t.Errorf("fc2: %v weights read dead units, want 2", fc2.DeadLeft)
	}
	if net.Affine("fc2").W.Left() != 6 {
		t.Error("counting removed weights")
	}
}
