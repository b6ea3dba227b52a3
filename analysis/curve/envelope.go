package curve

import (
	"maps"
	"slices"
)

// Envelope is a curve's mean loss made monotone: at each sparsity the largest
// mean loss so far, from no loss without pruning, linear between the points. A
// lucky point beyond a bad one does not count on it, and a gain counts as no
// loss.
type Envelope struct {
	Sparsity, Loss []float64 // ascending, from 0 and 0
	N              int       // seeds of the point with the fewest
	Cut            bool      // it ends before a point that has no number
}

// Envelope returns the envelope of a curve, as far as every point has a number;
// ok is false without any point.
func (c Curve) Envelope() (e Envelope, ok bool) {
	e = c.envelope(func(p Point) float64 { return p.Loss.Value })
	return e, len(e.Sparsity) > 1
}

// envelope is that of the mean loss or of an end of its interval.
func (c Curve) envelope(of func(Point) float64) Envelope {
	e := Envelope{Sparsity: []float64{0}, Loss: []float64{0}}
	for _, p := range c.Points {
		if p.Loss.N == 0 {
			e.Cut = true // what lies beyond is not vouched for
			break
		}
		if p.Sparsity <= 0 {
			continue
		}
		e.Sparsity = append(e.Sparsity, p.Sparsity)
		e.Loss = append(e.Loss, max(e.Loss[len(e.Loss)-1], of(p)))
		if e.N == 0 || p.Loss.N < e.N {
			e.N = p.Loss.N
		}
	}
	return e
}

// Within returns the largest sparsity whose loss is within a budget of at least
// 0; open when that is the end of what was measured.
func (e Envelope) Within(budget float64) (sparsity float64, open bool) {
	for i := 1; i < len(e.Sparsity); i++ {
		if e.Loss[i] > budget {
			s, l := e.Sparsity[i-1:i+1], e.Loss[i-1:i+1]
			return s[0] + (s[1]-s[0])*(budget-l[0])/(l[1]-l[0]), false
		}
	}
	return e.Sparsity[len(e.Sparsity)-1], true
}

// LossesAt returns each seed's loss at a sparsity, interpolated between its
// points; seeds that were not measured as far, or not below, are left out.
func (c Curve) LossesAt(sparsity float64) []SeedValue {
	at := map[uint64][2][]float64{}
	for _, p := range c.Points {
		for _, s := range p.Seeds {
			if !s.HasLoss || s.Sparsity <= 0 {
				continue
			}
			x := at[s.Seed]
			at[s.Seed] = [2][]float64{append(x[0], s.Sparsity), append(x[1], s.Loss)}
		}
	}
	var values []SeedValue
	for _, seed := range slices.Sorted(maps.Keys(at)) {
		x, y := at[seed][0], at[seed][1]
		if slack := 1e-3; sparsity > x[len(x)-1]+slack || sparsity < x[0]-slack {
			continue
		}
		values = append(values, SeedValue{seed, interpolate(x, y, sparsity)})
	}
	return values
}
