// Package tuning is about settings that a study chooses on a validation split: the
// strength of a regularizer, or the learning rate of the retraining; and how strong
// one family of regularizers would have to be to shrink the weights as much as
// another.
//
//  1. Arms that differ in that setting alone are a family; each has its area under
//     the validation error after retraining.
//  2. The smallest one is chosen in each family, and of strengths, beside these, the
//     best pair of two families that are equally accurate when dense (grid.go).
package tuning

import (
	"cmp"
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/dense"
	"prunelab/analysis/finding"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// Axis is what a grid is over.
type Axis string

const (
	Strength Axis = "strength"                        // of a regularizer, lambda, in the training and the retraining
	Rate     Axis = "learning rate of the retraining" // where it starts, in every round
)

// Setting is one of several that a family of arms has.
type Setting struct {
	Arm, Family string // of strengths "L1", "proximal L1", "L2"; of rates with the strength, "L1 2e-5"
	Value       float64
	Dense       stats.Estimate
	Error       stats.Estimate // area under the error after retraining; what is chosen by
	Missing     []curve.Missing
	Behind      stats.Estimate   // error area beyond that of the family's best, paired by seed; N = 0: it is the best, or has no pairs
	Best        bool             // of its family
	Edge        bool             // the smallest or the largest of its family
	Alone       bool             // the only one of its family
	Equal       bool             // of the pair, one from each of two families, with the smallest errors among those equally accurate when dense
	DenseTest   stats.MarginTest // dense accuracy less that of another family's best; N = 0: there is none to compare with

	errors, dense map[uint64]float64 // by seed
}

// Grid is the choice of one setting a family: the smallest area under the
// validation error after retraining, the mean over the seeds, each at its own
// optimum. Beside it stands, of strengths, the best pair whose dense networks are
// equally accurate, by an equivalence test within the margin of the data set.
type Grid struct {
	Axis     Axis
	Seeds    []uint64
	Margin   float64   // 0: none is stated for the data
	Settings []Setting // by family, ascending
	Chosen   bool      // false where the study was scored on the test set, on which nothing is chosen
}

// New returns the grid of strengths, where there is none that of rates, and nil for a
// study that has no family with several of either.
func New(g *group.Study, curves []curve.Curve, networks []dense.Networks) (*Grid, error) {
	for _, a := range []Axis{Strength, Rate} {
		if s, err := along(a, g, curves, networks); s != nil || err != nil {
			return s, err
		}
	}
	return nil, nil
}

func along(a Axis, g *group.Study, curves []curve.Curve, networks []dense.Networks) (*Grid, error) {
	s := &Grid{Axis: a, Chosen: g.Plan.Split == trial.Validation, Seeds: g.Plan.Seeds(), Margin: finding.Margin(g.Plan)}
	frame := ""
	for _, c := range curves {
		if len(c.Points) == 0 || c.Stage != curve.Retrained || !c.Method.Plain() || c.Parameter != trial.Ratio || len(c.Layers) != len(g.Plan.Layers) {
			continue
		}
		spec, ok := lastSpec(g, c)
		if !ok {
			continue
		}
		family, value := a.of(spec)
		if family == "" {
			continue
		}
		f := a.frame(spec)
		if frame == "" {
			frame = f
		}
		if f != frame {
			continue // it differs in more than the setting
		}
		x := Setting{Arm: c.Arm, Family: family, Value: value, errors: map[uint64]float64{}}
		if i := slices.IndexFunc(networks, func(n dense.Networks) bool { return n.Arm == c.Arm }); i >= 0 {
			x.dense = networks[i].BySeed
		}
		if err := x.measure(c); err != nil {
			return nil, fmt.Errorf("grid, arm %s: %w", c.Arm, err)
		}
		s.Settings = append(s.Settings, x)
	}
	slices.SortStableFunc(s.Settings, func(a, b Setting) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Value, b.Value))
	})
	several := false
	for _, f := range s.families() {
		several = several || len(s.of(f)) > 1
	}
	if !several {
		return nil, nil
	}
	return s, s.choose()
}

// measure fills in the numbers of the dense networks and of a curve's.
func (x *Setting) measure(c curve.Curve) error {
	var areas []curve.SeedValue
	areas, x.Missing = c.Errors().Areas(curve.AreaRange(curve.Retrained))
	for _, v := range areas {
		x.errors[v.Seed] = v.Value
	}
	var err error
	if x.Error, err = estimateOf(x.errors); err == nil {
		x.Dense, err = estimateOf(x.dense)
	}
	return err
}

