package finding

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// verdict reads the verdict off the adjusted p. factor is Holm's multiplier at
// which the claim stands: the claims that are not decided, itself included.
func (t *tested) verdict(head stats.Comparison, claims, factor int) Finding {
	t.Adjusted = head.Adjusted
	t.show(claims)
	v, reasons := t.decide(head, factor)
	vetoes, remarks := t.raw()
	if v != Inconclusive {
		if blocked := append(slices.Clone(t.doubts), vetoes...); len(blocked) > 0 {
			v, reasons = Inconclusive, blocked
		}
	} else {
		reasons = slices.Concat(reasons, t.doubts, vetoes)
	}
	t.notes = slices.Concat(t.notes, remarks, t.gaps())
	return t.close(v, reasons)
}

// secondary shows a claim without a verdict.
func (t *tested) secondary() Finding {
	t.show(0)
	_, remarks := t.raw()
	t.notes = slices.Concat(t.notes, t.doubts, remarks, t.gaps())
	return t.close(Secondary, []string{"not among the study's primary claims"})
}

// show fills in what was compared, in a family of so many claims; 0: in none.
func (t *tested) show(claims int) {
	t.P = &t.p
	for i := range t.comparisons {
		c := &t.comparisons[i]
		c.Family, c.Warnings, c.Detectable = claims, nil, nil
		if effect, ok := stats.Detectable(c.Difference.SD, c.Difference.N, stats.Alpha/float64(max(1, claims)), stats.WantedPower); ok {
			c.Detectable = &effect
		}
	}
	t.Evidence = t.comparisons
	if t.rule == every {
		t.Decides = t.deciding()
	}
	t.Seeds = t.parts[0].seeds
	var keys []trial.Key
	for _, e := range t.parts {
		keys = append(keys, e.keys...)
	}
	slices.Sort(keys)
	t.Trials = slices.Compact(keys)
}

// decide is the verdict of the numbers alone.
func (t *tested) decide(head stats.Comparison, factor int) (Verdict, []string) {
	adjusted := *head.Adjusted
	if slices.ContainsFunc(t.parts, func(e evidence) bool { return e.fixed && len(e.diff) == 1 }) {
		return Inconclusive, []string{oneNetwork}
	}
	if t.rule == ladder {
		return t.climb(head, factor)
	}
	c := t.comparisons[0]
	if t.rule == every {
		c = t.comparisons[t.deciding()]
	}
	if adjusted > stats.Alpha {
		return Inconclusive, []string{t.undecided(head, c)}
	}
	if t.bound != 0 && !t.clear(c) {
		return Inconclusive, []string{"the interval reaches over the margin"}
	}
	why := t.straddles(c)
	if t.wanted(c) {
		return Supported, append([]string{fmt.Sprintf("the difference is %s, adjusted p = %s", t.Direction, shortP(adjusted))}, why...)
	}
	if t.rule == every {
		return Refuted, append([]string{fmt.Sprintf("adjusted p = %s%s", shortP(adjusted), t.whose(c))}, why...)
	}
	return Refuted, append([]string{fmt.Sprintf("the difference is on the other side, adjusted p = %s", shortP(adjusted))}, why...)
}

// oneNetwork is why a claim about a network from a file has no verdict: more seeds
// would not be other networks.
const oneNetwork = "one network, from a file and the same for every seed: a verdict needs several networks"

// outlying is how many scaled median deviations (1.4826 MAD, the standard
// deviation of a normal sample) a seed lies from the median to be named.
const outlying = 3.5

// straddles explains a verdict whose interval holds 0: the test looks at the signs
// and sizes that the seeds have, the t interval at their standard deviation, which
// one seed can widen.
func (t *tested) straddles(c stats.Comparison) []string {
	if t.clear(c) {
		return nil
	}
	e := t.part(c)
	middle := median(e.diff)
	var off []float64
	for _, v := range e.diff {
		off = append(off, math.Abs(v-middle))
	}
	s := fmt.Sprintf("the t interval holds 0, the sign-flip test does not rest on it: median %+.2f pp", 100*middle)
	far := 0
	for i := range off {
		if off[i] > off[far] {
			far = i
		}
	}
	if off[far] > outlying*1.4826*median(off) {
		s += fmt.Sprintf(", seed %d at %+.2f pp", e.seeds[far], 100*e.diff[far])
	}
	return []string{s}
}

