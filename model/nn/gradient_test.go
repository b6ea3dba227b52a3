package nn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/rng"
)

// Small networks that hold every layer, with windows that overlap, leave
// borders over and reach into padding.
var networks = map[string]nn.Config{
	"dense": {Input: dataset.Shape{C: 1, H: 2, W: 3}, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		{Kind: nn.KindDense, Units: 5, Name: "fc1"}, {Kind: nn.KindReLU}, {Kind: nn.KindDense, Units: 3, Name: "fc2"}}},
	"conv": {Input: dataset.Shape{C: 2, H: 7, W: 8}, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Units: 3, Kernel: 3, Stride: 1, Padding: 1, Name: "conv1"}, {Kind: nn.KindReLU},
		{Kind: nn.KindMaxPool, Kernel: 2, Stride: 2},
		{Kind: nn.KindConv, Units: 4, Kernel: 2, Stride: 1, Name: "conv2"},
		{Kind: nn.KindFlatten}, {Kind: nn.KindDense, Units: 4, Name: "fc1"}}},
	"strided, overlapping pools, relu after pool": {Input: dataset.Shape{C: 1, H: 9, W: 9}, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Units: 2, Kernel: 3, Stride: 2, Padding: 2, Name: "conv1"},
		{Kind: nn.KindMaxPool, Kernel: 3, Stride: 1}, {Kind: nn.KindReLU},
		{Kind: nn.KindAvgPool, Kernel: 2, Stride: 1},
		{Kind: nn.KindDense, Units: 3, Name: "fc1"}}},
	"dropout": {Input: dataset.Shape{C: 1, H: 4, W: 4}, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Units: 3, Kernel: 2, Stride: 1, Name: "conv1"}, {Kind: nn.KindReLU}, {Kind: nn.KindDropout, Rate: 0.3},
		{Kind: nn.KindDense, Units: 6, Name: "fc1"}, {Kind: nn.KindReLU}, {Kind: nn.KindDropout, Rate: 0.5},
		{Kind: nn.KindDense, Units: 3, Name: "fc2"}}},
	"batch norm before and after relu, in the dense part too": {Input: dataset.Shape{C: 2, H: 5, W: 6}, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Units: 7, Kernel: 3, Stride: 1, Padding: 1, NoBias: true, Name: "conv1"}, norm("bn1"), {Kind: nn.KindReLU},
		{Kind: nn.KindConv, Units: 3, Kernel: 3, Stride: 2, Name: "conv2"}, {Kind: nn.KindReLU}, norm("bn2"),
		{Kind: nn.KindFlatten}, {Kind: nn.KindDense, Units: 5, Name: "fc1"}, {Kind: nn.KindReLU}, norm("bn3"), {Kind: nn.KindReLU},
		{Kind: nn.KindDense, Units: 3, NoBias: true, Name: "fc2"}, {Kind: nn.KindBatchNorm, Name: "bn4", Epsilon: 1e-3, Momentum: 0.1, Plain: true}}},
	"batch norm first": {Input: dataset.Shape{C: 3, H: 4, W: 4}, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		norm("bn1"), {Kind: nn.KindConv, Units: 4, Kernel: 2, Stride: 1, Name: "conv1"}, {Kind: nn.KindReLU}, norm("bn2"), {Kind: nn.KindDense, Units: 3, Name: "fc1"}}},
	"residuals": {Input: dataset.Shape{C: 3, H: 6, W: 5}, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Units: 4, Kernel: 3, Stride: 1, Padding: 1, NoBias: true, Name: "conv1"}, norm("bn1"), {Kind: nn.KindReLU, Name: "in"},
		{Kind: nn.KindConv, Units: 4, Kernel: 3, Stride: 1, Padding: 1, NoBias: true, Name: "conv2"}, norm("bn2"), {Kind: nn.KindReLU},
		{Kind: nn.KindConv, Units: 4, Kernel: 3, Stride: 1, Padding: 1, NoBias: true, Name: "conv3"}, norm("bn3"),
		{Kind: nn.KindAdd, Inputs: []string{"bn3", "in"}}, {Kind: nn.KindReLU, Name: "mid"},
		{Kind: nn.KindConv, Units: 7, Kernel: 3, Stride: 2, Padding: 1, NoBias: true, Name: "conv4"}, norm("bn4"),
		{Kind: nn.KindSubsample, Stride: 2, Inputs: []string{"mid"}}, {Kind: nn.KindPadChannels, Before: 1, After: 2, Name: "short"},
		{Kind: nn.KindAdd, Inputs: []string{"bn4", "short"}, Name: "sum"},
		{Kind: nn.KindReLU}, {Kind: nn.KindGlobalAvgPool}, {Kind: nn.KindDense, Units: 3, Name: "fc1"}}},
	"an output with three readers, and branches without batch norm": {Input: dataset.Shape{C: 2, H: 6, W: 7}, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Units: 3, Kernel: 3, Stride: 1, Padding: 1, Name: "conv1"}, {Kind: nn.KindReLU, Name: "a"},
		{Kind: nn.KindConv, Units: 3, Kernel: 3, Stride: 1, Padding: 1, Name: "conv2"}, {Kind: nn.KindLeakyReLU, Slope: 0.1, Name: "b"},
		{Kind: nn.KindConv, Units: 3, Kernel: 1, Stride: 1, Inputs: []string{"a"}, Name: "conv3"}, {Kind: nn.KindReLU6, Name: "c"},
		{Kind: nn.KindAdd, Inputs: []string{"a", "b", "c", "a"}, Name: "sum"},
		{Kind: nn.KindConcat, Inputs: []string{"sum", "a", nn.InputName}},
		{Kind: nn.KindMaxPool, Kernel: 3, Stride: 2, Padding: 1},
		{Kind: nn.KindFlatten}, {Kind: nn.KindDense, Units: 4, Name: "fc1"}, {Kind: nn.KindReLU, Name: "d"},
		{Kind: nn.KindDense, Units: 4, Name: "fc2"}, {Kind: nn.KindAdd, Inputs: []string{"fc2", "d"}}, {Kind: nn.KindDense, Units: 3, Name: "fc3"}}},
	"dense block": {Input: dataset.Shape{C: 2, H: 4, W: 4}, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Units: 3, Kernel: 3, Stride: 1, Padding: 1, NoBias: true, Name: "conv1"},
		norm("bn1"), {Kind: nn.KindReLU}, {Kind: nn.KindConv, Units: 2, Kernel: 3, Stride: 1, Padding: 1, NoBias: true, Name: "conv2"},
		{Kind: nn.KindConcat, Inputs: []string{"conv1", "conv2"}, Name: "c1"},
		norm("bn2"), {Kind: nn.KindReLU}, {Kind: nn.KindConv, Units: 2, Kernel: 3, Stride: 1, Padding: 1, NoBias: true, Name: "conv3"},
		{Kind: nn.KindConcat, Inputs: []string{"c1", "conv3"}, Name: "c2"},
		norm("bn3"), {Kind: nn.KindReLU}, {Kind: nn.KindGlobalAvgPool}, {Kind: nn.KindDense, Units: 3, Name: "fc1"}}},
	"groups, rectangular windows, uneven padding, pools that reach beyond": {Input: dataset.Shape{C: 4, H: 7, W: 8}, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		{Kind: nn.KindPad, Top: 1, Bottom: 2, Right: 1},
		{Kind: nn.KindConv, Units: 8, Kernel: 3, Stride: 1, Groups: 2, Name: "conv1"}, {Kind: nn.KindReLU},
		{Kind: nn.KindConv, Units: 8, Kernel: 3, Stride: 1, Padding: 1, Groups: 8, NoBias: true, Name: "conv2"},
		{Kind: nn.KindAvgPool, Kernel: 3, Stride: 2, Padding: 1, Ceil: true},
		{Kind: nn.KindConv, Units: 5, Kernel: 1, KernelWidth: 3, Stride: 1, Name: "conv3"}, {Kind: nn.KindReLU},
		{Kind: nn.KindAvgPool, Kernel: 2, Stride: 1, Padding: 1, CountPadding: true},
		{Kind: nn.KindMaxPool, Kernel: 2, Stride: 2, Ceil: true},
		{Kind: nn.KindConv, Units: 3, Kernel: 1, Stride: 1, Name: "conv4"}, {Kind: nn.KindGlobalAvgPool}}},
}

