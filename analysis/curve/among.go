package curve

import (
	"maps"
	"slices"
	"strings"

	"prunelab/analysis/group"
	"prunelab/experiments/trial"
)

// Arms are the arms of some curves, in the study's order.
func Arms(p trial.Plan, curves []Curve) []string {
	var arms []string
	for _, c := range curves {
		if !slices.Contains(arms, c.Arm) {
			arms = append(arms, c.Arm)
		}
	}
	slices.SortFunc(arms, group.NewOrder(p).Arms)
	return arms
}

// Retrains reports whether the series of a curve has a retrained stage among
// curves.
func Retrains(c Curve, curves []Curve) bool {
	c.Stage = Retrained
	return slices.ContainsFunc(curves, func(o Curve) bool { return o.Series == c.Series })
}

// SharedNetworks says which arms have the same networks before retraining, so
// that nobody counts them twice; "" where none have.
func SharedNetworks(curves []Curve, arms []string) string {
	networks := map[string]map[trial.Key]bool{}
	for _, c := range curves {
		if c.Stage != Pruned {
			continue
		}
		if networks[c.Arm] == nil {
			networks[c.Arm] = map[trial.Key]bool{}
		}
		for _, p := range c.Points {
			for _, s := range p.Seeds {
				if p.Round <= 1 && p.Requested != 0 { // later rounds began with a retraining
					networks[c.Arm][s.Network] = true
				}
			}
		}
	}
	var pairs []string
	for i, a := range arms {
		for _, b := range arms[:i] {
			if len(networks[a]) > 0 && maps.Equal(networks[a], networks[b]) {
				pairs = append(pairs, b+" and "+a)
			}
		}
	}
	if len(pairs) == 0 {
		return ""
	}
	return strings.Join(pairs, ", ") + " differ only in retraining: before it they are the same networks, not independent ones."
}
