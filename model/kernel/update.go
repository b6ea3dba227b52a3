package kernel

import "math"

// SGD holds the constants of a step of gradient descent with momentum.
type SGD struct{ LR, Momentum, L2, L1 float32 }

// SGDStep moves the weights w by one step along the gradients g, with velocity v:
//
//	g' = g + L2*w + L1*sign(w)
//	v  = Momentum*v + g'
//	w -= LR*v
//
// with sign(0) = 0.
func SGDStep(w, v, g []float32, h SGD) {
	if len(v) != len(w) || len(g) != len(w) {
		panic(badLength)
	}
	n := whole(len(w))
	current.sgd(w[:n], v[:n], g[:n], h)
	sgdGeneric(w[n:], v[n:], g[n:], h)
}

func sgdGeneric(w, v, g []float32, h SGD) {
	for i, wi := range w {
		gi := g[i] + float32(h.L2*wi)
		gi += float32(h.L1 * sign(wi))
		v[i] = float32(h.Momentum*v[i]) + gi
		w[i] = wi - float32(h.LR*v[i])
	}
}

func sign(x float32) float32 {
	if x == 0 || x != x {
		return 0
	}
	return float32(math.Copysign(1, float64(x)))
}

// SoftThreshold moves every w towards 0 by t, and not beyond, the proximal step
// of an L1 penalty:
//
//	w = sign(w) * max(0, |w| - t)
func SoftThreshold(w []float32, t float32) {
	n := whole(len(w))
	current.softThreshold(w[:n], t)
	softThresholdGeneric(w[n:], t)
}

func softThresholdGeneric(w []float32, t float32) {
	for i, v := range w {
		x := float64(v)
		w[i] = float32(math.Copysign(float64(max(0, float32(math.Abs(x))-t)), x))
	}
}

// Adam holds the constants of a step of Adam. Step counts from 1.
type Adam struct {
	LR, Beta1, Beta2, Eps, L2, L1 float32
	Step                          int
}

// AdamStep moves the weights w by one step of Adam (Kingma and Ba 2015,
// algorithm 1), with the first and second moments m and v of the gradients g:
//
//	g' = g + L2*w + L1*sign(w)
//	m  = Beta1*m + (1-Beta1)*g'
//	v  = Beta2*v + (1-Beta2)*g'*g'
//	w -= LR * m/(1-Beta1^Step) / (sqrt(v/(1-Beta2^Step)) + Eps)
//
// As in PyTorch the penalties are part of the gradient.
func AdamStep(w, m, v, g []float32, h Adam) {
	if len(m) != len(w) || len(v) != len(w) || len(g) != len(w) {
		panic(badLength)
	}
	if h.Step < 1 {
		panic(badStep)
	}
	c1 := 1 - math.Pow(float64(h.Beta1), float64(h.Step))
	c2 := 1 - math.Pow(float64(h.Beta2), float64(h.Step))
	a := adam{
		beta1: h.Beta1, beta2: h.Beta2, rest1: 1 - h.Beta1, rest2: 1 - h.Beta2,
		l1: h.L1, l2: h.L2, eps: h.Eps,
		lr: float32(float64(h.LR) / c1), scale: float32(1 / math.Sqrt(c2)),
	}
	n := whole(len(w))
	current.adam(w[:n], m[:n], v[:n], g[:n], a)
	adamGeneric(w[n:], m[n:], v[n:], g[n:], a)
}

// adam holds the constants of one Adam step with the bias correction folded in.
type adam struct{ beta1, beta2, rest1, rest2, l1, l2, eps, lr, scale float32 }

func adamGeneric(w, m, v, g []float32, h adam) {
	for i, wi := range w {
		gi := g[i] + float32(h.l2*wi)
		gi += float32(h.l1 * sign(wi))
		m[i] = float32(h.beta1*m[i]) + float32(h.rest1*gi)
		v[i] = float32(h.beta2*v[i]) + float32(h.rest2*(gi*gi))
		root := float32(math.Sqrt(float64(v[i])))
		w[i] = wi - h.lr*m[i]/(float32(root*h.scale)+h.eps)
	}
}
