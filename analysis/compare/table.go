package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// correct corrects the settings that can be tested as one family, by Holm, and works
// out what could have been found in each.
func (d *Comparison) correct() {
	var p []float64
	for _, c := range d.Settings {
		if c.tested() {
			p = append(p, c.Difference.Test.P)
		}
	}
	adjusted := stats.Holm(p)
	alpha := stats.Alpha / float64(max(1, len(p)))
	for i := range d.Settings {
		cell := &d.Settings[i]
		c := &cell.Difference
		c.Family, c.Adjusted, c.Detectable = len(p), nil, nil
		if cell.tested() {
			c.Adjusted, adjusted = &adjusted[0], adjusted[1:]
		}
		if cell.ofImages() {
			continue
		}
		effect, ok := stats.DetectableBetween(cell.a, cell.b, alpha, stats.WantedPower)
		if cell.Paired {
			c.Warnings = nil // of a family of one; Conclusion says what this one needs
			effect, ok = stats.Detectable(c.Difference.SD, c.Difference.N, alpha, stats.WantedPower)
		}
		if ok && effect > 0 {
			c.Detectable = &effect
		}
	}
}

// Moved are the settings that moved beyond noise.
func (d *Comparison) Moved() []Setting {
	var moved []Setting
	for _, c := range d.Settings {
		if c.Moved() {
			moved = append(moved, c)
		}
	}
	return moved
}

// Conclusion says in a sentence what moved or, where nothing did, what would
// have been found.
func (d *Comparison) Conclusion() string {
	m := d.count(Setting.tested)
	if len(d.Settings) == 0 {
		if d.Identical > 0 {
			return "every setting that both have is the same trials with the same results: nothing can have moved"
		}
		return "no setting, which is an arm of a name with a target, a method, an amount and a stage, has numbers in both"
	}
	family := fmt.Sprintf("Holm over %d settings at %g %%", m, 100*stats.Alpha)
	s := fmt.Sprintf("nothing moved beyond noise (%s)", family)
	if n := len(d.Moved()); n > 0 {
		s = fmt.Sprintf("%d of %d settings moved beyond noise (%s)", n, m, family)
	} else {
		s += d.findable()
	}
	if n := len(d.Settings) - m; n > 0 {
		s += fmt.Sprintf("; %d more cannot be tested, networks from files that have no counterpart of one network on the same images", n)
	}
	if n := d.count(func(c Setting) bool { return c.Elsewhere && !c.ofImages() }); n > 0 {
		s += fmt.Sprintf("; of %s the images differ between the runs, whose scatter is in no interval and no p", trial.Counted(n, "setting"))
	}
	return s
}

// findable goes on with what would have been found where nothing was: over seeds and
// image by image.
func (d *Comparison) findable() string {
	var effects []float64
	least, paired, seeded, images := math.MaxInt, false, 0, 0
	largest := 0.0
	for _, c := range d.Settings {
		switch {
		case c.Fixed && c.tested():
			images++
			largest = max(largest, math.Abs(c.Difference.Difference.Value))
			continue
		case c.ofImages():
			continue
		}
		seeded++
		least, paired = min(least, len(c.a), len(c.b)), paired || c.Paired
		if c.Difference.Detectable != nil {
			effects = append(effects, 100*(*c.Difference.Detectable))
		}
	}
	slices.Sort(effects)
	s := ""
	switch {
	case seeded == 0:
	case len(effects) == 0 && !paired:
		s = fmt.Sprintf(", and of %s nothing could: at least 2 in each run are needed; prunelab run STUDY --set seeds=2 --extend adds one", trial.Counted(least, "seed"))
	case len(effects) == 0:
		s = fmt.Sprintf(", and of %s nothing could: at least %d are needed; prunelab run STUDY --set seeds=%[2]d --extend adds them to each", trial.Counted(least, "paired seed"), stats.SeedsNeeded(d.count(Setting.tested), stats.Alpha, stats.TwoSided))
	default:
		s = fmt.Sprintf("; with probability %g a difference of %s pp would have been found (median of the settings; %s to %s)",
			stats.WantedPower, table.Format(effects[len(effects)/2], 2), table.Format(effects[0], 2), table.Format(effects[len(effects)-1], 2))
	}
	if images > 0 {
		s += fmt.Sprintf("; networks from files were compared image by image, %s, and are at most %s pp apart", trial.Counted(images, "setting"), table.Format(100*largest, 2))
	}
	return s
}

