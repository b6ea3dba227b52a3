package prune_test

import (
	"math"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/rng"
)

// In a graph a unit is read through additions and concatenations, at other channels
// and in groups, and behind a batch normalisation it is not what it emits.
func TestRemovingDeadUnitsOfGraphsLeavesTheFunction(t *testing.T) {
	conv := func(units, groups int, name string, from ...string) nn.LayerConfig {
		return nn.LayerConfig{Kind: nn.KindConv, Units: units, Kernel: 3, Stride: 1, Groups: groups, Name: name, Inputs: from}
	}
	same := func(l nn.LayerConfig) nn.LayerConfig { l.Padding = 1; return l }
	norm := func(name string) nn.LayerConfig {
		return nn.LayerConfig{Kind: nn.KindBatchNorm, Name: name, Epsilon: 1e-5, Momentum: 0.1}
	}
	unbiased := func(l nn.LayerConfig) nn.LayerConfig { l.NoBias = true; return l }
	networks := map[string][]nn.LayerConfig{
		"concat": {conv(4, 0, "conv1"), {Kind: nn.KindReLU, Name: "a"}, same(conv(3, 0, "conv2")), {Kind: nn.KindReLU6, Name: "b"},
			{Kind: nn.KindConcat, Inputs: []string{"b", "a"}}, conv(5, 0, "conv3"), {Kind: nn.KindLeakyReLU, Slope: 0.1}, {Kind: nn.KindDense, Units: 6, Name: "fc1"},
			{Kind: nn.KindReLU}, {Kind: nn.KindDense, Units: 3, Name: "fc2"}},
		"groups": {conv(6, 0, "conv1"), {Kind: nn.KindReLU}, conv(6, 3, "conv2"), {Kind: nn.KindReLU}, conv(12, 6, "conv3"),
			{Kind: nn.KindGlobalAvgPool}, {Kind: nn.KindDense, Units: 3, Name: "fc1"}},
		"residual": {unbiased(same(conv(4, 0, "conv1"))), norm("bn1"), {Kind: nn.KindReLU, Name: "in"}, unbiased(same(conv(4, 0, "conv2"))), norm("bn2"), {Kind: nn.KindReLU},
			same(conv(4, 0, "conv3")), {Kind: nn.KindAdd, Inputs: []string{"conv3", "in"}}, {Kind: nn.KindPadChannels, Before: 2, After: 1}, unbiased(conv(5, 0, "conv4")),
			{Kind: nn.KindReLU}, conv(3, 0, "conv5"), {Kind: nn.KindDense, Units: 5, NoBias: true, Name: "fc1"}, {Kind: nn.KindReLU}, {Kind: nn.KindDense, Units: 3, Name: "fc2"}},
		"no dense layer": {conv(4, 0, "conv1"), {Kind: nn.KindReLU}, conv(3, 0, "conv2", "conv1"), {Kind: nn.KindGlobalAvgPool, Name: "x"},
			{Kind: nn.KindConv, Units: 3, Kernel: 6, Stride: 1, Name: "conv3", Inputs: []string{"relu"}}, {Kind: nn.KindAdd, Inputs: []string{"x", "conv3"}}},
	}
	networks["no dense layer"][1].Name = "relu"
	for name, layers := range networks {
		size := 10
		if name == "no dense layer" {
			size = 8
		}
		for seed := range uint64(20) {
			net, err := nn.Build(nn.Config{Input: dataset.Shape{C: 2, H: size, W: size}, Init: nn.InitTorch, Layers: layers}, seed)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			r := rng.Stream(seed, "test")
			for _, b := range net.Norms() {
				for i := range b.Mean.Values {
					b.Mean.Values[i], b.Var.Values[i], b.Beta.Value[i] = float32(r.NormFloat64()), float32(0.5+r.Float64()), float32(r.NormFloat64())
				}
			}
			for _, a := range net.Affines() {
				// Some units lose all of their inputs, and some channels all that read them.
				gone, unread := r.IntN(a.W.Shape[0]+1), r.IntN(a.Inputs())
				keepWhere(t, net, a.Name, func(o, k int) bool { return o != gone && k/9 != unread/9 && r.Float64() < 0.6 })
			}
			x := kernel.NewMat(net.Config.Input.Features(), 16)
			for i := range x.Data {
				x.Data[i] = float32(r.NormFloat64())
			}
			before := append([]float32(nil), net.Forward(x, nn.Mode{}).Data...)
			left := 0
			for _, p := range net.Weights() {
				left += p.Left()
			}
			removed, err := prune.RemoveDead(net)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range net.Forward(x, nn.Mode{}).Data {
				if math.Abs(float64(v-before[i])) > 1e-5*(1+math.Abs(float64(before[i]))) {
					t.Fatalf("%s, seed %d: logit %d is %v without dead units, %v before", name, seed, i, v, before[i])
				}
			}
			for _, p := range net.Weights() {
				left -= p.Left()
			}
			if left != removed {
				t.Errorf("%s, seed %d: %d weights are said to be removed, %d are", name, seed, removed, left)
			}
		}
	}
}
