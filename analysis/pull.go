package analysis

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/finding"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// pullTable shows, for each arm with one penalty, the strength with which the
// other family would pull as hard on its dense networks. Both gradients, times
// the weights and summed, are equal under
//
//	lambda1 sum |w| = lambda2 sum w^2.
func pullTable(g *group.Study) table.Table {
	t := table.Table{Name: "equal-pull", Title: "Strengths that pull equally on the dense networks",
		Columns: []table.Column{{Head: "arm", Align: table.Left}, {Head: "penalty", Align: table.Left}, {Head: "n", Align: table.Right},
			{Head: "sum of w²", Align: table.Right}, {Head: "sum of |w|", Align: table.Right}, {Head: "equal pull", Align: table.Left}},
		Notes: []string{"Equal pull: λ1 = λ2 Σw²/Σ|w| over the weights that are penalized (no biases), means over n seeds. It compares how hard two penalties shrink a network, not how well they serve it."},
	}
	for _, c := range g.Cells {
		if c.Role != trial.Dense {
			continue
		}
		family, lambda := pure(c.Members[0].Spec.Train.Regularizer)
		var squares, abs []float64
		for _, m := range c.Members {
			if o := m.Outcome; o != nil && o.Status == trial.Done {
				sq, a := 0.0, 0.0
				for _, l := range o.Result.Layers {
					sq, a = sq+l.NormEnd*l.NormEnd, a+l.L1End
				}
				if a > 0 {
					squares, abs = append(squares, sq), append(abs, a)
				}
			}
		}
		if family == "" || len(squares) == 0 {
			continue
		}
		sq, a := mean(squares), mean(abs)
		other, counterpart := "L1", lambda*sq/a
		if family != "L2" {
			other, counterpart = "L2", lambda*a/sq
		}
		pull := table.Number(counterpart, 8)
		pull.Text = other + " " + strength(counterpart)
		t.Rows = append(t.Rows, []table.Cell{table.Text(c.Arm), table.Text(family + " " + strength(lambda)), table.Int(len(squares)),
			table.Number(sq, 1), table.Number(a, 0), pull})
	}
	return t
}

// equalityTable tests whether the dense networks of arms are equally accurate.
func equalityTable(g *group.Study) (table.Table, error) {
	t := table.Table{Name: "dense-equality", Columns: []table.Column{{Head: "arms", Align: table.Left}, {Head: "n", Align: table.Right},
		{Head: "difference of dense accuracy (pp)", Align: table.Right}, {Head: "equally accurate", Align: table.Left}, {Head: "p", Align: table.Right}}}
	margin := 0.0
	if len(g.Plan.Trials) > 0 {
		margin = finding.Margin(g.Plan.Trials[0].Data.Name)
	}
	if margin == 0 {
		return t, nil
	}
	t.Title = fmt.Sprintf("Are the dense networks of the arms equally accurate, within %s pp?", table.Format(100*margin, 1))
	smallest := 0.0
	for i, a := range g.Plan.Arms {
		for j, b := range g.Plan.Arms {
			if j <= i || i > 0 && len(g.Plan.Arms) > allPairs || sameDense(g, a, b) {
				continue
			}
			d := differences(denseAccuracies(g, a), denseAccuracies(g, b))
			if len(d) < 2 {
				continue
			}
			e, err := stats.Equivalent(d, margin, equivalenceLevel)
			if err != nil {
				return t, fmt.Errorf("dense accuracies of %s and %s: %w", a, b, err)
			}
			smallest = e.Smallest
			t.Rows = append(t.Rows, []table.Cell{table.Text(a + " − " + b), table.Int(len(d)), intervalCell(e.Difference), table.Text(equally(e)), table.Number(e.P, 4)})
		}
	}
	t.Notes = []string{"[ ]: 90 % t interval of the mean difference, paired by seed. Equally accurate: it lies within the margin (yes), beyond it (no), or reaches over it (not shown). p: the larger one of two one-sided exact sign-flip tests."}
	if smallest > 0.05 {
		t.Notes = append(t.Notes, fmt.Sprintf("With so few seeds that p cannot be below %s.", table.Format(smallest, 4)))
	}
	return t, nil
}

