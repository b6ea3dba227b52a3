package weights

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"prunelab/model/nn"
	"prunelab/model/safetensors"
)

// maxFile bounds the file of a network, in bytes.
const maxFile = 2 << 30

// Read takes the weights of a network that was trained elsewhere from a
// safetensors file: LAYER.weight and LAYER.bias of every layer, as float32 in
// PyTorch's layout, and LAYER.weight.mask (U8 or BOOL, 1: left) where weights
// were removed, which stay removed. It fails when a tensor is missing, has
// another shape or type, is not finite, or has no place in the network, and
// says which and what was expected.
func Read(c nn.Config, r io.Reader) (*nn.Network, error) {
	net, err := nn.New(c)
	if err != nil {
		return nil, err
	}
	b := bufio.NewReaderSize(r, looked)
	first, _ := b.Peek(looked) // what is wrong with it, reading says
	if what := foreign(first); what != "" {
		return nil, fmt.Errorf("it %s; save the network as a safetensors file", what)
	}
	f, err := safetensors.Read(b, maxFile)
	if err != nil {
		return nil, fmt.Errorf("%w; save the network as a safetensors file", err)
	}
	if err := fits(f, net); err != nil {
		return nil, err
	}
	if err := net.Take(f); err != nil {
		return nil, err
	}
	for _, p := range net.Params() {
		for i, v := range p.Value {
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				return nil, fmt.Errorf("tensor %s: value %d is %v", p.Name, i, v)
			}
		}
	}
	return net, nil
}

// looked is how many first bytes are looked at to tell what a file is.
const looked = 512

// foreign says what a file is that begins so and is no safetensors file, and what to
// do, "" where that cannot be told. The first eight bytes of a safetensors file are
// the length of its header, of which the upper ones are 0, and { follows.
func foreign(first []byte) string {
	if len(first) == 0 {
		return "is empty: copy or save it again, to the end"
	}
	if len(first) > 8 && first[8] == '{' {
		return ""
	}
	for _, f := range []struct{ begins, what string }{
		{"version https://git-lfs", "is a pointer of Git LFS, a few lines in the place of the file: fetch that with git lfs pull"},
		{"PK\x03\x04", "is a zip archive, as torch.save writes (.pt, .pth) and Keras (.keras): load it there and save its state_dict with safetensors.torch.save_file"},
		{"\x80", "is a pickle of Python, as older versions of torch.save write: load it there and save its state_dict with safetensors.torch.save_file"},
		{"\x89HDF", "is an HDF5 file, as Keras writes (.h5): save the weights with safetensors"},
		{"\x93NUMPY", "is a NumPy array (.npy): save the layers' arrays with safetensors.numpy.save_file"},
		{"\x1f\x8b", "is gzip: unpack it with gunzip"},
	} {
		if bytes.HasPrefix(first, []byte(f.begins)) {
			return f.what
		}
	}
	low := bytes.ToLower(bytes.TrimSpace(first))
	if bytes.HasPrefix(low, []byte("<!doctype html")) || bytes.HasPrefix(low, []byte("<html")) || bytes.HasPrefix(low, []byte("<?xml")) {
		return "is a web page, as a failed download leaves: download the file itself"
	}
	if first[0] == 8 && len(first) > 2 && (first[2] == 0x12 || first[2] == 0x1a) { // ir_version, then the producer's name
		return "is an ONNX model: save the weights of its layers with safetensors"
	}
	if !bytes.ContainsFunc(first[:min(len(first), 64)], func(r rune) bool { return r == utf8.RuneError || r < ' ' && r != '\n' && r != '\r' && r != '\t' }) {
		return "is a text: name the file of the weights"
	}
	return ""
}

// Adopted are exact zeros of a layer that were taken for removed weights.
type Adopted struct {
	Layer       string
	Zeros, Size int
}

