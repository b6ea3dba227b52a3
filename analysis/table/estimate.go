package table

import (
	"fmt"
	"strings"

	"prunelab/analysis/stats"
)

// Percent is the estimate of a fraction in percent or percentage points, as
// value ± half of its interval, or value [lo, hi] where that is over images; why says
// what is missing, "" where nothing is.
func Percent(e stats.Estimate, why string) Cell {
	if e.N == 0 {
		if why == "" {
			why = "no control to compare with"
		}
		return Missing(why)
	}
	c := Single(100*e.Value, e.N, 2)
	switch {
	case e.OverImages():
		c = Interval(100*e.Value, 100*e.Lo, 100*e.Hi, e.N, 2)
	case e.Level > 0:
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
const BothIntervals = "±: half-width of the 95 % interval of the mean over n seeds (Student t), which says how other seeds come out on these images; in parentheses that over seeds and images (Satterthwaite; never less than over seeds), how they do on other images. An interval need not lie evenly about its value; its ends are in the CSV."

// ImageIntervals explains the cells of estimates over images.
const ImageIntervals = "[ ]: 95 % interval over images of one network from a file, the same for every seed (n = 1): how it does on other images like these. Accuracies: Wilson score; losses, paired by image: Newcombe score, their areas Agresti-Min score. Each is for itself, not corrected for how many there are."

// Explain explains the cells of Both and Percent, by what they are of.
func Explain(all []stats.Estimate) string {
	seeds, images := false, false
	for _, e := range all {
		images = images || e.OverImages()
		seeds = seeds || e.N > 0 && !e.OverImages()
	}
	switch {
	case seeds && images:
		return BothIntervals + " " + ImageIntervals
	case images:
		return ImageIntervals
	}
	return BothIntervals
}

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