// lastSpec is a trial of the point that is pruned most, whether it was run or not.
func lastSpec(g *group.Study, c curve.Curve) (trial.Spec, bool) {
	p := c.Points[len(c.Points)-1]
	switch {
	case p.Requested == 0:
		return trial.Spec{}, false
	case len(p.Seeds) > 0:
		return g.Spec(p.Seeds[0].Key)
	case len(p.Missing) > 0:
		return g.Spec(p.Missing[0].Key)
	}
	return trial.Spec{}, false
}

func estimateOf(bySeed map[uint64]float64) (stats.Estimate, error) {
	if len(bySeed) == 0 {
		return stats.Estimate{Method: stats.MethodPoint}, nil
	}
	es, err := stats.Simultaneous([]map[uint64]float64{bySeed}, curve.Level)
	if err != nil {
		return stats.Estimate{}, err
	}
	return es[0], nil
}

func (s *Grid) families() []string {
	var names []string
	for _, x := range s.Settings {
		if !slices.Contains(names, x.Family) {
			names = append(names, x.Family)
		}
	}
	return names
}

// of returns the settings of a family, ascending.
func (s *Grid) of(family string) []*Setting {
	var out []*Setting
	for i := range s.Settings {
		if s.Settings[i].Family == family {
			out = append(out, &s.Settings[i])
		}
	}
	return out
}

// choose marks the best of each family, what lies behind it, and the best equal
// pair. A setting that lacks a seed cannot be chosen.
func (s *Grid) choose() error {
	if !s.Chosen {
		return nil
	}
	best := map[string]*Setting{}
	for _, f := range s.families() {
		grid := s.of(f)
		grid[0].Edge, grid[len(grid)-1].Edge = true, true
		grid[0].Alone = len(grid) == 1
		for _, x := range grid {
			if x.complete(s) && (best[f] == nil || x.Error.Value < best[f].Error.Value) {
				best[f] = x
			}
		}
		if best[f] == nil {
			continue
		}
		best[f].Best = true
		for _, x := range grid {
			if d := curve.Differences(x.errors, best[f].errors); x != best[f] && len(d) > 0 {
				var err error
				if x.Behind, err = stats.Mean(d, curve.Level); err != nil {
					return fmt.Errorf("grid, arm %s: %w", x.Arm, err)
				}
			}
		}
	}
	if s.Margin == 0 || s.Axis != Strength { // whatever the rate, the dense networks are the same
		return nil
	}
	if err := s.testDense(best); err != nil {
		return err
	}
	return s.chooseEqual()
}

// testDense compares each setting's dense networks with those of the best of
// the first other family that has one.
func (s *Grid) testDense(best map[string]*Setting) error {
	for i := range s.Settings {
		x := &s.Settings[i]
		for _, f := range s.families() {
			y := best[f]
			if f == x.Family || y == nil || len(curve.Differences(x.dense, y.dense)) == 0 {
				continue
			}
			var err error
			if x.DenseTest, err = s.equivalence(x, y); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

// chooseEqual marks, for the first two families, the pair with the smallest sum
// of errors among those whose dense networks are equivalent.
func (s *Grid) chooseEqual() error {
	names := s.families()
	if len(names) < 2 {
		return nil
	}
	var a, b *Setting
	for _, x := range s.of(names[0]) {
		for _, y := range s.of(names[1]) {
			if !x.complete(s) || !y.complete(s) || a != nil && x.Error.Value+y.Error.Value >= a.Error.Value+b.Error.Value {
				continue
			}
			t, err := s.equivalence(x, y)
			if err != nil {
				return err
			}
			if t.Position == stats.Inside {
				a, b = x, y
			}
		}
	}
	if a != nil {
		a.Equal, b.Equal = true, true
	}
	return nil
}

func (x *Setting) complete(s *Grid) bool {
	return len(x.errors) == len(s.Seeds) && len(x.dense) == len(s.Seeds)
}

// equivalence tests whether two settings' dense networks are equally accurate.
func (s *Grid) equivalence(x, y *Setting) (stats.MarginTest, error) {
	t, err := stats.Equivalent(curve.Differences(x.dense, y.dense), s.Margin, dense.Level)
	if err != nil {
		return t, fmt.Errorf("dense accuracies of %s and %s: %w", x.Arm, y.Arm, err)
	}
	return t, nil
}