func (d *Comparison) count(of func(Setting) bool) int {
	n := 0
	for _, c := range d.Settings {
		if of(c) {
			n++
		}
	}
	return n
}

// Table shows the settings that are not the same in both, the least likely by
// chance first; at most so many of those that did not move.
func (d *Comparison) Table(most int) table.Table {
	cells := slices.Clone(d.Settings)
	slices.SortStableFunc(cells, func(a, b Setting) int {
		return cmp.Or(cmp.Compare(a.adjusted(), b.adjusted()), cmp.Compare(a.Difference.Test.P, b.Difference.Test.P),
			cmp.Compare(math.Abs(b.Difference.Difference.Value), math.Abs(a.Difference.Difference.Value)))
	})
	t := table.Table{
		Name: "compare", Title: fmt.Sprintf("Accuracy in %s and in %s", d.A, d.B),
		Columns: slices.Concat(table.Lefts("arm", "target", "method", "amount", "stage"), table.Rights("n", "A (%)", "B (%)", "B − A (pp)", "adjusted p"), table.Lefts("moved")),
		Notes: []string{
			fmt.Sprintf("A: %s, B: %s. [ ]: pointwise 95 %% interval; n: seeds, paired where both have the same ones with the same data and network (Student t, exact sign-flip test), else of A and of B (Welch). p: corrected by Holm over %d settings.", d.A, d.B, d.count(Setting.tested)),
		},
	}
	if d.count(func(c Setting) bool { return c.Fixed && c.tested() }) > 0 {
		t.Notes = append(t.Notes, "n = images: one network in each run, from a file and the same for every seed, compared image by image (McNemar's test, mid-p; Newcombe's interval).")
	}
	moved := len(d.Moved())
	if n := len(cells) - moved; n > most {
		t.Notes = append(t.Notes, fmt.Sprintf("%d more settings did not move.", n-most))
		cells = cells[:moved+most]
	}
	for _, c := range cells {
		t.Rows = append(t.Rows, c.row())
	}
	return t
}

func (c Setting) row() []table.Cell {
	n := table.Int(len(c.a))
	switch {
	case c.Fixed && c.tested():
		n = table.Text("images")
	case !c.Paired:
		n = table.Text(fmt.Sprintf("%d, %d", len(c.a), len(c.b)))
	}
	diff := table.PercentInterval(c.Difference.Difference)
	for _, w := range append(c.Difference.Difference.Warnings, c.Difference.Warnings...) {
		diff.Note = string(w)
	}
	moved := table.Text("–")
	if c.Moved() {
		moved = table.Text("yes")
	}
	method, amount := c.Method.String(), strconv.FormatFloat(c.Requested, 'g', -1, 64)
	switch {
	case c.Role == trial.Dense:
		method, amount = "dense", ""
	case c.Role == trial.Control:
		method, amount = "unpruned control", ""
	case c.Parameter != trial.Ratio:
		amount = c.Parameter + " " + amount
	}
	if c.Round > 1 {
		amount += fmt.Sprintf(", round %d", c.Round)
	}
	return append(table.Texts(c.Arm, c.Target, method, amount, stage(c)), n,
		table.Single(100*c.A.Value, len(c.a), 2), table.Single(100*c.B.Value, len(c.b), 2), diff, c.p(), moved)
}

// adjusted is the corrected p, 1 where there is no test.
func (c Setting) adjusted() float64 {
	if c.Difference.Adjusted == nil {
		return 1
	}
	return *c.Difference.Adjusted
}

// p is the corrected p as a cell, a bound where it would read as 0.
func (c Setting) p() table.Cell {
	switch {
	case !c.tested():
		return table.Text("–")
	case c.adjusted() < 0.0005:
		return table.Text("<0.001")
	}
	return table.Number(c.adjusted(), 3)
}

func stage(c Setting) string {
	switch {
	case c.Role == trial.Dense && c.ofImages():
		return "unpruned"
	case c.Role == trial.Dense:
		return "trained"
	}
	return string(c.Stage)
}
