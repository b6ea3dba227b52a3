package sparse_test

import (
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"prunelab/model/sparse"
)

func TestEveryFormatGivesTheMatrixBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := matrix(rt)
		each(rt, d, func(m sparse.Matrix) {
			if err := m.Check(); err != nil {
				rt.Fatalf("%s: %v", m.Format(), err)
			}
			if rows, cols := m.Dims(); rows != d.Rows || cols != d.Cols {
				rt.Fatalf("%s: %d x %d, was %d x %d", m.Format(), rows, cols, d.Rows, d.Cols)
			}
			if m.Stored() != d.Stored() {
				rt.Errorf("%s: %d weights, were %d", m.Format(), m.Stored(), d.Stored())
			}
			if back := m.CSR().Dense(); !same(back, d) {
				rt.Errorf("%s: %v, was %v", m.Format(), back, d)
			}
		})
	})
}

func TestConversionsShareNoStorage(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := matrix(rt)
		a := d.CSR()
		each(rt, d, func(m sparse.Matrix) {
			back := m.CSR()
			switch c := m.(type) {
			case sparse.Dense:
				clear(c.Val)
				clear(c.Mask)
			case sparse.CSR:
				return // the same matrix
			case sparse.CSC:
				spoil(c.Val, c.Ptr, c.Ind)
			case sparse.COO:
				spoil(c.Val, c.Row, c.Col)
			case sparse.Bitmap:
				clear(c.Bits)
				spoil(c.Val)
			case sparse.Relative:
				clear(c.Code)
				spoil(c.Val, c.Zeros)
			}
			if !reflect.DeepEqual(back.Positions(), a.Positions()) || !identical(back.Val, a.Val) {
				rt.Errorf("%s: what was converted from it changed with it", m.Format())
			}
		})
		for _, f := range sparse.Formats() {
			m, err := sparse.As(a, f, 3)
			if err != nil {
				rt.Fatal(err)
			}
			if c, ok := m.(sparse.COO); ok {
				spoil(c.Val, c.Row, c.Col)
			}
			if b, ok := m.(sparse.Bitmap); ok {
				spoil(b.Val)
			}
		}
		if !same(a.Dense(), d.CSR().Dense()) {
			rt.Error("a matrix changed with what it was converted to")
		}
	})
}

func spoil(val []float32, indices ...[]int32) {
	clear(val)
	for _, ind := range indices {
		for i := range ind {
			ind[i] = -1
		}
	}
}

func TestWithoutAMaskNonZerosAreKept(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := matrix(rt)
		d.Mask = nil
		a := d.CSR()
		if back := a.Dense(); !identical(back.Val, d.Val) {
			rt.Errorf("%v came back as %v", d.Val, back.Val)
		}
		for _, v := range a.Val {
			if v == 0 && 1/v > 0 {
				rt.Error("a +0 is stored that no mask keeps")
			}
		}
	})
}

func TestMaskKeepsAZero(t *testing.T) {
	d := sparse.Dense{Rows: 2, Cols: 2, Val: []float32{0, 0, 5, 0}, Mask: []bool{false, true, true, false}}
	a := d.CSR()
	want := sparse.CSR{Rows: 2, Cols: 2, Ptr: []int32{0, 1, 2}, Ind: []int32{1, 0}, Val: []float32{0, 5}}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("%+v, want %+v", a, want)
	}
}

func TestMaskThatRemovesAWeightIsRefused(t *testing.T) {
	d := sparse.Dense{Rows: 2, Cols: 2, Val: []float32{1, 0, 0.5, 0}, Mask: []bool{true, true, false, false}}
	if err := d.Check(); err == nil || !strings.Contains(err.Error(), "row 1 and column 0, which is 0.5") {
		t.Errorf("a removed weight of 0.5: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a removed weight of 0.5 was lost without a word")
		}
	}()
	d.CSR()
}

// The arrays by hand, and those of scipy.sparse.csr_matrix, csc_matrix and
// coo_matrix of the same matrix.
func TestArraysByHand(t *testing.T) {
	d := sparse.Dense{Rows: 3, Cols: 4, Val: []float32{
		0, 10, 0, 20,
		0, 0, 0, 0,
		30, 40, 0, 0,
	}}
	for _, want := range []sparse.Matrix{
		sparse.CSR{Rows: 3, Cols: 4, Ptr: []int32{0, 2, 2, 4}, Ind: []int32{1, 3, 0, 1}, Val: []float32{10, 20, 30, 40}},
		sparse.CSC{Rows: 3, Cols: 4, Ptr: []int32{0, 1, 3, 3, 4}, Ind: []int32{2, 0, 2, 0}, Val: []float32{30, 10, 40, 20}},
		sparse.COO{Rows: 3, Cols: 4, Row: []int32{0, 0, 2, 2}, Col: []int32{1, 3, 0, 1}, Val: []float32{10, 20, 30, 40}},
		sparse.Bitmap{Rows: 3, Cols: 4, Bits: []byte{0b00001010, 0b0011}, Val: []float32{10, 20, 30, 40}},
		// Distances 1, 2, 4 and a filler, 1, 1; three bits would need none.
		sparse.Relative{Rows: 3, Cols: 4, K: 2, Code: []byte{0b00_11_01_00, 0b00}, Val: []float32{10, 20, 0, 30, 40}, Zeros: []int32{}},
	} {
		got, err := sparse.As(d, want.Format(), 2)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v (%v)", want.Format(), got, want, err)
		}
	}
}

