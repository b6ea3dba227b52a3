package torch

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"prunelab/model/safetensors"
	"prunelab/model/tensors"
)

// storage is an array of numbers in the file.
type storage struct {
	dtype safetensors.DType
	key   string
	size  int      // bytes
	data  []byte   // nil until it was found
	root  *storage // of which it is a part; nil: it is whole
	at    int      // first byte in the root
}

// whole is the storage that it lies in and the first byte there.
func (s *storage) whole() (*storage, int) {
	if s.root != nil {
		return s.root, s.at
	}
	return s, 0
}

// view is a tensor: element (i, j, ...) is number first + i stride[0] + j stride[1]
// + ... of the storage.
type view struct {
	of            *storage
	dtype         safetensors.DType
	first         int
	shape, stride []int
}

func (v view) dims() string { return tensors.Dims(v.shape) }

// rebuild makes the view of _rebuild_tensor(storage, first, shape, stride, ...).
func rebuild(args []any) (any, error) {
	v, err := viewOf(args)
	if err != nil {
		return nil, err
	}
	return v, v.check()
}

// rebuildTyped makes the view of _rebuild_tensor_v3(storage, first, shape, stride,
// requires_grad, hooks, dtype, ...), whose storage is of bytes.
func rebuildTyped(args []any) (any, error) {
	v, err := viewOf(args)
	if err != nil {
		return nil, err
	}
	if len(args) < 7 {
		return nil, fmt.Errorf("%d arguments", len(args))
	}
	name, _ := args[6].(global)
	dtype, known := dtypes[name.String()]
	if !known {
		return nil, fmt.Errorf("%s is no type of elements", word(args[6]))
	}
	v.dtype = dtype
	return v, v.check()
}

// viewOf makes a view of the elements' type of its storage.
func viewOf(args []any) (*view, error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("%d arguments", len(args))
	}
	s, isStorage := args[0].(*storage)
	first, isNumber := args[1].(int64)
	shape, isShape := numbers(args[2])
	stride, isStride := numbers(args[3])
	if !isStorage || !isNumber || first < 0 || !isShape || !isStride || len(shape) != len(stride) {
		return nil, errors.New("it is not made of a storage, a place, a shape and strides")
	}
	return &view{of: s, dtype: s.dtype, first: int(first), shape: shape, stride: stride}, nil
}

// parameter is that of _rebuild_parameter(tensor, requires_grad, hooks, ...): the
// tensor.
func parameter(args []any) (any, error) {
	if len(args) > 0 {
		if v, ok := args[0].(*view); ok {
			return v, nil
		}
	}
	return nil, errors.New("it is not made of a tensor")
}

// rebuildFrom calls _rebuild_from_type_v2(function, class, arguments, state), which
// makes a tensor with attributes.
func rebuildFrom(args []any) (any, error) {
	if len(args) < 3 {
		return nil, fmt.Errorf("%d arguments", len(args))
	}
	f, isGlobal := args[0].(global)
	class, isClass := args[1].(global)
	of, isTuple := args[2].(*tuple)
	if !isGlobal || !isClass || !isTuple || !slices.Contains(classes, class.String()) || f.name == "_rebuild_from_type_v2" {
		return nil, errors.New("it makes no tensor")
	}
	return call(f, of.items)
}

// numbers is a tuple of numbers that are 0 or more.
func numbers(v any) ([]int, bool) {
	t, ok := v.(*tuple)
	if !ok || len(t.items) > 64 {
		return nil, false
	}
	n := make([]int, len(t.items))
	for i, item := range t.items {
		d, ok := item.(int64)
		if !ok || d < 0 || d > math.MaxInt32<<8 {
			return nil, false
		}
		n[i] = int(d)
	}
	return n, true
}

var errOutside = errors.New("it lies outside of its storage; the file is damaged")

// elements is how many numbers the tensor has, and the place of the last. Both are
// bounded by 2^63, for which it fails.
func (v view) elements() (n, last int, err error) {
	n, last = 1, v.first
	if slices.Contains(v.shape, 0) {
		return 0, last, nil
	}
	for i, d := range v.shape {
		if n > math.MaxInt/d || v.stride[i] > 0 && d-1 > (math.MaxInt-last)/v.stride[i] {
			return 0, 0, errOutside
		}
		n *= d
		last += (d - 1) * v.stride[i]
	}
	return n, last, nil
}

// check reports a view outside of its storage.
func (v view) check() error {
	n, last, err := v.elements()
	if err == nil && n > 0 && last >= v.of.size/v.dtype.Size() {
		err = errOutside
	}
	return err
}

// contiguous reports whether the elements lie in row-major order without gaps.
func (v view) contiguous() bool {
	next := 1
	for i, d := range slices.Backward(v.shape) {
		if d != 1 && v.stride[i] != next {
			return false
		}
		next *= d
	}
	return true
}

// tensor returns the values under a name. Where they are not contiguous they are
// copied, and their bytes taken from spare.
func (v view) tensor(name string, spare *int) (safetensors.Tensor, error) {
	t := safetensors.Tensor{Name: name, DType: v.dtype, Shape: v.shape}
	root, at := v.of.whole()
	n, _, err := v.elements()
	switch {
	case err != nil:
		return t, fmt.Errorf("tensor %s: %w", name, err)
	case n == 0:
		t.Data = []byte{}
		return t, nil
	case root.data == nil:
		return t, fmt.Errorf("tensor %s lies in storage %s, which the file does not have", name, root.key)
	}
	width := v.dtype.Size()
	data := root.data[at : at+v.of.size]
	if v.contiguous() {
		t.Data = data[v.first*width : (v.first+n)*width]
		return t, nil
	}
	if n > *spare/width {
		return t, fmt.Errorf("tensor %s, of %s, is a view of fewer numbers, and copies of such would be larger than twice the file; save it after .contiguous()", name, v.dims())
	}
	*spare -= n * width
	t.Data = make([]byte, 0, n*width)
	index := make([]int, len(v.shape))
	for place := v.first; ; {
		t.Data = append(t.Data, data[place*width:(place+1)*width]...)
		d := len(index) - 1
		for ; d >= 0; d-- { // the next index, row-major
			index[d]++
			place += v.stride[d]
			if index[d] < v.shape[d] {
				break
			}
			place -= v.stride[d] * v.shape[d]
			index[d] = 0
		}
		if d < 0 {
			return t, nil
		}
	}
}