// strengthWords says which strengths a study has and where they come from.
func strengthWords(p trial.Plan, s *Strengths) []string {
	var out []string
	if s != nil {
		out = append(out, s.words()...)
	}
	families := map[string]bool{}
	for _, t := range p.Trials {
		if f, _ := pure(t.Train.Regularizer); f != "" {
			families[strings.TrimSuffix(f, " (proximal)")] = true
		}
	}
	switch {
	case p.Pilot != nil:
		out = append(out, pilotWords(p))
	case s == nil && len(families) > 1:
		out = append(out, "The study compares regularizers, but its file does not say where their strengths come from (strengths: {from: ..., seeds: [...]}).")
	}
	return out
}

func pilotWords(p trial.Plan) string {
	var shared []uint64
	for _, seed := range planSeeds(p) {
		if slices.Contains(p.Pilot.Seeds, seed) {
			shared = append(shared, seed)
		}
	}
	text := fmt.Sprintf("The strengths were chosen in the study %s on the pilot seeds %s", p.Pilot.Study, listed(p.Pilot.Seeds))
	if len(shared) > 0 {
		return text + fmt.Sprintf("; of these, %s serve here too, so the comparison is not independent of the choice.", listed(shared))
	}
	return text + ", none of which serves here."
}

func listed(seeds []uint64) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(seeds), " ", ", "), "[]")
}

// words says what was chosen.
func (s *Strengths) words() []string {
	if !s.Chosen {
		return []string{"The study has several strengths of a regularizer but was scored on the test set, on which nothing is chosen."}
	}
	var grids, best, equal, caveats []string
	for _, f := range s.families() {
		grid := s.of(f)
		grids = append(grids, fmt.Sprintf("%d of %s", len(grid), f))
		for _, x := range grid {
			if x.Best {
				best = append(best, fmt.Sprintf("%s %s (of %s to %s)", f, strength(x.Value), strength(grid[0].Value), strength(grid[len(grid)-1].Value)))
				if x.Edge && len(grid) > 1 {
					caveats = append(caveats, fmt.Sprintf("The best %s lies at the edge of its grid: a better one may lie beyond.", f))
				}
			}
			if x.Equal {
				equal = append(equal, f+" "+strength(x.Value))
			}
		}
	}
	lo, hi := areaRange(curve.Retrained)
	out := []string{fmt.Sprintf("Strengths were chosen on the seeds %s by the smallest area under the validation error after retraining (sparsity %v to %v), from grids with %s.",
		listed(s.Seeds), lo, hi, strings.Join(grids, ", "))}
	if len(best) == 0 {
		return append(out, "None could be chosen: no strength has all its numbers.")
	}
	out[0] += " Best: " + strings.Join(best, "; ") + "."
	for i, f := range s.families() {
		if i > 0 && len(s.of(f)) != len(s.of(s.families()[0])) {
			caveats = append(caveats, "The grids are not of equal size: the family with more strengths had more chances.")
			break
		}
	}
	switch {
	case len(s.families()) < 2:
	case s.Margin == 0:
		caveats = append(caveats, "No margin is stated for this data set, so nothing is said of equal dense accuracy.")
	case len(equal) > 0:
		out = append(out, fmt.Sprintf("At equal dense accuracy, within %s pp by an equivalence test, the best pair is %s.", table.Format(100*s.Margin, 1), strings.Join(equal, " and ")))
	default:
		out = append(out, fmt.Sprintf("No pair of strengths was shown to be equally accurate when dense, within %s pp.", table.Format(100*s.Margin, 1)))
	}
	return append(append(out, caveats...), "These seeds are spent: a study that compares the families takes others.")
}

// sameDense reports whether two arms share their dense networks.
func sameDense(g *group.Study, a, b string) bool {
	keys := func(arm string) []trial.Key {
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
	return slices.Equal(keys(a), keys(b))
}
