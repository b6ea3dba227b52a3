package stats

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// experiment draws the largest |t| of n seeds at correlated normal points without
// drawing the seeds. With R = BB' the correlation of p points, B p x k and of rank k,
//
//	sqrt(n) mean ~ B e,  e of k standard normals
//	(n-1) covariance ~ B A A' B',  A lower triangular, k x k
//
// independent of one another, where A has standard normals below its diagonal and on it
// the roots of chi squares with n-1, n-2, ... degrees of freedom (Bartlett 1933; Anderson
// 2003, An Introduction to Multivariate Statistical Analysis, theorem 7.2.1). Of the
// covariance only the diagonal is needed: that of point j is |A'b|² with b the j-th row
// of B.
type experiment struct {
	n int
	b [][]float64 // row j as far as it is not 0
	k int
}

// independent is the part of a point's length from which on it counts as more than
// rounding of the points before it.
const independent = 1e-9

// newExperiment factors the correlation of z, points x n of length 1, by Gram and
// Schmidt: row j of B has the parts of point j along an orthonormal basis of the
// points up to it.
func newExperiment(z [][]float64, n int) experiment {
	x := experiment{n: n}
	var basis [][]float64
	for _, point := range z {
		rest := append([]float64(nil), point...)
		row := make([]float64, len(basis), len(basis)+1)
		for range 2 { // once more for what rounding left
			for i, q := range basis {
				along := dot(q, rest)
				row[i] += along
				for k := range rest {
					rest[k] -= along * q[k]
				}
			}
		}
		if length := math.Sqrt(dot(rest, rest)); length > independent && len(basis) < n-1 {
			for k := range rest {
				rest[k] /= length
			}
			basis, row = append(basis, rest), append(row, length)
		}
		x.b = append(x.b, row)
	}
	x.k = len(basis)
	return x
}

func dot(x, y []float64) (sum float64) {
	for i, v := range x {
		sum += v * y[i]
	}
	return sum
}

// largest draws as many as it has room for.
func (x experiment) largest(into []float64, r *rand.Rand) {
	chi := make([]distuv.ChiSquared, x.k)
	columns := make([][]float64, x.k) // of A, from the diagonal on
	for i := range chi {
		chi[i] = distuv.ChiSquared{K: float64(x.n - 1 - i), Src: r}
		columns[i] = make([]float64, x.k-i)
	}
	e := make([]float64, x.k)
	for draw := range into {
		for i, column := range columns {
			e[i] = r.NormFloat64()
			column[0] = math.Sqrt(chi[i].Rand())
			for k := range column[1:] {
				column[k+1] = r.NormFloat64()
			}
		}
		into[draw] = 0
		for _, b := range x.b {
			squares := 0.0
			for i := range b {
				v := dot(b[i:], columns[i])
				squares += v * v
			}
			into[draw] = max(into[draw], math.Abs(dot(b, e))/math.Sqrt(squares/float64(x.n-1)))
		}
	}
}
