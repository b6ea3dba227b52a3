package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// batchSize stands for the size of the batch, where the input leaves it open, among the
// dimensions of a value: they may be taken apart and put together again, and not computed
// with.
const batchSize = math.MinInt32

// fold computes a node of constants.
func (b *builder) fold(n *node) (array, error) {
	if n.op == "Constant" {
		x, err := n.constant()
		x.origin = n.outputs[0]
		return x, err
	}
	if len(n.inputs) == 0 {
		return array{}, fmt.Errorf("it reads nothing")
	}
	x, ok, err := b.param(n, 0)
	if err != nil || !ok {
		return x, errors.Join(err, errors.New("its first input is missing"))
	}
	switch n.op {
	case "Identity":
		return x, nil
	case "Cast":
		return cast(x, n.whole("to", 0))
	case "Shape":
		return n.shapeOf(x.dims), nil
	case "Reshape", "Squeeze", "Unsqueeze", "Flatten":
		return b.reshaped(n, x)
	case "Transpose":
		return transposed(n, x)
	case "ConstantOfShape":
		return b.filled(n, x)
	case "Concat":
		return b.joined(n)
	case "Gather":
		index, ok, err := b.param(n, 1)
		if err != nil || !ok || index.floats != nil {
			return x, errors.Join(err, errors.New("its indices are missing or no whole numbers"))
		}
		return b.gathered(x, n.whole("axis", 0), index)
	case "Slice":
		return b.cut(n, x)
	case "Add", "Sub", "Mul", "Div":
		y, ok, err := b.param(n, 1)
		if err != nil || !ok {
			return x, errors.Join(err, errors.New("its second input is missing"))
		}
		return b.arithmetic(n.op, x, y)
	}
	return x, fmt.Errorf("the operator is not supported between constants; Add, Cast, Concat, ConstantOfShape, Div, Flatten, Gather, Identity, Mul, Reshape, Shape, Slice, Squeeze, Sub, Transpose, Unsqueeze are")
}

// constant is the value of a Constant.
func (n *node) constant() (array, error) {
	for name, a := range n.attributes {
		switch name {
		case "value":
			if a.tensor != nil {
				return a.tensor.array()
			}
		case "value_int":
			return array{ints: []int64{a.i}}, nil
		case "value_float":
			return array{floats: []float32{a.f}}, nil
		case "value_ints":
			return array{dims: []int{len(a.ints)}, ints: append([]int64{}, a.ints...)}, nil
		}
	}
	return array{}, errors.New("it has no value of a type that is read: value, value_int, value_ints, value_float")
}

func cast(x array, to int64) (array, error) {
	switch {
	case floating(to) && x.floats != nil:
		return x, nil
	case floating(to):
		out := array{dims: x.dims, floats: make([]float32, len(x.ints))}
		for i, v := range x.ints {
			if v == batchSize {
				return x, errBatch
			}
			out.floats[i] = float32(v)
		}
		return out, nil
	case (to == typeInt64 || to == typeInt32) && x.floats == nil:
		return x, nil
	}
	return x, fmt.Errorf("a cast to %s is not supported between constants", typeName(to))
}

var errBatch = errors.New("it computes with the size of the batch, which is left open here; export the model with a batch of fixed size")

var errMemory = errors.New("its constants take more memory than the file gives cause for")

// reshaped is x in another shape.
func (b *builder) reshaped(n *node, x array) (array, error) {
	dims := slices.Clone(x.dims)
	switch n.op {
	case "Reshape":
		to, ok, err := b.wholes(n, "shape", 1)
		if err != nil || !ok {
			return x, errors.Join(err, errors.New("its shape is missing"))
		}
		if dims, err = resolve(to, x.dims, x.size(), n.whole("allowzero", 0) != 0); err != nil {
			return x, err
		}
	case "Flatten":
		at, err := axis(n.whole("axis", 1), len(x.dims)+1)
		if err != nil {
			return x, err
		}
		first, _ := count(x.dims[:at], math.MaxInt32)
		rest, _ := count(x.dims[at:], math.MaxInt32)
		dims = []int{first, rest}
	case "Unsqueeze":
		list, _, err := b.wholes(n, "axes", 1)
		if err != nil {
			return x, err
		}
		at, err := axes(list, len(x.dims)+len(list))
		if err != nil {
			return x, err
		}
		for _, a := range at {
			dims = slices.Insert(dims, min(a, len(dims)), 1)
		}
	case "Squeeze":
		list, ok, err := b.wholes(n, "axes", 1)
		if err != nil {
			return x, err
		}
		at, err := axes(list, len(x.dims))
		if err != nil {
			return x, err
		}
		dims = nil
		for i, d := range x.dims {
			if listed := slices.Contains(at, i); listed && d != 1 {
				return x, fmt.Errorf("axis %d of %v is not of size 1", i, x.dims)
			} else if !listed && (ok || d != 1) {
				dims = append(dims, d)
			}
		}
	}
	if size, err := count(dims, math.MaxInt32); err != nil || size != x.size() || len(dims) > maxRank {
		return x, fmt.Errorf("%d values of shape %v do not have the shape %v", x.size(), x.dims, dims)
	}
	x.dims = dims
	return x, nil
}

