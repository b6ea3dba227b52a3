// Package sensitivity says how far each target can be pruned: the largest
// sparsity within a loss of accuracy, and the mean loss over a range of
// sparsities, before and after retraining.
package sensitivity

import (
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// Budgets are the accuracy losses within which sparsities are looked for, as
// fractions.
var Budgets = [...]float64{0.005, 0.01, 0.02}

// Sensitivity is a target's sensitivity to pruning in one way, at one stage.
type Sensitivity struct {
	trial.Series
	Layers      []string
	Fixed       bool // of one network from a file, see curve.Curve
	Size        int  // weights of the target
	Rounds      int  // most rounds of pruning behind a point
	Recovered   bool // right after a pruning that others with retraining went before
	Within      [len(Budgets)]Within
	Area        stats.Estimate // mean loss over logit(sparsity) in curve.AreaRange, of one network from a file over images; N = 0: not measured there
	AreaAcross  stats.Estimate // the same over seeds and images; N = 0: no interval, or not scored image by image
	AreaMissing []curve.Missing

	areas  map[uint64]float64 // mean losses by seed
	points []curve.Point      // that were measured
}

// Within is the largest sparsity within a budget, if any point was measured.
type Within struct {
	Budget   float64
	Crossing curve.Crossing
	Measured bool
}

// All returns the sensitivity of every curve's target.
func All(curves []curve.Curve) ([]Sensitivity, error) {
	var all []Sensitivity
	for _, c := range curves {
		s := Sensitivity{Series: c.Series, Layers: c.Layers, Fixed: c.Fixed(), areas: map[uint64]float64{}, points: c.Points}
		for _, p := range c.Points {
			s.Size, s.Rounds = max(s.Size, p.Size), max(s.Rounds, p.Round)
			s.Recovered = s.Recovered || c.Stage == curve.Pruned && p.Recovered()
		}
		for i, budget := range Budgets {
			s.Within[i].Budget = budget
			s.Within[i].Crossing, s.Within[i].Measured = c.Within(budget)
		}
		values, missing := c.Areas(curve.AreaRange(c.Stage))
		s.AreaMissing = missing
		if len(values) > 0 {
			x := make([]float64, len(values))
			for i, v := range values {
				x[i] = v.Value
				s.areas[v.Seed] = v.Value
			}
			var err error
			if s.Area, err = stats.Mean(x, curve.Level); err != nil {
				return nil, fmt.Errorf("area of arm %s, target %s: %w", c.Arm, c.Target, err)
			}
			lo, hi := curve.AreaRange(c.Stage)
			if c.Fixed() {
				over, err := c.AreaOverImages(lo, hi, curve.Level)
				if err != nil {
					return nil, fmt.Errorf("area of arm %s, target %s: %w", c.Arm, c.Target, err)
				}
				if over.N > 0 {
					s.Area = over
				}
			} else if s.AreaAcross, err = c.AreaAcross(lo, hi, curve.Level); err != nil {
				return nil, fmt.Errorf("area of arm %s, target %s: %w", c.Arm, c.Target, err)
			}
		}
		all = append(all, s)
	}
	return all, nil
}

// Measured reports whether some pruned network of the target has a loss.
func (s Sensitivity) Measured() bool {
	return slices.ContainsFunc(s.points, func(p curve.Point) bool { return p.Requested != 0 && p.Loss.N > 0 })
}

// Layer reports whether the target is a single layer.
func (s Sensitivity) Layer() bool { return len(s.Layers) == 1 }

// way names how the target was pruned, also by what its amounts are where these
// are no ratios.
func (s Sensitivity) way() string {
	if s.Parameter == trial.Ratio {
		return s.Method.String()
	}
	return s.Method.String() + ", by " + s.Parameter
}
