package sensitivity

import (
	"fmt"
	"math"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
)

// Table shows the largest sparsity within each budget, before and after
// retraining side by side.
func Table(all []Sensitivity) table.Table {
	t := table.Table{
		Name:    "sensitivity",
		Title:   "Largest sparsity (%) within a budget of accuracy loss",
		Columns: slices.Concat(table.Lefts("arm", "target", "method"), table.Rights("weights", "n")),
		Notes: []string{
			"Read off the monotone envelope of the mean accuracy loss (the largest mean loss so far), interpolated between measured amounts. Before: right after pruning, against the dense network. After: after retraining, against the unpruned control with the same retraining.",
			"[ ]: from where the upper end of the pointwise 95 % interval first exceeds the budget to where its lower end last does not; the interval is " + overWhat(all) + ". ≥: the budget was not exceeded at any measured sparsity. <: it was exceeded at the smallest that was measured.",
		},
	}
	for _, stage := range curve.Stages() {
		for _, b := range Budgets {
			t.Columns = append(t.Columns, table.Rights(fmt.Sprintf("%s, %s pp", curve.BeforeAfter(stage), group.Amount("ratio", 100*b)))...)
		}
	}
	for _, target := range byTarget(all) {
		s := target[0]
		row := append(table.Texts(s.Arm, s.Target, s.way()), sizeCell(s.Size), table.None())
		least, most := math.MaxInt, 0
		for _, stage := range curve.Stages() {
			for i := range Budgets {
				cell := table.None()
				for _, s := range target {
					if s.Stage == stage {
						cell = withinCell(s.Within[i])
						least, most = min(least, cell.N), max(most, cell.N)
					}
				}
				row = append(row, cell)
			}
		}
		row[4] = table.Text(table.Span(least, most))
		t.Rows = append(t.Rows, row)
	}
	return t.Fold("method")
}

// overWhat says what intervals sparsities are read off.
func overWhat(all []Sensitivity) string {
	const seeds, images = "the wider one of Student t over seeds and, where images were scored one by one, seeds x images (Satterthwaite)",
		"over images, paired, of one network from a file (Newcombe score), so that a sparsity was chosen by the images that its interval is of"
	fixed := func(s Sensitivity) bool { return s.Fixed }
	switch {
	case !slices.ContainsFunc(all, fixed):
		return seeds
	case slices.ContainsFunc(all, func(s Sensitivity) bool { return !fixed(s) }):
		return seeds + " or, right after pruning of one network from a file, over images (Newcombe score)"
	}
	return images
}

// byTarget puts the stages of a series together.
func byTarget(all []Sensitivity) [][]Sensitivity {
	var out [][]Sensitivity
	for _, s := range all {
		if n := len(out); n > 0 {
			o := out[n-1][0].Series
			o.Stage = s.Stage
			if o == s.Series {
				out[n-1] = append(out[n-1], s)
				continue
			}
		}
		out = append(out, []Sensitivity{s})
	}
	return out
}

func sizeCell(n int) table.Cell {
	if n == 0 {
		return table.Missing("no trial recorded the number of weights")
	}
	return table.Int(n)
}

func withinCell(w Within) table.Cell {
	if !w.Measured {
		return table.Missing("no result yet")
	}
	x := w.Crossing
	value, lo, hi := 100*x.Sparsity, 100*x.Lo, 100*x.Hi
	text := table.Format(value, 1)
	var c table.Cell
	switch {
	case x.Under:
		text = "< " + text
	case x.Open:
		text = "≥ " + text // no number: the true one is not known
	default:
		c.Value = &value
	}
	if x.Level > 0 && !x.HiUnder {
		lower, upper := table.Format(lo, 1), table.Format(hi, 1)
		if x.LoUnder {
			lower = "< " + lower
		} else {
			c.Lo = &lo
		}
		if x.HiOpen {
			upper = "…"
		} else {
			c.Hi = &hi
		}
		text += fmt.Sprintf(" [%s, %s]", lower, upper)
	}
	c.Text, c.N = text, x.N
	switch {
	case x.Cut:
		c.Note = "the next point has no result"
	case x.Level == 0:
		c.Note = "n = 1: no interval"
	}
	return c
}

// AreaTable shows the mean loss of every target.
func AreaTable(all []Sensitivity) table.Table {
	var areas []stats.Estimate
	for _, s := range all {
		areas = append(areas, s.Area)
	}
	t := table.Table{
		Name:    "area",
		Title:   "Area of the accuracy loss (pp): its mean over a range of logit(sparsity)",
		Columns: slices.Concat(table.Lefts("arm", "target", "method"), table.Rights("weights")),
		Notes:   []string{"Trapezoidal mean of the accuracy loss over logit(sparsity). " + table.Explain(areas)},
	}
	for _, stage := range curve.Stages() {
		lo, hi := curve.AreaRange(stage)
		t.Columns = append(t.Columns, table.Rights(fmt.Sprintf("%s, %v to %v (pp)", curve.BeforeAfter(stage), lo, hi), "n")...)
	}
	for _, target := range byTarget(all) {
		s := target[0]
		row := append(table.Texts(s.Arm, s.Target, s.way()), sizeCell(s.Size))
		measured := false
		for _, stage := range curve.Stages() {
			cells := []table.Cell{table.None(), table.None()}
			for _, s := range target {
				if s.Stage == stage {
					cells = []table.Cell{table.Both(s.Area, s.AreaAcross, curve.Why(s.AreaMissing)), table.Int(s.Area.N)}
					measured = measured || s.Area.N > 0
				}
			}
			row = append(row, cells...)
		}
		if measured {
			t.Rows = append(t.Rows, row)
		}
	}
	return t.Fold("method")
}
