package onnx

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/tensors"
)

// Model is a network that is to be written.
type Model struct {
	Network  *nn.Network
	Origins  tensors.Origins   // what its tensors are called; those of a network that came from no file have the network's names
	Metadata map[string]string // metadata_props
	Said     []string          // by Encode: what of the network is not in the file as it is here
}

// Encode returns the network as the bytes of an ONNX file: IR version 7, operators of
// version 13, the size of the batch left open, weights as initializers of type FLOAT
// with zeros where they were removed. A node for each layer has the layer's name.
//
//   - Dropout is left out, as a network that is used drops nothing.
//   - Where PyTorch's ceil_mode makes a pooling's last window reach beyond the padding,
//     the padding at the end is as wide as that window needs. ONNX has a ceil_mode, but
//     runtimes differ in which windows and which cells it counts.
//   - A batch normalisation without scale and shift has those of 1 and 0.
//
// Read gives a network with the same outputs, bit for bit.
func (m *Model) Encode() ([]byte, error) {
	nodes, err := m.Network.Config.Nodes()
	if err != nil {
		return nil, err
	}
	w := &writer{model: m, values: map[string]written{}, taken: map[string]bool{}, held: map[string]heldAs{}}
	w.tensors(m.Network)
	in := operand{name: w.unique("input"), typ: typeFloat, dims: []int64{-1}}
	out := operand{name: w.unique("output"), typ: typeFloat, dims: []int64{-1}}
	input := m.Network.Config.Input
	for _, d := range []int{input.C, input.H, input.W} {
		in.dims = append(in.dims, int64(d))
	}
	w.values[nn.InputName] = written{in.name, input, 4}
	for _, n := range nodes {
		if err := w.layer(n); err != nil {
			return nil, fmt.Errorf("layer %s: %w", n.Title, err)
		}
	}
	last := w.rank2(w.values[nodes[len(nodes)-1].Title])
	w.rename(last.name, out.name)
	out.dims = append(out.dims, int64(last.shape.Features()))
	w.graph.name, w.graph.inputs, w.graph.outputs = "network", []operand{in}, []operand{out}
	size := 0
	for _, t := range w.graph.initializer {
		size += len(t.raw)
	}
	if size > MaxFile-1<<20 {
		return nil, fmt.Errorf("its weights have %d bytes, and an ONNX file has at most %d with all in it; export it as safetensors", size, MaxFile)
	}
	return model{producer: "prunelab", opset: writtenOpset, graph: w.graph, metadata: m.Metadata}.encode(), nil
}

// Write writes what Encode returns.
func (m *Model) Write(to io.Writer) error {
	b, err := m.Encode()
	if err == nil {
		_, err = to.Write(b)
	}
	return err
}

// written is what a layer emits, in the file.
type written struct {
	name  string
	shape dataset.Shape
	rank  int // dimensions: 4, or 2 where planes have ended
}

// writer makes nodes of layers.
type writer struct {
	model  *Model
	graph  graph
	values map[string]written   // by the layer's title
	params map[string][]float32 // by LAYER.PARAM
	taken  map[string]bool      // names of tensors and values
	held   map[string]heldAs    // initializers, by name
}

// heldAs is an initializer that is there, and for what.
type heldAs struct {
	of     string
	values []float32
}

// tensors takes the values of what the network learned, and of its statistics. Their
// names are taken before any other.
func (w *writer) tensors(net *nn.Network) {
	w.params = map[string][]float32{}
	for _, p := range net.Params() {
		w.params[p.Name] = p.Dense()
	}
	for _, b := range net.Buffers() {
		w.params[b.Name] = b.Values
	}
	for name := range w.params {
		w.taken[w.model.Origins.Of(name).Name] = true
	}
}

