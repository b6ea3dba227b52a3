package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"prunelab/model/dataset"
	"prunelab/model/nn"
)

type shape = dataset.Shape

// pass takes what a node reads for what it makes.
func (b *builder) pass(n *node, v value) error {
	v.shared = v.shared || b.readers[n.inputs[0]] > 1
	return b.give(n, v, nil)
}

// identity changes nothing; a Cast between floating-point types does not either, as all
// is computed in float32.
func (b *builder) identity(n *node) error {
	if to := n.whole("to", typeFloat); !floating(to) {
		return fmt.Errorf("a cast to %s; those to floating-point types are supported", typeName(to))
	}
	v, err := b.input(n, 0)
	if err != nil {
		return err
	}
	return b.pass(n, v)
}

// flatten makes batch x values of planes.
func (b *builder) flatten(n *node) error {
	v, err := b.input(n, 0)
	if err != nil {
		return err
	}
	if at, err := axis(n.whole("axis", 1), v.rank+1); err != nil || at != 1 {
		return fmt.Errorf("axis %d; 1, which leaves the batch, is supported", n.whole("axis", 1))
	}
	return b.flat(n, v)
}

// flat adds a flatten layer where there is something to flatten.
func (b *builder) flat(n *node, v value) (err error) {
	if v.rank == 4 && v.shape.H*v.shape.W > 1 {
		if v, err = b.append(n, nn.LayerConfig{Kind: nn.KindFlatten}, v); err != nil {
			return err
		}
		v.rank = 2
		return b.give(n, v, nil)
	}
	v.rank = 2
	return b.pass(n, v)
}

// reshape flattens planes, or changes nothing.
func (b *builder) reshape(n *node) error {
	v, err := b.input(n, 0)
	if err != nil {
		return err
	}
	to, ok, err := b.wholes(n, "shape", 1)
	if err != nil {
		return err
	}
	if !ok || len(to) == 0 {
		return errors.New("its shape is missing")
	}
	dims, size := v.dims(), v.shape.Features()
	wrong := misfit{fmt.Errorf("it makes %s of %s; planes can be made a list of %s, for each image of the batch; what group normalisation, channel shuffling and attention do is not supported", shapeText(to), shapeText(dims), counted(size, "value"))}
	rest, err := resolve(to[1:], dims[1:], size, false)
	if err != nil {
		return wrong
	}
	switch first := to[0]; {
	case first == -1:
		known, err := count(wholesOf(to[1:]), math.MaxInt32)
		if err != nil || known != size {
			return wrong
		}
	case first == 1 && b.batch < 0: // it takes one image at a time, whatever the input says
	case first > 0 && first != b.batch && slices.Equal(rest, []int{size}):
		batch := "leaves it open"
		if b.batch > 0 {
			batch = fmt.Sprintf("has %d", b.batch)
		}
		return fmt.Errorf("it makes %s of %s, which fixes the size of the batch at %d, and the input %s: export the model with a batch of 1, or with -1 in the place of the batch in this shape", shapeText(to), shapeText(dims), first, batch)
	case first != batchSize && first != 0 && first != b.batch:
		return wrong
	}
	switch {
	case len(rest) == 1 && rest[0] == size:
		return b.flat(n, v)
	case slices.Equal(rest, dims[1:]):
		return b.pass(n, v)
	case slices.Equal(rest, []int{size, 1, 1}) && v.shape.H*v.shape.W == 1:
		v.rank = 4
		return b.pass(n, v)
	}
	return wrong
}

func wholesOf(list []int64) []int {
	var all []int
	for _, v := range list {
		all = append(all, int(max(-1, min(v, math.MaxInt32))))
	}
	return all
}

// shapeText writes a shape, in which the size of the batch has its name.
func shapeText[N int | int64](dims []N) string {
	text := ""
	for i, d := range dims {
		if i > 0 {
			text += " x "
		}
		if d == batchSize {
			text += "batch"
		} else {
			text += fmt.Sprint(d)
		}
	}
	return text
}

// squeeze takes rows and columns away where there is one of each.
func (b *builder) squeeze(n *node) error {
	v, err := b.planes(n)
	if err != nil {
		return err
	}
	list, given, err := b.wholes(n, "axes", 1)
	if err != nil {
		return err
	}
	at, err := axes(list, 4)
	if err != nil || !given || !slices.Equal(at, []int{2, 3}) || v.shape.H*v.shape.W != 1 {
		return misfit{fmt.Errorf("it takes axes %v from %s; 2 and 3 of size 1 can be taken", list, shapeText(v.dims()))}
	}
	return b.flat(n, v)
}

// shape is the shape of what a layer emits, a constant but for the size of a batch that
// the input leaves open.
func (b *builder) shape(n *node) error {
	v, ok := b.values[n.inputs[0]]
	if !ok || v.stepH != 0 || v.stepW != 0 {
		var err error
		if v, err = b.input(n, 0); err != nil {
			return err
		}
	}
	dims := v.dims()
	if b.batch > 0 {
		dims[0] = int(b.batch)
	}
	return b.constant(n, n.shapeOf(dims))
}

