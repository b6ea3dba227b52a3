package sparse_test

import (
	"testing"

	"pgregory.net/rapid"

	"prunelab/model/sparse"
)

// multiply is the dense loop that documents MulVecTo.
func multiply(d sparse.Dense, x []float32) []float32 {
	y := make([]float32, d.Rows)
	for i := range d.Rows {
		for j := range d.Cols {
			y[i] += float32(d.Val[i*d.Cols+j] * x[j])
		}
	}
	return y
}

// multiplyTrans is the dense loop that documents MulTransVecTo.
func multiplyTrans(d sparse.Dense, x []float32) []float32 {
	y := make([]float32, d.Cols)
	for j := range d.Cols {
		for i := range d.Rows {
			y[j] += float32(d.Val[i*d.Cols+j] * x[i])
		}
	}
	return y
}

func vector(t *rapid.T, n int, name string) []float32 {
	return rapid.SliceOfN(rapid.Float32Range(-2, 2), n, n).Draw(t, name)
}

func TestProductsAreTheDenseOnes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := matrix(rt)
		for i, v := range d.Val {
			if v != v || v > 1e30 || v < -1e30 {
				d.Val[i] = 1 // infinite sums have NaNs whose bits no rule fixes
			}
		}
		a := d.CSR()
		across, down := vector(rt, d.Cols, "across"), vector(rt, d.Rows, "down")
		y, yt := vector(rt, d.Rows, "y"), vector(rt, d.Cols, "y of the transpose") // overwritten
		for name, m := range map[string]interface {
			MulVecTo(y, x []float32)
			MulTransVecTo(y, x []float32)
		}{"csr": a, "csc": a.CSC()} {
			m.MulVecTo(y, across)
			if want := multiply(d, across); !identical(y, want) {
				rt.Errorf("%s: A x = %v, dense %v", name, y, want)
			}
			m.MulTransVecTo(yt, down)
			if want := multiplyTrans(d, down); !identical(yt, want) {
				rt.Errorf("%s: A^T x = %v, dense %v", name, yt, want)
			}
		}
	})
}

func TestProductPanics(t *testing.T) {
	a := sparse.CSR{Rows: 2, Cols: 3, Ptr: []int32{0, 0, 0}}
	two, three := make([]float32, 2), make([]float32, 3)
	for name, call := range map[string]func(){
		"csr x":           func() { a.MulVecTo(two, two) },
		"csr y":           func() { a.MulVecTo(three, three) },
		"csr transpose x": func() { a.MulTransVecTo(three, three) },
		"csr transpose y": func() { a.MulTransVecTo(two, two) },
		"csc x":           func() { a.CSC().MulVecTo(two, two) },
		"csc transpose x": func() { a.CSC().MulTransVecTo(three, three) },
	} {
		func() {
			defer func() {
				if p := recover(); p != "sparse: length of a vector does not fit the matrix" {
					t.Errorf("%s: %v", name, p)
				}
			}()
			call()
		}()
	}
}
