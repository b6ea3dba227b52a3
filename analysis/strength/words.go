package strength

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
	"prunelab/model/regularizer"
)

// Words says which strengths a study has and where they come from.
func Words(p trial.Plan, s *Grid) []string {
	var out []string
	if s != nil {
		out = append(out, s.words()...)
	}
	norms := map[regularizer.Norm]bool{}
	for _, t := range p.Trials {
		if terms := t.Train.Regularizer.Terms(); len(terms) == 1 {
			norms[terms[0].Norm] = true
		}
	}
	switch {
	case p.Pilot != nil:
		out = append(out, pilotWords(p))
	case s == nil && len(norms) > 1:
		out = append(out, "The study compares regularizers, but its file does not say where their strengths come from (strengths: {from: ..., seeds: [...]}).")
	}
	return out
}

func pilotWords(p trial.Plan) string {
	var shared []uint64
	for _, seed := range p.Seeds() {
		if slices.Contains(p.Pilot.Seeds, seed) {
			shared = append(shared, seed)
		}
	}
	text := fmt.Sprintf("The strengths were chosen in the study %s on the pilot seeds %s", p.Pilot.Study, listed(p.Pilot.Seeds))
	if len(shared) > 0 {
		return text + fmt.Sprintf("; of these, %s are used here too, so the comparison is not independent of the choice.", listed(shared))
	}
	return text + ", none of which is used here."
}

func listed(seeds []uint64) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(seeds), " ", ", "), "[]")
}

// words says what was chosen.
func (s *Grid) words() []string {
	if !s.Chosen {
		return []string{"The study has several strengths of a regularizer but was scored on the test set, on which nothing is chosen."}
	}
	var grids, best, equal, alike, caveats []string
	for _, f := range s.families() {
		grid := s.of(f)
		grids = append(grids, fmt.Sprintf("%s of %s", trial.Counted(len(grid), "strength"), f))
		for _, x := range grid {
			if x.Best {
				best = append(best, fmt.Sprintf("%s %s (of %s to %s)", f, table.Short(x.Value), table.Short(grid[0].Value), table.Short(grid[len(grid)-1].Value)))
				if x.Edge && len(grid) > 1 {
					caveats = append(caveats, fmt.Sprintf("The best %s lies at the edge of its grid: a better one may lie beyond.", f))
				}
			}
			if x.Behind.N > 0 && (x.Behind.Level == 0 || x.Behind.Lo <= 0) {
				alike = append(alike, f+" "+table.Short(x.Value))
			}
			if x.Equal {
				equal = append(equal, f+" "+table.Short(x.Value))
			}
		}
	}
	lo, hi := curve.AreaRange(curve.Retrained)
	out := []string{fmt.Sprintf("Strengths were chosen on the seeds %s by the smallest area under the validation error after retraining (sparsity %v to %v), from %s.",
		listed(s.Seeds), lo, hi, strings.Join(grids, ", "))}
	if len(best) == 0 {
		return append(out, "None could be chosen: no strength has a result for every seed.")
	}
	out[0] += " Best: " + strings.Join(best, "; ") + "."
	if len(alike) > 0 {
		out = append(out, fmt.Sprintf("These seeds do not tell from the best of their family, by the 95 %% interval of the difference: %s.", strings.Join(alike, ", ")))
	}
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
	return append(append(out, caveats...), "These seeds are used up: a study that compares the families has to take others.")
}