// layer adds the nodes of a layer.
func (w *writer) layer(n nn.Node) error {
	if !utf8.ValidString(n.Title) {
		return fmt.Errorf("its name is not UTF-8")
	}
	var in []written
	flat := false
	for _, r := range n.Reads {
		v := w.values[r]
		in, flat = append(in, v), flat || v.rank == 2
	}
	if flat {
		for i := range in {
			in[i] = w.rank2(in[i])
		}
	}
	out := written{shape: n.Out, rank: in[0].rank}
	node := node{attributes: map[string]attribute{}}
	for _, v := range in {
		node.inputs = append(node.inputs, v.name)
	}
	reads := func(tensors ...string) {
		node.inputs = append(node.inputs, tensors...)
	}
	switch n.Kind {
	case nn.KindDropout:
		w.model.Said = append(w.model.Said, fmt.Sprintf("%s is left out: a network that is used drops nothing", n.Title))
		out.name = in[0].name
	case nn.KindFlatten:
		out = w.rank2(in[0])
	case nn.KindConv:
		kh, kw := n.Kernel, n.Kernel
		if n.KernelWidth > 0 {
			kw = n.KernelWidth
		}
		node.op = "Conv"
		node.attributes = map[string]attribute{
			"kernel_shape": wholes(kh, kw), "strides": wholes(n.Stride, n.Stride), "dilations": wholes(1, 1),
			"pads": wholes(n.Padding, n.Padding, n.Padding, n.Padding), "group": whole(max(1, n.Groups)),
		}
		reads(w.weights(n.Name, []int{n.Units, in[0].shape.C / max(1, n.Groups), kh, kw}, false))
		reads(w.bias(n.Name, n.Units)...)
	case nn.KindDense:
		v := w.rank2(in[0])
		out.rank = 2
		turned := w.model.Origins.Of(n.Name + "." + string(nn.Weight)).Transposed
		node.op, node.inputs = "Gemm", []string{v.name, w.weights(n.Name, []int{n.Units, v.shape.Features()}, turned)}
		node.attributes["transB"] = whole(1)
		if turned {
			node.attributes["transB"] = whole(0)
		}
		reads(w.bias(n.Name, n.Units)...)
	case nn.KindBatchNorm:
		node.op = "BatchNormalization"
		node.attributes["epsilon"], node.attributes["momentum"] = number(n.Epsilon), number(1-n.Momentum)
		channels := in[0].shape.C
		if in[0].rank == 2 {
			channels = in[0].shape.Features()
		}
		for _, p := range []struct {
			param  string
			absent float32 // without scale and shift
		}{{"weight", 1}, {"bias", 0}, {"running_mean", 0}, {"running_var", 1}} {
			values, ok := w.params[n.Name+"."+p.param]
			if !ok {
				values = make([]float32, channels)
				for i := range values {
					values[i] = p.absent
				}
			}
			reads(w.initializer(n.Name+"."+p.param, []int{channels}, values))
		}
	case nn.KindReLU:
		node.op = "Relu"
	case nn.KindReLU6:
		node.op = "Clip"
		low, high := floatTensor("", nil, []float32{0}), floatTensor("", nil, []float32{6})
		reads(w.constant(n.Title+".min", &low), w.constant(n.Title+".max", &high))
	case nn.KindLeakyReLU:
		node.op, node.attributes["alpha"] = "LeakyRelu", number(n.Slope)
	case nn.KindMaxPool, nn.KindAvgPool:
		node.inputs[0] = w.pool(n, in[0], &node)
	case nn.KindGlobalAvgPool:
		node.op = "GlobalAveragePool"
	case nn.KindAdd:
		node.op = "Add"
		if len(in) > 2 {
			node.op = "Sum"
		}
	case nn.KindConcat:
		node.op, node.attributes["axis"] = "Concat", whole(1)
	case nn.KindPad:
		node.op = "Pad"
		reads(w.constant(n.Title+".pads", intTensor(0, 0, n.Top, n.Left, 0, 0, n.Bottom, n.Right)))
	case nn.KindPadChannels:
		node.op = "Pad"
		reads(w.constant(n.Title+".pads", intTensor(0, n.Before, 0, 0, 0, n.After, 0, 0)))
	case nn.KindSubsample:
		node.op = "Slice"
		for _, c := range []struct {
			name string
			list *tensor
		}{{"starts", intTensor(0, 0)}, {"ends", intTensor(in[0].shape.H, in[0].shape.W)}, {"axes", intTensor(2, 3)}, {"steps", intTensor(n.Stride, n.Stride)}} {
			reads(w.constant(n.Title+"."+c.name, c.list))
		}
	default:
		return fmt.Errorf("a layer of kind %s has no operator of ONNX here; export the weights as safetensors", n.Kind)
	}
	if node.op != "" {
		out.name = w.unique(n.Title)
		node.name, node.outputs = n.Title, []string{out.name}
		w.graph.nodes = append(w.graph.nodes, node)
	}
	w.values[n.Title] = out
	return nil
}

