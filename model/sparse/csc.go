package sparse

// CSC is a matrix in compressed sparse column format. The stored weights of
// column j are Val[k] in row Ind[k], for k from Ptr[j] to Ptr[j+1], rows
// strictly ascending.
type CSC struct {
	Rows, Cols int
	Ptr        []int32 // Cols+1 values, the first 0
	Ind        []int32
	Val        []float32
}

// Format is FormatCSC.
func (a CSC) Format() Format { return FormatCSC }

// Dims returns the number of rows and columns.
func (a CSC) Dims() (rows, cols int) { return a.Rows, a.Cols }

// Stored is the number of stored weights.
func (a CSC) Stored() int { return len(a.Val) }

// Check reports what makes a not a matrix in this format.
func (a CSC) Check() error {
	return checkCompressed(a.Cols, a.Rows, "column", a.Ptr, a.Ind, a.Val)
}

// T returns the transpose, which shares all storage with a.
func (a CSC) T() CSR {
	return CSR{Rows: a.Cols, Cols: a.Rows, Ptr: a.Ptr, Ind: a.Ind, Val: a.Val}
}

// CSR returns the same matrix by rows.
func (a CSC) CSR() CSR {
	ptr, ind, val := regroup(a.Cols, a.Rows, a.Ptr, a.Ind, a.Val)
	return CSR{Rows: a.Rows, Cols: a.Cols, Ptr: ptr, Ind: ind, Val: val}
}
