package weights_test

import (
	"bytes"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/safetensors"
	"prunelab/model/sparse"
	"prunelab/model/weights"
)

// A network with batch normalisation and without biases comes back whole from what is
// exported of it, and a sparse file has the statistics too.
func TestBatchNormIsExported(t *testing.T) {
	c := nn.Config{Input: dataset.Shape{C: 2, H: 4, W: 4}, Init: nn.InitHe, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Name: "conv1", Units: 3, Kernel: 3, Stride: 1, NoBias: true},
		{Kind: nn.KindBatchNorm, Name: "bn1", Epsilon: 1e-5, Momentum: 0.1}, {Kind: nn.KindReLU}, {Kind: nn.KindDense, Name: "fc1", Units: 2}}}
	net, err := nn.Build(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	bn := net.Norms()[0]
	for i := range bn.Mean.Values {
		bn.Mean.Values[i], bn.Var.Values[i], bn.Gamma.Value[i], bn.Beta.Value[i] = float32(i)+0.5, float32(i)+2, 1.5, -0.25
	}
	read := func(e weights.Export) []byte {
		files, err := weights.Files(net, e)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := files[0].Write(&b); err != nil || len(files) != 1 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		return b.Bytes()
	}
	again, err := weights.Read(c, bytes.NewReader(read(weights.Export{Format: sparse.FormatDense, Container: weights.Safetensors})))
	if err != nil {
		t.Fatal(err)
	}
	if again.Digest() != net.Digest() {
		t.Error("the network that is read back is another one")
	}
	f, err := safetensors.Read(bytes.NewReader(read(weights.Export{Format: sparse.FormatCSR, Container: weights.Safetensors})), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "fc1.bias"} {
		if _, ok := f.Tensor(name); !ok {
			t.Errorf("the sparse file has no tensor %s", name)
		}
	}
	if _, ok := f.Tensor("conv1.bias"); ok {
		t.Error("the sparse file has biases that the network has not")
	}
	files, err := weights.Files(net, weights.Export{Format: sparse.FormatCSR, Container: weights.NPZ})
	if err != nil || len(files) != 3 || files[2].Layer != "bn1" {
		t.Errorf("%d files, %v; want one for each layer with weights and one for bn1", len(files), err)
	}
}
