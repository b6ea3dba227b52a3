package report

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/analysis"
	"prunelab/analysis/curve"
	"prunelab/analysis/sensitivity"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// layers ranks the layers that were pruned alone, from the most sensitive on.
func layers(a *analysis.Analysis, stage curve.Stage) []string {
	type ranking struct {
		order string
		arms  []string
		words []string
		over  string // what mean losses are taken over
		alike string
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
		apart := alike(a, ranked)
		if m := mostOf(a, way[0]); m != nil {
			apart = most(*m)
		}
		r := ranking{strings.Join(names, ", "), []string{way[0].Arm}, words, over(ranked), apart}
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
		s := fmt.Sprintf("%s, the most sensitive first: %s (arm %s%s).", after(stage, "one layer alone"), strings.Join(r.words, "; "), r.arms[0], r.over+r.alike)
		if len(r.arms) > 1 {
			s = strings.TrimSuffix(s, ".") + fmt.Sprintf("; the order is the same in %s.", enumerate(r.arms[1:]))
		}
		out = append(out, s)
	}
	return out
}

// over says over which sparsities, and how, losses are averaged.
func over(ranked []sensitivity.Sensitivity) string {
	if !sensitivity.ByArea(ranked) {
		return ""
	}
	lo, hi := curve.AreaRange(ranked[0].Stage)
	return fmt.Sprintf("; means over sparsities from %v to %v, as area over their logit", lo, hi)
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

// mostOf is which layer is the most sensitive where the layers are of one network from a
// file, else nil.
func mostOf(a *analysis.Analysis, s sensitivity.Sensitivity) *sensitivity.Most {
	series := s.Series
	series.Target = ""
	i := slices.IndexFunc(a.Most, func(m sensitivity.Most) bool { return m.Series == series })
	if i < 0 {
		return nil
	}
	return &a.Most[i]
}

// most words which layer is the most sensitive, as far as the images carry it.
func most(m sensitivity.Most) string {
	first, alike := m.Layers[0].Target, m.Alike()
	s := "; by " + m.By() + ", "
	switch {
	case len(alike) == 0:
		s += first + " is the most sensitive"
	case len(alike) == len(m.Layers)-1:
		s += "which layer is the most sensitive cannot be told"
	default:
		s += fmt.Sprintf("%s cannot be told apart from %s", first, enumerate(alike))
	}
	return s + fmt.Sprintf(" on %d images, paired by image and corrected for %s with it", m.Images, trial.Counted(len(m.Layers)-1, "comparison"))
}

// alike says which neighbours in an order by mean loss cannot be told apart: the
// interval of their difference, paired by seed, holds 0, or one seed has none.
func alike(a *analysis.Analysis, ranked []sensitivity.Sensitivity) string {
	if !sensitivity.ByArea(ranked) {
		return ""
	}
	var pairs []string
	for i, s := range ranked[1:] {
		if !apart(a, ranked[i], s) {
			pairs = append(pairs, ranked[i].Target+" and "+s.Target)
		}
	}
	switch {
	case len(pairs) == len(ranked)-1:
		return "; no two neighbours in this order can be told apart"
	case len(pairs) > 0:
		return "; not to be told apart: " + strings.Join(pairs, ", ")
	}
	return ""
}

// rivals are the layers of an order by mean loss of which it cannot be said that the first
// loses more: by images where they are of one network from a file, else paired by seed, each
// at the level itself, as all of them have to lose less for the first to lose most.
func rivals(a *analysis.Analysis, ranked []sensitivity.Sensitivity) []string {
	if m := mostOf(a, ranked[0]); m != nil {
		return m.Alike()
	}
	var names []string
	for _, s := range ranked[1:] {
		if !apart(a, ranked[0], s) {
			names = append(names, s.Target)
		}
	}
	return names
}

// apart reports whether the interval of the difference of two mean losses, paired by seed,
// is there and lies on one side of 0.
func apart(a *analysis.Analysis, first, second sensitivity.Sensitivity) bool {
	areas := func(s sensitivity.Sensitivity) map[uint64]float64 {
		bySeed := map[uint64]float64{}
		for _, c := range a.Curves {
			if c.Series == s.Series {
				values, _ := c.Areas(curve.AreaRange(c.Stage))
				for _, v := range values {
					bySeed[v.Seed] = v.Value
				}
			}
		}
		return bySeed
	}
	e, err := stats.Mean(curve.Differences(areas(first), areas(second)), curve.Level)
	return err == nil && e.Level > 0 && (e.Lo > 0 || e.Hi < 0)
}

// rank orders layers, the most sensitive first; by words the statistic.
func rank(ls []sensitivity.Sensitivity) (ranked []sensitivity.Sensitivity, by func(sensitivity.Sensitivity) string) {
	ranked, area := sensitivity.Ranked(ls)
	if area {
		return ranked, func(s sensitivity.Sensitivity) string {
			return fmt.Sprintf(", mean accuracy loss %s pp", table.Both(s.Area, s.AreaAcross, "").Text)
		}
	}
	return ranked, func(s sensitivity.Sensitivity) string {
		budget, x := table.Format(100*sensitivity.Budgets[wordedBudget], 1), s.Within[wordedBudget].Crossing
		if x.Under {
			return fmt.Sprintf(", beyond %s pp already at %s, the least that was measured", budget, sparsity(x))
		}
		return fmt.Sprintf(", within %s pp up to %s", budget, sparsity(x))
	}
}
