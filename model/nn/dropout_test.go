package nn_test

import (
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/rng"
)

// Skip leaves the stream where the batches do that it stands for, also of
// dropout between convolutions, which sees a batch in slices.
func TestDropoutSkipsWhatForwardDraws(t *testing.T) {
	net, err := nn.Build(nn.Config{Input: dataset.Shape{C: 1, H: 6, W: 6}, Init: nn.InitHe, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Units: 3, Kernel: 3, Stride: 1, Name: "conv1"}, {Kind: nn.KindReLU}, {Kind: nn.KindDropout, Rate: 0.3},
		{Kind: nn.KindConv, Units: 2, Kernel: 3, Stride: 1, Name: "conv2"}, {Kind: nn.KindReLU}, {Kind: nn.KindDropout, Rate: 0.2},
		{Kind: nn.KindDense, Units: 5, Name: "fc1"}, {Kind: nn.KindReLU}, {Kind: nn.KindDropout, Rate: 0.5},
		{Kind: nn.KindDense, Units: 3, Name: "fc2"}}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 16, 21, 35} {
		for i, l := range net.Dropouts() {
			drawn, skipped := rng.Stream(1, "dropout"), rng.Stream(1, "dropout")
			for _, o := range net.Dropouts() {
				o.SetStream(rng.Stream(2, "others"))
			}
			l.SetStream(drawn)
			for range 3 {
				net.Forward(kernel.NewMat(36, n), nn.Mode{Train: true})
			}
			l.SetStream(skipped)
			l.Skip(3, n)
			if drawn.Uint64() != skipped.Uint64() {
				t.Errorf("dropout %d, batches of %d: the streams differ", i, n)
			}
		}
	}
}
