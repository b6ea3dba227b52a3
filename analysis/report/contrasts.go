package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"prunelab/analysis"
	"prunelab/analysis/contrast"
	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/table"
)

// contrasts words the pairs of arms pruned alike, or of ways of pruning an arm,
// a sentence each.
func contrasts(a *analysis.Analysis, target string, stage curve.Stage, what string) []string {
	var cs []contrast.Contrast
	for _, c := range a.Contrasts {
		if c.Target == target && c.Stage == stage && (c.Arm == "") == (what == "arms") {
			cs = append(cs, c)
		}
	}
	if len(cs) > comparedPairs {
		// Of a grid of strengths or rates the first has no part of its own.
		return []string{after(stage, called(a, target)) + many(cs, what, a.Grid == nil)}
	}
	common, parameters := map[string]bool{}, map[string]bool{}
	for _, c := range cs {
		common[c.Arm+c.Method.String()], parameters[c.Parameter] = true, true
	}
	var out []string
	var none []contrast.Contrast
	for _, c := range cs {
		if undistinguished(c) {
			none = append(none, c)
			continue
		}
		how := circumstances(c, len(common) > 1 || what == "methods", len(parameters) > 1)
		out = append(out, fmt.Sprintf("%s%s: %s", after(stage, called(a, target)), how, pair(a, c)))
	}
	if len(none) == 1 {
		how := circumstances(none[0], len(common) > 1 || what == "methods", len(parameters) > 1)
		return append(out, fmt.Sprintf("%s%s: %s", after(stage, called(a, target)), how, pair(a, none[0])))
	}
	var pairs []string
	for _, c := range none {
		pairs = append(pairs, c.A+" and "+c.B+circumstances(c, len(common) > 1 || what == "methods", len(parameters) > 1))
	}
	if len(pairs) > 0 {
		clear := slices.MaxFunc(none, func(x, y contrast.Contrast) int {
			return cmp.Compare(clearness(clearest(x.Points)), clearness(clearest(y.Points)))
		})
		s := fmt.Sprintf("%s: no difference shows at any amount between %s", after(stage, called(a, target)), enumerate(pairs))
		if d := clearest(clear.Points); d.Loss.Value != 0 {
			s += fmt.Sprintf("; the clearest is %s at %s, in favour of %s over %s", interval(d, d.Loss.Value < 0), at(clear, d), favoured(clear, d), other(clear, favoured(clear, d)))
		}
		out = append(out, s+".")
	}
	return out
}

// circumstances say in parentheses under which a pair is compared.
func circumstances(c contrast.Contrast, common, parameter bool) string {
	var words []string
	if common {
		words = append(words, c.Arm+c.Method.String())
	}
	if parameter {
		words = append(words, "by "+c.Parameter)
	}
	if c.Unequal {
		words = append(words, "not at equal training")
	}
	if len(words) == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s)", strings.Join(words, ", "))
}

// undistinguished reports whether a pair was judged and does not differ at any amount.
func undistinguished(c contrast.Contrast) bool {
	judged := false
	for _, d := range c.Points {
		if c.Less(d) != "" || d.Loss.N == 1 && !d.Fixed || d.Loss.SD == 0 && d.Loss.Value != 0 {
			return false
		}
		judged = judged || d.Loss.Level > 0
	}
	return judged
}

// other is the other one of a pair.
func other(c contrast.Contrast, one string) string {
	if one == c.A {
		return c.B
	}
	return c.A
}

// pair words a contrast.
func pair(a *analysis.Analysis, c contrast.Contrast) string {
	winners := map[string][]contrast.Difference{}
	judged := false
	for _, d := range c.Points {
		w := c.Less(d)
		switch {
		case d.Loss.N == 1 && !d.Fixed:
			w = "1"
		case d.Loss.SD == 0 && d.Loss.Value != 0:
			w = "?" // no interval, but no equality either
		}
		winners[w] = append(winners[w], d)
		judged = judged || d.Loss.Level > 0
	}
	if !judged && c.Points[0].Fixed {
		return networks(a, c)
	}
	if !judged {
		d := largest(c.Points)
		return fmt.Sprintf("one seed; the accuracy losses of %s and %s differ most at %s, by %s pp.", c.A, c.B, at(c, d), pp(math.Abs(d.Loss.Value)))
	}
	var parts []string
	for _, arm := range []string{c.A, c.B} {
		if ds := winners[arm]; len(ds) > 0 {
			parts = append(parts, won(c, arm, ds))
		}
	}
	if ds := winners["1"]; len(ds) > 0 {
		d := largest(ds)
		parts = append(parts, fmt.Sprintf("only one seed has both at %s, which gives no interval; there %s loses %s pp more", amounts(c, ds), other(c, favoured(c, d)), pp(math.Abs(d.Loss.Value))))
	}
	if ds := winners["?"]; len(ds) > 0 {
		parts = append(parts, fmt.Sprintf("every seed differs by the same amount at %s, which gives no interval", amounts(c, ds)))
	}
	if none := winners[""]; len(none) > 0 {
		d := clearest(none)
		switch {
		case len(parts) > 0:
			parts = append(parts, fmt.Sprintf("no clear difference at %s", amounts(c, none)))
		case d.Loss.Value == 0:
			parts = append(parts, fmt.Sprintf("%s and %s lose the same accuracy at %s", c.A, c.B, amounts(c, none)))
		default:
			parts = append(parts, fmt.Sprintf("no clear difference between %s and %s at %s; the clearest is %s at %s, in favour of %s",
				c.A, c.B, amounts(c, none), interval(d, d.Loss.Value < 0), at(c, d), favoured(c, d)))
		}
	}
	return strings.Join(parts, "; ") + "."
}

