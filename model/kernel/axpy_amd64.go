//go:build !noasm

package kernel

import "gonum.org/v1/gonum/blas/blas32"

// axpy is
//
//	for i < len(x): y[i] += a*x[i]
//
// in gonum's assembly. That of package blas32 in Go would be fused.
func axpy(a float32, x, y []float32) {
	n := len(x)
	blas32.Axpy(a, blas32.Vector{N: n, Data: x, Inc: 1}, blas32.Vector{N: n, Data: y, Inc: 1})
}
