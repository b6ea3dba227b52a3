package tuning

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
	"prunelab/model/regularizer"
)

// Words says which settings were chosen by a study, and where the strengths of its
// regularizers come from.
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
	case (s == nil || s.Axis != Strength) && len(norms) > 1:
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
		whose := "of a regularizer"
		if s.Axis == Rate {
			whose = "of the retraining"
		}
		return []string{fmt.Sprintf("The study has several %ss %s but was scored on the test set, on which nothing is chosen.", s.Axis.short(), whose)}
	}
	var grids, best, equal, alike, lacking, caveats []string
	for _, f := range s.families() {
		grid := s.of(f)
		grids = append(grids, fmt.Sprintf("%s of %s", trial.Counted(len(grid), s.Axis.short()), f))
		for _, x := range grid {
			if !x.complete(s) {
				lacking = append(lacking, s.named(x))
			}
			if x.Best {
				best = append(best, fmt.Sprintf("%s (of %s to %s)", s.named(x), table.Short(grid[0].Value), table.Short(grid[len(grid)-1].Value)))
				if x.Edge && len(grid) > 1 {
					caveats = append(caveats, fmt.Sprintf("The best %s lies at the edge of its grid: a better one may lie beyond.", s.best(f)))
				}
			}
			if x.Behind.Level > 0 && x.Behind.Lo <= 0 {
				alike = append(alike, s.named(x))
			}
			if x.Equal {
				equal = append(equal, s.named(x))
			}
		}
	}
	lo, hi := curve.AreaRange(curve.Retrained)
	out := []string{fmt.Sprintf("%s were chosen on the %s by the smallest area under the validation error after retraining (sparsity %v to %v), from %s.",
		s.Axis.plural(), on(s.Seeds), lo, hi, strings.Join(grids, ", "))}
	if len(best) == 0 {
		return []string{fmt.Sprintf("None of %s could be chosen yet: no %s has a result for every seed.", strings.Join(grids, " and "), s.Axis.short())}
	}
	out[0] += " Best: " + strings.Join(best, "; ") + "."
	if len(lacking) > 0 {
		out[0] += fmt.Sprintf(" Not among those chosen from, as they lack results: %s.", strings.Join(lacking, ", "))
	}
	if len(s.Seeds) == 1 {
		out = append(out, "One seed ranks them and tells none apart.")
	}
	if len(alike) > 0 {
		out = append(out, fmt.Sprintf("These seeds do not tell from the best of their family, by the 95 %% interval of the difference: %s.", strings.Join(alike, ", ")))
	}
	for i, f := range s.families() {
		if i > 0 && len(s.of(f)) != len(s.of(s.families()[0])) {
			caveats = append(caveats, fmt.Sprintf("The grids are not of equal size: the family with more %ss had more chances.", s.Axis.short()))
			break
		}
	}
	switch {
	case len(s.families()) < 2 || s.Axis != Strength:
	case s.Margin == 0:
		caveats = append(caveats, "No margin is stated for this data set, so nothing is said of equal dense accuracy.")
	case len(equal) > 0:
		out = append(out, fmt.Sprintf("At equal dense accuracy, within %s pp by an equivalence test, the best pair is %s.", table.Format(100*s.Margin, 1), strings.Join(equal, " and ")))
	default:
		out = append(out, fmt.Sprintf("No pair of strengths was shown to be equally accurate when dense, within %s pp.", table.Format(100*s.Margin, 1)))
	}
	used := "These seeds are used up"
	if len(s.Seeds) == 1 {
		used = "This seed is used up"
	}
	return append(append(out, caveats...), used+": a study that compares the families has to take others.")
}

// named is a setting of a family.
func (s *Grid) named(x *Setting) string {
	if s.Axis == Rate {
		return fmt.Sprintf("%s for %s", table.Short(x.Value), x.Family)
	}
	return x.Family + " " + table.Short(x.Value)
}

// best is what of a family was chosen.
func (s *Grid) best(family string) string {
	if s.Axis == Rate {
		return "rate for " + family
	}
	return family
}

// Title heads what was chosen and where strengths come from.
func (s *Grid) Title() string {
	if s != nil && s.Axis == Rate {
		return "Rates and strengths"
	}
	return "Strengths"
}

// plural begins a sentence about the settings.
func (a Axis) plural() string {
	if a == Rate {
		return "Learning rates of the retraining"
	}
	return "Strengths"
}

func on(seeds []uint64) string {
	if len(seeds) == 1 {
		return "seed " + listed(seeds)
	}
	return "seeds " + listed(seeds)
}