// AdoptZeros makes the exact zeros of a network that was trained elsewhere removed
// weights, in each layer without a mask that has more of them than chance makes:
// at least two, and one in a hundred. Pruned networks are often saved without masks,
// and their zeros would come back in retraining. A layer of zeros alone is left.
func AdoptZeros(net *nn.Network) []Adopted {
	var all []Adopted
	for _, a := range net.Affines() {
		if a.W.Mask != nil {
			continue
		}
		var kept []int32
		for i, v := range a.W.Value {
			if v != 0 {
				kept = append(kept, int32(i))
			}
		}
		size := a.W.Size()
		zeros := size - len(kept)
		if zeros < 2 || 100*zeros < size || len(kept) == 0 {
			continue
		}
		m, err := nn.NewMask(size, kept)
		if err != nil {
			panic("weights: " + err.Error()) // they rise
		}
		if err := net.Keep(a.Name, m); err != nil {
			panic("weights: " + err.Error())
		}
		all = append(all, Adopted{a.Name, zeros, size})
	}
	return all
}

// fits reports the first tensor that is not what the network needs.
func fits(f safetensors.File, net *nn.Network) error {
	known := map[string]bool{}
	for _, p := range net.Params() {
		mask := p.Name + nn.MaskSuffix
		known[p.Name], known[mask] = true, p.Role == nn.Weight
		t, ok := f.Tensor(p.Name)
		switch {
		case !ok:
			return missing(f, p)
		case !slices.Equal(t.Shape, p.Shape):
			return shapeError(t, p)
		case t.DType != safetensors.F32:
			return fmt.Errorf("tensor %s holds %s, the network needs F32; save it as float32, in PyTorch with .float()", p.Name, t.DType)
		}
		m, ok := f.Tensor(mask)
		switch {
		case !ok:
		case m.DType != safetensors.U8 && m.DType != safetensors.Bool:
			return fmt.Errorf("tensor %s holds %s; a mask is U8 or BOOL", mask, m.DType)
		case !slices.Equal(m.Shape, p.Shape):
			return shapeError(m, p)
		}
	}
	for _, t := range f.Tensors {
		if !known[t.Name] {
			return fmt.Errorf("tensor %s (%s) has no place in the network, whose layers with weights are %s; describe all layers of the network, or leave it out of the file",
				t.Name, dims(t.Shape), strings.Join(layerNames(net), ", "))
		}
	}
	return nil
}

// missing says which tensor there is not, and which there are.
func missing(f safetensors.File, p *nn.Param) error {
	var have []string
	hint := "the names of layers have to be those of the file, as in {dense: {units: 300, name: classifier.0}}"
	for _, t := range f.Tensors {
		have = append(have, t.Name)
		switch {
		case strings.HasSuffix(t.Name, "_orig"):
			hint = "weights pruned by torch.nn.utils.prune have to be made permanent with prune.remove before they are saved"
		case p.Role == nn.Bias && t.Name == p.Layer+"."+string(nn.Weight):
			hint = "layers have biases here; save zeros for a layer without"
		}
	}
	const most = 12
	if n := len(have) - most; n > 0 {
		have = append(have[:most], fmt.Sprintf("and %d more", n))
	}
	return fmt.Errorf("there is no tensor %s of shape %s; the file has %s; %s", p.Name, dims(p.Shape), strings.Join(have, ", "), hint)
}

func shapeError(t safetensors.Tensor, p *nn.Param) error {
	axes := map[int]string{1: "outputs", 2: "outputs x inputs", 4: "filters x channels x height x width"}[len(p.Shape)]
	hint := ""
	if len(t.Shape) == 2 && len(p.Shape) == 2 && t.Shape[0] == p.Shape[1] && t.Shape[1] == p.Shape[0] {
		hint = "; it looks transposed"
	}
	return fmt.Errorf("tensor %s has shape %s, the network needs %s (%s)%s", t.Name, dims(t.Shape), dims(p.Shape), axes, hint)
}

func layerNames(net *nn.Network) []string {
	var names []string
	for _, a := range net.Affines() {
		names = append(names, a.Name)
	}
	return names
}

// dims is a shape as "300 x 784".
func dims(shape []int) string {
	if len(shape) == 0 {
		return "a single number"
	}
	words := make([]string, len(shape))
	for i, d := range shape {
		words[i] = fmt.Sprint(d)
	}
	return strings.Join(words, " x ")
}
