package onnx

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/model/dataset"
	"prunelab/model/nn"
)

// maxFeatures is the largest output of a layer, in values of one image.
const maxFeatures = 1 << 26

// layer is one of the network, with its weights.
type layer struct {
	nn.LayerConfig
	inputs  []int // layers that it reads; -1: the network's input
	tensors map[string]array
	out     value
	node    *node
}

// value is what a layer emits for a batch.
type value struct {
	layer int // -1: the network's input
	shape dataset.Shape
	rank  int  // dimensions in the file: 4, or 2 where planes have ended
	flat  bool // a dense or flatten layer came before
	// shared says that others read it under another name.
	shared bool
	// Steps of slices that have not become a layer yet, as those of rows and columns
	// come one after the other; 0: none.
	stepH, stepW int
}

// dims is the shape as the file has it, the batch as batchSize.
func (v value) dims() []int {
	if v.rank == 2 {
		return []int{batchSize, v.shape.Features()}
	}
	return []int{batchSize, v.shape.C, v.shape.H, v.shape.W}
}

// builder makes layers of nodes.
type builder struct {
	opset     int64
	batch     int64    // as the input has it; -1: left open
	open      []string // what else the input leaves open, and has of the images
	constants map[string]array
	values    map[string]value
	readers   map[string]int // of each value: how often nodes that count read it
	layers    []layer
	said      []string
	output    string
	spare     int            // values that constants may still take
	names     map[string]int // how many layers would have the name
}

// supported is what becomes of each operator that reads what a layer emits.
var supported = map[string]func(*builder, *node) error{
	"Conv": (*builder).conv, "Gemm": (*builder).gemm, "MatMul": (*builder).matMul, "BatchNormalization": (*builder).batchNorm,
	"Relu": (*builder).relu, "Clip": (*builder).clip, "LeakyRelu": (*builder).leakyRelu, "Dropout": (*builder).dropout,
	"MaxPool": (*builder).maxPool, "AveragePool": (*builder).averagePool, "GlobalAveragePool": (*builder).globalAveragePool, "ReduceMean": (*builder).reduceMean,
	"Add": (*builder).add, "Sub": (*builder).scaled, "Mul": (*builder).scaled, "Div": (*builder).scaled, "Sum": (*builder).add, "Concat": (*builder).concat,
	"Flatten": (*builder).flatten, "Reshape": (*builder).reshape, "Squeeze": (*builder).squeeze, "Pad": (*builder).pad, "Slice": (*builder).slice,
	"Identity": (*builder).identity, "Cast": (*builder).identity, "Softmax": (*builder).softmax, "LogSoftmax": (*builder).softmax,
	"Shape": (*builder).shape,
}

