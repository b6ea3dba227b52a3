//go:build noasm || !amd64

package kernel

// axpy is
//
//	for i < len(x): y[i] += a*x[i]
func axpy(a float32, x, y []float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += float32(a * v)
	}
}
