package checklist

import (
	"fmt"
	"slices"

	"prunelab/experiments/trial"
	"prunelab/model/prune"
)

// wholly reports whether a trial prunes every layer, once, by the criterion.
func wholly(p trial.Plan, o *trial.Outcome, by prune.Criterion) bool {
	return len(o.Spec.Levels) == 1 && o.Spec.Levels[0].Prune.Criterion == by && len(o.Spec.Levels[0].Prune.Layers) == len(p.Layers)
}

func randomGlobally(p trial.Plan, done []*trial.Outcome) Item {
	c := Item{Name: "compared with random pruning, globally"}
	n := 0
	for _, o := range done {
		if wholly(p, o, prune.Random) && o.Spec.Levels[0].Prune.Scope == prune.Global {
			n++
		}
	}
	c.Ticked = n > 0
	c.Reason = fmt.Sprintf("%s; a sweep has it with criterion: random, scope: global", trial.Counted(n, "such trial"))
	return c
}

// randomAlike: the same number of weights of each layer, at random.
func randomAlike(p trial.Plan, done []*trial.Outcome) Item {
	c := Item{Name: "compared with random pruning, the same proportion of each layer"}
	alike := func(a, b prune.Config) bool {
		return slices.Equal(a.Layers, b.Layers) && slices.Equal(a.Amounts, b.Amounts) && a.Rule == b.Rule
	}
	n := 0
	for _, o := range done {
		if !wholly(p, o, prune.Random) || o.Spec.Levels[0].Prune.Scope != prune.PerLayer {
			continue
		}
		if slices.ContainsFunc(done, func(m *trial.Outcome) bool {
			return m.Spec.Seed == o.Spec.Seed && len(m.Spec.Levels) == 1 && m.Spec.Levels[0].Prune.Criterion != prune.Random && alike(m.Spec.Levels[0].Prune, o.Spec.Levels[0].Prune)
		}) {
			n++
		}
	}
	c.Ticked = n > 0
	c.Reason = fmt.Sprintf("%s with a partner of the same seed and ratios; a sweep has it with criterion: random", trial.Counted(n, "such trial"))
	return c
}

func magnitude(done []*trial.Outcome) Item {
	c := Item{Name: "compared with magnitude pruning"}
	n := 0
	for _, o := range done {
		if len(o.Spec.Levels) > 0 && o.Spec.Levels[0].Prune.Criterion == prune.Magnitude {
			n++
		}
	}
	c.Ticked = n > 0
	c.Reason = fmt.Sprintf("%s by magnitude", trial.Counted(n, "trial"))
	return c
}
