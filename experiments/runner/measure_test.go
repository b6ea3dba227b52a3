package runner

import (
	"math/rand/v2"
	"strings"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/rng"
)

// halved is a small network with half of its first layer's weights removed,
// and what was measured of it so far.
func halved(t *testing.T) (*nn.Network, prune.Mask, *measurement) {
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
	w.Value[w.Kept.Removed()[2]] = 1e-9
	panics(t, "came back", func() { m.retrained(net) })
}

func TestMasksThatChangeInRetrainingAreNoticed(t *testing.T) {
	net, mask, m := halved(t)
	m.pruned(net, mask)
	w := net.Affine("fc1").W
	fewer, err := nn.NewPattern(w.Size(), w.Kept.Index[:3])
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
