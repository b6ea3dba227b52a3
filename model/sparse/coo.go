package sparse

import "fmt"

// COO is a matrix as coordinates: Val[k] is stored in row Row[k] and column
// Col[k]. Coordinates occur once and are in row-major order.
type COO struct {
	Rows, Cols int
	Row, Col   []int32
	Val        []float32
}

// Format is FormatCOO.
func (a COO) Format() Format { return FormatCOO }

// Dims returns the number of rows and columns.
func (a COO) Dims() (rows, cols int) { return a.Rows, a.Cols }

// Stored is the number of stored weights.
func (a COO) Stored() int { return len(a.Val) }

// Check reports what makes a not a matrix in this format.
func (a COO) Check() error {
	if err := checkDims(a.Rows, a.Cols); err != nil {
		return err
	}
	if len(a.Row) != len(a.Val) || len(a.Col) != len(a.Val) {
		return fmt.Errorf("sparse: %d rows and %d columns for %d values", len(a.Row), len(a.Col), len(a.Val))
	}
	last := -1
	for k, i := range a.Row {
		j := a.Col[k]
		if i < 0 || int(i) >= a.Rows || j < 0 || int(j) >= a.Cols {
			return fmt.Errorf("sparse: weight %d is at (%d, %d), outside of %d x %d", k, i, j, a.Rows, a.Cols)
		}
		pos := int(i)*a.Cols + int(j)
		if pos <= last {
			return fmt.Errorf("sparse: weight %d, at (%d, %d), is not after the one before it: coordinates must be in row-major order and occur once", k, i, j)
		}
		last = pos
	}
	return nil
}

// CSR returns the same matrix by rows.
func (a COO) CSR() CSR {
	c := emptyCSR(a.Rows, a.Cols, len(a.Val))
	for k, i := range a.Row {
		c.add(int(i)*a.Cols+int(a.Col[k]), a.Val[k])
	}
	c.sumPtr()
	return c
}
