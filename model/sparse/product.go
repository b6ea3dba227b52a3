package sparse

// MulVecTo computes y = A x, for x of Cols and y of Rows values. For finite x it
// is bit for bit the dense loop, as the terms left out are zeros:
//
//	for i < Rows
//	    y[i] = 0
//	    for j < Cols
//	        y[i] += A[i][j] * x[j]
//
// Products and sums are rounded to float32 one by one. It panics when a length
// does not fit.
func (a CSR) MulVecTo(y, x []float32) {
	if len(x) != a.Cols || len(y) != a.Rows {
		panic(badVector)
	}
	for i := range y {
		var sum float32
		for k := a.Ptr[i]; k < a.Ptr[i+1]; k++ {
			sum += float32(a.Val[k] * x[a.Ind[k]])
		}
		y[i] = sum
	}
}

// MulTransVecTo computes y = A^T x, for x of Rows and y of Cols values. For
// finite x it is bit for bit the dense loop
//
//	for j < Cols
//	    y[j] = 0
//	    for i < Rows
//	        y[j] += A[i][j] * x[i]
//
// It panics when a length does not fit.
func (a CSR) MulTransVecTo(y, x []float32) {
	if len(x) != a.Rows || len(y) != a.Cols {
		panic(badVector)
	}
	clear(y)
	for i, xi := range x {
		for k := a.Ptr[i]; k < a.Ptr[i+1]; k++ {
			y[a.Ind[k]] += float32(a.Val[k] * xi)
		}
	}
}

// MulVecTo computes y = A x as CSR.MulVecTo does.
func (a CSC) MulVecTo(y, x []float32) { a.T().MulTransVecTo(y, x) }

// MulTransVecTo computes y = A^T x as CSR.MulTransVecTo does.
func (a CSC) MulTransVecTo(y, x []float32) { a.T().MulVecTo(y, x) }
