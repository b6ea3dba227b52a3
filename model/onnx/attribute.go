package onnx

import (
	"fmt"
	"slices"
)

// whole is an attribute that is a whole number.
func (n *node) whole(name string, otherwise int64) int64 {
	if a, ok := n.attributes[name]; ok {
		return a.i
	}
	return otherwise
}

// number is an attribute that is a floating-point number.
func (n *node) number(name string, otherwise float32) float32 {
	if a, ok := n.attributes[name]; ok {
		return a.f
	}
	return otherwise
}

// wholes is a list of whole numbers that is an attribute or, since a later version of
// the operator, an input; ok is false where it is left out.
func (b *builder) wholes(n *node, attribute string, input int) (list []int64, ok bool, err error) {
	if a, ok := n.attributes[attribute]; ok {
		return a.ints, true, nil
	}
	if input < 0 {
		return nil, false, nil
	}
	a, ok, err := b.param(n, input)
	if err == nil && ok && a.floats != nil {
		err = fmt.Errorf("%s, its input %d, should be whole numbers", show(n.inputs[input]), input+1)
	}
	return a.ints, ok, err
}

// axes are the dimensions that wholes lists, of so many, sorted; those below 0 count
// from the end.
func axes(list []int64, rank int) ([]int, error) {
	var all []int
	for _, a := range list {
		if a < int64(-rank) || a >= int64(rank) {
			return nil, fmt.Errorf("there is no axis %d in %d dimensions", a, rank)
		}
		all = append(all, (int(a)+rank)%rank)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// axis is one of so many dimensions.
func axis(a int64, rank int) (int, error) {
	all, err := axes([]int64{a}, rank)
	if err != nil {
		return 0, err
	}
	return all[0], nil
}

// pairOf is the two numbers of an attribute for rows and columns, which an absent one
// leaves at 1.
func (n *node) pairOf(name string) (h, w int64, err error) {
	a, ok := n.attributes[name]
	if !ok {
		return 1, 1, nil
	}
	if len(a.ints) != 2 {
		return 0, 0, fmt.Errorf("%s has %d numbers; layers of two dimensions, rows and columns, are supported", name, len(a.ints))
	}
	if a.ints[0] < 1 || a.ints[1] < 1 || a.ints[0] > 1<<20 || a.ints[1] > 1<<20 {
		return 0, 0, fmt.Errorf("%s is %d", name, a.ints)
	}
	return a.ints[0], a.ints[1], nil
}
