package sensitivity

import (
	"cmp"
	"slices"
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
		return cmp.Compare(a.Within[0].Crossing.Sparsity, b.Within[0].Crossing.Sparsity)
	})
	return ranked, false
}
