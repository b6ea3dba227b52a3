// Package contrast compares the losses of two settings, seed by seed: of arms
// that were pruned alike, and of ways of pruning one arm.
//
//  1. Curves that differ in the arm alone, or in the method alone, are a family.
//  2. The pairs of a family are compared at every amount that both have; the
//     intervals of a pair hold together.
//
// It describes; verdicts on claims are those of package finding.
package contrast

import (
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// Compared reports whether the i-th of n settings is compared with those after
// it: of up to three settings every pair is, of more each one with the first.
func Compared(i, n int) bool { return i == 0 || n <= 3 }

// Contrast compares the losses of two arms that were pruned alike (Arm is
// empty), or of two ways of pruning one arm (Method is empty).
type Contrast struct {
	A, B         string // the arms or the methods
	trial.Series        // what they have in common
	Points       []Difference
	Unequal      bool // one is retrained longer: once, the other in every round or as often, or for other epochs
}

// Curves are the two that it compares, among those of its study.
func (c Contrast) Curves(of []curve.Curve) (a, b curve.Curve) {
	side := func(name string) curve.Curve {
		return of[slices.IndexFunc(of, func(x curve.Curve) bool {
			s := x.Series
			if c.Arm == "" {
				s.Arm = ""
				return s == c.Series && x.Arm == name
			}
			s.Method = trial.Method{}
			return s == c.Series && x.Method.String() == name
		})]
	}
	return side(c.A), side(c.B)
}

// Difference is a contrast at one amount. All intervals of a contrast hold
// together at curve.Level.
type Difference struct {
	Requested, Sparsity float64
	Fixed               bool           // both are one network, the same for every seed
	Loss                stats.Estimate // loss of A - loss of B: positive where B lost less
	Accuracy            stats.Estimate // accuracy of A - accuracy of B, pointwise interval
}

// Less returns the setting that lost less, "" where the interval holds 0 or
// there is none: of one seed, and of seeds that all differ by the same number of
// images, which says nothing of how far others would scatter.
func (c Contrast) Less(d Difference) string {
	switch {
	case d.Loss.Level == 0 || d.Loss.SD == 0:
		return ""
	case d.Loss.Lo > 0:
		return c.B
	case d.Loss.Hi < 0:
		return c.A
	}
	return ""
}

// Opposed reports whether the setting that lost less is the less accurate one, by the
// whole interval: it lost less only because it had less to lose.
func (c Contrast) Opposed(d Difference) bool {
	less, a := c.Less(d), d.Accuracy
	return less == c.A && a.Hi < 0 || less == c.B && a.Lo > 0
}

// Alike reports whether one lost less and the interval of the difference of raw
// accuracies holds 0: what was lost less may be the reference's doing.
func (c Contrast) Alike(d Difference) bool {
	return c.Less(d) != "" && d.Accuracy.Lo <= 0 && d.Accuracy.Hi >= 0
}

// All compares arms within a way of pruning, then ways of pruning within
// an arm. Curves with the same networks at a stage, as of arms that differ in
// their retraining only, are represented there by the first of them.
func All(curves []curve.Curve) ([]Contrast, error) {
	arms := families(curves, func(s *trial.Series) { s.Arm = "" })
	methods := families(curves, func(s *trial.Series) { s.Method = trial.Method{} })
	plainFirst := map[bool]int{true: 0, false: 1}
	for _, f := range methods {
		slices.SortStableFunc(f.curves, func(a, b curve.Curve) int {
			return plainFirst[a.Method.Plain()] - plainFirst[b.Method.Plain()]
		})
	}
	var all []Contrast
	for _, f := range append(arms, methods...) {
		cs, err := f.contrasts()
		if err != nil {
			return nil, err
		}
		all = append(all, cs...)
	}
	return all, nil
}

// family is the curves that differ in one thing only.
type family struct {
	common trial.Series
	curves []curve.Curve
}

// families puts curves together that differ in no more than what vary empties, in
// their order.
func families(curves []curve.Curve, vary func(*trial.Series)) []family {
	var fs []family
	for _, c := range curves {
		common := c.Series
		vary(&common)
		i := slices.IndexFunc(fs, func(f family) bool { return f.common == common })
		if i < 0 {
			i = len(fs)
			fs = append(fs, family{common: common})
		}
		fs[i].curves = append(fs[i].curves, c)
	}
	return fs
}

// contrasts compares the pairs of a family.
func (f family) contrasts() ([]Contrast, error) {
	var own []curve.Curve // with networks of their own
	for _, c := range f.curves {
		if !slices.ContainsFunc(own, func(o curve.Curve) bool { return sameNetworks(o, c) }) {
			own = append(own, c)
		}
	}
	var all []Contrast
	for i, a := range own {
		if !Compared(i, len(own)) {
			break
		}
		for _, b := range own[i+1:] {
			c := Contrast{A: a.Arm, B: b.Arm, Series: f.common}
			if c.Arm != "" {
				c.A, c.B = a.Method.String(), b.Method.String()
				c.Unequal = c.Stage == curve.Retrained && (a.Method.Schedule.Kind == trial.OneShot) != (b.Method.Schedule.Kind == trial.OneShot)
			}
			if err := c.compare(a, b); err != nil {
				return nil, fmt.Errorf("comparing %s and %s on target %s: %w", c.A, c.B, c.Target, err)
			}
			if len(c.Points) > 0 {
				all = append(all, c)
			}
		}
	}
	return all, nil
}

// Match returns the point of a curve that is comparable with p of another: the
// same amount and, before retraining, as many retrainings behind it.
func Match(p curve.Point, c curve.Curve) (curve.Point, bool) {
	for _, q := range c.Points {
		if p.Requested != 0 && q.Requested == p.Requested && (c.Stage == curve.Retrained || q.Round == p.Round) {
			return q, true
		}
	}
	return curve.Point{}, false // where nothing was pruned both losses are 0
}

// sameNetworks reports whether two curves from before retraining have the same
// networks wherever they can be compared.
func sameNetworks(a, b curve.Curve) bool {
	shared := false
	for _, p := range a.Points {
		q, _ := Match(p, b)
		for _, s := range p.Seeds {
			for _, o := range q.Seeds {
				if s.Seed == o.Seed && s.Network != o.Network {
					return false
				}
				shared = shared || s.Seed == o.Seed
			}
		}
	}
	return shared && a.Stage == curve.Pruned
}

// compare fills in the points.
func (c *Contrast) compare(a, b curve.Curve) error {
	var losses []map[uint64]float64 // by point
	for _, p := range a.Points {
		q, ok := Match(p, b)
		if !ok {
			continue
		}
		loss := map[uint64]float64{}
		var accuracy []float64
		for _, x := range curve.Pairs(p, q) {
			if s, o := x[0], x[1]; s.HasLoss && o.HasLoss && s.Key != o.Key { // a first round is the one-shot trial
				seed := s.Seed
				if p.Fixed {
					seed = o.Seed
				}
				loss[seed] = curve.Difference(s.Loss, o.Loss)
				c.Unequal = c.Unequal || c.Stage == curve.Retrained && s.Epochs != o.Epochs
				accuracy = append(accuracy, curve.Difference(s.Accuracy, o.Accuracy))
			}
		}
		if len(loss) == 0 {
			continue
		}
		d := Difference{Requested: p.Requested, Fixed: p.Fixed && q.Fixed, Sparsity: (p.Sparsity + q.Sparsity) / 2}
		var err error
		if d.Accuracy, err = stats.Mean(accuracy, curve.Level); err != nil {
			return err
		}
		losses, c.Points = append(losses, loss), append(c.Points, d)
	}
	if len(losses) == 0 {
		return nil
	}
	together, err := stats.Simultaneous(losses, curve.Level)
	for i := range together {
		c.Points[i].Loss = together[i]
	}
	return err
}
