package saliency_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/saliency"
	"prunelab/model/train"
)

// recorded is what PyTorch 1.13 computed, see testdata/reference.py.
type recorded struct {
	Images   []uint16
	Labels   []uint16
	Params   [][]float32
	Prunings []struct {
		Kept   map[string][]int32
		KL     float64
		Layers map[string]struct{ Energy, Taylor, Fisher, Reconstruction float64 }
	}
}

func reference(t *testing.T) (recorded, *nn.Network, *dataset.Set, *dataset.Splits) {
	t.Helper()
	b, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var r recorded
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	// The dropout has to make no difference.
	c := nn.Config{Input: dataset.Shape{C: 1, H: 6, W: 6}, Init: nn.InitHe, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Name: "conv1", Units: 3, Kernel: 3, Stride: 1}, {Kind: nn.KindReLU}, {Kind: nn.KindDropout, Rate: 0.5},
		{Kind: nn.KindDense, Name: "fc1", Units: 10}, {Kind: nn.KindReLU}, {Kind: nn.KindDense, Name: "fc2", Units: 3}}}
	net, err := nn.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range net.Params() {
		p.SetDense(r.Params[i])
	}
	set := &dataset.Set{Shape: c.Input, Classes: 3}
	for _, v := range r.Images {
		set.Images = append(set.Images, uint8(v))
	}
	for _, v := range r.Labels {
		set.Labels = append(set.Labels, uint16(v))
	}
	return r, net, set, &dataset.Splits{Train: set, Scale: []float32{1. / 128}, Shift: []float32{-1}}
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-5*math.Abs(b)+1e-9 }

func TestPredictionsAreThoseOfPyTorch(t *testing.T) {
	r, net, set, d := reference(t)
	ctx := context.Background()
	before := net.Digest()
	m, err := saliency.Gradients(ctx, net, set, d)
	if err != nil {
		t.Fatal(err)
	}
	var prunings []map[string]*nn.Mask
	for _, p := range r.Prunings {
		kept := map[string]*nn.Mask{}
		for layer, index := range p.Kept {
			if kept[layer], err = nn.NewMask(net.Affine(layer).W.Size(), index); err != nil {
				t.Fatal(err)
			}
		}
		prunings = append(prunings, kept)
	}
	changes, err := saliency.Outputs(ctx, net, prunings, set, d)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range r.Prunings {
		if !near(changes[i].KL, p.KL) {
			t.Errorf("pruning %d: KL %v, in PyTorch %v", i, changes[i].KL, p.KL)
		}
		if len(changes[i].Layers) != len(p.Layers) {
			t.Fatalf("pruning %d: %d layers", i, len(changes[i].Layers))
		}
		for _, l := range changes[i].Layers {
			want := p.Layers[l.Layer]
			w, gone := net.Affine(l.Layer).W.Dense(), prunings[i][l.Layer].Removed()
			for what, v := range map[string][2]float64{
				"Taylor":         {m.Taylor(l.Layer, w, gone), want.Taylor},
				"Fisher":         {m.Fisher(l.Layer, w, gone), want.Fisher},
				"reconstruction": {l.Error, want.Reconstruction},
			} {
				if !near(v[0], v[1]) {
					t.Errorf("pruning %d, %s: %s %v, in PyTorch %v", i, l.Layer, what, v[0], v[1])
				}
			}
		}
	}
	if net.Digest() != before {
		t.Error("the network changed")
	}
}

// A network that has lost weights already is predicted for those that go now,
// and its layers in the sparse form give the numbers of the dense one.
func TestPredictionsOfAPrunedNetwork(t *testing.T) {
	_, net, set, d := reference(t)
	ctx := context.Background()
	size := net.Affine("fc1").W.Size()
	mask := func(step, offset int) *nn.Mask {
		var index []int32
		for i := offset; i < size; i += step {
			index = append(index, int32(i))
		}
		p, err := nn.NewMask(size, index)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	thinned, err := net.Clone()
	if err != nil {
		t.Fatal(err)
	}
	first, second := mask(4, 0), mask(8, 0)
	if err := thinned.Keep("fc1", first); err != nil {
		t.Fatal(err)
	}
	if !thinned.Affine("fc1").W.Compact() {
		t.Fatal("the layer is not sparse")
	}
	zeroed, err := net.Clone()
	if err != nil {
		t.Fatal(err)
	}
	w := zeroed.Affine("fc1").W
	dense := w.Dense()
	for _, i := range first.Removed() {
		dense[i] = 0
	}
	w.SetDense(dense)
	gone := slices.DeleteFunc(slices.Clone(first.Kept), func(i int32) bool { return i%8 == 0 })
	type numbers struct{ taylor, fisher, kl, reconstruction float64 }
	predict := func(n *nn.Network) numbers {
		m, err := saliency.Gradients(ctx, n, set, d)
		if err != nil {
			t.Fatal(err)
		}
		c, err := saliency.Outputs(ctx, n, []map[string]*nn.Mask{{"fc1": second}}, set, d)
		if err != nil {
			t.Fatal(err)
		}
		return numbers{m.Taylor("fc1", dense, gone), m.Fisher("fc1", dense, gone), c[0].KL, c[0].Layers[0].Error}
	}
	a, b := predict(thinned), predict(zeroed)
	if !near(a.taylor, b.taylor) || !near(a.fisher, b.fisher) || !near(a.kl, b.kl) || !near(a.reconstruction, b.reconstruction) || a.taylor == 0 {
		t.Errorf("sparse %+v, dense %+v", a, b)
	}
}

// E[g] is the gradient of the mean loss, checked by differences of the loss as
// it is measured elsewhere.
func TestMeanGradientIsThatOfTheLoss(t *testing.T) {
	_, net, set, d := reference(t)
	ctx := context.Background()
	m, err := saliency.Gradients(ctx, net, set, d)
	if err != nil {
		t.Fatal(err)
	}
	for _, layer := range []string{"conv1", "fc1", "fc2"} {
		p := net.Affine(layer).W
		at := int32(p.Size() / 2)
		loss := func(v float32) float64 {
			c, err := net.Clone()
			if err != nil {
				t.Fatal(err)
			}
			c.Affine(layer).W.Value[at] = v
			s, err := train.Evaluate(ctx, c, set, d)
			if err != nil {
				t.Fatal(err)
			}
			return s.Loss
		}
		const h = 2e-4 // small, so that few ReLUs change sides
		w := p.Value[at]
		slope := (loss(w+h) - loss(w-h)) / (2 * h)
		got, want := m.Taylor(layer, p.Dense(), []int32{at}), math.Abs(slope*float64(w))
		if math.Abs(got-want) > 1e-2*want+1e-5 {
			t.Errorf("%s: |g w| = %v, by differences %v", layer, got, want)
		}
	}
}
