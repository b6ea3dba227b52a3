package drift

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

// correct corrects the settings as one family, by Holm, and works out what
// could have been found in each.
func (d *Drift) correct() {
	p := make([]float64, len(d.Cells))
	for i, c := range d.Cells {
		p[i] = c.Comparison.Test.P
	}
	adjusted := stats.Holm(p)
	for i := range d.Cells {
		cell := &d.Cells[i]
		c := &cell.Comparison
		c.Family, c.Adjusted, c.Detectable = len(p), &adjusted[i], nil
		alpha := Alpha / float64(len(p))
		effect, ok := stats.DetectableBetween(cell.a, cell.b, alpha, wantedPower)
		if cell.Paired {
			c.Warnings = nil // of a family of one; Conclusion says what this one needs
			effect, ok = stats.Detectable(c.Difference.SD, c.Difference.N, alpha, wantedPower)
		}
		if ok && effect > 0 {
			c.Detectable = &effect
		}
	}
}

// Moved are the settings that moved beyond noise.
func (d *Drift) Moved() []Cell {
	var moved []Cell
	for _, c := range d.Cells {
		if c.Moved() {
			moved = append(moved, c)
		}
	}
	return moved
}

// Conclusion says in a sentence what moved or, where nothing did, what would
// have been found.
func (d *Drift) Conclusion() string {
	m := len(d.Cells)
	if m == 0 {
		if d.Identical > 0 {
			return "every setting that both have is the same trials with the same results: nothing can have moved"
		}
		return "no setting has numbers in both"
	}
	family := fmt.Sprintf("Holm over %d settings at %g %%", m, 100*Alpha)
	if n := len(d.Moved()); n > 0 {
		return fmt.Sprintf("%d of %d settings moved beyond noise (%s)", n, m, family)
	}
	var effects []float64
	least, paired := math.MaxInt, false
	for _, c := range d.Cells {
		least, paired = min(least, len(c.a), len(c.b)), paired || c.Paired
		if c.Comparison.Detectable != nil {
			effects = append(effects, 100*(*c.Comparison.Detectable))
		}
	}
	if len(effects) == 0 {
		if !paired {
			return fmt.Sprintf("nothing moved beyond noise (%s), and of %d seeds nothing could: at least 2 in each run are needed", family, least)
		}
		return fmt.Sprintf("nothing moved beyond noise (%s), and of %d paired seeds nothing could: at least %d are needed", family, least, stats.SeedsNeeded(m, Alpha, stats.TwoSided))
	}
	slices.Sort(effects)
	return fmt.Sprintf("nothing moved beyond noise (%s); with probability %g a difference of %s pp would have been found (median of the settings; %s to %s)",
		family, wantedPower, table.Format(effects[len(effects)/2], 2), table.Format(effects[0], 2), table.Format(effects[len(effects)-1], 2))
}

// Table shows the settings that are not the same in both, the least likely by
// chance first; at most so many of those that did not move.
func (d *Drift) Table(most int) table.Table {
	cells := slices.Clone(d.Cells)
	slices.SortStableFunc(cells, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(*a.Comparison.Adjusted, *b.Comparison.Adjusted), cmp.Compare(a.Comparison.Test.P, b.Comparison.Test.P),
			cmp.Compare(math.Abs(b.Comparison.Difference.Value), math.Abs(a.Comparison.Difference.Value)))
	})
	t := table.Table{
		Name: "drift", Title: fmt.Sprintf("Accuracy in %s and in %s", d.A, d.B),
		Columns: slices.Concat(table.Lefts("arm", "target", "method", "amount", "stage"), table.Rights("n", "A (%)", "B (%)", "B − A (pp)", "adjusted p"), table.Lefts("moved")),
		Notes: []string{
			fmt.Sprintf("A: %s, B: %s. [ ]: pointwise 95 %% interval; n: seeds, paired where both have the same ones (Student t, exact sign-flip test), else of A and of B (Welch). p: corrected by Holm over %d settings.", d.A, d.B, len(cells)),
		},
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

func (c Cell) row() []table.Cell {
	n := table.Int(len(c.a))
	if !c.Paired {
		n = table.Text(fmt.Sprintf("%d, %d", len(c.a), len(c.b)))
	}
	diff := table.PercentInterval(c.Comparison.Difference)
	for _, w := range append(c.Comparison.Difference.Warnings, c.Comparison.Warnings...) {
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
		table.Single(100*c.A.Value, len(c.a), 2), table.Single(100*c.B.Value, len(c.b), 2), diff, table.Number(*c.Comparison.Adjusted, 3), moved)
}

func stage(c Cell) string {
	if c.Role == trial.Dense {
		return "trained"
	}
	return string(c.Stage)
}