// resolve is the shape that a Reshape asks for of size values: 0 keeps a dimension, -1
// takes what is left.
func resolve(to []int64, dims []int, size int, allowZero bool) ([]int, error) {
	out, open, known := make([]int, len(to)), -1, 1
	for i, d := range to {
		switch {
		case d == -1 && open < 0:
			open = i
			continue
		case d == 0 && !allowZero && i < len(dims):
			d = int64(dims[i])
		}
		if d < 0 || d > math.MaxInt32 || d > 0 && known > math.MaxInt32/int(d) {
			return nil, fmt.Errorf("the shape %v cannot be made of %v", to, dims)
		}
		out[i] = int(d)
		known *= int(d)
	}
	if open >= 0 {
		if known == 0 || size%known != 0 {
			return nil, fmt.Errorf("the shape %v cannot be made of %v", to, dims)
		}
		out[open] = size / known
	}
	return out, nil
}

// transposed permutes the dimensions.
func transposed(n *node, x array) (array, error) {
	rank := len(x.dims)
	perm := n.attributes["perm"].ints
	if perm == nil {
		for i := range rank {
			perm = append(perm, int64(rank-1-i))
		}
	}
	at, err := axes(perm, rank)
	if err != nil || len(perm) != rank || len(at) != rank {
		return x, fmt.Errorf("%v is no order of %d dimensions", perm, rank)
	}
	stride, from := make([]int, rank), 1 // of each dimension of x
	for i := rank - 1; i >= 0; i-- {
		stride[i] = from
		from *= x.dims[i]
	}
	out := array{dims: make([]int, rank), origin: x.origin}
	steps := make([]int, rank)
	for i, p := range perm {
		p := (int(p) + rank) % rank
		out.dims[i], steps[i] = x.dims[p], stride[p]
	}
	index := make([]int, rank)
	return x.pick(out, x.size(), func(int) int {
		at := 0
		for i, k := range index {
			at += k * steps[i]
		}
		for i := rank - 1; i >= 0; i-- {
			if index[i]++; index[i] < out.dims[i] {
				break
			}
			index[i] = 0
		}
		return at
	}), nil
}

// pick fills out with n values of x, the one at from(i) at i.
func (a array) pick(out array, n int, from func(i int) int) array {
	if a.floats != nil {
		out.floats = make([]float32, n)
		for i := range out.floats {
			out.floats[i] = a.floats[from(i)]
		}
		return out
	}
	out.ints = make([]int64, n)
	for i := range out.ints {
		out.ints[i] = a.ints[from(i)]
	}
	return out
}

// filled is a ConstantOfShape.
func (b *builder) filled(n *node, x array) (array, error) {
	var dims []int
	for _, d := range x.ints {
		if d > math.MaxInt32 || d < 0 {
			return x, fmt.Errorf("a dimension of %d", d)
		}
		dims = append(dims, int(d))
	}
	size, err := count(dims, b.spare)
	if err != nil || len(dims) > maxRank {
		return x, errors.Join(err, fmt.Errorf("the shape %v is not supported", dims))
	}
	value := array{floats: []float32{0}}
	if t := n.attributes["value"].tensor; t != nil {
		if value, err = t.array(); err != nil {
			return x, err
		}
	}
	if value.size() != 1 {
		return x, fmt.Errorf("%d values to fill with, it should be 1", value.size())
	}
	return value.pick(array{dims: dims}, size, func(int) int { return 0 }), nil
}

// joined is a Concat of lists.
func (b *builder) joined(n *node) (array, error) {
	var out array
	for i := range n.inputs {
		x, ok, err := b.param(n, i)
		if err != nil || !ok || len(x.dims) != 1 || i > 0 && (x.floats == nil) != (out.floats == nil) {
			return x, errors.Join(err, errors.New("between constants it is supported for lists of one type"))
		}
		if b.spare < out.size()+x.size() {
			return x, errMemory
		}
		out.floats, out.ints = append(out.floats, x.floats...), append(out.ints, x.ints...)
	}
	out.dims = []int{out.size()}
	return out, nil
}