// rank2 is a value as batch x features.
func (w *writer) rank2(v written) written {
	if v.rank == 2 {
		return v
	}
	flat := written{w.unique(v.name + ".flatten"), v.shape, 2}
	w.graph.nodes = append(w.graph.nodes, node{
		op: "Flatten", name: flat.name, inputs: []string{v.name}, outputs: []string{flat.name}, attributes: map[string]attribute{"axis": whole(1)},
	})
	return flat
}

// pool sets the node of a pooling of v and returns what that reads.
func (w *writer) pool(n nn.Node, v written, to *node) string {
	p := n.Padding
	// end is the padding of a side of so many cells at its end, with so many windows.
	end := func(cells, windows int) int { return max(p, (windows-1)*n.Stride+n.Kernel-cells-p) }
	top, left, bottom, right := p, p, end(v.shape.H, n.Out.H), end(v.shape.W, n.Out.W)
	counted := n.CountPadding && p > 0
	reads := v.name
	if counted && (bottom > p || right > p) { // the padding counts, what is beyond it does not
		reads = w.unique(n.Title + ".padded")
		w.graph.nodes = append(w.graph.nodes, node{
			op: "Pad", name: reads, outputs: []string{reads}, inputs: []string{v.name, w.constant(n.Title+".pads", intTensor(0, 0, p, p, 0, 0, p, p))},
		})
		top, left, bottom, right, counted = 0, 0, bottom-p, right-p, false
	}
	to.op = "MaxPool"
	if n.Kind == nn.KindAvgPool {
		to.op = "AveragePool"
		to.attributes["count_include_pad"] = whole(0)
		if counted {
			to.attributes["count_include_pad"] = whole(1)
		}
	}
	to.attributes["kernel_shape"], to.attributes["strides"] = wholes(n.Kernel, n.Kernel), wholes(n.Stride, n.Stride)
	to.attributes["pads"] = wholes(top, left, bottom, right)
	return reads
}

// weights adds the initializer of a layer's weights, O x ... as here or, turned, I x O.
func (w *writer) weights(layer string, dims []int, turned bool) string {
	name := layer + "." + string(nn.Weight)
	values := w.params[name]
	if turned {
		o, i := dims[0], dims[1]
		other := make([]float32, len(values))
		for k, v := range values {
			other[k%i*o+k/i] = v
		}
		dims, values = []int{i, o}, other
	}
	return w.initializer(name, dims, values)
}

// bias adds the initializer of a layer's biases, if it has any.
func (w *writer) bias(layer string, units int) []string {
	name := layer + "." + string(nn.Bias)
	values, ok := w.params[name]
	if !ok || w.model.Origins.Without(name, values) {
		return nil
	}
	return []string{w.initializer(name, []int{units}, values)}
}

// initializer adds the tensor LAYER.PARAM under its owner's name. What is one tensor in
// the owner's file is one here as long as its values are the same wherever it is used.
func (w *writer) initializer(param string, dims []int, values []float32) string {
	owners := w.model.Origins.Of(param).Name
	name := owners
	if have, ok := w.held[name]; ok {
		if equal(have.values, values) {
			return name
		}
		name = w.unique(owners)
		w.model.Said = append(w.model.Said, fmt.Sprintf("%s is called %s: it was one tensor with %s, which has other values now", param, name, have.of))
	}
	w.held[name] = heldAs{param, values}
	w.graph.initializer = append(w.graph.initializer, floatTensor(name, dims, values))
	return name
}

func equal(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}

// constant adds a node that makes a constant.
func (w *writer) constant(name string, t *tensor) string {
	name = w.unique(name)
	w.graph.nodes = append(w.graph.nodes, node{
		op: "Constant", name: name, outputs: []string{name}, attributes: map[string]attribute{"value": {is: isTensor, tensor: t}},
	})
	return name
}

// unique returns the name, with a number where a value has it.
func (w *writer) unique(name string) string {
	free := name
	for i := 1; w.taken[free]; i++ {
		free = name + "_" + strconv.Itoa(i)
	}
	w.taken[free] = true
	return free
}

// rename gives a value another name wherever it is made or read.
func (w *writer) rename(from, to string) {
	for _, n := range w.graph.nodes {
		for _, names := range [][]string{n.inputs, n.outputs} {
			for i := range names {
				if names[i] == from {
					names[i] = to
				}
			}
		}
	}
}
