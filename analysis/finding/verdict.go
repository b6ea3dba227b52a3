package finding

import (
	"fmt"
	"math"
	"slices"

	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// verdict reads the verdict off the adjusted p. factor is Holm's multiplier at
// which the claim stands: the claims that are not decided, itself included.
func (t *tested) verdict(head stats.Comparison, claims, factor int) Finding {
	t.P, t.Adjusted = &t.p, head.Adjusted
	for i := range t.comparisons {
		t.comparisons[i].Family = claims
		t.comparisons[i].Warnings, t.comparisons[i].Detectable = nil, nil
		if effect, ok := stats.Detectable(t.comparisons[i].Difference.SD, t.comparisons[i].Difference.N, stats.Alpha/float64(claims), stats.WantedPower); ok {
			t.comparisons[i].Detectable = &effect
		}
	}
	t.Evidence = t.comparisons
	t.Seeds = t.parts[0].seeds
	var keys []trial.Key
	for _, e := range t.parts {
		keys = append(keys, e.keys...)
	}
	slices.Sort(keys)
	t.Trials = slices.Compact(keys)
	v, reasons := t.decide(head, factor)
	if v != Inconclusive {
		if blocked := append(slices.Clone(t.doubts), t.opposed()...); len(blocked) > 0 {
			v, reasons = Inconclusive, blocked
		}
	} else {
		reasons = append(reasons, t.doubts...)
		reasons = append(reasons, t.opposed()...)
	}
	t.notes = append(t.notes, t.gaps()...)
	return t.close(v, reasons)
}

// decide is the verdict of the numbers alone.
func (t *tested) decide(head stats.Comparison, factor int) (Verdict, []string) {
	adjusted := *head.Adjusted
	if t.rule == ladder {
		return t.climb(head, factor)
	}
	c := t.comparisons[0]
	if t.rule == every {
		c = t.deciding()
	}
	if adjusted > stats.Alpha {
		return Inconclusive, []string{undecided(head, c, adjusted)}
	}
	if t.bound != 0 && !t.clear(c) {
		return Inconclusive, []string{"the interval reaches over the margin"}
	}
	if t.wanted(c) {
		return Supported, []string{fmt.Sprintf("the difference is %s, adjusted p = %s", t.Direction, shortP(adjusted))}
	}
	if t.rule == every {
		return Refuted, []string{fmt.Sprintf("%s has the other sign, adjusted p = %s", c.Name, shortP(adjusted))}
	}
	return Refuted, []string{fmt.Sprintf("the difference is on the other side, adjusted p = %s", shortP(adjusted))}
}

// deciding is the comparison that an every-claim stands or falls with.
func (t *tested) deciding() stats.Comparison {
	worst := t.comparisons[0]
	for _, c := range t.comparisons[1:] {
		a, b := t.wanted(c), t.wanted(worst)
		switch {
		case !a && b, a && b && c.Test.P > worst.Test.P, !a && !b && c.Test.P < worst.Test.P:
			worst = c
		}
	}
	return worst
}

// climb goes up the ratios as long as each is lossless.
func (t *tested) climb(head stats.Comparison, factor int) (Verdict, []string) {
	reached, p, own := -1, 0.0, 0.0 // own: p before the correction
	for i, c := range t.comparisons {
		step := max(p, min(1, c.Test.P*float64(factor)))
		if step > stats.Alpha || !t.wanted(c) || !t.clear(c) {
			break
		}
		reached, p, own = i, step, max(own, c.Test.P)
	}
	if reached >= 0 {
		t.P, t.Adjusted = &own, &p
		r := t.rates[reached]
		return Supported, []string{fmt.Sprintf("lossless up to a ratio of %v (%.3gx), adjusted p = %s", r, 1/(1-r), shortP(p))}
	}
	first := t.comparisons[0]
	step := min(1, first.Test.P*float64(factor))
	own = first.Test.P
	t.P, t.Adjusted = &own, &step
	if step <= stats.Alpha && !t.wanted(first) && t.clear(first) {
		return Refuted, []string{fmt.Sprintf("not even a ratio of %v is lossless, adjusted p = %s", t.rates[0], shortP(step))}
	}
	return Inconclusive, []string{undecided(head, first, step)}
}

// clear reports whether the interval lies wholly on one side of the bound.
func (d draft) clear(c stats.Comparison) bool {
	e := c.Difference
	return e.Level > 0 && (e.Lo > d.bound || e.Hi < d.bound)
}

// undecided says why no verdict is possible or what would have been found.
func undecided(head, c stats.Comparison, p float64) string {
	if len(head.Warnings) > 0 {
		return string(head.Warnings[0])
	}
	s := fmt.Sprintf("adjusted p = %s", shortP(p))
	if p <= stats.Alpha {
		s += ", but the interval reaches over the margin"
	}
	if c.Detectable != nil {
		s += fmt.Sprintf("; a shift of %.2g pp would have been found with probability %v", 100**c.Detectable, stats.WantedPower)
	}
	return s
}

// opposed says so where the raw accuracies point the other way.
func (t *tested) opposed() []string {
	for i, e := range t.parts {
		if e.raw == nil || t.rule == every && t.comparisons[i].Name != t.deciding().Name {
			continue
		}
		if t.side(t.comparisons[i].Difference.Value)*t.side(stats.Average(e.raw)) < 0 {
			return []string{"opposite sign in raw accuracy"}
		}
	}
	return nil
}

// shortP is a p with three decimals, or a bound where that would be 0.
func shortP(p float64) string {
	if p < 0.0005 {
		return "below 0.001"
	}
	return fmt.Sprintf("%.3f", math.Round(1000*p)/1000)
}
