package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"prunelab/analysis"
	"prunelab/analysis/classes"
	"prunelab/analysis/curve"
	"prunelab/analysis/recommend"
	"prunelab/analysis/sensitivity"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

const (
	comparedPairs = 6 // pairs that are put into words; of more, the table speaks
	wordedBudget  = 0 // index of the budget that sentences use: 0.5 pp
)

// called names a target in a sentence.
func called(a *analysis.Analysis, target string) string {
	if a.Plan.Extent(a.Plan.Targets()[target]) == trial.Whole {
		return "all layers"
	}
	return target
}

// after names what was pruned at a stage.
func after(stage curve.Stage, target string) string {
	if stage == curve.Pruned {
		return "Right after pruning " + target
	}
	return "After pruning " + target + " and retraining"
}

// answer is what was found in full, a sentence an item.
func answer(a *analysis.Analysis) []string {
	main := mainTarget(a)
	var out []string
	out = append(out, dense(a)...)
	for _, stage := range curve.Stages() {
		out = append(out, contrasts(a, main, stage, "arms")...)
		out = append(out, contrasts(a, main, stage, "methods")...)
	}
	out = append(out, budgets(a, main)...)
	for _, stage := range curve.Stages() {
		out = append(out, layers(a, stage)...)
	}
	out = append(out, classLosses(a)...)
	if len(out) == 0 {
		return []string{"There is no result yet."}
	}
	return out
}

// classLosses says which class loses most at the recommended ratios, or at the first
// given ones.
func classLosses(a *analysis.Analysis) []string {
	lost := slices.Clone(a.Lost)
	if len(lost) == 0 {
		return nil
	}
	at := max(0, slices.IndexFunc(lost, func(l classes.Lost) bool { return l.Target == recommend.Target }))
	l := lost[at]
	where := "At the recommended ratios"
	if l.Target != recommend.Target {
		where = "At the given ratios of " + l.Target
	}
	of := "one network"
	if l.Networks > 1 {
		of = fmt.Sprintf("the mean of %d networks", l.Networks)
	}
	if l.Loss.Value <= 0 {
		return []string{fmt.Sprintf("%s, %s, none of the %d classes has a lower accuracy than before (%s).", where, curve.When(l.Stage), l.Of, of)}
	}
	images := trial.Counted(l.N, "image")
	return []string{fmt.Sprintf("%s, %s, %s loses most: %s of accuracy on its %s (%s). It is the worst of %d classes, picked by these images, so the interval, over images, is corrected to hold for all %[7]d (Bonferroni). classes.csv has each of them.",
		where, curve.When(l.Stage), l.Class, cost(l.Loss), images, of, l.Of)}
}

// footing is how far the answer carries.
func footing(a *analysis.Analysis) string {
	n, fixed, images, source := 0, false, false, false
	for _, c := range a.Curves {
		for _, p := range c.Points {
			n, fixed, images = max(n, p.Accuracy.N), fixed || p.Fixed, images || p.Accuracy.OverImages()
		}
	}
	trainedOn := false
	for _, t := range a.Plan.Trials {
		source = source || t.Net.Source != ""
		trainedOn = trainedOn || t.Net.Source != "" && a.Plan.Split == trial.Validation && t.Data.ValidationOf == ""
	}
	s := fmt.Sprintf("These results are for this network and data, on the %s split. Accuracy loss: right after pruning against the dense network, after retraining against the unpruned control with the same retraining, both of the same arm and seed. ", a.Plan.Split)
	if trainedOn {
		s += "The validation images are some of the training images, on which the network in the file may have been trained: on others it may be less accurate, and its layers more sensitive. "
	}
	switch {
	case n == 0:
		return s + "No seed has a result."
	case n == 1 && images:
		return s + fixedFooting
	case n == 1 && fixed:
		return s + "One network, which comes from a file and is the same for every seed: there are no intervals over seeds, and nothing is said of other networks. Whether a pruned network differs from the dense one, for images like these, is what McNemar's test in the table single-networks says."
	case n == 1:
		return s + "A single seed: there are no intervals over seeds, and differences cannot be told from chance. Where [ ] is given it is over images: how this network does on others like these."
	}
	s += "Intervals are at 95 %. Of accuracies and losses ± is over seeds, how other seeds come out on these images, and what follows in parentheses is over seeds and images, how they do on other images; of sparsities within a budget [ ] is by the wider of both; those of differences, paired by seed, hold simultaneously over the amounts of a target. They are descriptive and not corrected for the number of comparisons."
	if source {
		s += " The network comes from a file: seeds differ in what is drawn and retrained, not in the first training, and intervals say nothing of other networks."
	}
	if images {
		s += " Where nothing is drawn or retrained it is the same for every seed, and [ ] is over images, paired by image where accuracies are compared."
	}
	if need := stats.SeedsNeeded(1, 1-curve.Level, stats.TwoSided); n < need {
		s += fmt.Sprintf(" With %d seeds the exact test of even a single claim cannot reach p = 0.05; it takes %d: %s.", n, need, a.Plan.Adding(need-n))
	}
	return s
}

