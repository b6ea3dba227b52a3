package sparse

import (
	"fmt"
	"math"
)

// Dense is a matrix with all its zeros, row-major: the weight in row i and
// column j is Val[i*Cols+j]. Mask, of the same length, says which weights are
// kept; nil stands for a matrix of which that is not known.
type Dense struct {
	Rows, Cols int
	Val        []float32
	Mask       []bool
}

// Format is FormatDense.
func (d Dense) Format() Format { return FormatDense }

// Dims returns the number of rows and columns.
func (d Dense) Dims() (rows, cols int) { return d.Rows, d.Cols }

// Stored is the number of weights that a sparse format stores: those that the
// mask keeps, or, without one, those that are not +0.
func (d Dense) Stored() int {
	n := 0
	for pos := range d.Val {
		if d.kept(pos) {
			n++
		}
	}
	return n
}

// kept tells +0 from -0, as only the former is what a sparse matrix gives back
// for a weight that it does not store.
func (d Dense) kept(pos int) bool {
	if d.Mask != nil {
		return d.Mask[pos]
	}
	return math.Float32bits(d.Val[pos]) != 0
}

// Check reports lengths that do not fit and a weight that the mask removes
// though it is not zero.
func (d Dense) Check() error {
	if err := checkDims(d.Rows, d.Cols); err != nil {
		return err
	}
	n := d.Rows * d.Cols
	if len(d.Val) != n || d.Mask != nil && len(d.Mask) != n {
		return fmt.Errorf("sparse: %d weights and a mask of %d for a %d x %d matrix", len(d.Val), len(d.Mask), d.Rows, d.Cols)
	}
	for pos, v := range d.Val {
		if v != 0 && !d.kept(pos) {
			return fmt.Errorf("sparse: the mask removes the weight in row %d and column %d, which is %v: apply the mask first", pos/d.Cols, pos%d.Cols, v)
		}
	}
	return nil
}

// CSR returns the kept weights by rows. A kept weight that is zero stays
// stored; a removed one that is -0 is given back as +0. It panics when the mask
// removes a weight that is not zero, which Check reports.
func (d Dense) CSR() CSR {
	a := emptyCSR(d.Rows, d.Cols, d.Stored())
	for pos, v := range d.Val {
		switch {
		case d.kept(pos):
			a.add(pos, v)
		case v != 0:
			panic(badMask)
		}
	}
	a.sumPtr()
	return a
}
