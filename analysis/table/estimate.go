package table

import (
	"fmt"
	"strings"

	"prunelab/analysis/stats"
)

// Percent is the estimate of a fraction in percent or percentage points, as
// value ± half of its interval; why says what is missing, "" where nothing is.
func Percent(e stats.Estimate, why string) Cell {
	if e.N == 0 {
		if why == "" {
			why = "no control to compare with"
		}
		return Missing(why)
	}
	c := Single(100*e.Value, e.N, 2)
	if e.Level > 0 {
		c = Symmetric(100*e.Value, 100*e.Lo, 100*e.Hi, e.N, 2)
	}
	var notes []string
	if why != "" {
		notes = append(notes, fmt.Sprintf("n = %d: %s", e.N, why))
	}
	for _, w := range e.Warnings {
		notes = append(notes, string(w))
	}
	c.Note = strings.Join(notes, "; ")
	return c
}

// BothIntervals explains the cells of Both.
const BothIntervals = "±: half-width of the 95 % interval of the mean over n seeds (Student t), which says how other seeds come out on these images; in parentheses that over seeds and images (Satterthwaite; never less than over seeds), how they do on other images."

// Both is Percent with half of the interval over seeds and images in parentheses,
// where there is one. It is no narrower than that over seeds, which it can be by its
// degrees of freedom where images add nothing.
func Both(seeds, across stats.Estimate, why string) Cell {
	c := Percent(seeds, why)
	if seeds.Level == 0 || across.Level == 0 || across.N != seeds.N {
		return c
	}
	lo, hi := 100*min(seeds.Lo, across.Lo), 100*max(seeds.Hi, across.Hi)
	c.AcrossLo, c.AcrossHi = &lo, &hi
	c.Text += fmt.Sprintf(" (%s)", Format((hi-lo)/2, 2))
	return c
}

// PercentInterval is the same as value [lo, hi], without notes.
func PercentInterval(e stats.Estimate) Cell {
	if e.Level == 0 {
		return Single(100*e.Value, e.N, 2)
	}
	return Interval(100*e.Value, 100*e.Lo, 100*e.Hi, e.N, 2)
}
