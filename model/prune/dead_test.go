package prune_test

import (
	"math"
	"slices"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/rng"
)

// keepWhere restricts a layer to the weights (o, k) for which left holds.
func keepWhere(t *testing.T, net *nn.Network, layer string, left func(o, k int) bool) {
	t.Helper()
	a := net.Affine(layer)
	var index []int32
	for i := range a.W.Size() {
		if left(i/a.Inputs(), i%a.Inputs()) {
			index = append(index, int32(i))
		}
	}
	kept, err := nn.NewMask(a.W.Size(), index)
	if err != nil {
		t.Fatal(err)
	}
	if err := net.Keep(layer, kept); err != nil {
		t.Fatal(err)
	}
}

func TestRemovingDeadUnitsLeavesTheFunction(t *testing.T) {
	conv := func(units, padding int, name string) nn.LayerConfig {
		return nn.LayerConfig{Kind: nn.KindConv, Units: units, Kernel: 3, Stride: 1, Padding: padding, Name: name}
	}
	c := nn.Config{Input: dataset.Shape{C: 1, H: 12, W: 12}, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		conv(4, 0, "conv1"), {Kind: nn.KindReLU}, {Kind: nn.KindMaxPool, Kernel: 2, Stride: 2},
		conv(5, 1, "conv2"), {Kind: nn.KindReLU}, conv(3, 0, "conv3"),
		{Kind: nn.KindDense, Units: 8, Name: "fc1"}, {Kind: nn.KindReLU}, {Kind: nn.KindDense, Units: 3, Name: "fc2"}}}
	net, err := nn.Build(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range []float32{0.3, -0.4, 0.2, 0.1} {
		net.Affine("conv1").B.Value[i] = b
	}
	net.Affine("fc1").B.Value[2] = 0.7
	keepWhere(t, net, "conv1", func(o, _ int) bool { return o > 1 })          // channels 0 (emits 0.3) and 1 (emits 0)
	keepWhere(t, net, "conv2", func(o, _ int) bool { return o != 4 })         // emits relu(b)
	keepWhere(t, net, "fc1", func(o, k int) bool { return o != 2 && k > 15 }) // 9 inputs a channel: channel 0 of conv3 is unread, unit 2 constant
	keepWhere(t, net, "fc2", func(_, k int) bool { return k != 5 })           // unit 5 of fc1 is unread

	dead := prune.Dead(net)
	if !slices.Equal(dead[0].NoInput, []int{0, 1}) || !slices.Equal(dead[2].NoOutput, []int{0}) ||
		!slices.Equal(dead[3].NoInput, []int{2}) || !slices.Equal(dead[3].NoOutput, []int{5}) || dead[4].NoOutput != nil {
		t.Fatalf("dead units: %+v", dead)
	}

	r := rng.Stream(1, "test")
	x := kernel.NewMat(c.Input.Features(), 16)
	for i := range x.Data {
		x.Data[i] = float32(r.NormFloat64())
	}
	before := slices.Clone(net.Forward(x, nn.Mode{}).Data)
	removed, err := prune.RemoveDead(net)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range net.Forward(x, nn.Mode{}).Data {
		if math.Abs(float64(v-before[i])) > 1e-5 {
			t.Fatalf("logit %d is %v after removal, %v before", i, v, before[i])
		}
	}
	// conv1's channel 1 emits zero and goes for good; channel 0 must stay, for
	// conv2 pads its input.
	dead = prune.Dead(net)
	if slices.Contains(dead[0].NoOutput, 0) || !slices.Contains(dead[0].NoOutput, 1) {
		t.Errorf("after removal, conv1's channels without readers are %v", dead[0].NoOutput)
	}
	// What is left of the others: 9 weights of conv2 for each of its 4 living
	// channels; 3*9 of conv3 that read conv2's channel 4; conv3's channel 0 with
	// 4*9; fc1's unit 5 with 11; fc2's 3 that read unit 2.
	if want := 4*9 + 3*9 + 4*9 + 11 + 3; removed != want {
		t.Errorf("%d weights removed, want %d", removed, want)
	}
}
