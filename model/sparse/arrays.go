package sparse

import (
	"fmt"

	"prunelab/model/sparse/npy"
)

// Entries returns the arrays that a file of the matrix holds. For every format
// these are
//
//	format  its name
//	shape   rows and columns
//	data    the values, float32; of a dense matrix with its two dimensions
//
// and beside them, int32 unless said otherwise,
//
//	dense      mask, bool, as data; empty when it is not known
//	csr, csc   indices, indptr
//	coo        row, col
//	bitmap     bits, bytes
//	relative   codes, bytes; k and origin, one integer each; zeros
//
// The names for csr, csc and coo are those of scipy.sparse.save_npz.
func Entries(m Matrix) []npy.Entry {
	rows, cols := m.Dims()
	return append([]npy.Entry{
		{Name: "format", Array: npy.FromText(string(m.Format()))},
		{Name: "shape", Array: npy.FromInt64([]int{2}, []int64{int64(rows), int64(cols)})},
	}, m.arrays()...)
}

// FromEntries returns the matrix of which these are the arrays; arrays with
// other names are left alone. It fails when they are no matrix of that format
// or when the matrix, dense, has more than limit bytes.
func FromEntries(entries []npy.Entry, limit int64) (Matrix, error) {
	f := fields{arrays: map[string]npy.Array{}}
	for _, e := range entries {
		f.arrays[e.Name] = e.Array
	}
	format := Format(f.text("format"))
	rows, cols := f.shape()
	if f.err != nil {
		return nil, f.err
	}
	if size := 4 * max(int64(rows), 1) * max(int64(cols), 1); size > limit {
		return nil, fmt.Errorf("sparse: a dense matrix of %d x %d has %d bytes, only %d are allowed", rows, cols, size, limit)
	}
	m, err := f.matrix(format, rows, cols)
	if err == nil {
		err = m.Check()
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (f *fields) matrix(format Format, rows, cols int) (Matrix, error) {
	var m Matrix
	switch format {
	case FormatDense:
		d := Dense{Rows: rows, Cols: cols, Val: f.floats("data", rows, cols)}
		if len(f.arrays["mask"].Shape) == 2 {
			d.Mask = f.bools("mask", rows, cols)
		} else {
			f.bools("mask", 0)
		}
		m = d
	case FormatCSR:
		m = CSR{Rows: rows, Cols: cols, Ptr: f.ints("indptr"), Ind: f.ints("indices"), Val: f.floats("data", -1)}
	case FormatCSC:
		m = CSC{Rows: rows, Cols: cols, Ptr: f.ints("indptr"), Ind: f.ints("indices"), Val: f.floats("data", -1)}
	case FormatCOO:
		m = COO{Rows: rows, Cols: cols, Row: f.ints("row"), Col: f.ints("col"), Val: f.floats("data", -1)}
	case FormatBitmap:
		m = Bitmap{Rows: rows, Cols: cols, Bits: f.bytes("bits"), Val: f.floats("data", -1)}
	case FormatRelative:
		m = Relative{
			Rows: rows, Cols: cols, K: f.one("k"), Origin: f.one("origin"),
			Code: f.bytes("codes"), Val: f.floats("data", -1), Zeros: f.ints("zeros"),
		}
	default:
		return nil, fmt.Errorf("sparse: a matrix of the unknown format %q: one of %v is read", format, Formats())
	}
	return m, f.err
}

func values(v []float32) npy.Entry {
	return npy.Entry{Name: "data", Array: npy.FromFloat32([]int{len(v)}, v)}
}

func indices(name string, v []int32) npy.Entry {
	return npy.Entry{Name: name, Array: npy.FromInt32([]int{len(v)}, v)}
}

func packed(name string, v []byte) npy.Entry {
	return npy.Entry{Name: name, Array: npy.FromUint8([]int{len(v)}, v)}
}

func single(name string, v int) npy.Entry {
	return npy.Entry{Name: name, Array: npy.FromInt64([]int{}, []int64{int64(v)})}
}

func (d Dense) arrays() []npy.Entry {
	shape := []int{d.Rows, d.Cols}
	mask := npy.FromBool([]int{0}, nil)
	if d.Mask != nil {
		mask = npy.FromBool(shape, d.Mask)
	}
	return []npy.Entry{{Name: "data", Array: npy.FromFloat32(shape, d.Val)}, {Name: "mask", Array: mask}}
}

func (a CSR) arrays() []npy.Entry {
	return []npy.Entry{values(a.Val), indices("indices", a.Ind), indices("indptr", a.Ptr)}
}

func (a CSC) arrays() []npy.Entry { return a.T().arrays() }

func (a COO) arrays() []npy.Entry {
	return []npy.Entry{values(a.Val), indices("row", a.Row), indices("col", a.Col)}
}

func (b Bitmap) arrays() []npy.Entry {
	return []npy.Entry{values(b.Val), packed("bits", b.Bits)}
}

func (r Relative) arrays() []npy.Entry {
	return []npy.Entry{values(r.Val), packed("codes", r.Code), single("k", r.K), single("origin", r.Origin), indices("zeros", r.Zeros)}
}

// fields takes arrays by their names and keeps the first error.
type fields struct {
	arrays map[string]npy.Array
	err    error
}

// take returns an array of the given shape, where -1 stands for any length.
func take[T any](f *fields, name string, convert func(npy.Array) ([]T, error), shape ...int) []T {
	if f.err != nil {
		return nil
	}
	a, ok := f.arrays[name]
	if !ok {
		f.err = fmt.Errorf("sparse: there is no array %q", name)
		return nil
	}
	fits := len(a.Shape) == len(shape)
	for i := 0; fits && i < len(shape); i++ {
		fits = shape[i] == -1 || shape[i] == a.Shape[i]
	}
	if !fits {
		f.err = fmt.Errorf("sparse: the array %q has shape %v, not %v (-1: any)", name, a.Shape, shape)
		return nil
	}
	v, err := convert(a)
	if err != nil {
		f.err = fmt.Errorf("sparse: %q: %w", name, err)
	}
	return v
}

func (f *fields) ints(name string) []int32 { return take(f, name, npy.Array.Int32s, -1) }

func (f *fields) bytes(name string) []byte { return take(f, name, npy.Array.Uint8s, -1) }

func (f *fields) bools(name string, shape ...int) []bool {
	return take(f, name, npy.Array.Bools, shape...)
}

func (f *fields) floats(name string, shape ...int) []float32 {
	return take(f, name, npy.Array.Float32s, shape...)
}

func (f *fields) one(name string) int {
	if v := take(f, name, npy.Array.Int32s); len(v) == 1 {
		return int(v[0])
	}
	return 0
}

func (f *fields) text(name string) string {
	v := take(f, name, func(a npy.Array) ([]string, error) {
		s, err := a.Text()
		return []string{s}, err
	})
	if f.err != nil {
		return ""
	}
	return v[0]
}

func (f *fields) shape() (rows, cols int) {
	v := take(f, "shape", npy.Array.Int32s, 2)
	if f.err != nil {
		return 0, 0
	}
	return int(v[0]), int(v[1])
}
