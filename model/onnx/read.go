package onnx

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/safetensors"
	"prunelab/model/tensors"
)

// MaxFile is the largest file that is read, in bytes, which is protobuf's own limit.
const MaxFile = 2<<30 - 1

// Network is what a file holds.
type Network struct {
	Config nn.Config // Init is torch
	Vector bool      // the input is a vector for each image, Config.Input.C long, and no planes
	File   tensors.File
	Said   []string // what of the file is not part of the network, for its owner to know
}

// Read reads a network. Where the file leaves open how many channels, rows and columns the
// input has, it has those of images. weights.Bring makes a network of Config and File.
func Read(b []byte, images dataset.Shape) (Network, error) {
	n, err := read(b, images)
	if err != nil {
		return Network{}, fmt.Errorf("ONNX file: %w", err)
	}
	return n, nil
}

// For is the network's Config for images of a shape. A vector is taken for the images'
// pixels, channel by channel and row by row.
func (n Network) For(images dataset.Shape) (nn.Config, error) {
	c := n.Config
	if n.Vector && c.Input.Features() == images.Features() {
		c.Input = images
	}
	if c.Input != images {
		return c, fmt.Errorf("the network reads images of %v, and those of the data set are %v: resize them (data: {resize: N}, channels), or export the network for their size", c.Input, images)
	}
	return c, nil
}

func read(file []byte, images dataset.Shape) (Network, error) {
	if len(file) > MaxFile {
		return Network{}, fmt.Errorf("it has %d bytes, more than the %d that are read", len(file), MaxFile)
	}
	m, err := decode(file)
	if err != nil {
		return Network{}, err
	}
	b := &builder{
		opset: m.opset, spare: 2*len(file) + 1<<20,
		constants: map[string]array{}, values: map[string]value{}, readers: map[string]int{}, names: map[string]int{nn.InputName: 1},
	}
	given := map[string]*tensor{}
	for i := range m.graph.initializer {
		given[m.graph.initializer[i].name] = &m.graph.initializer[i]
	}
	in, err := b.takeInput(m.graph, given, images)
	if err != nil {
		return Network{}, err
	}
	n, err := b.build(m.graph, given, in)
	if m := (misfit{}); len(b.open) > 0 && errors.As(err, &m) {
		err = fmt.Errorf("%w; the file leaves %s of its input open, which it has of the images, %v: where that is not what the network was trained on, give it such images (data: {resize: N}, channels), or export it with its size", err, listed(b.open), images)
	}
	return n, err
}

// misfit is the error of shapes that do not go together, which may be the images' fault.
type misfit struct{ error }

func (m misfit) Unwrap() error { return m.error }