// fixedFooting is the footing of a study whose only network comes from a file and is the
// same for every seed.
const fixedFooting = "One network, which comes from a file and is the same for every seed: intervals are at 95 % and over images, paired by image where accuracies are compared. They say how this network does on other images like these, and nothing of other networks or of training it again. They are descriptive and not corrected for the number of layers and amounts. Where a layer or a ratio is picked by them, it is picked by the very images that they are of, and will tend to look worse or better on these than on others. Whether a pruned network differs from the dense one is what McNemar's test in the table single-networks says."

// mainTarget is the target that prunes most layers.
func mainTarget(a *analysis.Analysis) string {
	best, most := "", 0
	for _, c := range a.Curves {
		if len(c.Layers) > most {
			best, most = c.Target, len(c.Layers)
		}
	}
	return best
}

func dense(a *analysis.Analysis) []string {
	var parts []string
	least, most, both := math.MaxInt, 0, ""
	for _, d := range a.Dense {
		if n := d.Accuracy.N; n > 0 {
			c := table.Both(d.Accuracy, d.Across, "")
			parts = append(parts, fmt.Sprintf("%s %s %%", d.Arm, c.Text))
			switch {
			case c.AcrossLo != nil:
				both = "; ± over seeds, in parentheses over seeds and images"
			case d.Accuracy.OverImages():
				both = "; [ ] over images"
			}
			least, most = min(least, n), max(most, n)
		}
	}
	n := fmt.Sprintf("n = %d", most)
	if least != most {
		n = fmt.Sprintf("n = %d to %d", least, most)
	}
	switch {
	case len(parts) == 0:
		return nil
	case len(parts) > comparedPairs:
		return []string{fmt.Sprintf("The dense networks of the %d arms are in the first table.", len(parts))}
	}
	return []string{fmt.Sprintf("Accuracy of the dense networks: %s (%s%s).", strings.Join(parts, ", "), n, both)}
}

func pp(fraction float64) string { return table.Format(100*fraction, 2) }

// budgets says how far pruning of the whole goes within the budget.
func budgets(a *analysis.Analysis, target string) []string {
	var out []string
	for _, stage := range curve.Stages() {
		var found []sensitivity.Sensitivity
		methods, parameters, once := map[string]bool{}, map[string]bool{}, map[bool]bool{}
		for _, s := range a.Sensitivities {
			rounds := stage == curve.Pruned && s.Rounds > 1 // retrained before, so not comparable
			if s.Target == target && s.Stage == stage && s.Within[wordedBudget].Measured && !rounds {
				found = append(found, s)
				methods[s.Method.String()], parameters[s.Parameter], once[s.Method.Schedule.Kind == trial.OneShot] = true, true, true
			}
		}
		if len(found) == 0 {
			continue
		}
		word := func(s sensitivity.Sensitivity) string {
			who := s.Arm
			if len(methods) > 1 {
				who += ", " + s.Method.String()
			}
			if len(parameters) > 1 {
				who += ", by " + s.Parameter
			}
			return fmt.Sprintf("%s (%s)", sparsity(s.Within[wordedBudget].Crossing), who)
		}
		var parts, none []string
		for _, s := range found {
			if x := s.Within[wordedBudget].Crossing; x.Under {
				none = append(none, word(s))
			} else {
				parts = append(parts, word(s))
			}
		}
		if len(parts) > comparedPairs {
			order := func(a, b sensitivity.Sensitivity) int {
				return cmp.Compare(a.Within[wordedBudget].Crossing.Sparsity, b.Within[wordedBudget].Crossing.Sparsity)
			}
			reached := slices.DeleteFunc(slices.Clone(found), func(s sensitivity.Sensitivity) bool { return s.Within[wordedBudget].Crossing.Under })
			parts = []string{fmt.Sprintf("between %s and %s", word(slices.MinFunc(reached, order)), word(slices.MaxFunc(reached, order)))}
		}
		var said []string
		budget := table.Format(100*sensitivity.Budgets[wordedBudget], 1)
		if len(parts) > 0 {
			said = append(said, fmt.Sprintf("stays within %s pp up to a sparsity of %s", budget, strings.Join(parts, ", ")))
		}
		if len(none) > 0 {
			said = append(said, fmt.Sprintf("is beyond %s pp already at the least sparsity that was measured, %s", budget, strings.Join(none, ", ")))
		}
		unequal := ""
		if stage == curve.Retrained && len(once) > 1 {
			unequal = " (not all at equal training)"
		}
		out = append(out, fmt.Sprintf("%s%s, the accuracy loss %s.", after(stage, called(a, target)), unequal, strings.Join(said, "; it ")))
	}
	return out
}

// sparsity words a crossing in percent with its interval.
func sparsity(x curve.Crossing) string {
	s := table.Format(100*x.Sparsity, 1) + " %"
	if x.Open {
		s = "at least " + s
		if x.Cut {
			s += ", beyond which results are missing"
		}
		return s
	}
	lower, upper := table.Format(100*x.Lo, 1), table.Format(100*x.Hi, 1)
	if x.LoUnder {
		lower = "below " + lower
	}
	if x.HiOpen {
		upper = "the largest measured"
	}
	switch {
	case x.Under, x.Level == 0:
		return s
	}
	return fmt.Sprintf("%s [%s to %s]", s, lower, upper)
}

// enumerate is "a", "a and b", "a, b and c".
func enumerate(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
