package recommend

import (
	"fmt"
	"math"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
)

// Joint says what layers lose together that lose l_i alone:
//
//	(Σ l_i^(1/q))^q
//
// With q = 1 the losses add up. Near a minimum a loss grows with the square of
// what disturbs the outputs; disturbances that are independent add their squares,
// which is q = 1 again, and those that pull one way add themselves, which is
// q = 2: what retraining mends in one layer with the help of the others it cannot
// mend when these are pruned as well.
type Joint struct {
	Exponent float64 // q
	Points   int     // joint prunings that it was fitted to; 0: assumed
}

const (
	assumed  = 2.0  // the exponent where a study prunes no layers together
	largest  = 4.0  // that is tried; the smallest is 1
	fineness = 0.01 // of the exponents that are tried
	reach    = 10   // budgets up to which a joint loss counts: the model is for small ones
)

// fit finds the exponent under which the layers' envelopes come closest, in the
// logarithm, to what the study lost with several layers pruned together.
func (r *Recommendation) fit(g *group.Study, curves []curve.Curve) Joint {
	var lost []float64
	var alone [][]float64
	for _, c := range curves {
		if c.Arm != r.Arm || c.Stage != r.Stage || c.Method != Method || c.Parameter != "ratio" || len(c.Layers) < 2 {
			continue
		}
		for _, p := range c.Points {
			if p.Loss.N == 0 || !(p.Loss.Value > 0) || p.Loss.Value > reach*r.Budget || !visible(p.Loss) {
				continue
			}
			if ls, ok := r.alone(r.achieved(g, p)); ok && len(ls) > 1 {
				lost, alone = append(lost, p.Loss.Value), append(alone, ls)
			}
		}
	}
	if len(lost) == 0 {
		return Joint{Exponent: assumed}
	}
	best, least := 1.0, math.Inf(1)
	for k := range int(math.Round((largest-1)/fineness)) + 1 {
		j := Joint{Exponent: 1 + float64(k)*fineness}
		sum := 0.0
		for i, l := range lost {
			d := math.Log(l) - math.Log(j.loss(alone[i]))
			sum += d * d
		}
		if sum < least {
			best, least = j.Exponent, sum
		}
	}
	return Joint{Exponent: best, Points: len(lost)}
}

// alone returns what those layers lose that lose anything at these ratios; ok is
// false where one was not measured as far.
func (r *Recommendation) alone(ratios []float64) (losses []float64, ok bool) {
	for i, l := range r.Layers {
		if ratios[i] == 0 {
			continue
		}
		if !l.Measured {
			return nil, false
		}
		v, ok := l.Envelope.At(ratios[i])
		if !ok {
			return nil, false
		}
		if v > 0 {
			losses = append(losses, v)
		}
	}
	return losses, true
}

// loss joins what layers lose alone.
func (j Joint) loss(alone []float64) float64 {
	sum := 0.0
	for _, l := range alone {
		sum += j.amplitude(l)
	}
	return j.ofAmplitude(sum)
}

// amplitude is what adds up over layers, and ofAmplitude its inverse.
func (j Joint) amplitude(loss float64) float64 { return math.Pow(loss, 1/j.Exponent) }
func (j Joint) ofAmplitude(amplitude float64) float64 {
	return math.Pow(amplitude, j.Exponent)
}

// String words the model.
func (j Joint) String() string {
	s := fmt.Sprintf("(sum of the layers' losses^(1/q))^q, q = %.2f", j.Exponent)
	if j.Points == 0 {
		return s + " assumed, as the study prunes no layers together"
	}
	return s + fmt.Sprintf(" fitted to %d prunings of several layers in the study", j.Points)
}

// achieved are the ratios that a point's masks have, means over its seeds.
func (r *Recommendation) achieved(g *group.Study, p curve.Point) []float64 {
	ratios := make([]float64, len(r.Layers))
	for _, s := range p.Seeds {
		for _, l := range g.Outcome(s.Key).Result.Layers {
			i := slices.IndexFunc(r.Layers, func(o Layer) bool { return o.Name == l.Name })
			if i >= 0 {
				ratios[i] += float64(l.Removed) / float64(l.Size) / float64(len(p.Seeds))
			}
		}
	}
	for i, l := range r.Layers { // a ratio that rounds to a weight more is not beyond what was measured
		if n := len(l.Envelope.Sparsity); n > 0 {
			if last := l.Envelope.Sparsity[n-1]; ratios[i] > last && ratios[i]-last < 1/float64(l.Size)+1e-9 {
				ratios[i] = last
			}
		}
	}
	return ratios
}
