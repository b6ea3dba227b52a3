package onnx

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"prunelab/model/nn"
)

// decimal is the shortest decimal number that is v as a float32: 0.00001 and not
// 0.000009999999747.
func decimal(v float32) float64 {
	d, _ := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64) // which it wrote itself
	return d
}

// add is the sum of what several layers emit, or of that and a constant for each
// channel, which becomes the biases of the layer before.
func (b *builder) add(n *node) error {
	var from []value
	var constant []array
	for i, name := range n.inputs {
		if a, ok := b.constants[name]; ok {
			constant = append(constant, a)
			continue
		}
		v, err := b.input(n, i)
		if err != nil {
			return err
		}
		from = append(from, v)
	}
	if len(constant) == 0 {
		if len(from) < 2 {
			return b.identity(n)
		}
		for _, f := range from {
			if f.rank != from[0].rank || f.shape != from[0].shape {
				return misfit{fmt.Errorf("it adds shapes %v and %v; they should be the same", from[0].dims()[1:], f.dims()[1:])}
			}
		}
		v, err := b.append(n, nn.LayerConfig{Kind: nn.KindAdd}, from...)
		return b.give(n, v, err)
	}
	if len(constant) != 1 || len(from) != 1 {
		return errors.New("a sum of several outputs and constants at once is not supported")
	}
	i := slices.IndexFunc(n.inputs, func(name string) bool { _, ok := b.values[name]; return ok })
	if err := b.alone(n, i, from[0]); err != nil {
		return err
	}
	if err := b.shift(from[0].layer, constant[0], from[0].rank, 1); err != nil {
		return err
	}
	return b.give(n, from[0], nil)
}

// scaled multiplies what a layer emits by a constant for each channel, divides it by
// one or subtracts one: the weights and biases of that layer become others.
func (b *builder) scaled(n *node) error {
	from, err := b.input(n, 0)
	at, operand := 0, 1
	if err != nil && n.op == "Mul" {
		at, operand = 1, 0
		from, err = b.input(n, 1)
	}
	if err != nil {
		return err
	}
	a, ok, err := b.param(n, operand)
	if err != nil {
		return err
	}
	if !ok {
		return errors.New("its second input is missing")
	}
	if err := b.alone(n, at, from); err != nil {
		return err
	}
	if n.op == "Sub" {
		err = b.shift(from.layer, a, from.rank, -1)
	} else {
		err = b.scale(from.layer, a, from.rank, n.op == "Div")
	}
	return b.give(n, from, err)
}

// alone fails unless the value that a node reads in the place i comes from a layer that
// learns, and goes to this node only.
func (b *builder) alone(n *node, i int, v value) error {
	const advice = "a constant is supported after a convolution, a dense layer or a batch normalisation that nothing else reads"
	if v.layer < 0 {
		return fmt.Errorf("it changes the images by a constant; leave that to the study's data (normalise) and take it out of the network: %s", advice)
	}
	if l := &b.layers[v.layer]; !l.Learns() {
		return fmt.Errorf("it applies a constant to what %s emits; %s", l.node.title(), advice)
	}
	if v.shared || b.readers[n.inputs[i]] != 1 {
		return fmt.Errorf("it applies a constant to %s, which other nodes read too; %s", show(n.inputs[i]), advice)
	}
	return nil
}

// channels is a constant as one number for each channel of what a layer emits, which has
// rank dimensions: of shape C x 1 x 1, 1 x C x 1 x 1, C, 1 x C, or a single number.
func (l *layer) channels(a array, rank int) ([]float32, error) {
	if a.floats == nil {
		return nil, errors.New("the constant is no floating-point number")
	}
	count := l.out.shape.C
	if rank == 2 {
		count = l.out.shape.Features()
	}
	dims := slices.Clone(a.dims)
	at := len(dims) - (rank - 1) // of the channels
	for i, d := range dims {
		if i != at && d != 1 {
			at = -1
			break
		}
	}
	switch {
	case len(a.floats) == 1:
		return slices.Repeat(a.floats, count), nil
	case at < 0 || at >= len(dims) || dims[at] != count || len(dims) > rank:
		return nil, misfit{fmt.Errorf("a constant of shape %v is not one number for each of %s", a.dims, counted(count, "channel"))}
	}
	return a.floats, nil
}

// shift adds sign times a constant to what layer i emits.
func (b *builder) shift(i int, a array, rank int, sign float32) error {
	l := &b.layers[i]
	c, err := l.channels(a, rank)
	if err != nil {
		return err
	}
	bias := array{dims: []int{len(c)}, floats: slices.Clone(c)}
	old := l.tensors["bias"].floats
	for k := range bias.floats {
		if bias.floats[k] *= sign; old != nil {
			bias.floats[k] += old[k]
		}
	}
	if old == nil && sign == 1 {
		bias.origin = a.origin
	}
	l.tensors["bias"], l.NoBias = bias, false
	return nil
}

// scale multiplies what layer i emits by a constant, or divides it.
func (b *builder) scale(i int, a array, rank int, divide bool) error {
	l := &b.layers[i]
	c, err := l.channels(a, rank)
	if err != nil {
		return err
	}
	for _, param := range []string{"weight", "bias"} {
		old, ok := l.tensors[param]
		if !ok {
			continue
		}
		changed := array{dims: old.dims, floats: slices.Clone(old.floats), origin: old.origin, turned: old.turned}
		each := len(old.floats) / len(c)
		for k := range changed.floats {
			if divide {
				changed.floats[k] /= c[k/each]
			} else {
				changed.floats[k] *= c[k/each]
			}
		}
		l.tensors[param] = changed
	}
	return nil
}
