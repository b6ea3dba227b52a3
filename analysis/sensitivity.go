package analysis

import (
	"fmt"
	"math"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// Budgets are the accuracy losses within which sparsities are looked for, as
// fractions.
var Budgets = [...]float64{0.005, 0.01, 0.02}

// areaRange is the range of sparsity over which a loss is averaged; it is
// stated beforehand, for the range decides the sign of differences.
func areaRange(stage curve.Stage) (lo, hi float64) {
	if stage == curve.Pruned {
		return 0.5, 0.9
	}
	return 0.5, 0.95
}

// Sensitivity says how much pruning a target stands at one stage.
type Sensitivity struct {
	trial.Series
	Layers      []string
	Size        int // weights of the target
	Rounds      int // most rounds of pruning behind a point
	Within      [len(Budgets)]Within
	Area        stats.Estimate // mean loss over logit(sparsity) in areaRange; N = 0: not measured there
	AreaMissing []curve.Missing
}

// Within is the largest sparsity within a budget, if any point was measured.
type Within struct {
	Budget   float64
	Crossing curve.Crossing
	Measured bool
}

func sensitivities(curves []curve.Curve) ([]Sensitivity, error) {
	var all []Sensitivity
	for _, c := range curves {
		s := Sensitivity{Series: c.Series, Layers: c.Layers}
		for _, p := range c.Points {
			s.Size, s.Rounds = max(s.Size, p.Size), max(s.Rounds, p.Round)
		}
		for i, budget := range Budgets {
			s.Within[i].Budget = budget
			s.Within[i].Crossing, s.Within[i].Measured = c.Within(budget)
		}
		values, missing := c.Areas(areaRange(c.Stage))
		s.AreaMissing = missing
		if len(values) > 0 {
			x := make([]float64, len(values))
			for i, v := range values {
				x[i] = v.Value
			}
			var err error
			if s.Area, err = stats.Mean(x, curve.Level); err != nil {
				return nil, fmt.Errorf("area of arm %s, target %s: %w", c.Arm, c.Target, err)
			}
		}
		all = append(all, s)
	}
	return all, nil
}

// Layer reports whether the target is a single layer.
func (s Sensitivity) Layer() bool { return len(s.Layers) == 1 }

// way names how the target was pruned, also by what its amounts are where these
// are no ratios.
func (s Sensitivity) way() string {
	if s.Parameter == "ratio" {
		return s.Method.String()
	}
	return s.Method.String() + ", by " + s.Parameter
}

// sensitivityTable shows the largest sparsity within each budget, before and
// after retraining side by side.
func sensitivityTable(all []Sensitivity) table.Table {
	t := table.Table{
		Name:  "sensitivity",
		Title: "Largest sparsity (%) within a loss of accuracy",
		Columns: []table.Column{
			{Head: "arm", Align: table.Left}, {Head: "target", Align: table.Left}, {Head: "method", Align: table.Left}, {Head: "weights", Align: table.Right}, {Head: "n", Align: table.Right},
		},
		Notes: []string{
			"Read on the monotone envelope of the mean loss, the largest loss so far, interpolated between the measured amounts. Before: right after pruning, against the dense network. After: after retraining, against the unpruned control with the same retraining.",
			"[ ]: every sparsity at which the pointwise 95 % t interval of the loss reaches the budget. ≥: never over the budget as far as it was measured.",
		},
	}
	stages := []curve.Stage{curve.Pruned, curve.Retrained}
	for _, stage := range stages {
		for _, b := range Budgets {
			t.Columns = append(t.Columns, table.Column{Head: fmt.Sprintf("%s, %s pp", beforeAfter(stage), amount("ratio", 100*b)), Align: table.Right})
		}
	}
	for _, target := range byTarget(all) {
		s := target[0]
		row := []table.Cell{table.Text(s.Arm), table.Text(s.Target), table.Text(s.way()), sizeCell(s.Size), table.None()}
		least, most := math.MaxInt, 0
		for _, stage := range stages {
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
		row[4] = table.Text(span(fmt.Sprint(least), fmt.Sprint(most)))
		t.Rows = append(t.Rows, row)
	}
	return fold(t, "method")
}

func beforeAfter(stage curve.Stage) string {
	if stage == curve.Pruned {
		return "before"
	}
	return "after"
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
		return table.Missing("no trial says how many weights there are")
	}
	return table.Int(n)
}

func withinCell(w Within) table.Cell {
	if !w.Measured {
		return table.Missing("no number yet")
	}
	x := w.Crossing
	value, lo, hi := 100*x.Sparsity, 100*x.Lo, 100*x.Hi
	text := table.Format(value, 1)
	var c table.Cell
	if x.Open {
		text = "≥ " + text // no number: the true one is not known
	} else {
		c.Value = &value
	}
	if x.Level > 0 {
		upper := table.Format(hi, 1)
		c.Lo = &lo
		if x.HiOpen {
			upper = "…"
		} else {
			c.Hi = &hi
		}
		text += fmt.Sprintf(" [%s, %s]", table.Format(lo, 1), upper)
	}
	c.Text, c.N = text, x.N
	switch {
	case x.Cut:
		c.Note = "beyond, a point has no number"
	case x.Level == 0:
		c.Note = "one seed: no interval"
	}
	return c
}

// areaTable shows the mean loss of every target.
func areaTable(all []Sensitivity) table.Table {
	t := table.Table{
		Name:  "area",
		Title: "Mean loss of accuracy (pp) over the range of sparsities",
		Columns: []table.Column{
			{Head: "arm", Align: table.Left}, {Head: "target", Align: table.Left}, {Head: "method", Align: table.Left}, {Head: "weights", Align: table.Right},
		},
		Notes: []string{"Trapezoid of the loss over logit(sparsity), divided by the range. ±: half of the 95 % t interval of the mean over n seeds."},
	}
	stages := []curve.Stage{curve.Pruned, curve.Retrained}
	for _, stage := range stages {
		lo, hi := areaRange(stage)
		t.Columns = append(t.Columns, table.Column{Head: fmt.Sprintf("%s, %v to %v (pp)", beforeAfter(stage), lo, hi), Align: table.Right},
			table.Column{Head: "n", Align: table.Right})
	}
	for _, target := range byTarget(all) {
		s := target[0]
		row := []table.Cell{table.Text(s.Arm), table.Text(s.Target), table.Text(s.way()), sizeCell(s.Size)}
		measured := false
		for _, stage := range stages {
			cells := []table.Cell{table.None(), table.None()}
			for _, s := range target {
				if s.Stage == stage {
					cells = []table.Cell{percentCell(s.Area, s.AreaMissing), table.Int(s.Area.N)}
					measured = measured || s.Area.N > 0
				}
			}
			row = append(row, cells...)
		}
		if measured {
			t.Rows = append(t.Rows, row)
		}
	}
	return fold(t, "method")
}
