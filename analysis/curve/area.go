package curve

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
)

// SeedValue is one seed's number.
type SeedValue struct {
	Seed  uint64
	Value float64
}

// trace is one seed's curve.
type trace struct {
	at     []reading
	broken *Missing // a number within the range that is not there
}

type reading struct{ sparsity, loss float64 }

// Areas returns each seed's area under the loss from sparsity lo to hi, see
// Area. A seed without all its points in that range is missing.
func (c Curve) Areas(lo, hi float64) ([]SeedValue, []Missing) {
	traces := map[uint64]*trace{}
	of := func(seed uint64) *trace {
		if traces[seed] == nil {
			traces[seed] = &trace{}
		}
		return traces[seed]
	}
	slack := 0.0
	for _, p := range c.Points {
		if p.Size > 0 {
			slack = 1 / float64(p.Size) // a ratio is met to within half a weight
		}
		needed := !p.Placed || p.Sparsity >= lo-slack && p.Sparsity <= hi+slack
		for _, m := range p.Missing {
			if t := of(m.Seed); needed {
				t.broken = &m
			}
		}
		for _, s := range p.Seeds {
			t := of(s.Seed)
			if s.HasLoss {
				t.at = append(t.at, reading{s.Sparsity, s.Loss})
			} else if needed {
				t.broken = &Missing{s.Seed, s.Key, "its reference is missing"}
			}
		}
	}
	var values []SeedValue
	var missing []Missing
	for _, seed := range slices.Sorted(maps.Keys(traces)) {
		t := traces[seed]
		if t.broken != nil {
			missing = append(missing, *t.broken)
			continue
		}
		slices.SortStableFunc(t.at, func(a, b reading) int { return cmp.Compare(a.sparsity, b.sparsity) })
		var sparsity, loss []float64
		for _, r := range t.at {
			sparsity, loss = append(sparsity, r.sparsity), append(loss, r.loss)
		}
		v, err := Area(sparsity, loss, lo, hi, slack)
		if err != nil {
			missing = append(missing, Missing{Seed: seed, Reason: err.Error()})
			continue
		}
		values = append(values, SeedValue{seed, v})
	}
	return values, missing
}

// Errors is the curve with 1 - accuracy in the place of each seed's loss, for
// areas that need no reference.
func (c Curve) Errors() Curve {
	c.Points = slices.Clone(c.Points)
	for i, p := range c.Points {
		c.Points[i].Seeds = slices.Clone(p.Seeds)
		for j := range p.Seeds {
			x := &c.Points[i].Seeds[j]
			x.HasLoss, x.Loss = true, 1-x.Accuracy
		}
	}
	return c
}

// Area is the mean loss over logit(sparsity) = ln(s/(1-s)) between the
// sparsities lo and hi: the trapezoid rule, divided by logit(hi) - logit(lo).
// sparsity ascends; at lo and hi the loss is interpolated, never extrapolated
// beyond slack. Sparsities of 0 and 1 have no logit and do not enter.
func Area(sparsity, loss []float64, lo, hi, slack float64) (float64, error) {
	if len(sparsity) != len(loss) || !(0 < lo && lo < hi && hi < 1) {
		panic("curve: area of unpaired points or outside 0 < lo < hi < 1")
	}
	var x, y []float64
	for i, s := range sparsity {
		switch {
		case math.IsNaN(s) || math.IsNaN(loss[i]) || math.IsInf(loss[i], 0):
			return 0, errors.New("a point is not a number")
		case s <= 0 || s >= 1:
			continue
		case len(x) > 0 && logit(s) < x[len(x)-1]:
			panic("curve: area of points out of order")
		}
		x, y = append(x, logit(s)), append(y, loss[i])
	}
	if len(x) == 0 || x[0] > logit(min(lo+slack, 0.999999)) || x[len(x)-1] < logit(max(hi-slack, 1e-6)) {
		return 0, fmt.Errorf("its points do not reach from %v to %v", lo, hi)
	}
	a, b := logit(lo), logit(hi)
	area, px, py := 0.0, a, interpolate(x, y, a)
	for i, v := range x {
		if v > a && v < b {
			area += (v - px) * (y[i] + py) / 2
			px, py = v, y[i]
		}
	}
	area += (b - px) * (interpolate(x, y, b) + py) / 2
	return area / (b - a), nil
}

func logit(s float64) float64 { return math.Log(s / (1 - s)) }

// interpolate is linear between the points and constant beyond them.
func interpolate(x, y []float64, at float64) float64 {
	if at <= x[0] {
		return y[0]
	}
	for i := 1; i < len(x); i++ {
		if at <= x[i] {
			if x[i] == x[i-1] {
				return y[i]
			}
			return y[i-1] + (y[i]-y[i-1])*(at-x[i-1])/(x[i]-x[i-1])
		}
	}
	return y[len(y)-1]
}
