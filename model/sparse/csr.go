package sparse

import (
	"fmt"
	"iter"
	"math"
)

// CSR is a matrix in compressed sparse row format. The stored weights of row i
// are Val[k] in column Ind[k], for k from Ptr[i] to Ptr[i+1], columns strictly
// ascending.
type CSR struct {
	Rows, Cols int
	Ptr        []int32 // Rows+1 values, the first 0
	Ind        []int32
	Val        []float32
}

// FromPositions returns the matrix of rows x cols that stores val[k] at the
// row-major position pos[k]. It fails unless positions are ascending and in
// range, one for each value.
func FromPositions(rows, cols int, pos []int32, val []float32) (CSR, error) {
	if err := checkDims(rows, cols); err != nil {
		return CSR{}, err
	}
	if len(pos) != len(val) {
		return CSR{}, fmt.Errorf("sparse: %d positions for %d values", len(pos), len(val))
	}
	a := emptyCSR(rows, cols, len(pos))
	last := int32(-1)
	for k, p := range pos {
		if p <= last || int(p) >= rows*cols {
			return CSR{}, fmt.Errorf("sparse: position %d of a %d x %d matrix follows position %d", p, rows, cols, last)
		}
		a.add(int(p), val[k])
		last = p
	}
	a.sumPtr()
	return a, nil
}

// emptyCSR returns a matrix to which add and, at the end, sumPtr are applied.
func emptyCSR(rows, cols, stored int) CSR {
	return CSR{
		Rows: rows, Cols: cols,
		Ptr: make([]int32, rows+1),
		Ind: make([]int32, 0, stored),
		Val: make([]float32, 0, stored),
	}
}

// add appends the weight at a row-major position, counting it in its row.
func (a *CSR) add(pos int, v float32) {
	a.Ptr[pos/a.Cols+1]++
	a.Ind = append(a.Ind, int32(pos%a.Cols))
	a.Val = append(a.Val, v)
}

// sumPtr turns the counts of rows into where they begin.
func (a *CSR) sumPtr() {
	for i := range a.Rows {
		a.Ptr[i+1] += a.Ptr[i]
	}
}

// Format is FormatCSR.
func (a CSR) Format() Format { return FormatCSR }

// Dims returns the number of rows and columns.
func (a CSR) Dims() (rows, cols int) { return a.Rows, a.Cols }

// Stored is the number of stored weights.
func (a CSR) Stored() int { return len(a.Val) }

// Check reports what makes a not a matrix in this format.
func (a CSR) Check() error {
	return checkCompressed(a.Rows, a.Cols, "row", a.Ptr, a.Ind, a.Val)
}

// checkCompressed checks lines, rows or columns, of stored weights.
func checkCompressed(lines, length int, line string, ptr, ind []int32, val []float32) error {
	if err := checkDims(lines, length); err != nil {
		return err
	}
	if len(ptr) != lines+1 || ptr[0] != 0 {
		return fmt.Errorf("sparse: %d pointers for %d %ss, or the first is not 0", len(ptr), lines, line)
	}
	if int(ptr[lines]) != len(ind) || len(ind) != len(val) {
		return fmt.Errorf("sparse: pointers to %d weights, %d indices and %d values", ptr[lines], len(ind), len(val))
	}
	for i := range lines {
		if ptr[i+1] < ptr[i] || int(ptr[i+1]) > len(ind) {
			return fmt.Errorf("sparse: %s %d goes from weight %d to %d", line, i, ptr[i], ptr[i+1])
		}
		last := int32(-1)
		for _, j := range ind[ptr[i]:ptr[i+1]] {
			if j <= last || int(j) >= length {
				return fmt.Errorf("sparse: in %s %d index %d of %d follows %d: indices must be sorted and occur once", line, i, j, length, last)
			}
			last = j
		}
	}
	return nil
}

// CSR returns a itself.
func (a CSR) CSR() CSR { return a }

// T returns the transpose, which shares all storage with a.
func (a CSR) T() CSC {
	return CSC{Rows: a.Cols, Cols: a.Rows, Ptr: a.Ptr, Ind: a.Ind, Val: a.Val}
}

// CSC returns the same matrix by columns.
func (a CSR) CSC() CSC {
	ptr, ind, val := regroup(a.Rows, a.Cols, a.Ptr, a.Ind, a.Val)
	return CSC{Rows: a.Rows, Cols: a.Cols, Ptr: ptr, Ind: ind, Val: val}
}

// regroup turns weights by lines into weights by their indices, of which there
// are length; within each, lines ascend.
func regroup(lines, length int, ptr, ind []int32, val []float32) (ptr2, ind2 []int32, val2 []float32) {
	ptr2 = make([]int32, length+1)
	for _, j := range ind {
		ptr2[j+1]++
	}
	for j := range length {
		ptr2[j+1] += ptr2[j]
	}
	ind2, val2 = make([]int32, len(ind)), make([]float32, len(val))
	next := append([]int32(nil), ptr2...)
	for i := range lines {
		for k := ptr[i]; k < ptr[i+1]; k++ {
			at := next[ind[k]]
			next[ind[k]]++
			ind2[at], val2[at] = int32(i), val[k]
		}
	}
	return ptr2, ind2, val2
}

// COO returns the same matrix as coordinates.
func (a CSR) COO() COO {
	row := make([]int32, len(a.Ind))
	for i := range a.Rows {
		for k := a.Ptr[i]; k < a.Ptr[i+1]; k++ {
			row[k] = int32(i)
		}
	}
	return COO{
		Rows: a.Rows, Cols: a.Cols,
		Row: row,
		Col: append([]int32{}, a.Ind...),
		Val: append([]float32{}, a.Val...),
	}
}

// Dense returns the same matrix with all its zeros; its mask marks the stored
// weights.
func (a CSR) Dense() Dense {
	d := Dense{
		Rows: a.Rows, Cols: a.Cols,
		Val:  make([]float32, a.Rows*a.Cols),
		Mask: make([]bool, a.Rows*a.Cols),
	}
	for pos, v := range a.all() {
		d.Val[pos], d.Mask[pos] = v, true
	}
	return d
}

// Positions returns the row-major positions of the stored weights, ascending.
func (a CSR) Positions() []int32 {
	pos := make([]int32, 0, len(a.Ind))
	for p := range a.all() {
		pos = append(pos, int32(p))
	}
	return pos
}

// all walks over the stored weights by ascending row-major position.
func (a CSR) all() iter.Seq2[int, float32] {
	return func(yield func(pos int, v float32) bool) {
		for i := range a.Rows {
			for k := a.Ptr[i]; k < a.Ptr[i+1]; k++ {
				if !yield(i*a.Cols+int(a.Ind[k]), a.Val[k]) {
					return
				}
			}
		}
	}
}

// checkDims bounds a matrix so that every position in it is an int32.
func checkDims(rows, cols int) error {
	if rows < 0 || cols < 0 || rows >= math.MaxInt32 || cols >= math.MaxInt32 || int64(rows)*int64(cols) > math.MaxInt32 {
		return fmt.Errorf("sparse: a matrix of %d x %d is not one of at most 2^31-1 weights", rows, cols)
	}
	return nil
}
