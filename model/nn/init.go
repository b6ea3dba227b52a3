package nn

import (
	"math"
	"math/rand/v2"
)

// initialise draws W and b by the rule. He et al. 2015, eq. 10; Glorot and
// Bengio 2010, eq. 16; PyTorch's default for linear layers and convolutions is
// uniform in +-1/sqrt(K), for biases too.
func (a *Affine) initialise(rule Init, r *rand.Rand) {
	w, b := make([]float32, a.W.Size()), make([]float32, a.B.Size())
	uniform := func(v []float32, bound float64) {
		for i := range v {
			v[i] = float32((2*r.Float64() - 1) * bound)
		}
	}
	in, out := float64(a.linear.fanIn), float64(a.linear.fanOut)
	switch rule {
	case InitHe:
		std := math.Sqrt(2 / in)
		for i := range w {
			w[i] = float32(std * r.NormFloat64())
		}
	case InitGlorot:
		uniform(w, math.Sqrt(6/(in+out)))
	case InitTorch:
		bound := 1 / math.Sqrt(in)
		uniform(w, bound)
		uniform(b, bound)
	default:
		panic("nn: unknown rule of initialisation")
	}
	a.W.SetDense(w)
	a.B.SetDense(b)
}
