package weights

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

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
	f, err := safetensors.Read(r, maxFile)
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
