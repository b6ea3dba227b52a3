package nn_test

import (
	"encoding/json"
	"iter"
	"math"
	"os"
	"slices"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
)

// stale is a network with batch normalisation of planes and of features, a shortcut and
// dropout.
func stale(t *testing.T) *nn.Network {
	t.Helper()
	net, err := nn.New(nn.Config{Input: dataset.Shape{C: 3, H: 6, W: 5}, Init: nn.InitHe, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Name: "conv1", Units: 7, Kernel: 3, Stride: 1, Padding: 1, NoBias: true},
		{Kind: nn.KindBatchNorm, Name: "bn1", Epsilon: 1e-5, Momentum: 0.1}, {Kind: nn.KindReLU, Name: "relu1"},
		{Kind: nn.KindConv, Name: "conv2", Units: 7, Kernel: 3, Stride: 1, Padding: 1, NoBias: true},
		{Kind: nn.KindBatchNorm, Name: "bn2", Epsilon: 1e-5, Momentum: 0.1},
		{Kind: nn.KindAdd, Inputs: []string{"bn2", "relu1"}}, {Kind: nn.KindReLU}, {Kind: nn.KindGlobalAvgPool}, {Kind: nn.KindDropout, Rate: 0.5},
		{Kind: nn.KindDense, Name: "fc1", Units: 5}, {Kind: nn.KindBatchNorm, Name: "bn3", Epsilon: 1e-5, Momentum: 0.1}, {Kind: nn.KindReLU},
		{Kind: nn.KindDense, Name: "fc2", Units: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range net.Params() {
		for k := range p.Value {
			p.Value[k] = noise(k, i)
		}
	}
	for _, b := range net.Buffers() {
		for k := range b.Values {
			b.Values[k] = 3 // what it had before does not count
		}
	}
	return net
}

// batchesOf are batches of 37 images of noise.
func batchesOf(net *nn.Network, count int) iter.Seq[kernel.Mat] {
	return func(yield func(kernel.Mat) bool) {
		for b := range count {
			x := kernel.NewMat(net.Config.Input.Features(), 37)
			for j := range x.Cols {
				for k := range x.Rows {
					x.Data[k*x.Stride+j] = noise(k, 100+37*b+j)
				}
			}
			if !yield(x) {
				return
			}
		}
	}
}

// Statistics that are estimated anew are PyTorch's with momentum=None on the same
// batches, see testdata/reestimate.py, whatever is frozen.
func TestReestimateAgreesWithPyTorch(t *testing.T) {
	text, err := os.ReadFile("testdata/reestimate.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Running map[string][]float64
		Logits  [][]float64
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	near := func(got float32, want float64) bool {
		return math.Abs(float64(got)-want) <= 1e-5*max(1, math.Abs(want))
	}
	for _, frozen := range [][]string{nil, {"conv1", "conv2", "fc1", "fc2"}} {
		net := stale(t)
		if err := net.Freeze(frozen); err != nil {
			t.Fatal(err)
		}
		net.SetStatistics(nn.StatisticsRunning)
		net.Reestimate(batchesOf(net, 4))
		if len(net.Buffers()) != len(want.Running) {
			t.Fatalf("%d statistics, %d are recorded", len(net.Buffers()), len(want.Running))
		}
		for _, b := range net.Buffers() {
			for k, v := range b.Values {
				if !near(v, want.Running[b.Name][k]) {
					t.Errorf("%s, channel %d: %v, want %v", b.Name, k, v, want.Running[b.Name][k])
				}
			}
		}
		x := slices.Collect(batchesOf(net, 1))[0]
		y := net.Forward(x, nn.Mode{})
		for j, row := range want.Logits {
			for k, v := range row {
				if got := y.Data[k*y.Stride+j]; !near(got, v) {
					t.Errorf("image %d, class %d: %v, want %v", j, k, got, v)
				}
			}
		}
	}
}

// Estimating statistics changes nothing but them: neither what is learned nor how the
// network trains afterwards.
func TestReestimateChangesStatisticsAlone(t *testing.T) {
	net := stale(t)
	if err := net.Freeze([]string{"conv1"}); err != nil {
		t.Fatal(err)
	}
	var before [][]float32
	for _, p := range net.Params() {
		before = append(before, slices.Clone(p.Value))
	}
	fixed := net.Fixed()
	net.Reestimate(batchesOf(net, 2))
	for i, p := range net.Params() {
		if !slices.Equal(p.Value, before[i]) {
			t.Errorf("%s has changed", p.Name)
		}
	}
	if got := net.Dropouts()[0].Rate; got != 0.5 || net.Fixed() != fixed {
		t.Errorf("dropout %v, %d fixed layers, want 0.5 and %d", got, net.Fixed(), fixed)
	}
	mean := slices.Clone(net.Norms()[1].Mean.Values) // bn1 is frozen with conv1
	net.Dropouts()[0].Rate = 0
	batch := slices.Collect(batchesOf(net, 3))[2]
	still := slices.Clone(net.Norms()[0].Mean.Values)
	net.Forward(batch, nn.Mode{Train: true})
	if !slices.Equal(still, net.Norms()[0].Mean.Values) || slices.Equal(mean, net.Norms()[1].Mean.Values) {
		t.Error("bn1 is frozen and moves, or bn2 is not and stays")
	}
}
