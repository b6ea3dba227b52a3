package recommend

import (
	"fmt"
	"math"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
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
//
// A fitted model knows how far it is off: the logarithms of what was measured lie
// Spread about those of what is predicted, and what a further pruning loses lies,
// with 95 %, below Margin times its prediction,
//
//	exp(t(0.95, n − 2) · Spread · sqrt(1 + 1/n)),
//
// as if its deviation were drawn like those of the n prunings. Where the study has
// prunings that are not uniform, Margin holds for these too (widen). It is the
// prediction times Margin that is kept within a budget.
type Joint struct {
	Exponent float64 // q
	Power    float64 // p, of the disturbances on the way to the first visible losses
	Points   int     // joint prunings that both were fitted to; 0: assumed
	Spread   float64 // standard deviation of the logarithms' residuals
	Others   int     // prunings with other ratios than equal ones that the margin takes in
	Factor   float64 // what these lost over what is predicted, geometric mean; 0: there are none
	Margin   float64 // 1 where there are too few points to tell: the prediction is kept within a budget as it is
}

const (
	assumed  = 2.0  // the exponent where a study prunes no layers together
	largest  = 4.0  // that is tried; the smallest is 1
	steepest = 3.0  // power that is tried; the smallest is 1
	fineness = 0.02 // of the exponents that are tried
	powers   = 0.1  // the same of the powers
	reach    = 10   // budgets up to which a joint loss counts: the model is for small ones
	fitted   = 2    // parameters
	enough   = 6    // prunings, to fit the power as well and to tell how far the model is off
)

// fit finds the exponent and the power under which the layers' profiles come
// closest, in the logarithm, to what the study lost with several layers pruned
// together, and leaves the layers with these profiles.
func (r *Recommendation) fit(g *group.Study, curves []curve.Curve, own map[string]curve.Curve) Joint {
	r.profiles(own, 1)
	together := r.prunings(g, curves, func(c curve.Curve) bool { return r.reads(c, r.Stage) })
	others := r.prunings(g, curves, r.uneven)
	if len(together) == 0 {
		return r.widen(Joint{Exponent: assumed, Power: 1, Margin: 1}, others)
	}
	best, least := Joint{}, math.Inf(1)
	until := steepest
	if len(together) < enough {
		until = 1
	}
	for i := range tries(until, powers) {
		power := 1 + float64(i)*powers
		r.profiles(own, power)
		alone := make([][]float64, len(together))
		for k, p := range together {
			alone[k], _ = r.alone(p.ratios)
		}
		for k := range tries(largest, fineness) {
			j := Joint{Exponent: 1 + float64(k)*fineness, Power: power}
			sum := 0.0
			for i, p := range together {
				d := math.Log(p.loss) - math.Log(j.loss(alone[i]))
				sum += d * d
			}
			if sum < least {
				best, least = j, sum
			}
		}
	}
	r.profiles(own, best.Power)
	best.Points, best.Margin = len(together), 1
	if best.Points >= enough {
		best.Spread = math.Sqrt(least / float64(best.Points-fitted))
		best.Margin = math.Exp(stats.PredictionBound(best.Spread, best.Points, fitted, (1+oneSided)/2))
	}
	return r.widen(best, others)
}

// pruning is one of several layers together: the ratio of every layer and what
// was lost.
type pruning struct {
	ratios []float64
	loss   float64
}

// prunings are those of several layers, among the curves that want says, whose
// losses are visible, within reach, and at ratios that were measured.
func (r *Recommendation) prunings(g *group.Study, curves []curve.Curve, want func(curve.Curve) bool) []pruning {
	var all []pruning
	for _, c := range curves {
		if !want(c) || len(c.Layers) < 2 {
			continue
		}
		for _, p := range c.Points {
			if p.Loss.N == 0 || !(p.Loss.Value > 0) || p.Loss.Value > reach*r.Budget || !visible(p.Loss) {
				continue
			}
			ratios := r.achieved(g, p)
			if ls, ok := r.alone(ratios); ok && len(ls) > 1 {
				all = append(all, pruning{ratios, p.Loss.Value})
			}
		}
	}
	return all
}

// uneven reports whether a curve is of prunings with other ratios than equal
// ones, and else as those that are read: by one threshold for all layers, or with
// a ratio given for each.
func (r *Recommendation) uneven(c curve.Curve) bool {
	m := c.Method
	global := m.Scope == prune.Global && c.Parameter == trial.Ratio
	m.Scope = r.Method.Scope
	return c.Arm == r.Arm && c.Stage == r.Stage && m == r.Method && (global || c.Parameter == trial.Given)
}

// widen makes the margin hold for prunings that are not uniform, as what is
// recommended is none: the model is fitted to uniform ones and may be off to one
// side for others. Enough of them have a bound of their own, about their mean
// deviation; fewer shift that of the uniform ones. The margin never shrinks.
func (r *Recommendation) widen(j Joint, others []pruning) Joint {
	if len(others) == 0 {
		return j
	}
	var deviations []float64
	for _, p := range others {
		alone, _ := r.alone(p.ratios)
		deviations = append(deviations, math.Log(p.loss)-math.Log(j.loss(alone)))
	}
	mean := stats.Average(deviations)
	j.Others, j.Factor = len(others), math.Exp(mean)
	if j.Others < enough {
		j.Margin *= max(1, j.Factor)
		return j
	}
	squares := 0.0
	for _, d := range deviations {
		squares += (d - mean) * (d - mean)
	}
	spread := math.Sqrt(squares / float64(j.Others-1))
	j.Margin = max(j.Margin, math.Exp(mean+stats.PredictionBound(spread, j.Others, 1, (1+oneSided)/2)))
	return j
}

// Bounded reports whether the margin makes a bound of a prediction.
func (j Joint) Bounded() bool { return j.Points >= enough || j.Others >= enough }

// tries counts the values from 1 to a largest in steps.
func tries(largest, step float64) int { return int(math.Round((largest-1)/step)) + 1 }

// profiles reads the profiles of all layers that were pruned alone.
func (r *Recommendation) profiles(own map[string]curve.Curve, power float64) {
	for i := range r.Layers {
		l := &r.Layers[i]
		if c, ok := own[l.Name]; ok {
			l.Profile, l.Measured = newProfile(c, l.disturbed, power)
		}
	}
}

// alone returns what those layers lose that lose anything at these ratios; ok is
// false where one was not measured there.
func (r *Recommendation) alone(ratios []float64) (losses []float64, ok bool) {
	for i, l := range r.Layers {
		if ratios[i] == 0 {
			continue
		}
		if !l.Measured {
			return nil, false
		}
		v, ok := l.at(ratios[i])
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
	const to = " fitted to %d prunings of several layers in the study"
	switch {
	case j.Points == 0:
		s += " assumed, as the study has no losses of layers pruned together that it could be fitted to: visible, within ten times the budget, at ratios that each layer was pruned alone by"
	case j.Points < enough:
		s += fmt.Sprintf(to+", too few to tell how far it may be off", j.Points)
	default:
		s += fmt.Sprintf(" and p = %.1f"+to, j.Power, j.Points)
	}
	if j.Others > 0 {
		s += fmt.Sprintf("; the study's %d with other ratios than equal ones lost %.2f times as much as predicted, geometric mean, which the margin takes in", j.Others, j.Factor)
	}
	if j.Bounded() {
		s += fmt.Sprintf("; a further one is expected to lose, with 95 %%, less than %.2f times as much as predicted", j.Margin)
	}
	return s
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
	return ratios
}
