package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// gathered takes entries of x along an axis: a list of them, or one, which takes the
// dimension away.
func (b *builder) gathered(x array, along int64, index array) (array, error) {
	at, err := axis(along, len(x.dims))
	if err != nil {
		return x, err
	}
	if len(index.dims) > 1 {
		return x, fmt.Errorf("indices of %d dimensions are not supported", len(index.dims))
	}
	var indices []int
	for _, i := range index.ints {
		d := int64(x.dims[at])
		if i < -d || i >= d {
			return x, fmt.Errorf("there is no entry %d among %d", i, d)
		}
		indices = append(indices, int((i+d)%d))
	}
	out, err := b.take(x, at, indices)
	if err == nil && len(index.dims) == 0 {
		out.dims = slices.Delete(out.dims, at, at+1)
	}
	return out, err
}

// take is x with the given entries along an axis.
func (b *builder) take(x array, at int, indices []int) (array, error) {
	dims := slices.Clone(x.dims)
	dims[at] = len(indices)
	size, err := count(dims, b.spare)
	if err != nil {
		return x, err
	}
	inner, _ := count(x.dims[at+1:], math.MaxInt32)
	return x.pick(array{dims: dims}, size, func(i int) int {
		return (i/(inner*len(indices))*x.dims[at]+indices[i/inner%len(indices)])*inner + i%inner
	}), nil
}

// span is what a Slice takes of one axis.
type span struct{ axis, start, end, step int }

// spans reads what a Slice takes, of a value of the given shape.
func (b *builder) spans(n *node, dims []int) ([]span, error) {
	starts, ok1, err1 := b.wholes(n, "starts", 1)
	ends, ok2, err2 := b.wholes(n, "ends", 2)
	list, given, err3 := b.wholes(n, "axes", 3)
	steps, stepped, err4 := b.wholes(n, "steps", 4)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	if !given {
		for i := range starts {
			list = append(list, int64(i))
		}
	}
	if !ok1 || !ok2 || len(starts) != len(ends) || len(list) != len(starts) || stepped && len(steps) != len(starts) {
		return nil, errors.New("its starts, ends, axes and steps are not of one length")
	}
	var all []span
	for i := range starts {
		at, err := axis(list[i], len(dims))
		if err != nil {
			return nil, err
		}
		step := int64(1)
		if stepped {
			step = steps[i]
		}
		if step == 0 || step > math.MaxInt32 || step < -math.MaxInt32 {
			return nil, fmt.Errorf("a step of %d", step)
		}
		d := int64(dims[at])
		if d == batchSize {
			d = math.MaxInt32
		}
		low, high := int64(0), d // that a start or an end may have
		if step < 0 {
			low, high = -1, d-1
		}
		clamp := func(v int64) int {
			if v < 0 {
				if v < -d {
					return int(low)
				}
				v += d
			}
			return int(max(low, min(high, v)))
		}
		all = append(all, span{at, clamp(starts[i]), clamp(ends[i]), int(step)})
	}
	return all, nil
}

// cut is a Slice of a constant.
func (b *builder) cut(n *node, x array) (array, error) {
	spans, err := b.spans(n, x.dims)
	if err != nil {
		return x, err
	}
	for _, s := range spans {
		if (s.end-s.start)/s.step > b.spare {
			return x, errMemory
		}
		var indices []int
		for i := s.start; s.step > 0 && i < s.end || s.step < 0 && i > s.end; i += s.step {
			indices = append(indices, i)
		}
		if x, err = b.take(x, s.axis, indices); err != nil {
			return x, err
		}
	}
	return x, nil
}

// arithmetic computes x op y, of shapes of which one may be stretched to the other.
func (b *builder) arithmetic(op string, x, y array) (array, error) {
	if (x.floats == nil) != (y.floats == nil) {
		return x, errors.New("one of its inputs is of whole numbers and the other one is not")
	}
	rank := max(len(x.dims), len(y.dims))
	padded := func(dims []int) []int { return slices.Concat(slices.Repeat([]int{1}, rank-len(dims)), dims) }
	xd, yd, dims := padded(x.dims), padded(y.dims), make([]int, rank)
	for i := range dims {
		dims[i] = max(xd[i], yd[i])
		if min(xd[i], yd[i]) == 0 {
			dims[i] = 0
		}
		if xd[i] != dims[i] && xd[i] != 1 || yd[i] != dims[i] && yd[i] != 1 {
			return x, fmt.Errorf("shapes %v and %v do not go together", x.dims, y.dims)
		}
	}
	size, err := count(dims, b.spare)
	if err != nil {
		return x, err
	}
	x = x.pick(array{dims: dims}, size, stretched(xd, dims))
	y = y.pick(array{dims: dims}, size, stretched(yd, dims))
	for i := range x.floats {
		switch v := y.floats[i]; op {
		case "Add":
			x.floats[i] += v
		case "Sub":
			x.floats[i] -= v
		case "Mul":
			x.floats[i] *= v
		case "Div":
			x.floats[i] /= v
		}
	}
	for i := range x.ints {
		v := y.ints[i]
		if v == batchSize || x.ints[i] == batchSize {
			return x, errBatch
		}
		switch {
		case op == "Add":
			x.ints[i] += v
		case op == "Sub":
			x.ints[i] -= v
		case op == "Mul":
			x.ints[i] *= v
		case v == 0:
			return x, errors.New("it divides by 0")
		default:
			x.ints[i] /= v
		}
	}
	return x, nil
}

// stretched returns where in values of a shape those of a larger one come from.
func stretched(from, to []int) func(i int) int {
	return func(i int) int {
		at, stride := 0, 1
		for k := len(to) - 1; k >= 0; k-- {
			if from[k] > 1 {
				at += i % to[k] * stride
				stride *= from[k]
			}
			i /= to[k]
		}
		return at
	}
}
