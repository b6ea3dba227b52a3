package weights_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/safetensors"
	"prunelab/model/tensors"
	"prunelab/model/weights"
)

func TestReadTakesWhatExportWrites(t *testing.T) {
	net := pruned(t)
	var b bytes.Buffer
	if err := net.Write(&b); err != nil {
		t.Fatal(err)
	}
	again, err := weights.Read(net.Config, &b)
	if err != nil {
		t.Fatal(err)
	}
	if again.Digest() != net.Digest() {
		t.Error("another network came back")
	}
}

// What does not fit is named: the tensor, what it is and what it should be.
func TestReadNamesWhatDoesNotFit(t *testing.T) {
	net := pruned(t)
	at := func(f *safetensors.File, name string) *safetensors.Tensor {
		for i := range f.Tensors {
			if f.Tensors[i].Name == name {
				return &f.Tensors[i]
			}
		}
		t.Fatalf("no tensor %s", name)
		return nil
	}
	rename := func(from, to string) func(*safetensors.File) {
		return func(f *safetensors.File) { at(f, from).Name = to }
	}
	reshape := func(name string, shape ...int) func(*safetensors.File) {
		return func(f *safetensors.File) { at(f, name).Shape = shape }
	}
	for want, change := range map[string]func(*safetensors.File){
		"there is no tensor fc1.weight of shape 12 x 100; the file has": func(f *safetensors.File) {
			f.Tensors = slices.DeleteFunc(f.Tensors, func(t safetensors.Tensor) bool { return t.Name == "fc1.weight" })
		},
		"tensor fc2.scale (3) has no place in the network; describe every layer": rename("fc2.bias", "fc2.scale"),
		"prune.remove": rename("fc2.weight", "fc2.weight_orig"),
		"tensor fc1.weight has shape 100 x 12, the network needs 12 x 100 (outputs x inputs); it looks transposed":   reshape("fc1.weight", 100, 12),
		"tensor conv1.weight has shape 4 x 9, the network needs 4 x 1 x 3 x 3 (filters x channels x height x width)": reshape("conv1.weight", 4, 9),
		"tensor fc1.weight.mask has shape 1200, the network needs 12 x 100":                                          reshape("fc1.weight.mask", 1200),
		"tensor bn1.running_mean (3) has no place in the network, with the statistics of batch norm, without which it computes something else; describe every layer": func(f *safetensors.File) {
			f.Tensors = append(f.Tensors, safetensors.FromF32("bn1.running_mean", []int{3}, make([]float32, 3)))
		},
		"tensor fc2.bias: value 1 is 1e+300, which is too large for a float32": func(f *safetensors.File) {
			*at(f, "fc2.bias") = float64s("fc2.bias", 0, 1e300, 0)
		},
		"tensor fc2.bias holds I32, whole numbers": func(f *safetensors.File) {
			*at(f, "fc2.bias") = safetensors.Tensor{Name: "fc2.bias", DType: safetensors.I32, Shape: []int{3}, Data: make([]byte, 12)}
		},
		"tensor fc2.weight.mask holds F32; a mask is U8 or BOOL": func(f *safetensors.File) {
			f.Tensors = append(f.Tensors, safetensors.FromF32("fc2.weight.mask", []int{3, 12}, make([]float32, 36)))
		},
		"tensor fc2.bias: value 1 is NaN, and so 1 of its 3 are no finite numbers; a training that diverged leaves such, so take an earlier checkpoint": func(f *safetensors.File) {
			*at(f, "fc2.bias") = safetensors.FromF32("fc2.bias", []int{3}, []float32{0, float32(math.NaN()), 0})
		},
	} {
		f := net.Tensors()
		change(&f)
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		if _, err := weights.Read(net.Config, &b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	for what, b := range map[string]string{
		"is empty":                "",
		"is a pointer of Git LFS": "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
		"is a web page":           "\n<!DOCTYPE html><html><head><title>404</title>",
		"is a web page, ":         "<html>\n<body>Not found</body></html>",
		"is an HDF5 file":         "\x89HDF\r\n\x1a\n\x00\x00\x00",
		"is a NumPy array":        "\x93NUMPY\x01\x00v\x00{'descr': '<f4'}",
		"is gzip":                 "\x1f\x8b\x08\x00\x00\x00\x00\x00",
		"is a text":               "name: base\ndata: {name: mnist}\n",
	} {
		_, err := weights.Read(net.Config, strings.NewReader(b))
		if err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(what, ", ")) || !strings.Contains(err.Error(), "safetensors") || strings.Contains(err.Error(), "is said to have") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := weights.Read(net.Config, strings.NewReader("\x08\x07\x12\x07pytorch\x1a\x032.1")); err == nil || !strings.Contains(err.Error(), "ONNX file: there is no graph in it") {
		t.Errorf("an ONNX model without a graph: %v", err)
	}
	if _, err := weights.Read(nn.Config{}, strings.NewReader("")); err == nil {
		t.Error("no network was described")
	}
}

func float64s(name string, values ...float64) safetensors.Tensor {
	t := safetensors.Tensor{Name: name, DType: safetensors.F64, Shape: []int{len(values)}}
	for _, v := range values {
		t.Data = binary.LittleEndian.AppendUint64(t.Data, math.Float64bits(v))
	}
	return t
}

// Names that differ, types that differ and a layer without biases are understood, and
// said.
func TestBringUnderstandsFilesOfOthers(t *testing.T) {
	net := pruned(t)
	bring := func(change func(*safetensors.File), names map[string]string) (*nn.Network, tensors.Assignment) {
		t.Helper()
		f := net.Tensors()
		change(&f)
		got, a, err := weights.Bring(net.Config, tensors.FromSafetensors(f), names)
		if err != nil {
			t.Fatal(err)
		}
		return got, a
	}
	renamed := func(f *safetensors.File) {
		for i, x := range f.Tensors {
			f.Tensors[i].Name = "module." + strings.Replace(x.Name, "fc2.", "head.", 1)
		}
	}
	got, a := bring(renamed, nil)
	if said := `its names begin with "module."; by shape, fc2.weight is module.head.weight, fc2.bias is module.head.bias`; got.Digest() != net.Digest() || a.Said() != said {
		t.Errorf("renamed: got %s, want %s", a.Said(), said)
	}
	got, a = bring(renamed, map[string]string{"fc2": "head"})
	if said := `its names begin with "module."; by map, fc2.weight is module.head.weight, fc2.bias is module.head.bias`; got.Digest() != net.Digest() || a.Said() != said {
		t.Errorf("with a map: got %s, want %s", a.Said(), said)
	}
	got, _ = bring(func(f *safetensors.File) { // with its mask
		for i, x := range f.Tensors {
			f.Tensors[i].Name = strings.Replace(x.Name, "fc1.", "hidden.", 1)
		}
	}, nil)
	if got.Digest() != net.Digest() {
		t.Error("a layer with a mask under another name: another network came back")
	}
	got, _ = bring(func(f *safetensors.File) {
		for i, x := range f.Tensors {
			if values, err := x.F32(); x.Name == "fc2.bias" && err == nil {
				f.Tensors[i] = float64s(x.Name, float64(values[0]), float64(values[1]), float64(values[2]))
			}
		}
	}, nil)
	if got.Digest() != net.Digest() {
		t.Error("F64: another network came back")
	}
	got, a = bring(func(f *safetensors.File) {
		f.Tensors = slices.DeleteFunc(f.Tensors, func(x safetensors.Tensor) bool { return x.Name == "conv1.bias" })
	}, nil)
	if b := got.Affine("conv1").B.Value; slices.ContainsFunc(b, func(v float32) bool { return v != 0 }) || a.Said() != "not in the file and 0: conv1.bias" {
		t.Errorf("without biases: %v, %s", b, a.Said())
	}
}

// A file of torch.save is told by its first bytes and read by names.
func TestOpenReadsPyTorch(t *testing.T) {
	for name, want := range map[string]string{"plain.pt": "", "checkpoint.th": "state_dict"} {
		b, err := os.ReadFile(filepath.Join("..", "torch", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		f, err := weights.Open(bytes.NewReader(b), "", dataset.Shape{})
		if err != nil || f.Key != want || len(f.Tensors) != 8 {
			t.Errorf("%s: %d tensors under %q, %v", name, len(f.Tensors), f.Key, err)
		}
	}
}

// Exact zeros of a layer that no chance makes are weights that were removed.
func TestZerosAreAdoptedAsRemovedWeights(t *testing.T) {
	read := func(zeros int) *nn.Network {
		net, err := nn.New(nn.Config{Input: dataset.Shape{C: 1, H: 1, W: 10}, Init: nn.InitHe, Layers: []nn.LayerConfig{
			{Kind: nn.KindFlatten}, {Kind: nn.KindDense, Name: "fc1", Units: 50}, {Kind: nn.KindReLU}, {Kind: nn.KindDense, Name: "fc2", Units: 3}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range net.Affines() {
			for i := range a.W.Value {
				a.W.Value[i] = 1
			}
		}
		clear(net.Affine("fc1").W.Value[:zeros])
		return net
	}
	for zeros, adopted := range map[int]bool{0: false, 1: false, 5: true, 350: true, 499: true, 500: false} {
		net := read(zeros)
		before := net.Digest()
		got := weights.AdoptZeros(net)
		if (len(got) == 1) != adopted || adopted != (net.Digest() != before) {
			t.Errorf("%d zeros of 500: %v", zeros, got)
			continue
		}
		if adopted && (got[0].Layer != "fc1" || got[0].Zeros != zeros || net.Affine("fc1").W.Left() != 500-zeros || net.Affine("fc2").W.Mask != nil) {
			t.Errorf("%d zeros of 500: %+v, %d are left", zeros, got[0], net.Affine("fc1").W.Left())
		}
		if again := weights.AdoptZeros(net); adopted && len(again) > 0 {
			t.Errorf("adopted twice: %v", again)
		}
	}
}

// FuzzRead takes networks from files; what is taken comes back the same.
func FuzzRead(f *testing.F) {
	net := pruned(f)
	add := func(change func(*safetensors.File)) {
		file := net.Tensors()
		change(&file)
		var b bytes.Buffer
		if err := file.Write(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	add(func(*safetensors.File) {})
	add(func(file *safetensors.File) { file.Tensors = file.Tensors[1:] })
	add(func(file *safetensors.File) { file.Metadata = map[string]string{"format": "pt"} })
	add(func(file *safetensors.File) { file.Tensors[0].Name += "_orig" })
	for _, header := range []string{
		`{"fc2.bias":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"fc2.bias":{"dtype":"F32","shape":[3],"data_offsets":[12,24]}}`,
		`{"fc2.bias":{"dtype":"F32","shape":[274877906944],"data_offsets":[0,1099511627776]}}`,
		`{"fc2.bias":` + strings.Repeat("[", 20_000),
	} {
		f.Add(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header+strings.Repeat("x", 24)...))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := weights.Read(net.Config, bytes.NewReader(in))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := got.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := weights.Read(net.Config, &b)
		if err != nil {
			t.Fatal(err)
		}
		if again.Digest() != got.Digest() {
			t.Fatal("another network came back")
		}
	})
}

// The layers of a network are in an ONNX model, and the weights that belong to them; a
// file of weights alone, or of neither, is named.
func TestLayers(t *testing.T) {
	b, err := os.ReadFile("../onnx/testdata/lenet.onnx")
	if err != nil {
		t.Fatal(err)
	}
	n, err := weights.Layers(bytes.NewReader(b), dataset.Shape{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := weights.Open(bytes.NewReader(b), "", dataset.Shape{})
	if err != nil || f.Format != tensors.ONNX {
		t.Fatal(f.Format, err)
	}
	if _, a, err := weights.Bring(n.Config, f, nil); err != nil || len(a.Pairs) != 8 {
		t.Errorf("%d tensors, %v", len(a.Pairs), err)
	}
	for begins, want := range map[string]string{
		"\x20\x00\x00\x00\x00\x00\x00\x00{": "it holds weights (safetensors) and does not say of which layers: describe them",
		"PK\x03\x04":                        "it holds weights (zip archive of PyTorch) and does not say",
		"<html>":                            "it is a web page",
	} {
		if _, err := weights.Layers(strings.NewReader(begins), dataset.Shape{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// Where a file does not fit what it is said to be, and is that of a built-in network, or of
// the same one for images of other channels, the error says so first.
func TestWhatTheFileFitsIsSaid(t *testing.T) {
	colour, grey := dataset.Shape{C: 3, H: 32, W: 32}, dataset.Shape{C: 1, H: 32, W: 32}
	of := func(name string, in dataset.Shape) nn.Config {
		c, ok := nn.Builtin(name, in, 10)
		if !ok {
			t.Fatal(name)
		}
		return c
	}
	net, err := nn.Build(of("resnet-20", colour), 1)
	if err != nil {
		t.Fatal(err)
	}
	f := net.Tensors()
	for i := range f.Tensors {
		f.Tensors[i].Name = "module." + f.Tensors[i].Name
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]nn.Config{
		"its tensors are those of resnet-20, and not of the network that is described: say name: resnet-20 in the study's network, or --architecture resnet-20; there is no tensor layer1.3.conv1.weight": of("resnet-56", colour),
		"its tensors are those of resnet-20, and not":                                                                  of("vgg-16-bn", colour),
		"it fits images of 3 channels, and those of the data set have 1: it was made for other data, or for images in": of("resnet-20", grey),
	} {
		_, err := weights.Read(c, bytes.NewReader(b.Bytes()))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.400v\nwant %s", err, want)
			continue
		}
		if n := strings.Count(err.Error(), "the file has"); n > 1 {
			t.Errorf("what the file has is said %d times: %v", n, err)
		}
	}
	other := of("lenet-5", dataset.Shape{C: 1, H: 28, W: 28})
	if _, err := weights.Read(other, bytes.NewReader(b.Bytes())); err == nil || strings.Contains(err.Error(), "its tensors are those") {
		t.Errorf("%v", err)
	}
}
