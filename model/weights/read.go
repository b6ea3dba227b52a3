package weights

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/onnx"
	"prunelab/model/safetensors"
	"prunelab/model/tensors"
	"prunelab/model/torch"
)

// maxFile bounds the file of a network, in bytes.
const maxFile = torch.MaxFile

// Open reads the tensors of a network that was trained elsewhere, from an ONNX
// file or one of safetensors or of torch.save. key is where in the latter the state dict
// is, "" finds it. images are those of an ONNX model that leaves open what it reads. An error says what the file is instead, and what to do.
func Open(r io.Reader, key string, images dataset.Shape) (tensors.File, error) {
	b := bufio.NewReaderSize(r, tensors.Looked)
	first, _ := b.Peek(tensors.Looked) // what is wrong with it, reading says
	format := tensors.FormatOf(first)
	if key != "" && format.Advice() == "" && format != tensors.Zip && format != tensors.Pickle {
		return tensors.File{}, fmt.Errorf("it is a file of %s, which has one network; a key, here %q, says which of several a file of torch.save has", format, key)
	}
	switch format {
	case tensors.Safetensors:
		f, err := safetensors.Read(b, maxFile)
		if err != nil {
			return tensors.File{}, fmt.Errorf("%w; save the network again", err)
		}
		return tensors.FromSafetensors(f), nil
	case tensors.Zip, tensors.Pickle:
		all, err := whole(r, b)
		if err != nil {
			return tensors.File{}, err
		}
		return torch.Read(all, key)
	case tensors.ONNX:
		all, err := whole(r, b)
		if err != nil {
			return tensors.File{}, err
		}
		n, err := onnx.Read(all, images)
		return n.File, err
	}
	return tensors.File{}, fmt.Errorf("it %s; the weights of a network are read from files of ONNX, of safetensors and of torch.save", format.Advice())
}

// Layers reads the network from a file that has its layers, an ONNX model, for images of a
// shape where it leaves that open.
func Layers(r io.Reader, images dataset.Shape) (onnx.Network, error) {
	b := bufio.NewReaderSize(r, tensors.Looked)
	first, _ := b.Peek(tensors.Looked)
	switch format := tensors.FormatOf(first); {
	case format == tensors.ONNX:
		all, err := whole(r, b)
		if err != nil {
			return onnx.Network{}, err
		}
		return onnx.Read(all, images)
	case format.Advice() == "":
		return onnx.Network{}, fmt.Errorf("it holds weights (%s) and does not say of which layers: describe them with network: {file: FILE, layers: [...]}, or name a built-in network", format)
	default:
		return onnx.Network{}, fmt.Errorf("it %s", format.Advice())
	}
}

// whole reads b, which buffers r, to the end.
func whole(r, b io.Reader) ([]byte, error) {
	var all bytes.Buffer
	if f, ok := r.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, err := f.Stat(); err == nil && info.Size() <= maxFile {
			all.Grow(int(info.Size()) + bytes.MinRead) // which ReadFrom wants free to see the end
		}
	}
	_, err := all.ReadFrom(io.LimitReader(b, maxFile+1)) // one more is told as too many
	return all.Bytes(), err
}

// Read takes the weights of a network from a file as Open and Bring do.
func Read(c nn.Config, r io.Reader) (*nn.Network, error) {
	f, err := Open(r, "", c.Input)
	if err != nil {
		return nil, err
	}
	net, _, err := Bring(c, f, nil)
	return net, err
}