func TestTransposeSharesStorage(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := matrix(rt)
		a := d.CSR()
		b := a.T()
		if err := b.Check(); err != nil {
			rt.Fatal(err)
		}
		if unsafe.SliceData(a.Ptr) != unsafe.SliceData(b.Ptr) || unsafe.SliceData(a.Ind) != unsafe.SliceData(b.Ind) || unsafe.SliceData(a.Val) != unsafe.SliceData(b.Val) {
			rt.Error("the transpose has storage of its own")
		}
		if !reflect.DeepEqual(b.T(), a) {
			rt.Error("transposing twice gives another matrix")
		}
		dt := b.CSR().Dense()
		if dt.Rows != d.Cols || dt.Cols != d.Rows {
			rt.Fatalf("the transpose of %d x %d is %d x %d", d.Rows, d.Cols, dt.Rows, dt.Cols)
		}
		for i := range d.Rows {
			for j := range d.Cols {
				if !identical(d.Val[i*d.Cols+j:][:1], dt.Val[j*d.Rows+i:][:1]) || d.Mask[i*d.Cols+j] != dt.Mask[j*d.Rows+i] {
					rt.Fatalf("the weight at (%d, %d) is another one in the transpose", i, j)
				}
			}
		}
	})
}

func TestPositions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := matrix(rt).CSR()
		b, err := sparse.FromPositions(a.Rows, a.Cols, a.Positions(), a.Val)
		if err != nil || !same(a.Dense(), b.Dense()) {
			rt.Errorf("%v, from its positions %v, %v", a, b, err)
		}
	})
	for name, pos := range map[string][]int32{
		"twice":      {1, 1},
		"descending": {1, 0},
		"negative":   {-1, 0},
		"outside":    {0, 4},
		"too few":    {0},
	} {
		if _, err := sparse.FromPositions(2, 2, pos, []float32{1, 2}); err == nil {
			t.Errorf("positions %s, %v, were taken", name, pos)
		}
	}
	for _, dims := range [][2]int{{-1, 1}, {1, -1}, {1 << 16, 1 << 15}, {1<<31 - 1, 0}, {0, 1 << 40}} {
		if _, err := sparse.FromPositions(dims[0], dims[1], nil, nil); err == nil {
			t.Errorf("a matrix of %d x %d was made", dims[0], dims[1])
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	one := []float32{1}
	for name, m := range map[string]sparse.Matrix{
		"dense, short":                 sparse.Dense{Rows: 2, Cols: 2, Val: one},
		"dense, short mask":            sparse.Dense{Rows: 1, Cols: 1, Val: one, Mask: []bool{}},
		"dense, negative":              sparse.Dense{Rows: -1, Cols: -1, Val: one},
		"csr, no pointers":             sparse.CSR{Rows: 1, Cols: 1},
		"csr, first pointer":           sparse.CSR{Rows: 1, Cols: 1, Ptr: []int32{1, 1}, Ind: []int32{0}, Val: one},
		"csr, last pointer":            sparse.CSR{Rows: 1, Cols: 1, Ptr: []int32{0, 2}, Ind: []int32{0}, Val: one},
		"csr, pointers fall":           sparse.CSR{Rows: 2, Cols: 2, Ptr: []int32{0, 2, 1}, Ind: []int32{0}, Val: one},
		"csr, pointer far out":         sparse.CSR{Rows: 2, Cols: 2, Ptr: []int32{0, 1 << 30, 1}, Ind: []int32{0}, Val: one},
		"csr, negative pointer":        sparse.CSR{Rows: 2, Cols: 2, Ptr: []int32{0, -1, 1}, Ind: []int32{0}, Val: one},
		"csr, index out":               sparse.CSR{Rows: 1, Cols: 1, Ptr: []int32{0, 1}, Ind: []int32{1}, Val: one},
		"csr, negative index":          sparse.CSR{Rows: 1, Cols: 1, Ptr: []int32{0, 1}, Ind: []int32{-1}, Val: one},
		"csr, index twice":             sparse.CSR{Rows: 1, Cols: 2, Ptr: []int32{0, 2}, Ind: []int32{1, 1}, Val: []float32{1, 2}},
		"csr, not sorted":              sparse.CSR{Rows: 1, Cols: 2, Ptr: []int32{0, 2}, Ind: []int32{1, 0}, Val: []float32{1, 2}},
		"csr, values missing":          sparse.CSR{Rows: 1, Cols: 1, Ptr: []int32{0, 1}, Ind: []int32{0}},
		"csr, too large":               sparse.CSR{Rows: 0, Cols: 1 << 31, Ptr: []int32{0}},
		"csc, rows for columns":        sparse.CSC{Rows: 1, Cols: 2, Ptr: []int32{0, 1}, Ind: []int32{0}, Val: one},
		"coo, lengths":                 sparse.COO{Rows: 1, Cols: 1, Row: []int32{0}, Val: one},
		"coo, out":                     sparse.COO{Rows: 1, Cols: 1, Row: []int32{0}, Col: []int32{1}, Val: one},
		"coo, negative":                sparse.COO{Rows: 1, Cols: 1, Row: []int32{-1}, Col: []int32{0}, Val: one},
		"coo, twice":                   sparse.COO{Rows: 1, Cols: 1, Row: []int32{0, 0}, Col: []int32{0, 0}, Val: []float32{1, 2}},
		"coo, by columns":              sparse.COO{Rows: 2, Cols: 2, Row: []int32{1, 0}, Col: []int32{0, 1}, Val: []float32{1, 2}},
		"coo, too large":               sparse.COO{Rows: 1 << 20, Cols: 1 << 20},
		"bitmap, short":                sparse.Bitmap{Rows: 3, Cols: 3, Bits: []byte{1}, Val: one},
		"bitmap, a bit too many":       sparse.Bitmap{Rows: 2, Cols: 2, Bits: []byte{3}, Val: one},
		"bitmap, a bit after the last": sparse.Bitmap{Rows: 2, Cols: 2, Bits: []byte{1 << 4}, Val: one},
		"bitmap, too large":            sparse.Bitmap{Rows: 1 << 20, Cols: 1 << 20},
		"relative, k 0":                sparse.Relative{Rows: 1, Cols: 2},
		"relative, k 17":               sparse.Relative{Rows: 1, Cols: 2, K: 17},
		"relative, too large":          sparse.Relative{Rows: 1 << 20, Cols: 1 << 20, K: 1},
		"relative, code missing":       sparse.Relative{Rows: 1, Cols: 2, K: 1, Val: one},
		"relative, spare bits":         sparse.Relative{Rows: 1, Cols: 4, K: 1, Code: []byte{2}, Val: one},
		"relative, out":                sparse.Relative{Rows: 1, Cols: 2, K: 1, Code: []byte{1}, Val: one},
		"relative, origin 1":           sparse.Relative{Rows: 1, Cols: 4, K: 1, Origin: 1, Code: []byte{0}, Val: one},
		"relative, origin -1 unused":   sparse.Relative{Rows: 1, Cols: 4, K: 1, Origin: -1, Code: []byte{1}, Val: one},
		"relative, origin -1 empty":    sparse.Relative{Rows: 1, Cols: 4, K: 1, Origin: -1},
		"relative, filler last":        sparse.Relative{Rows: 1, Cols: 4, K: 1, Code: []byte{1}, Val: []float32{0}},
		"relative, zero is a weight":   sparse.Relative{Rows: 1, Cols: 4, K: 1, Code: []byte{0}, Val: one, Zeros: []int32{0}},
		"relative, zero out":           sparse.Relative{Rows: 1, Cols: 4, K: 1, Code: []byte{1}, Val: []float32{0}, Zeros: []int32{0, 1}},
		"relative, zero twice":         sparse.Relative{Rows: 1, Cols: 4, K: 1, Code: []byte{1}, Val: []float32{0}, Zeros: []int32{0, 0}},
	} {
		if err := m.Check(); err == nil {
			t.Errorf("%s: accepted", name)
		} else if !strings.HasPrefix(err.Error(), "sparse: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAsRefuses(t *testing.T) {
	for _, f := range []sparse.Format{"", "CSR", "bsr"} {
		if _, err := sparse.As(sparse.Dense{}, f, 5); err == nil {
			t.Errorf("the format %q was made", f)
		}
	}
	for _, k := range []int{0, sparse.MaxCodeBits + 1} {
		if _, err := sparse.As(sparse.Dense{}, sparse.FormatRelative, k); err == nil {
			t.Errorf("codes of %d bits were made", k)
		}
	}
}