// supportedNames lists the operators, also those of constants alone.
func supportedNames() string {
	names := []string{"Constant"}
	for op := range supported {
		names = append(names, op)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// title is what a node is called in errors.
func (n *node) title() string {
	name := n.name
	if name == "" && len(n.outputs) > 0 {
		name = n.outputs[0]
	}
	return fmt.Sprintf("node %s (%s)", show(name), show(n.op))
}

// run makes the layers of the nodes.
func (b *builder) run(nodes []*node) error {
	for _, n := range nodes {
		if err := b.node(n); err != nil {
			return fmt.Errorf("%s: %w", n.title(), err)
		}
	}
	return nil
}

func (b *builder) node(n *node) error {
	if !own(n.domain) {
		return fmt.Errorf("the operator is one of %s; only ONNX's own are supported: %s", show(n.domain), supportedNames())
	}
	constant := true
	for _, name := range n.inputs {
		_, is := b.constants[name]
		_, made := b.values[name]
		if name != "" && !is && !made {
			return fmt.Errorf("it reads %s, and no node before it makes that", show(name))
		}
		constant = constant && !made
	}
	if _, is := b.constants[n.outputs[0]]; is {
		return fmt.Errorf("it makes %s, which there is already", show(n.outputs[0]))
	}
	if constant {
		a, err := b.fold(n)
		if err != nil {
			return err
		}
		return b.constant(n, a)
	}
	make, ok := supported[n.op]
	if !ok {
		return fmt.Errorf("the operator is not supported; these are: %s", supportedNames())
	}
	return make(b, n)
}

// constant takes what a node makes for a constant.
func (b *builder) constant(n *node, a array) error {
	if b.spare -= a.size(); b.spare < 0 {
		return errMemory
	}
	b.constants[n.outputs[0]] = a
	return nil
}

// input is the value that a node reads first, or in the place i.
func (b *builder) input(n *node, i int) (value, error) {
	if i >= len(n.inputs) || n.inputs[i] == "" {
		return value{}, fmt.Errorf("input %d is missing", i+1)
	}
	name := n.inputs[i]
	v, ok := b.values[name]
	if !ok {
		return v, fmt.Errorf("%s, which it reads, is a constant; it should be what a layer emits", show(name))
	}
	if v.stepH == 0 && v.stepW == 0 {
		return v, nil
	}
	if v.stepH != v.stepW {
		return v, fmt.Errorf("slices before it take every %s row and every %s column; both steps have to be the same", ordinal(v.stepH), ordinal(v.stepW))
	}
	from := v
	from.stepH, from.stepW = 0, 0
	v, err := b.append(n, nn.LayerConfig{Kind: nn.KindSubsample, Stride: v.stepH}, from)
	b.values[name] = v
	return v, err
}

// param is the constant that a node reads in the place i; ok is false where it is left
// out.
func (b *builder) param(n *node, i int) (a array, ok bool, err error) {
	if i >= len(n.inputs) || n.inputs[i] == "" {
		return a, false, nil
	}
	a, ok = b.constants[n.inputs[i]]
	if !ok {
		return a, false, fmt.Errorf("%s, its input %d, depends on the image; it should be a constant", show(n.inputs[i]), i+1)
	}
	return a, true, nil
}

// append adds a layer that reads the values, and returns what it emits.
func (b *builder) append(n *node, c nn.LayerConfig, from ...value) (value, error) {
	var ins []dataset.Shape
	v := value{layer: len(b.layers), rank: from[0].rank, flat: c.Kind == nn.KindDense || c.Kind == nn.KindFlatten}
	l := layer{LayerConfig: c, node: n}
	for _, f := range from {
		ins = append(ins, f.shape)
		l.inputs = append(l.inputs, f.layer)
		v.flat = v.flat || f.flat
	}
	if most := max(c.Kernel, c.KernelWidth, c.Stride, c.Padding, c.Top, c.Bottom, c.Left, c.Right, c.Before, c.After); most > 1<<20 {
		return v, fmt.Errorf("a setting of %d is too large", most)
	}
	out, err := c.Emits(ins, slices.ContainsFunc(from, func(f value) bool { return f.flat }))
	if err == nil {
		err = bounded(out)
	}
	if err != nil {
		return v, misfit{err}
	}
	v.shape = out
	l.out = v
	b.layers = append(b.layers, l)
	return v, nil
}

// bounded fails for a shape that is empty or too large.
func bounded(s dataset.Shape) error {
	if s.C < 1 || s.H < 1 || s.W < 1 {
		return fmt.Errorf("a shape of %d x %d x %d has no values", s.C, s.H, s.W)
	}
	_, err := count([]int{s.C, s.H, s.W}, maxFeatures)
	return err
}

// emit adds a layer that reads the node's first input.
func (b *builder) emit(n *node, c nn.LayerConfig) error {
	from, err := b.input(n, 0)
	if err != nil {
		return err
	}
	v, err := b.append(n, c, from)
	return b.give(n, v, err)
}

// give takes v for what the node makes.
func (b *builder) give(n *node, v value, err error) error {
	if err == nil {
		b.values[n.outputs[0]] = v
	}
	return err
}

// planes is input 0, which has to be planes.
func (b *builder) planes(n *node) (value, error) {
	v, err := b.input(n, 0)
	if err == nil && v.rank != 4 {
		return v, fmt.Errorf("it reads %s without rows and columns; it should read planes, batch x channels x height x width", counted(v.shape.Features(), "value"))
	}
	return v, err
}

func ordinal(n int) string {
	switch {
	case n <= 1:
		return "single"
	case n == 2:
		return "second"
	case n == 3:
		return "third"
	}
	return fmt.Sprintf("%dth", n)
}
