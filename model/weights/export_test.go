package weights_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/rng"
	"prunelab/model/safetensors"
	"prunelab/model/sparse"
	"prunelab/model/sparse/npy"
	"prunelab/model/weights"
)

// pruned is a network of a convolution and two dense layers; fc1 has a tenth of
// its weights, one of which is zero, conv1 half, fc2 all.
func pruned(t testing.TB) *nn.Network {
	t.Helper()
	net, err := nn.Build(nn.Config{Input: dataset.Shape{C: 1, H: 7, W: 7}, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Name: "conv1", Units: 4, Kernel: 3, Stride: 1}, {Kind: nn.KindReLU},
		{Kind: nn.KindDense, Name: "fc1", Units: 12}, {Kind: nn.KindReLU}, {Kind: nn.KindDense, Name: "fc2", Units: 3}}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := prune.Config{Layers: []string{"conv1", "fc1"}, Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio, Amounts: []float64{0.5, 0.9}}
	scores, err := prune.Score(net, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	mask, err := prune.Select(scores, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := mask.Apply(net); err != nil {
		t.Fatal(err)
	}
	net.Affine("fc1").W.Value[3] = 0
	return net
}

func export(t *testing.T, net *nn.Network, e weights.Export) []weights.File {
	t.Helper()
	files, err := weights.Files(net, e)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func content(t *testing.T, f weights.File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Whatever the format, a layer comes back bit for bit, with all weights that
// are left and no other.
func TestExportsReloadExactly(t *testing.T) {
	net := pruned(t)
	const limit = 1 << 20
	for _, format := range sparse.Formats()[1:] {
		e := weights.Export{Format: format, Container: weights.NPZ}
		files := export(t, net, e)
		names := e.Names("out/net.npz", []string{"conv1", "fc1", "fc2"})
		if want := []string{"out/net.conv1.npz", "out/net.fc1.npz", "out/net.fc2.npz"}; !slices.Equal(names, want) || len(files) != 3 {
			t.Errorf("%s: %d files called %v", format, len(files), names)
		}
		e.Container = weights.Safetensors
		whole, err := safetensors.Read(bytes.NewReader(content(t, export(t, net, e)[0])), limit)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range files {
			b := content(t, f)
			fromNPZ, err := sparse.ReadNPZ(bytes.NewReader(b), int64(len(b)), limit)
			if err != nil {
				t.Fatal(err)
			}
			a := net.Affine(f.Layer)
			fromTensors, err := sparse.FromTensors(whole, a.W.Name, limit)
			if err != nil {
				t.Fatal(err)
			}
			bias, _ := whole.Tensor(a.B.Name)
			if v, err := bias.F32(); err != nil || !slices.Equal(v, a.B.Dense()) {
				t.Errorf("%s, %s: bias %v, %v", f.Layer, format, v, err)
			}
			for _, m := range []sparse.Matrix{fromNPZ, fromTensors} {
				c := m.CSR()
				if m.Format() != format || c.Rows != a.W.Shape[0] || !slices.Equal(c.Dense().Val, a.W.Dense()) {
					t.Errorf("%s, %s: not the weights", f.Layer, format)
				}
				if a.W.Mask != nil && !slices.Equal(c.Positions(), a.W.Mask.Kept) || c.Stored() != a.W.Left() {
					t.Errorf("%s, %s: not the mask", f.Layer, format)
				}
			}
			if names[i] != "out/net."+f.Layer+".npz" {
				t.Errorf("%s is called %s", f.Layer, names[i])
			}
		}
	}
}

// What is exported dense is what the network itself reads.
func TestDenseExportIsANetwork(t *testing.T) {
	net := pruned(t)
	again, err := nn.New(net.Config)
	if err != nil {
		t.Fatal(err)
	}
	f := export(t, net, weights.Export{Format: sparse.FormatDense, Container: weights.Safetensors, Metadata: map[string]string{"format": "pt"}})
	if err := again.Read(bytes.NewReader(content(t, f[0]))); err != nil {
		t.Fatal(err)
	}
	if again.Digest() != net.Digest() {
		t.Error("another network came back")
	}
}

func TestExportOfOneLayer(t *testing.T) {
	net := pruned(t)
	f := export(t, net, weights.Export{Format: sparse.FormatDense, Container: weights.NPZ, Layer: "fc1"})
	b := content(t, f[0])
	entries, err := npy.ReadArchive(bytes.NewReader(b), int64(len(b)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	if want := []string{"fc1.weight", "fc1.weight.mask", "fc1.bias"}; !slices.Equal(names, want) {
		t.Errorf("the file holds %v, want %v", names, want)
	}
	e := weights.Export{Format: sparse.FormatCSC, Container: weights.NPZ, Layer: "fc1"}
	if names := e.Names("x.npz", []string{"conv1", "fc1"}); !slices.Equal(names, []string{"x.npz"}) {
		t.Errorf("one layer is called %v", names)
	}
	if _, err := weights.Files(net, weights.Export{Format: sparse.FormatCSR, Container: weights.NPZ, Layer: "fc3"}); err == nil || !strings.Contains(err.Error(), "conv1, fc1, fc2") {
		t.Errorf("a layer that is not there: %v", err)
	}
}

func TestParseBits(t *testing.T) {
	for text, want := range map[string]weights.Bits{"best": {}, "5": {Conv: 5, Dense: 5}, "conv=8,fc=5": {Conv: 8, Dense: 5}, "fc=4": {Dense: 4}} {
		if b, err := weights.ParseBits(text); err != nil || b != want {
			t.Errorf("%s: %v, %v", text, b, err)
		}
	}
	for _, text := range []string{"", "0", "17", "conv=8,conv=5", "fc1=5", "conv", "conv=8,"} {
		if b, err := weights.ParseBits(text); err == nil {
			t.Errorf("%q gives %v", text, b)
		}
	}
}

// Sizes are those of the arrays that are written.
func TestSizesAreThoseOfTheArrays(t *testing.T) {
	net := pruned(t)
	b := weights.Bits{Conv: 2, Dense: 5}
	sizes, err := weights.Sizes(net, b)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range net.Affines() {
		l := sizes[i]
		if l.Name != a.Name || l.Rows != a.W.Shape[0] || l.Rows*l.Cols != a.W.Size() || l.Left != a.W.Left() {
			t.Errorf("%+v", l)
		}
		m, err := a.CSR()
		if err != nil {
			t.Fatal(err)
		}
		for j, f := range sparse.Formats() {
			s, err := sparse.As(m, f, l.K)
			if err != nil {
				t.Fatal(err)
			}
			var bytes int64
			for _, e := range sparse.Entries(s) {
				if !slices.Contains([]string{"format", "shape", "mask", "k", "origin"}, e.Name) {
					bytes += int64(len(e.Data))
				}
			}
			if l.Sizes[j].Bytes != bytes || l.Sizes[j].Original != int64(4*a.W.Size()) {
				t.Errorf("%s as %s: %+v, the arrays have %d bytes", a.Name, f, l.Sizes[j], bytes)
			}
		}
	}
	if sizes[0].K != 2 || sizes[1].K != 5 || sizes[1].Zeros != 1 {
		t.Errorf("codes of %d and %d bits, %d zeros", sizes[0].K, sizes[1].K, sizes[1].Zeros)
	}
}

func TestSciPyAndNumPyReadTheExports(t *testing.T) {
	const python = "/usr/bin/python3" // Debian's, for which python3-scipy is
	if err := exec.Command(python, "-c", "import numpy, scipy.sparse").Run(); err != nil {
		t.Skipf("%s has no SciPy: install Debian's python3-scipy to have exports loaded by scipy.sparse.load_npz", python)
	}
	net := pruned(t)
	dir := t.TempDir()
	write := func(name string, w func(io.Writer) error) {
		t.Helper()
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := w(f); err != nil {
			t.Fatal(err)
		}
	}
	meta := map[string]string{"format": "pt"}
	for _, c := range []weights.Container{weights.NPZ, weights.Safetensors} {
		write("dense."+string(c), export(t, net, weights.Export{Format: sparse.FormatDense, Container: c, Metadata: meta})[0].Write)
	}
	for _, format := range []sparse.Format{sparse.FormatCSR, sparse.FormatCSC, sparse.FormatCOO} {
		for _, f := range export(t, net, weights.Export{Format: format, Container: weights.NPZ}) {
			write(f.Layer+"."+string(format)+".npz", f.Write)
		}
	}
	const n = 5
	features := net.Config.Input.Features()
	x := kernel.NewMat(features, n)
	r := rng.Stream(1, "inputs")
	images := make([]float32, n*features)
	for i := range images {
		images[i] = float32(r.NormFloat64())
		x.Data[i%features*x.Stride+i/features] = images[i]
	}
	y := net.Forward(x, nn.Mode{})
	outputs := make([]float32, n*y.Rows)
	for i := range outputs {
		outputs[i] = y.Data[i%y.Rows*y.Stride+i/y.Rows]
	}
	write("x.npy", npy.FromFloat32([]int{n, features}, images).Write)
	write("y.npy", npy.FromFloat32([]int{n, y.Rows}, outputs).Write)
	out, err := exec.Command(python, filepath.Join("testdata", "check.py"), dir).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "equal" {
		t.Errorf("%v: %s", err, out)
	}
}