// Bring makes a network of tensors: of every layer its weights and biases in PyTorch's
// layout, and LAYER.weight.mask (U8 or BOOL, 1: left) where weights were removed, which
// stay removed. A layer without biases in the file has biases of 0. names says what
// layers are called in the file where that cannot be found out, see tensors.Match. The
// assignment is there also when it does not fit, which the error says; values that are
// not finite are an error, too.
func Bring(c nn.Config, f tensors.File, names map[string]string) (*nn.Network, tensors.Assignment, error) {
	net, err := nn.New(c)
	if err != nil {
		return nil, tensors.Assignment{}, err
	}
	a, err := tensors.Match(f, wanted(net), names)
	if err == nil {
		if err = a.Err(); err != nil {
			if hint := fitting(c, f, names); hint != "" {
				err = fmt.Errorf("%s; %w", hint, err)
			}
		}
	}
	if err != nil {
		return nil, a, err
	}
	file := safetensors.File{}
	for _, p := range a.Pairs {
		t, err := taken(p)
		if err != nil {
			return nil, a, err
		}
		file.Tensors = append(file.Tensors, t)
	}
	for _, w := range a.Missing {
		if w.Param == string(nn.Bias) {
			file.Tensors = append(file.Tensors, safetensors.FromF32(w.Name(), w.Shape, make([]float32, w.Shape[0])))
		}
	}
	if err := net.Take(file); err != nil {
		return nil, a, err
	}
	return net, a, nil
}

// fitting says which network the tensors of a file are those of that are not the one that
// was described: the same for images of other channels, or a built-in one; "" where none is
// found.
func fitting(c nn.Config, f tensors.File, names map[string]string) string {
	fits := func(c nn.Config) bool {
		net, err := nn.New(c)
		if err != nil {
			return false
		}
		a, err := tensors.Match(f, wanted(net), names)
		return err == nil && a.Err() == nil
	}
	for _, channels := range []int{1, 3} {
		other := c
		if other.Input.C = channels; channels != c.Input.C && fits(other) {
			what := "grey ones (channels: luminance in data makes grey images of colour)"
			if channels == 3 {
				what = "images in colour (colour: true in data, --colour in a scan, makes grey images of a folder three channels)"
			}
			return fmt.Sprintf("it fits images of %d channels, and those of the data set have %d: it was made for other data, or for %s", channels, c.Input.C, what)
		}
	}
	t, err := c.Topology()
	if err != nil {
		return ""
	}
	for _, name := range nn.BuiltinNames() {
		if other, ok := nn.Builtin(name, c.Input, t.Classes()); ok && fits(other) {
			return fmt.Sprintf("its tensors are those of %s, and not of the network that is described: say name: %[1]s in the study's network, or --architecture %[1]s", name)
		}
	}
	return ""
}

// maskParam is what a mask is called within its layer.
const maskParam = string(nn.Weight) + nn.MaskSuffix

// wanted lists what the network stores, with the masks that it may have. Biases need
// not be there.
func wanted(net *nn.Network) []tensors.Wanted {
	biases := map[string]bool{}
	for _, p := range net.Params() {
		biases[p.Name] = p.Role == nn.Bias
	}
	var all []tensors.Wanted
	for _, t := range net.Tensors().Tensors {
		w := tensors.WantedAs(t.Name, t.Shape)
		w.Optional = biases[t.Name]
		all = append(all, w)
	}
	for _, p := range net.Params() {
		if p.Role == nn.Weight {
			all = append(all, tensors.Wanted{Layer: p.Layer, Param: maskParam, Shape: p.Shape, Optional: true})
		}
	}
	return all
}

// taken is a tensor as the network takes it: numbers as F32, masks as they are.
func taken(p tensors.Pair) (safetensors.Tensor, error) {
	t := p.Tensor
	if p.Param == maskParam {
		if t.DType != safetensors.U8 && t.DType != safetensors.Bool {
			return t, fmt.Errorf("tensor %s holds %s; a mask is U8 or BOOL", t.Name, t.DType)
		}
		t.Name = p.Name()
		return t, nil
	}
	values, err := t.Floats()
	if err != nil {
		return t, err
	}
	first, n := 0, 0
	for i, v := range values {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			if n++; n == 1 {
				first = i
			}
		}
	}
	if n > 0 {
		return t, fmt.Errorf("tensor %s: value %d is %v, and so %d of its %d are no finite numbers; a training that diverged leaves such, so take an earlier checkpoint", t.Name, first, values[first], n, len(values))
	}
	return safetensors.FromF32(p.Name(), p.Shape, values), nil
}
