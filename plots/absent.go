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
	var names []string
	var reasons []absence // parallel
	for _, s := range all {
		if !s.empty() {
			continue
		}
		name, reason := absentName(all, s), s.whyAbsent()
		if i := slices.Index(names, name); i >= 0 {
			// The stages and panels of one arm: what came first in a training says most.
			if reason.tells > reasons[i].tells {
				reasons[i] = reason
			}
			continue
		}
		names, reasons = append(names, name), append(reasons, reason)
	}
	return absentSentence(names, reasons)
}

// absentSentence groups names by their reason.
func absentSentence(names []string, reasons []absence) string {
	var order []string
	byReason := map[string][]string{}
	for i, r := range reasons {
		if byReason[r.why] == nil {
			order = append(order, r.why)
		}
		byReason[r.why] = append(byReason[r.why], names[i])
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
	if !others(func(o series) bool { return o.called() == s.called() && o.Arm == s.Arm && !o.empty() }) {
		return s.called()
	}
	if s.Stage == curve.Retrained {
		return s.called() + " retrained"
	}
	return s.called() + " before retraining"
}

// absence is why there is nothing to draw.
type absence struct {
	why   string
	tells int // how much that is: 0 nothing, 1 that a network to start from is lost, 2 what became of a training
}

// whyAbsent says why a series has nothing to draw: for each seed what became
// of it, rather than that a later training had nothing to start from.
func (s series) whyAbsent() absence {
	bySeed := map[uint64]string{}
	var other []string
	for _, d := range s.data {
		if d.y.N > 0 && d.at == nowhere && !slices.Contains(other, unplaced) {
			other = append(other, unplaced)
		}
		for _, m := range d.missing {
			if m.Reason == noControl {
				if !slices.Contains(other, noControl) {
					other = append(other, noControl)
				}
				continue
			}
			if had, ok := bySeed[m.Seed]; !ok || had == string(group.StartLost) {
				bySeed[m.Seed] = m.Reason
			}
		}
	}
	seeds := map[string][]uint64{}
	for seed, reason := range bySeed {
		seeds[reason] = append(seeds[reason], seed)
	}
	a := absence{tells: 2}
	var parts []string
	for reason, of := range seeds {
		slices.Sort(of)
		between := " "
		if reason == string(group.StartLost) {
			between, a.tells = ": ", 1
		}
		parts = append(parts, seedWords(of)+between+reason)
	}
	slices.Sort(parts)
	if a.why = strings.Join(append(parts, other...), ", "); a.why == "" {
		a.tells = 0
	}
	return a
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
	var names []string
	var reasons []absence
	for _, arm := range in.arms() {
		planned := slices.ContainsFunc(in.Plan.Cells, func(l trial.Cell) bool { return l.Arm == arm })
		if !planned || shown(arm) {
			continue
		}
		var reason absence
		for _, stage := range stages {
			c, _ := in.curve(arm, target, in.mainMethod(target), stage)
			if s := accuracies(c, prunedFraction, arm, look{}); s.empty() && s.whyAbsent().tells > reason.tells {
				reason = s.whyAbsent()
			}
		}
		names, reasons = append(names, arm), append(reasons, reason)
	}
	return absentSentence(names, reasons)
}
