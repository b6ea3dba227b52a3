package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"prunelab/analysis"
	"prunelab/analysis/curve"
	"prunelab/analysis/sensitivity"
	"prunelab/analysis/table"
)

// layers ranks the layers that were pruned alone, from the most sensitive on.
func layers(a *analysis.Analysis, stage curve.Stage) []string {
	type ranking struct {
		order string
		arms  []string
		words []string
	}
	var rankings []ranking
	for _, way := range ways(a, stage) {
		ranked, by := rank(way)
		if len(ranked) < 2 {
			continue
		}
		var names, words []string
		for _, s := range ranked {
			names = append(names, s.Target)
			words = append(words, s.Target+by(s))
		}
		r := ranking{strings.Join(names, ", "), []string{way[0].Arm}, words}
		if len(words) > 4 {
			r.words = append(slices.Clone(words[:2]), strings.Join(names[2:len(names)-1], ", "), words[len(words)-1])
		}
		if i := slices.IndexFunc(rankings, func(o ranking) bool { return o.order == r.order }); i >= 0 {
			rankings[i].arms = append(rankings[i].arms, r.arms...)
			continue
		}
		rankings = append(rankings, r)
	}
	var out []string
	for _, r := range rankings {
		s := fmt.Sprintf("%s, the most sensitive first: %s (arm %s).", after(stage, "one layer alone"), strings.Join(r.words, "; "), r.arms[0])
		if len(r.arms) > 1 {
			s = strings.TrimSuffix(s, ".") + fmt.Sprintf("; the order is the same in %s.", enumerate(r.arms[1:]))
		}
		out = append(out, s)
	}
	return out
}

// ways returns the single-layer targets of a stage, apart by arm and way of
// pruning.
func ways(a *analysis.Analysis, stage curve.Stage) [][]sensitivity.Sensitivity {
	var out [][]sensitivity.Sensitivity
	for _, s := range a.Sensitivities {
		if s.Stage != stage || !s.Layer() || s.Parameter != "ratio" {
			continue
		}
		i := slices.IndexFunc(out, func(o []sensitivity.Sensitivity) bool { return o[0].Arm == s.Arm && o[0].Method == s.Method })
		if i < 0 {
			out = append(out, nil)
			i = len(out) - 1
		}
		out[i] = append(out[i], s)
	}
	return out
}

// rank orders layers by their mean loss over the range of sparsities or, where
// one of them was not measured over it, by the sparsity within the budget. by
// words the statistic.
func rank(ls []sensitivity.Sensitivity) (ranked []sensitivity.Sensitivity, by func(sensitivity.Sensitivity) string) {
	ranked = slices.Clone(ls)
	if !slices.ContainsFunc(ls, func(s sensitivity.Sensitivity) bool { return s.Area.N == 0 }) {
		slices.SortStableFunc(ranked, func(a, b sensitivity.Sensitivity) int { return cmp.Compare(b.Area.Value, a.Area.Value) })
		return ranked, func(s sensitivity.Sensitivity) string {
			return fmt.Sprintf(", mean accuracy loss %s pp", table.Both(s.Area, s.AreaAcross, "").Text)
		}
	}
	ranked = slices.DeleteFunc(ranked, func(s sensitivity.Sensitivity) bool { return !s.Within[wordedBudget].Measured })
	slices.SortStableFunc(ranked, func(a, b sensitivity.Sensitivity) int {
		return cmp.Compare(a.Within[wordedBudget].Crossing.Sparsity, b.Within[wordedBudget].Crossing.Sparsity)
	})
	return ranked, func(s sensitivity.Sensitivity) string {
		return fmt.Sprintf(", within %s pp up to %s", table.Format(100*sensitivity.Budgets[wordedBudget], 1), sparsity(s.Within[wordedBudget].Crossing))
	}
}
