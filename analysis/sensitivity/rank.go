package sensitivity

import (
	"cmp"
	"slices"

	"prunelab/analysis/curve"
)

// ByArea reports whether Ranked orders targets by their mean losses, which are areas:
// all of them were measured over the range of sparsities.
func ByArea(targets []Sensitivity) bool {
	return !slices.ContainsFunc(targets, func(s Sensitivity) bool { return s.Area.N == 0 })
}

// Ranked orders targets that were pruned in one way, the most sensitive first: by
// their mean loss over the range of sparsities or, where one of them was not measured
// over it, by the sparsity within the first budget, without those that have none.
func Ranked(targets []Sensitivity) (ranked []Sensitivity, byArea bool) {
	ranked = slices.Clone(targets)
	if ByArea(targets) {
		slices.SortStableFunc(ranked, func(a, b Sensitivity) int { return cmp.Compare(b.Area.Value, a.Area.Value) })
		return ranked, true
	}
	ranked = slices.DeleteFunc(ranked, func(s Sensitivity) bool { return !s.Within[0].Measured })
	slices.SortStableFunc(ranked, func(a, b Sensitivity) int {
		return compareReach(a.Within[0].Crossing, b.Within[0].Crossing)
	})
	return ranked, false
}

// compareReach orders by how far a budget lets a target go. Of the same measured sparsity
// that which is over the budget there comes first, that which never is last.
func compareReach(a, b curve.Crossing) int {
	end := func(x curve.Crossing) int {
		switch {
		case x.Under:
			return -1
		case x.Open:
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(a.Sparsity, b.Sparsity), cmp.Compare(end(a), end(b)))
}

// Apart reports whether ranked targets differ in what they are ranked by, where that is
// how far they go within a budget.
func Apart(ranked []Sensitivity) bool {
	return compareReach(ranked[0].Within[0].Crossing, ranked[len(ranked)-1].Within[0].Crossing) != 0
}
