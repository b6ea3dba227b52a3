// Package overlap says how much the masks of two arms or of two seeds agree.
//
// The measure is the Jaccard index of what is kept, J = |A∩B| / |A∪B|: 1 for
// equal masks. Masks that know nothing of each other, of a and b kept of n
// weights, share ab/n of them in the mean, so that J = (ab/n) / (a+b-ab/n) is
// what chance gives; it depends on the sparsity, and every J here has it beside
// it. Over several layers both counts are added up first.
//
//  1. The trials of one way of pruning at one amount have a mask a seed and arm.
//  2. Arms are compared seed by seed; an arm whose masks are those of an earlier
//     one, as where they differ in retraining only, is left out and named.
//  3. The seeds of one arm are compared in all pairs, which are not independent:
//     they have a mean and no interval.
//
// Outcomes record masks at a fixed sample of positions, see prune.Sampled, so J
// of large layers is an estimate; the counts a and b are exact.
package overlap

import (
	"fmt"
	"slices"

	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// Set is the masks of one way of pruning.
type Set struct {
	trial.Series          // without the arm
	Arms         []string // with masks of their own, in the study's order
	Shared       []string // the others, in words: "L1→L2 has the same masks as L1"
	Layers       []string // that have masks, in the network's order
	Curves       []Curve  // by layer, all layers together first where there are several; then by pair
}

// Curve is the overlap of two arms at the same seed, or, where A is B, of the
// seeds of one arm, over the amounts.
type Curve struct {
	A, B   string
	Layer  string // "": all of the set's layers
	Points []Point
}

// Words names what is compared.
func (c Curve) Words() string {
	if c.A == c.B {
		return "seeds of " + c.A
	}
	return c.A + " and " + c.B
}

// Point is the overlap at one amount.
type Point struct {
	Requested float64
	Sparsity  float64        // of the layer, mean over the masks
	Jaccard   stats.Estimate // N: seeds, or pairs of seeds
	Chance    float64        // Jaccard index that independent masks would have
}

// Independent is the Jaccard index to be expected of two independent masks that
// remove the same fraction of every layer: with k = 1 - sparsity kept, both keep k², so
// k²/(2k - k²).
func Independent(sparsity float64) float64 { return (1 - sparsity) / (1 + sparsity) }

// FromGroups compares the masks of a study, of every way of pruning that has
// two to compare.
func FromGroups(g *group.Study) ([]Set, error) {
	var order []trial.Series
	masks := map[trial.Series]masks{}
	for _, c := range g.Cells {
		if c.Role != trial.Point {
			continue
		}
		w := c.Series
		w.Arm = ""
		if masks[w] == nil {
			order, masks[w] = append(order, w), map[place]mask{}
		}
		masks[w].add(c)
	}
	var sets []Set
	for _, w := range order {
		s, err := newSet(g.Plan, w, masks[w])
		if err != nil {
			return nil, fmt.Errorf("masks of target %s, %s: %w", w.Target, w.Method, err)
		}
		if len(s.Curves) > 0 {
			sets = append(sets, s)
		}
	}
	return sets, nil
}

// newSet compares the masks of one way of pruning.
func newSet(p trial.Plan, w trial.Series, all masks) (Set, error) {
	s := Set{Series: w}
	for _, arm := range p.Arms {
		if len(all.of(arm)) == 0 {
			continue
		}
		if i := slices.IndexFunc(s.Arms, func(o string) bool { return all.same(o, arm) }); i >= 0 {
			s.Shared = append(s.Shared, arm+" has the same masks as "+s.Arms[i])
			continue
		}
		s.Arms = append(s.Arms, arm)
	}
	for _, name := range p.Layers {
		if all.have(name) {
			s.Layers = append(s.Layers, name)
		}
	}
	views := s.Layers
	if len(s.Layers) > 1 {
		views = append([]string{""}, s.Layers...)
	}
	for _, layer := range views {
		layers := []string{layer}
		if layer == "" {
			layers = s.Layers
		}
		for i, a := range s.Arms {
			for _, b := range s.Arms[i:] {
				c := Curve{A: a, B: b, Layer: layer}
				var err error
				if c.Points, err = all.compare(a, b, layers); err != nil {
					return s, err
				}
				if len(c.Points) > 0 {
					s.Curves = append(s.Curves, c)
				}
			}
		}
	}
	return s, nil
}
