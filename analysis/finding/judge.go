package finding

import (
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// tested is a draft with its comparisons; without any, its trials are still to come.
type tested struct {
	draft
	plan        trial.Plan
	comparisons []stats.Comparison
	p           float64
}

// judge tests all claims that have data, the primary ones in one family. As long as
// trials are to come, claims that wait for theirs are of the family: a verdict must not
// be easier to reach before the others than beside them.
func judge(drafts []draft, plan trial.Plan, toCome bool) ([]Finding, error) {
	findings := make([]Finding, len(drafts))
	var all []*tested
	at := map[*tested]int{}
	for i, d := range drafts {
		findings[i] = d.Finding
		switch {
		case d.Verdict == Descriptive || d.Verdict == NotStudied:
		case len(d.parts) == 0 || slices.ContainsFunc(d.parts, func(e evidence) bool { return len(e.diff) == 0 }):
			why := d.gaps()
			if len(why) == 0 {
				why = []string{"no seed has all the numbers"}
			}
			findings[i] = d.close(Inconclusive, why)
			if toCome {
				all = append(all, &tested{draft: d, plan: plan})
			}
		default:
			t, err := d.test()
			if err != nil {
				return nil, fmt.Errorf("finding %s: %w", d.ID, err)
			}
			t.plan = plan
			all, at[t] = append(all, t), i
		}
	}
	family := primary(all, plan)
	claims := len(family)
	waits := func(t *tested) bool { return len(t.comparisons) == 0 }
	family, all = slices.DeleteFunc(family, waits), slices.DeleteFunc(all, waits)
	for i, f := range correct(family, claims) {
		findings[at[family[i]]] = f
	}
	for _, t := range all {
		if !slices.Contains(family, t) {
			findings[at[t]] = t.secondary()
		}
	}
	return findings, nil
}

// primary picks the claims that get verdicts: those that the study names or, where
// it names none, as many of the first as its seeds can decide, one at least.
func primary(all []*tested, plan trial.Plan) []*tested {
	if len(plan.Primary) > 0 {
		return slices.DeleteFunc(slices.Clone(all), func(t *tested) bool { return t.spare || !slices.Contains(plan.Primary, t.ID) })
	}
	first := slices.Clone(all)
	slices.SortStableFunc(first, func(a, b *tested) int {
		switch {
		case a.spare == b.spare:
			return 0
		case a.spare:
			return 1
		}
		return -1
	})
	return first[:min(len(first), max(1, stats.Decidable(len(plan.Seeds()), stats.Alpha, stats.TwoSided)))]
}

// correct gives the verdicts of those claims of one family that have data, in its order.
func correct(family []*tested, claims int) []Finding {
	if len(family) == 0 {
		return nil
	}
	heads := make([]stats.Comparison, len(family))
	for i, t := range family {
		heads[i] = t.comparisons[0]
		heads[i].Test.P = t.p
	}
	heads = stats.Adjust(heads, claims, stats.Alpha)
	var findings []Finding
	decided := 0
	for _, h := range heads {
		if *h.Adjusted <= stats.Alpha {
			decided++
		}
	}
	for i, t := range family {
		others := decided
		if *heads[i].Adjusted <= stats.Alpha {
			others--
		}
		findings = append(findings, t.verdict(heads[i], claims, claims-others))
	}
	return findings
}

// test compares the pairs of every part.
func (d draft) test() (*tested, error) {
	t := &tested{draft: d}
	for _, e := range d.parts {
		c, err := stats.Compare(e.name, e.diff, curve.Level)
		if err != nil {
			return nil, err
		}
		shifted := make([]float64, len(e.diff))
		for i, v := range e.diff {
			shifted[i] = curve.Difference(v, d.bound)
		}
		if c.Test, err = stats.SignFlip(shifted, stats.TwoSided); err != nil {
			return nil, err
		}
		t.comparisons = append(t.comparisons, c)
	}
	t.p = t.combined()
	return t, nil
}

// combined is the claim's own p.
func (t *tested) combined() float64 {
	largest, smallest, failing := 0.0, 1.0, 0
	for _, c := range t.comparisons {
		largest = max(largest, c.Test.P)
		if !t.wanted(c) {
			failing++
			smallest = min(smallest, c.Test.P)
		}
	}
	switch {
	case t.rule == ladder:
		return t.comparisons[0].Test.P
	case t.rule == every && failing > 0:
		return min(1, smallest*float64(len(t.comparisons)))
	}
	return largest
}
