package dense

import (
	"fmt"
	"slices"

	"prunelab/analysis/contrast"
	"prunelab/analysis/curve"
	"prunelab/analysis/finding"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// Level is the level of the interval of the customary equivalence test at 5 %:
// two one-sided tests.
const Level = 0.90

// Equality asks whether the dense networks of two arms, of the seeds that both
// have, are equally accurate, within the margin of the data set.
type Equality struct {
	A, B string
	Test stats.MarginTest // of A - B
}

// Equalities compares the arms that have dense networks of their own and two
// seeds in common. There are none where no margin is stated for the data.
func Equalities(g *group.Study) ([]Equality, error) {
	margin := 0.0
	if len(g.Plan.Trials) > 0 {
		margin = finding.Margin(g.Plan.Trials[0].Data.Name)
	}
	if margin == 0 {
		return nil, nil
	}
	var all []Equality
	for i, a := range g.Plan.Arms {
		if !contrast.Compared(i, len(g.Plan.Arms)) {
			break
		}
		for _, b := range g.Plan.Arms[i+1:] {
			d := curve.Differences(Accuracies(g, a), Accuracies(g, b))
			if slices.Equal(keys(g, a), keys(g, b)) || len(d) < 2 {
				continue
			}
			t, err := stats.Equivalent(d, margin, Level)
			if err != nil {
				return nil, fmt.Errorf("dense accuracies of %s and %s: %w", a, b, err)
			}
			all = append(all, Equality{a, b, t})
		}
	}
	return all, nil
}

// keys are the trials of an arm's dense networks.
func keys(g *group.Study, arm string) []trial.Key {
	var ks []trial.Key
	for _, c := range g.Cells {
		if c.Role == trial.Dense && c.Arm == arm {
			for _, m := range c.Members {
				ks = append(ks, m.Key)
			}
		}
	}
	return ks
}
