package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"prunelab/analysis/contrast"
)

// many words more pairs than have a sentence each. Where one is set beside all of the others
// on purpose, it names those it loses less than by the whole interval at some amount, those
// it loses more than, and by how much at most. Else, and where there is nothing to judge by,
// it counts them.
func many(cs []contrast.Contrast, what string, beside bool) string {
	one := cs[0]
	var lists [3][]string // what one loses less than, more than, and neither clearly
	var most [2]contrast.Contrast
	var by [2]contrast.Difference
	var doubtful []string
	for _, c := range cs {
		judged := slices.ContainsFunc(c.Points, func(d contrast.Difference) bool { return d.Loss.Level > 0 })
		if !beside || !judged || c.A != one.A || c.Series != one.Series || c.Unequal != one.Unequal {
			return fmt.Sprintf(": %d pairs of %s are compared in the tables.", len(cs), what)
		}
		clear := false
		for side, less := range []string{c.A, c.B} {
			won := slices.DeleteFunc(slices.Clone(c.Points), func(d contrast.Difference) bool { return c.Less(d) != less })
			if len(won) == 0 {
				continue
			}
			clear = true
			lists[side] = append(lists[side], c.B)
			if !slices.ContainsFunc(won, func(d contrast.Difference) bool { return !c.Opposed(d) && !c.Alike(d) }) {
				doubtful = append(doubtful, c.B)
			}
			if d := largest(won); most[side].B == "" || math.Abs(d.Loss.Value) > math.Abs(by[side].Loss.Value) {
				most[side], by[side] = c, d
			}
		}
		if !clear {
			lists[2] = append(lists[2], c.B)
		}
	}
	if len(lists[2]) == len(cs) {
		return fmt.Sprintf(": no difference shows at any amount between %s and any of %d other %s.", one.A, len(cs), what)
	}
	var parts []string
	for side, word := range []string{"less", "more"} {
		if len(lists[side]) == 0 {
			continue
		}
		c, d := most[side], by[side]
		s := fmt.Sprintf("%s accuracy than %s", word, enumerate(lists[side]))
		if len(lists[side]) > 1 {
			s += ", most than " + c.B
		}
		parts = append(parts, fmt.Sprintf("%s at %s by %s", s, at(c, d), interval(d, side == 0)))
	}
	s := fmt.Sprintf(", of %d %s beside it %s loses %s", len(cs), what, one.A, strings.Join(parts, "; "))
	if len(doubtful) > 0 {
		s += fmt.Sprintf("; in raw accuracy that does not show of %s, so that it may be the references' doing", enumerate(doubtful))
	}
	if len(lists[2]) > 0 {
		s += fmt.Sprintf("; no clear difference from %s", enumerate(lists[2]))
	}
	return s + ". Intervals are of a pair, whatever the number of pairs."
}