// counted is a number of things.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// listed is names in a sentence.
func listed(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// build makes the network of the nodes that the output depends on.
func (b *builder) build(g graph, given map[string]*tensor, in value) (Network, error) {
	nodes, err := b.takeOutput(g)
	if err != nil {
		return Network{}, err
	}
	for _, n := range nodes {
		for _, name := range n.inputs {
			t, ok := given[name]
			if _, taken := b.constants[name]; !ok || taken {
				continue
			}
			if b.constants[name], err = t.array(); err != nil {
				return Network{}, fmt.Errorf("%s: %w", n.title(), err)
			}
		}
	}
	if err := b.run(nodes); err != nil {
		return Network{}, err
	}
	out, err := b.input(&node{inputs: []string{b.output}}, 0)
	if err != nil {
		return Network{}, fmt.Errorf("the output %s: %w", show(b.output), err)
	}
	if out.layer != len(b.layers)-1 || out.layer < 0 {
		return Network{}, fmt.Errorf("the output %s is not what the last layer emits", show(b.output))
	}
	return b.network(in)
}

// takeInput takes the one input of the graph that is no initializer.
func (b *builder) takeInput(g graph, given map[string]*tensor, images dataset.Shape) (value, error) {
	var inputs []operand
	var names []string
	for _, o := range g.inputs {
		if given[o.name] == nil {
			inputs, names = append(inputs, o), append(names, show(o.name))
		}
	}
	if len(inputs) != 1 {
		return value{}, fmt.Errorf("it has %d inputs%s; a network of one is read, batch x channels x height x width", len(inputs), strings.TrimSuffix(": "+few(names), ": "))
	}
	in := inputs[0]
	switch {
	case in.typ != 0 && !floating(in.typ):
		return value{}, fmt.Errorf("its input %s is of type %s; floating-point numbers are read", names[0], typeName(in.typ))
	case !in.has:
		return value{}, fmt.Errorf("its input %s has no shape; export it with one, batch x channels x height x width", names[0])
	case len(in.dims) != 4 && len(in.dims) != 2:
		return value{}, fmt.Errorf("its input %s has %d dimensions; 4 are read, batch x channels x height x width, or 2, batch x values", names[0], len(in.dims))
	}
	dims := slices.Clone(in.dims[1:])
	sizes, called := []int{images.C, images.H, images.W}, []string{"channels", "height", "width"}
	if len(dims) == 1 {
		sizes, called = []int{images.Features()}, []string{"the number of values"}
	}
	for i, d := range dims {
		if leftOpen(d) {
			dims[i] = int64(sizes[i])
			b.open = append(b.open, called[i])
		}
		switch {
		case leftOpen(d) && sizes[i] < 1:
			return value{}, fmt.Errorf("dimension %d of its input %s, %s, is left open, and there are no images to take it from; export it with the size of your images", i+2, names[0], called[i])
		case dims[i] < 1 || dims[i] > maxFeatures:
			return value{}, fmt.Errorf("dimension %d of its input %s, %s, is %d; from 1 to %d are read: export it with the size of your images", i+2, names[0], called[i], dims[i], maxFeatures)
		}
	}
	v := value{layer: -1, rank: len(in.dims), shape: dataset.Shape{C: int(dims[0]), H: 1, W: 1}}
	if v.rank == 4 {
		v.shape.H, v.shape.W = int(dims[1]), int(dims[2])
	}
	if b.batch = in.dims[0]; b.batch < 1 {
		b.batch = -1
	}
	b.values[in.name] = v
	return v, bounded(v.shape)
}

// leftOpen reports whether a dimension has no size: it is symbolic, as exporters of today
// write it, or 0, as some of before do.
func leftOpen(d int64) bool { return d == -1 || d == 0 }

// takeOutput returns the nodes that the one output depends on, in order, and counts
// the readers of what they make.
func (b *builder) takeOutput(g graph) ([]*node, error) {
	if len(g.outputs) != 1 {
		var names []string
		for _, o := range g.outputs {
			names = append(names, show(o.name))
		}
		return nil, fmt.Errorf("it has %d outputs, %s; a network of one is read, the classes", len(g.outputs), few(names))
	}
	b.output = g.outputs[0].name
	b.readers[b.output]++
	var nodes []*node
	made := map[string]bool{}
	for i := len(g.nodes) - 1; i >= 0; i-- {
		n := &g.nodes[i]
		if !slices.ContainsFunc(n.outputs, func(o string) bool { return o != "" && b.readers[o] > 0 }) {
			continue
		}
		if n.outputs[0] == "" || slices.ContainsFunc(n.outputs[1:], func(o string) bool { return o != "" && b.readers[o] > 0 }) {
			return nil, fmt.Errorf("%s: more than its first output is used, which is not supported", n.title())
		}
		if made[n.outputs[0]] {
			return nil, fmt.Errorf("%s: another node also makes %s", n.title(), show(n.outputs[0]))
		}
		made[n.outputs[0]] = true
		for _, name := range n.inputs {
			b.readers[name]++
		}
		nodes = append(nodes, n)
	}
	slices.Reverse(nodes)
	if len(nodes) == 0 {
		return nil, fmt.Errorf("no node makes its output %s", show(b.output))
	}
	return nodes, nil
}

// network is what was read.
func (b *builder) network(in value) (Network, error) {
	n := Network{Config: nn.Config{Input: in.shape, Init: nn.InitTorch}, Vector: in.rank == 2, Said: b.said}
	n.File = tensors.File{Format: tensors.ONNX, InOrder: true, Origins: &tensors.Origins{Format: tensors.ONNX, Tensors: map[string]tensors.Origin{}}}
	b.nameLayers()
	tied := map[string][]string{}
	var origins []string
	for i, l := range b.layers {
		if !slices.Equal(l.inputs, []int{i - 1}) {
			for _, j := range l.inputs {
				name := nn.InputName
				if j >= 0 {
					name = b.layers[j].Name
				}
				l.Inputs = append(l.Inputs, name)
			}
		}
		n.Config.Layers = append(n.Config.Layers, l.LayerConfig)
		for _, param := range []string{"weight", "bias", "running_mean", "running_var"} {
			a, ok := l.tensors[param]
			if !ok {
				continue
			}
			t := safetensors.FromF32(l.Name+"."+param, a.dims, a.floats)
			n.File.Tensors = append(n.File.Tensors, t)
			if a.origin == "" {
				continue
			}
			n.File.Origins.Tensors[t.Name] = tensors.Origin{Name: a.origin, DType: t.DType, Transposed: a.turned}
			if tied[a.origin] == nil {
				origins = append(origins, a.origin)
			}
			tied[a.origin] = append(tied[a.origin], t.Name)
		}
	}
	for _, o := range origins {
		if len(tied[o]) > 1 {
			n.File.Tied = append(n.File.Tied, tied[o])
		}
	}
	if len(n.File.Tensors) == 0 {
		return n, errors.New("none of its layers has weights")
	}
	if err := n.Config.Validate(); err != nil {
		return n, misfit{b.blame(err)}
	}
	return n, nil
}

// blame names the node of the layer that does not fit.
func (b *builder) blame(err error) error {
	if m := (*nn.Misfit)(nil); errors.As(err, &m) {
		return fmt.Errorf("%s: %w", b.layers[m.Layer].node.title(), m.Err)
	}
	return err
}

// few joins names, of which the first ones are enough.
func few(names []string) string {
	if n := len(names) - 8; n > 0 {
		names = append(slices.Clone(names[:8]), fmt.Sprintf("and %d more", n))
	}
	return strings.Join(names, ", ")
}