// part is the evidence behind a comparison.
func (t *tested) part(c stats.Comparison) evidence {
	return t.parts[slices.IndexFunc(t.parts, func(e evidence) bool { return e.name == c.Name })]
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// deciding is the place of the comparison that an every-claim stands or falls with: of
// those that fail, if any do, that with the smallest p, else that with the largest; of
// equal p that with the difference least on the claimed side.
func (t *tested) deciding() int {
	worst := 0
	for i, c := range t.comparisons {
		w := t.comparisons[worst]
		a, b := t.wanted(c), t.wanted(w)
		switch {
		case a != b:
			if b {
				worst = i
			}
		case c.Test.P != w.Test.P:
			if (c.Test.P > w.Test.P) == a {
				worst = i
			}
		case t.side(c.Difference.Value) < t.side(w.Difference.Value):
			worst = i
		}
	}
	return worst
}

// freeHalf is the lowest ratio from which on it cannot be said that no ratio is
// lossless: lower ones have to have been tried.
const freeHalf = 0.5

// climb goes up the ratios as long as each is lossless, each tested at the level
// that Holm's method left to the claim (a fixed sequence within its place).
func (t *tested) climb(head stats.Comparison, factor int) (Verdict, []string) {
	first, adjusted := t.comparisons[0], *head.Adjusted
	if adjusted > stats.Alpha || !t.clear(first) {
		return Inconclusive, []string{t.undecided(head, first)}
	}
	if !t.wanted(first) {
		if t.rates[0] > freeHalf {
			return Inconclusive, []string{fmt.Sprintf("a ratio of %v is not lossless, adjusted p = %s, and no lower one was tried", t.rates[0], shortP(adjusted))}
		}
		return Refuted, []string{fmt.Sprintf("not even a ratio of %v is lossless, adjusted p = %s", t.rates[0], shortP(adjusted))}
	}
	reached, p := 0, adjusted
	for i, c := range t.comparisons[1:] {
		step := max(p, min(1, c.Test.P*float64(factor)))
		if step > stats.Alpha || !t.wanted(c) || !t.clear(c) {
			break
		}
		reached, p = i+1, step
	}
	r := t.rates[reached]
	return Supported, []string{fmt.Sprintf("lossless up to a ratio of %v (%.3gx), adjusted p = %s", r, 1/(1-r), shortP(p))}
}

// clear reports whether the interval lies wholly on one side of the bound.
func (d draft) clear(c stats.Comparison) bool {
	e := c.Difference
	return e.Level > 0 && (e.Lo > d.bound || e.Hi < d.bound)
}

// undecided says why no verdict is possible or what would have been found. c is the
// comparison that decides; a claim of several is found with the widest of them.
func (t *tested) undecided(head, c stats.Comparison) string {
	if len(head.Warnings) > 0 {
		short := stats.SeedsNeeded(head.Family, stats.Alpha, stats.TwoSided) - head.Difference.N
		return string(head.Warnings[0]) + "; " + t.plan.Adding(short)
	}
	p := *head.Adjusted
	s := fmt.Sprintf("adjusted p = %s", shortP(p))
	in := ""
	if t.rule == every {
		s += t.whose(c)
		c = slices.MaxFunc(t.comparisons, func(a, b stats.Comparison) int { return cmp.Compare(a.Difference.SD, b.Difference.SD) })
		in = " in " + c.Name
	}
	if p <= stats.Alpha {
		s += ", but the interval reaches over the margin"
	}
	if c.Detectable != nil {
		s += fmt.Sprintf("; a shift of %.2g pp%s would have been found with probability %v", 100**c.Detectable, in, stats.WantedPower)
	}
	return s
}

// whose says of which comparison the p of an every-claim is.
func (t *tested) whose(c stats.Comparison) string {
	if t.wanted(c) {
		return fmt.Sprintf(", of %s, whose p is the largest", c.Name)
	}
	return fmt.Sprintf(", of %s, which has the other sign: its p times %d comparisons", c.Name, len(t.comparisons))
}

// oppositeInRaw begins what is said where raw accuracies and losses point different ways.
const oppositeInRaw = "opposite sign in raw accuracy"

// OppositeInRaw reports whether the accuracies themselves point the other way, so that the
// references may have decided.
func (f Finding) OppositeInRaw() bool {
	return slices.ContainsFunc(f.Caveats, func(c stats.Warning) bool { return strings.HasPrefix(string(c), oppositeInRaw) })
}

// raw compares the raw accuracies of a claim's pairs with its losses. Where they
// significantly point the other way, an arm loses less only because its reference
// was worse, and that forbids a verdict; where they do so by chance, and where the
// references themselves moved apart, it is said.
func (t *tested) raw() (vetoes, remarks []string) {
	for i, e := range t.parts {
		c := t.comparisons[i]
		if e.raw == nil || t.rule == every && i != t.deciding() {
			continue
		}
		if t.side(c.Difference.Value)*t.side(stats.Average(e.raw)) < 0 {
			shifted := make([]float64, len(e.raw))
			for j, v := range e.raw {
				shifted[j] = curve.Difference(v, t.bound)
			}
			p := signFlip(shifted)
			s := fmt.Sprintf("%s: %s is %s, p = %s", oppositeInRaw, e.name, margined(e.raw), shortP(p))
			if p <= stats.Alpha {
				vetoes = append(vetoes, s)
			} else {
				remarks = append(remarks, s+", which chance explains")
			}
		}
		if s := e.apart(); s != "" {
			remarks = append(remarks, s)
		}
	}
	return vetoes, remarks
}

// signFlip is the p of paired differences that were tested before.
func signFlip(d []float64) float64 {
	test, err := stats.SignFlip(d, stats.TwoSided)
	if err != nil {
		panic("finding: " + err.Error())
	}
	return test.P
}

// margined is a mean with the half width of its t interval, in percentage points.
func margined(d []float64) string {
	e, err := stats.Mean(d, curve.Level)
	if err != nil {
		panic("finding: " + err.Error())
	}
	if e.Level == 0 {
		return fmt.Sprintf("%.3f pp", 100*e.Value)
	}
	return fmt.Sprintf("%.3f ± %.3f pp", 100*e.Value, 50*(e.Hi-e.Lo))
}

// shortP is a p with three decimals, or a bound where that would be 0.
func shortP(p float64) string {
	if p < 0.0005 {
		return "below 0.001"
	}
	return fmt.Sprintf("%.3f", math.Round(1000*p)/1000)
}
