package nn

import "prunelab/model/kernel"

// Mode says how a layer is run.
type Mode struct {
	Train bool // dropout acts, and what Backward needs is kept
	Slot  int  // which of a batch's slices this is, from 0; layers keep their state for Backward by it
	Count bool // count the inputs that are not zero, see Affine.Activity
	From  int  // of Network.Forward: x is the input of this layer, see Network.Fixed
}

// Layer is one step of a network. Matrices are features x N; what is returned
// belongs to the layer and holds until its next call with the same slot.
type Layer interface {
	Forward(x kernel.Mat, m Mode) kernel.Mat
	// Backward takes the gradient of the last Forward's output with the same
	// slot, which it may overwrite, and returns that of its input.
	Backward(dy kernel.Mat, m Mode) kernel.Mat
	Params() []*Param
}

// slots are matrices that a layer keeps for each slice of a batch.
type slots []kernel.Mat

// get returns slot i with the given shape, made on first use.
func (s *slots) get(i, rows, cols int) *kernel.Mat {
	for len(*s) <= i {
		*s = append(*s, kernel.Mat{})
	}
	m := &(*s)[i]
	fit(m, rows, cols)
	return m
}

// fit gives m the shape rows x cols, keeping its storage when it is large
// enough.
func fit(m *kernel.Mat, rows, cols int) {
	if m.Rows == rows && m.Cols == cols {
		return
	}
	stride := kernel.Pad(cols)
	if cap(m.Data) < rows*stride {
		*m = kernel.NewMat(rows, cols)
		return
	}
	*m = kernel.Mat{Rows: rows, Cols: cols, Stride: stride, Data: m.Data[:rows*stride]}
	clear(m.Data) // padding of another shape must not leak into this one
}
