package nn

import "prunelab/model/kernel"

// Mode says how a layer is run.
type Mode struct {
	Train  bool        // dropout acts, batch normalisation takes the batch's statistics, and what Backward needs is kept
	Slot   int         // which of a batch's slices this is, from 0; layers keep their outputs by it
	Count  bool        // count the inputs that are not zero, see Affine.Activity
	Into   *kernel.Mat // of Backward: where a linear layer puts dx, if not in storage of its own
	Masked bool        // of Backward: dy is 0 already where the layer's ReLU gave 0, see maskable
	From   int         // of Network.Forward: x stands for the output of the layers before this one, see Network.Fixed
}

// Layer is one step of a network.
type Layer interface {
	// Params returns what the layer learns.
	Params() []*Param
}

// mapping is a layer that reads one output. Matrices are features x N; what is
// returned belongs to the layer and holds until its next call with the same slot.
type mapping interface {
	Layer
	Forward(x kernel.Mat, m Mode) kernel.Mat
	// Backward takes dy, the gradient of the last Forward's output with the same
	// slot, and returns dx, that of its input, which holds until its next call. dy is
	// complete, and the layer's alone unless it is sparing: it may overwrite it, and
	// return it as dx.
	Backward(dy kernel.Mat, m Mode) kernel.Mat
}

// junction is a layer that reads several outputs.
type junction interface {
	Layer
	Forward(xs []kernel.Mat, m Mode) kernel.Mat
	// Backward is that of a mapping. The gradients may lie in one place.
	Backward(dy kernel.Mat, m Mode) (dxs []kernel.Mat)
}

// sparing is a layer whose Backward leaves dy as it is and does not return it, so that
// another one may need it too.
type sparing interface{ spares() }

// maskable is a layer whose ReLU whoever completes dy can apply to it: dy is 0 where
// ReLU, in the given slot, is.
type maskable interface {
	ReLU(slot int) []float32 // nil: it computes none
}

// parameterless is part of layers that learn nothing.
type parameterless struct{}

// Params returns none.
func (parameterless) Params() []*Param { return nil }

// pass is a layer with nothing to do: flatten, as C x H x W x N is features x N
// already, and a ReLU that the layer before computes.
type pass struct{ parameterless }

func (pass) Forward(x kernel.Mat, _ Mode) kernel.Mat   { return x }
func (pass) Backward(dy kernel.Mat, _ Mode) kernel.Mat { return dy }

var flatten = kind{name: KindFlatten, build: func(*Network, int, node) Layer { return pass{} }}

// slots are matrices that a layer keeps for each slice of a batch.
type slots []kernel.Mat

// at returns slot i, made on first use.
func (s *slots) at(i int) *kernel.Mat {
	for len(*s) <= i {
		*s = append(*s, kernel.Mat{})
	}
	return &(*s)[i]
}

// get returns slot i with the given shape.
func (s *slots) get(i, rows, cols int) *kernel.Mat {
	m := s.at(i)
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

// band returns the rows [from, to) of m.
func band(m kernel.Mat, from, to int) kernel.Mat {
	return kernel.Mat{Rows: to - from, Cols: m.Cols, Stride: m.Stride, Data: m.Data[from*m.Stride : to*m.Stride]}
}