// networks words a contrast of two networks from files, which have no seeds: by
// McNemar's test, where they were scored image by image.
func networks(a *analysis.Analysis, c contrast.Contrast) string {
	d := largest(c.Points)
	s := fmt.Sprintf("one network each, from a file; the accuracy losses of %s and %s differ most at %s, by %s pp", c.A, c.B, at(c, d), pp(math.Abs(d.Loss.Value)))
	for _, m := range a.Singles {
		if m.First == c.A && m.Second == c.B && m.Target == c.Target && m.Stage == c.Stage && m.Amount == group.Amount(c.Parameter, d.Requested) {
			s += fmt.Sprintf("; image by image McNemar's p is %s", smallP(m.Pairs[0].MidP))
		}
	}
	return s + "."
}

// smallP is a p, or a bound where it would read as 0.
func smallP(p float64) string {
	if p < 0.0001 {
		return "below 0.0001"
	}
	return table.Format(p, 4)
}

// won words where one loses less than the other.
func won(c contrast.Contrast, arm string, ds []contrast.Difference) string {
	d := largest(ds)
	s := fmt.Sprintf("%s loses less accuracy than %s at %s, by %s", arm, other(c, arm), at(c, d), interval(d, arm == c.A))
	if len(ds) > 1 {
		s = fmt.Sprintf("%s loses less accuracy than %s at %s, most at %v: by %s", arm, other(c, arm), amounts(c, ds), d.Requested, interval(d, arm == c.A))
	}
	var opposed, alike []contrast.Difference
	for _, d := range ds {
		switch {
		case c.Opposed(d):
			opposed = append(opposed, d)
		case c.Alike(d):
			alike = append(alike, d)
		}
	}
	if len(opposed) > 0 {
		s += fmt.Sprintf("; but its raw accuracy is lower at %s, as its reference was lower to begin with", amounts(c, opposed))
	}
	if len(alike) > 0 {
		s += fmt.Sprintf("; in raw accuracy they cannot be told apart at %s, so that it may be the references' doing", amounts(c, alike))
	}
	return s
}

// favoured is the one with the smaller mean loss.
func favoured(c contrast.Contrast, d contrast.Difference) string {
	if d.Loss.Value < 0 {
		return c.A
	}
	return c.B
}

func largest(ds []contrast.Difference) contrast.Difference {
	return slices.MaxFunc(ds, func(a, b contrast.Difference) int { return cmp.Compare(math.Abs(a.Loss.Value), math.Abs(b.Loss.Value)) })
}

// clearest is the difference that is largest against its interval: of the means alone
// one seed can make the largest, with the interval to go with it.
func clearest(ds []contrast.Difference) contrast.Difference {
	return slices.MaxFunc(ds, func(a, b contrast.Difference) int { return cmp.Compare(clearness(a), clearness(b)) })
}

// clearness is how many half-widths of its interval a difference is from 0, 0 without one.
func clearness(d contrast.Difference) float64 {
	if d.Loss.Level == 0 || d.Loss.Hi == d.Loss.Lo {
		return 0
	}
	return math.Abs(d.Loss.Value) / (d.Loss.Hi - d.Loss.Lo) * 2
}

// interval words a difference of losses; negated where the first arm loses
// less, so that it counts for the better one.
func interval(d contrast.Difference, negated bool) string {
	e := d.Loss
	v, lo, hi := e.Value, e.Lo, e.Hi
	if negated {
		v, lo, hi = -v, -hi, -lo
	}
	if e.Level == 0 || e.SD == 0 {
		return fmt.Sprintf("%s pp (no interval, n = %d)", pp(v), e.N)
	}
	return fmt.Sprintf("%s pp (%s to %s, n = %d)", pp(v), pp(lo), pp(hi), e.N)
}

// amounts lists the amounts of differences: "0.5", "0.5 and 0.7", "0.7 to 0.95"
// where they are neighbours.
func amounts(c contrast.Contrast, ds []contrast.Difference) string {
	first := slices.IndexFunc(c.Points, func(d contrast.Difference) bool { return d.Requested == ds[0].Requested })
	neighbours := first+len(ds) <= len(c.Points)
	for i, d := range ds {
		neighbours = neighbours && c.Points[first+i].Requested == d.Requested
	}
	if len(ds) == 1 {
		return at(c, ds[0])
	}
	name := c.Parameter
	if name == "ratio" {
		name = "ratios"
	}
	if len(ds) > 2 && neighbours {
		return fmt.Sprintf("%s %v to %v", name, ds[0].Requested, ds[len(ds)-1].Requested)
	}
	var words []string
	for _, d := range ds {
		words = append(words, fmt.Sprint(d.Requested))
	}
	return name + " " + enumerate(words)
}

func at(c contrast.Contrast, d contrast.Difference) string {
	return fmt.Sprintf("%s %v", c.Parameter, d.Requested)
}
