package finding

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// wantedPower is the chance with which stats.Comparison.Detectable would have
// been found.
const wantedPower = 0.8

// rule says how a claim's comparisons make one p.
type rule int

const (
	single rule = iota // the one comparison
	every              // all have to hold: the largest p; to refute, one has to fail: the smallest, times their number
	ladder             // in order, up to the first that fails
)

// draft is a finding before its verdict.
type draft struct {
	Finding
	rule   rule
	bound  float64 // the claim: the difference is above bound
	below  bool    // or below it
	parts  []evidence
	doubts []string  // whatever the numbers are, these forbid a verdict
	notes  []string  // caveats
	rates  []float64 // of a ladder, parallel to parts
}

// tested is a draft with its comparisons.
type tested struct {
	draft
	comparisons []stats.Comparison
	p           float64
}

// judge tests all claims that have data as one family.
func judge(drafts []draft) ([]Finding, error) {
	var family []*tested
	findings := make([]Finding, len(drafts))
	at := map[*tested]int{}
	for i, d := range drafts {
		findings[i] = d.Finding
		switch {
		case d.Verdict == Descriptive || d.Verdict == NotStudied:
		case len(d.parts) == 0 || slices.ContainsFunc(d.parts, func(e evidence) bool { return len(e.diff) == 0 }):
			findings[i] = d.close(Inconclusive, append([]string{"no seed has all the numbers"}, d.gaps()...))
		default:
			t, err := d.test()
			if err != nil {
				return nil, fmt.Errorf("finding %s: %w", d.ID, err)
			}
			family, at[t] = append(family, t), i
		}
	}
	for i, f := range correct(family) {
		findings[at[family[i]]] = f
	}
	return findings, nil
}

// correct gives the verdicts of one family, in its order.
func correct(family []*tested) []Finding {
	if len(family) == 0 {
		return nil
	}
	heads := make([]stats.Comparison, len(family))
	for i, t := range family {
		heads[i] = t.comparisons[0]
		heads[i].Test.P = t.p
	}
	heads = stats.Adjust(heads, len(family), Alpha)
	var findings []Finding
	decided := 0
	for _, h := range heads {
		if *h.Adjusted <= Alpha {
			decided++
		}
	}
	for i, t := range family {
		others := decided
		if *heads[i].Adjusted <= Alpha {
			others--
		}
		findings = append(findings, t.verdict(heads[i], len(family), len(family)-others))
	}
	return findings
}

// test compares the pairs of every part.
func (d draft) test() (*tested, error) {
	t := &tested{draft: d}
	for _, e := range d.parts {
		c, err := stats.Compare(e.name, e.diff, Level)
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

// wanted reports whether a comparison's mean lies on the claimed side.
func (d draft) wanted(c stats.Comparison) bool { return d.side(c.Difference.Value) > 0 }

// side is how far a value lies on the claimed side of the bound.
func (d draft) side(v float64) float64 {
	if d.below {
		return curve.Difference(d.bound, v)
	}
	return curve.Difference(v, d.bound)
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
	case t.rule == ladder && !t.wanted(t.comparisons[0]):
		return t.comparisons[0].Test.P
	case t.rule == ladder && failing > 0:
		return 1
	case t.rule == every && failing > 0:
		return min(1, smallest*float64(len(t.comparisons)))
	}
	return largest
}

// verdict reads the verdict off the adjusted p. factor is Holm's multiplier at
// which the claim stands: the claims that are not decided, itself included.
func (t *tested) verdict(head stats.Comparison, claims, factor int) Finding {
	t.P, t.Adjusted = &t.p, head.Adjusted
	for i := range t.comparisons {
		t.comparisons[i].Family = claims
		t.comparisons[i].Warnings, t.comparisons[i].Detectable = nil, nil
		if effect, ok := stats.Detectable(t.comparisons[i].Difference.SD, t.comparisons[i].Difference.N, Alpha/float64(claims), wantedPower); ok {
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
	if adjusted > Alpha {
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
		if step > Alpha || !t.wanted(c) || !t.clear(c) {
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
	if step <= Alpha && !t.wanted(first) && t.clear(first) {
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
	if p <= Alpha {
		s += ", but the interval reaches over the margin"
	}
	if c.Detectable != nil {
		s += fmt.Sprintf("; a shift of %.2g pp would have been found with probability %v", 100**c.Detectable, wantedPower)
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

func (d draft) gaps() []string {
	var out []string
	for _, e := range d.parts {
		if s := e.gaps(); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// close ends a draft.
func (d draft) close(v Verdict, reasons []string) Finding {
	f := d.Finding
	f.Verdict, f.Reason = v, strings.Join(reasons, "; ")
	for _, n := range d.notes {
		f.Caveats = append(f.Caveats, stats.Warning(n))
	}
	return f
}

// shortP is a p with three decimals, or a bound where that would be 0.
func shortP(p float64) string {
	if p < 0.0005 {
		return "below 0.001"
	}
	return fmt.Sprintf("%.3f", math.Round(1000*p)/1000)
}
