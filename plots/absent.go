package plots

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/experiments/trial"
)

// absentNote names the series of which no point can be drawn, and why: an arm
// that is missing as a whole by its name alone.
func absentNote(all []series) string {
	var names, reasons []string // parallel
	for _, s := range all {
		if !s.empty() {
			continue
		}
		name, reason := absentName(all, s), s.whyAbsent()
		if i := slices.Index(names, name); i >= 0 {
			// The stages and panels of one arm: what came first in a training says most.
			if weight(reason) > weight(reasons[i]) {
				reasons[i] = reason
			}
			continue
		}
		names, reasons = append(names, name), append(reasons, reason)
	}
	return absentSentence(names, reasons)
}

// absentSentence groups names by their reason.
func absentSentence(names, reasons []string) string {
	var order []string
	byReason := map[string][]string{}
	for i, r := range reasons {
		if byReason[r] == nil {
			order = append(order, r)
		}
		byReason[r] = append(byReason[r], names[i])
	}
	var parts []string
	for _, r := range order {
		part := strings.Join(byReason[r], ", ")
		if r != "" {
			part += " (" + r + ")"
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return ""
	}
	return "Missing: " + strings.Join(parts, "; ") + "."
}

// absentName is what a series is called among all of its figure.
func absentName(all []series, s series) string {
	others := func(match func(series) bool) bool { return slices.ContainsFunc(all, match) }
	several := others(func(o series) bool { return o.Arm != s.Arm })
	if several && !others(func(o series) bool { return o.Arm == s.Arm && !o.empty() }) {
		return s.Arm
	}
	if !others(func(o series) bool { return o.name == s.name && o.Arm == s.Arm && !o.empty() }) {
		return s.name
	}
	if s.Stage == curve.Retrained {
		return s.name + " retrained"
	}
	return s.name + " before retraining"
}

// weight ranks reasons by how much they tell.
func weight(reason string) int {
	switch {
	case reason == "":
		return 0
	case strings.Contains(reason, string(group.StartLost)):
		return 1
	}
	return 2
}

// whyAbsent says why a series has nothing to draw: for each seed what became
// of it, rather than that a later training had nothing to start from.
func (s series) whyAbsent() string {
	bySeed := map[uint64]string{}
	var other []string
	for _, d := range s.data {
		if d.y.N > 0 && !d.hasX && !slices.Contains(other, d.offAxis) {
			other = append(other, d.offAxis)
		}
		for _, m := range d.missing {
			if m.Reason == noControl {
				if !slices.Contains(other, noControl) {
					other = append(other, noControl)
				}
				continue
			}
			if had, ok := bySeed[m.Seed]; !ok || weight(m.Reason) > weight(had) {
				bySeed[m.Seed] = m.Reason
			}
		}
	}
	seeds := map[string][]uint64{}
	for seed, reason := range bySeed {
		seeds[reason] = append(seeds[reason], seed)
	}
	var parts []string
	for reason, of := range seeds {
		slices.Sort(of)
		between := " "
		if reason == string(group.StartLost) {
			between = ": "
		}
		parts = append(parts, seedWords(of)+between+reason)
	}
	slices.Sort(parts)
	return strings.Join(append(parts, other...), ", ")
}

// seedWords lists seeds, or counts them where they are many.
func seedWords(seeds []uint64) string {
	if len(seeds) == 1 {
		return fmt.Sprintf("seed %d", seeds[0])
	}
	if len(seeds) > seedsShown {
		return fmt.Sprintf("%d seeds", len(seeds))
	}
	return "seeds " + strings.Trim(strings.ReplaceAll(fmt.Sprint(seeds), " ", ", "), "[]")
}

// lostArms names the arms that the study prunes but a figure has nothing of.
func (in Input) lostArms(shown func(arm string) bool) string {
	target := in.widest()
	var names, reasons []string
	for _, arm := range in.arms() {
		planned := slices.ContainsFunc(in.Plan.Cells, func(l trial.Cell) bool { return l.Arm == arm })
		if !planned || shown(arm) {
			continue
		}
		reason := ""
		for _, stage := range stages {
			c, _ := in.curve(arm, target, in.mainMethod(target), stage)
			if s := accuracies(c, prunedFraction, arm, look{}); s.empty() && weight(s.whyAbsent()) > weight(reason) {
				reason = s.whyAbsent()
			}
		}
		names, reasons = append(names, arm), append(reasons, reason)
	}
	return absentSentence(names, reasons)
}