// shapeOf is the part of a shape that a node asks for, from one dimension up to another.
func (n *node) shapeOf(dims []int) array {
	rank := int64(len(dims))
	bound := func(name string, otherwise int64) int64 {
		v := n.whole(name, otherwise)
		if v < 0 {
			v += rank
		}
		return max(0, min(v, rank))
	}
	first, end := bound("start", 0), bound("end", rank)
	out := array{ints: []int64{}}
	for i := first; i < end; i++ {
		out.ints = append(out.ints, int64(dims[i]))
	}
	out.dims = []int{len(out.ints)}
	return out
}

// concat puts the channels of several layers one after the other.
func (b *builder) concat(n *node) error {
	var from []value
	for i := range n.inputs {
		v, err := b.input(n, i)
		if err != nil {
			return err
		}
		if i > 0 && v.rank != from[0].rank {
			return misfit{fmt.Errorf("it joins %s and %s", shapeText(from[0].dims()), shapeText(v.dims()))}
		}
		from = append(from, v)
	}
	if at, err := axis(n.whole("axis", math.MaxInt32), from[0].rank); err != nil || at != 1 {
		return fmt.Errorf("axis %d; the channels, 1, can be joined", n.whole("axis", 0))
	}
	if len(from) == 1 {
		return b.pass(n, from[0])
	}
	v, err := b.append(n, nn.LayerConfig{Kind: nn.KindConcat}, from...)
	return b.give(n, v, err)
}

// pad puts zeros around planes, or channels of zeros before and after.
func (b *builder) pad(n *node) error {
	v, err := b.planes(n)
	if err != nil {
		return err
	}
	if mode := n.attributes["mode"].s; mode != "" && mode != "constant" {
		return fmt.Errorf("mode %s; constant, with zeros, is supported", show(mode))
	}
	pads, ok, err := b.wholes(n, "pads", 1)
	if err != nil {
		return err
	}
	fill, _, err := b.param(n, 2)
	if err != nil {
		return err
	}
	if n.number("value", 0) != 0 || slices.ContainsFunc(fill.floats, func(f float32) bool { return f != 0 }) {
		return errors.New("it pads with other numbers than zero, which is not supported")
	}
	list, given, err := b.wholes(n, "axes", 3)
	if err != nil {
		return err
	}
	if !given {
		list = []int64{0, 1, 2, 3}
	}
	if !ok || len(pads) != 2*len(list) {
		return fmt.Errorf("%d pads for %d axes; it should be two for each", len(pads), len(list))
	}
	var before, after [4]int
	for i, a := range list {
		at, err := axis(a, 4)
		if err != nil {
			return err
		}
		low, high := pads[i], pads[len(list)+i]
		if min(low, high) < 0 || at == 0 && max(low, high) > 0 {
			return fmt.Errorf("pads %v; zeros can be put around planes and channels, none taken away", pads)
		}
		before[at], after[at] = int(low), int(high)
	}
	shared := v.layer
	if before[2]+after[2]+before[3]+after[3] > 0 {
		if v, err = b.append(n, nn.LayerConfig{Kind: nn.KindPad, Top: before[2], Bottom: after[2], Left: before[3], Right: after[3]}, v); err != nil {
			return err
		}
	}
	if before[1]+after[1] > 0 {
		if v, err = b.append(n, nn.LayerConfig{Kind: nn.KindPadChannels, Before: before[1], After: after[1]}, v); err != nil {
			return err
		}
	}
	if v.layer == shared {
		return b.pass(n, v)
	}
	return b.give(n, v, nil)
}

// slice takes every n-th row and column.
func (b *builder) slice(n *node) error {
	v, ok := b.values[n.inputs[0]]
	if !ok {
		_, err := b.input(n, 0)
		return err
	}
	dims := v.dims()
	if v.stepH > 1 {
		dims[2] = (dims[2]-1)/v.stepH + 1
	}
	if v.stepW > 1 {
		dims[3] = (dims[3]-1)/v.stepW + 1
	}
	spans, err := b.spans(n, dims)
	if err != nil {
		return err
	}
	for _, s := range spans {
		whole := s.start == 0 && (s.end >= dims[s.axis] || dims[s.axis] == batchSize && s.end == math.MaxInt32)
		if !whole || s.step < 1 || s.step > 1 && s.axis < 2 {
			return fmt.Errorf("it takes %d:%d:%d of axis %d, of %s; every n-th row and column, from the first to the end, can be taken (x[:, :, ::2, ::2])",
				s.start, s.end, s.step, s.axis, shapeText(dims))
		}
		if s.step > 1 && s.axis == 2 {
			v.stepH = max(1, v.stepH) * s.step
		}
		if s.step > 1 && s.axis == 3 {
			v.stepW = max(1, v.stepW) * s.step
		}
	}
	return b.pass(n, v)
}
