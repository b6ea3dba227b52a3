package kernel

import "unsafe"

// Lanes is the granularity of a batch: matrices have a stride that is a
// multiple of Lanes, and convolutions work on slices of Lanes samples.
const Lanes = 16

// Mat is a matrix of features x batch with the batch innermost: the N values
// of feature i lie in Data[i*Stride : i*Stride+N].
//
// Stride is a multiple of Lanes and Data holds Rows*Stride values. The columns
// from Cols to Stride are padding: kernels compute there too, so padding must
// be finite, and in a gradient it must be zero.
type Mat struct {
	Rows, Cols, Stride int
	Data               []float32
}

// NewMat returns a zero matrix of rows x cols with 64-byte aligned rows.
func NewMat(rows, cols int) Mat {
	stride := Pad(cols)
	return Mat{Rows: rows, Cols: cols, Stride: stride, Data: Alloc(rows * stride)}
}

// Row returns the values of feature i, without padding.
func (m Mat) Row(i int) []float32 { return m.Data[i*m.Stride : i*m.Stride+m.Cols] }

// Pad rounds a number of samples up to full lanes.
func Pad(n int) int { return (n + Lanes - 1) / Lanes * Lanes }

// whole is the part of n values that fills lanes.
func whole(n int) int { return n / Lanes * Lanes }

// Alloc returns n zeros that begin at a 64-byte boundary, many of them in huge pages
// where the system has such.
func Alloc(n int) []float32 {
	const align = 64
	s := make([]float32, n+align/4)
	hugePages(s)
	skip := 0
	if r := uintptr(unsafe.Pointer(unsafe.SliceData(s))) % align; r != 0 {
		skip = int(align-r) / 4
	}
	return s[skip : skip+n : skip+n]
}