// norm is a batch normalisation as PyTorch makes it.
func norm(name string) nn.LayerConfig {
	return nn.LayerConfig{Kind: nn.KindBatchNorm, Name: name, Epsilon: 1e-5, Momentum: 0.1}
}

// prunings restrict a network before its gradients are tested.
var prunings = map[string]float64{"whole": 1, "masked": 0.7, "sparse": 0.2}

func TestGradientsAgreeWithFiniteDifferences(t *testing.T) {
	for name, c := range networks {
		for pruning, density := range prunings {
			for _, variant := range kernel.Variants() {
				t.Run(fmt.Sprintf("%s/%s/%s", name, pruning, variant), func(t *testing.T) {
					useKernel(t, variant)
					net := build(t, c, density)
					checkGradients(t, net)
				})
			}
		}
	}
}

// checkGradients compares dloss/dw with (loss(w+h) - loss(w-h)) / 2h for every
// weight and bias that is left.
func checkGradients(t *testing.T, net *nn.Network) {
	t.Helper()
	const n = 21
	r := rng.Stream(3, "test")
	x := kernel.NewMat(net.Config.Input.Features(), n)
	for i := range x.Rows {
		for j := range n {
			x.Data[i*x.Stride+j] = float32(r.NormFloat64())
		}
	}
	labels := make([]uint16, n)
	for j := range labels {
		labels[j] = uint16(r.IntN(net.Topology().Classes()))
	}
	var dlogits kernel.Mat
	loss := func() float64 {
		for _, d := range net.Dropouts() {
			d.SetStream(rng.Stream(9, "dropout")) // the same units drop each time
		}
		logits := net.Forward(x, nn.Mode{Train: true})
		if dlogits.Data == nil {
			dlogits = kernel.NewMat(logits.Rows, logits.Cols)
		}
		l, _ := kernel.SoftmaxCrossEntropy(dlogits, logits, labels)
		return l / n
	}
	loss()
	net.ZeroGrad()
	net.Backward(dlogits)
	worst := 0.0
	steps := []float32{2e-3}
	if len(net.Norms()) > 0 {
		steps = append(steps, 5e-4, 1e-4)
	}
	for _, p := range net.Params() {
		grad := append([]float32(nil), p.Grad...)
		for k, w := range p.Value {
			if p.Mask != nil && !p.Compact() && w == 0 {
				continue // removed
			}
			// A kink of ReLU or of max pooling within h costs a part of h, most where batch
			// normalisation makes much of small weights; within a fourth of h it does not lie
			// as well.
			numeric, off := 0.0, math.Inf(1)
			for _, h := range steps {
				p.Value[k] = w + h
				up := loss()
				p.Value[k] = w - h
				down := loss()
				p.Value[k] = w
				numeric = (up - down) / (2 * float64(h))
				off = min(off, math.Abs(numeric-float64(grad[k])))
				if off <= 6e-3*(1+math.Abs(numeric)) {
					break
				}
			}
			worst = max(worst, off)
			if off > 6e-3*(1+math.Abs(numeric)) {
				t.Fatalf("%s[%d]: gradient %g, finite difference %g", p.Name, k, grad[k], numeric)
			}
		}
	}
	t.Logf("largest difference %.1e", worst)
}

// build makes the network and keeps the given part of each layer's weights.
func build(t *testing.T, c nn.Config, density float64) *nn.Network {
	t.Helper()
	net, err := nn.Build(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	if density < 1 {
		r := rng.Stream(2, "test")
		for _, p := range net.Weights() {
			if err := net.Keep(p.Layer, someMask(t, p.Size(), density, r)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return net
}

func someMask(t *testing.T, size int, density float64, r *rand.Rand) *nn.Mask {
	t.Helper()
	var index []int32
	for i := range size {
		if r.Float64() < density {
			index = append(index, int32(i))
		}
	}
	kept, err := nn.NewMask(size, index)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}
