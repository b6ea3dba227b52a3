package plots

import "math"

// scale maps a value to a position; only differences of positions count.
type scale interface {
	position(v float64) float64
}

// linear keeps values as they are.
type linear struct{}

func (linear) position(v float64) float64 { return v }

// logarithmic takes the logarithm; 0 and less, as the lower ends of intervals
// can be, are infinitely far.
type logarithmic struct{}

func (logarithmic) position(v float64) float64 { return math.Log10(max(v, 0)) }

// complement is logarithmic in what a fraction lacks to 1: 0, 0.9 and 0.99 are
// equally far apart. It shows sparsities by what is kept and accuracies by the
// error. 1 and more, as the upper ends of intervals can be, are infinitely far.
type complement struct{}

func (complement) position(v float64) float64 { return -math.Log10(max(1-v, 0)) }

// changing is linear to Linear on both sides of 0 and logarithmic beyond, with
// as much room for each decade as for the linear part: a change of accuracy of
// a tenth of a point and a collapse on one axis.
type changing struct{ linear float64 }

func (s changing) position(v float64) float64 {
	m := math.Abs(v) / s.linear
	if m > 1 {
		m = 1 + math.Log10(m)
	}
	return math.Copysign(m, v)
}

// axis is a direction of a panel: a label, a range and its ticks. From is at
// the left or bottom; a range may run backwards.
type axis struct {
	label    string
	scale    scale
	from, to float64
	ticks    []tick
}

// at is where a value lies between from (0) and to (1). Values far outside,
// infinite ones among them, are brought within drawing range.
func (a axis) at(v float64) float64 {
	p0, p1 := a.scale.position(a.from), a.scale.position(a.to)
	return min(max((a.scale.position(v)-p0)/(p1-p0), -100), 100)
}

// within reports whether a value lies on the axis.
func (a axis) within(v float64) bool {
	p := a.at(v)
	return p >= -1e-9 && p <= 1+1e-9
}
