package report

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/analysis"
	"prunelab/analysis/curve"
	"prunelab/analysis/sensitivity"
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
	var out []string
	for _, way := range ways(a, stage) {
		way = slices.DeleteFunc(way, func(s sensitivity.Sensitivity) bool { return !s.Measured() })
		if len(way) < 2 {
			continue
		}
		o, ok := sensitivity.Rank(way)
		if !ok {
			out = append(out, unranked(way))
			continue
		}
		var names, words []string
		for _, s := range o.Targets {
			names = append(names, s.Target)
			words = append(words, fmt.Sprintf("%s, %s pp", s.Target, table.Both(s.Loss, s.Across, "").Text))
		}
		apart := alike(o)
		if m := mostOf(a, way[0]); m != nil {
			apart = most(*m)
		}
		r := ranking{strings.Join(names, ", "), []string{way[0].Arm}, words, over(o), apart}
		if len(words) > 4 {
			r.words = append(slices.Clone(words[:2]), strings.Join(names[2:len(names)-1], ", "), words[len(words)-1])
		}
		if i := slices.IndexFunc(rankings, func(o ranking) bool { return o.order == r.order }); i >= 0 {
			rankings[i].arms = append(rankings[i].arms, r.arms...)
			continue
		}
		rankings = append(rankings, r)
	}
	for _, r := range rankings {
		s := fmt.Sprintf("%s, accuracy losses, the most sensitive layer first: %s (arm %s%s).", after(stage, "one layer alone"), strings.Join(r.words, "; "), r.arms[0], r.over+r.alike)
		if len(r.arms) > 1 {
			s = strings.TrimSuffix(s, ".") + fmt.Sprintf("; the order is the same in %s.", enumerate(r.arms[1:]))
		}
		out = append(out, s)
	}
	return out
}

// over says at which ratio losses are compared, or over which sparsities, and how, they
// are averaged.
func over(o sensitivity.Order) string {
	if o.Ratio > 0 {
		return fmt.Sprintf("; at a ratio of %v, the largest that all of them were pruned at", o.Ratio)
	}
	lo, hi := curve.AreaRange(o.Targets[0].Stage)
	return fmt.Sprintf("; means over sparsities from %v to %v, as area over their logit", lo, hi)
}

// unranked says how far layers go that were pruned at no ratio in common.
func unranked(way []sensitivity.Sensitivity) string {
	var words []string
	for _, s := range way {
		if w := s.Within[wordedBudget]; w.Measured {
			words = append(words, s.Target+reaches(w.Crossing))
		}
	}
	s := fmt.Sprintf("%s: no ratio was measured of all layers, so that which is the most sensitive cannot be said (arm %s)", after(way[0].Stage, "one layer alone"), way[0].Arm)
	if len(words) > 0 {
		s += ": " + strings.Join(words, "; ")
	}
	return s + "."
}

// reaches words how far a budget lets a target go.
func reaches(x curve.Crossing) string {
	budget := table.Format(100*sensitivity.Budgets[wordedBudget], 1)
	if x.Under {
		return fmt.Sprintf(", beyond %s pp already at %s, the least that was measured", budget, sparsity(x))
	}
	return fmt.Sprintf(", within %s pp up to %s", budget, sparsity(x))
}

// ways returns the single layers that were pruned alone, each once whatever targets name
// it, by the arm and way of pruning.
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
		switch k := slices.IndexFunc(out[i], func(o sensitivity.Sensitivity) bool { return o.Layers[0] == s.Layers[0] }); {
		case k < 0:
			out[i] = append(out[i], s)
		case s.Target == s.Layers[0]: // rather by its name than as "conv" or "all" of a network with one
			out[i][k] = s
		}
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
		if len(m.Layers) < m.Planned {
			s += fmt.Sprintf(" of the %d with results", len(m.Layers))
		}
	case len(alike) == len(m.Layers)-1:
		s += "which layer is the most sensitive cannot be told"
	default:
		s += fmt.Sprintf("%s cannot be told apart from %s", first, enumerate(alike))
	}
	return s + fmt.Sprintf(" on %d images, paired by image and corrected for %s with it", m.Images, trial.Counted(len(m.Layers)-1, "comparison"))
}

// alike says which neighbours in an order cannot be told apart.
func alike(o sensitivity.Order) string {
	var pairs []string
	for i := range o.Targets[1:] {
		if !o.Apart(i, i+1) {
			pairs = append(pairs, o.Targets[i].Target+" and "+o.Targets[i+1].Target)
		}
	}
	switch {
	case len(pairs) == len(o.Targets)-1:
		return "; no two neighbours in this order can be told apart"
	case len(pairs) > 0:
		return "; not to be told apart: " + strings.Join(pairs, ", ")
	}
	return ""
}

// rivals are the layers of an order of which it cannot be said that the first loses more: by
// images where they are of one network from a file, else paired by seed, each at the level
// itself, as all of them have to lose less for the first to lose most.
func rivals(a *analysis.Analysis, o sensitivity.Order) []string {
	if m := mostOf(a, o.Targets[0].Sensitivity); m != nil {
		return m.Alike()
	}
	var names []string
	for i, s := range o.Targets {
		if i > 0 && !o.Apart(0, i) {
			names = append(names, s.Target)
		}
	}
	return names
}
