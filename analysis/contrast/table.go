package contrast

import (
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// Tables show the differences, a table for arms and one for methods at each
// stage.
func Tables(p trial.Plan, cs []Contrast, curves []curve.Curve) []table.Table {
	var tables []table.Table
	for _, what := range []string{"arms", "methods"} {
		for _, stage := range curve.Stages() {
			common := "method"
			if what == "methods" {
				common = "arm"
			}
			t := table.Table{
				Name:    what + "-" + string(stage),
				Title:   fmt.Sprintf("Difference of the losses of %s, %s", what, curve.When(stage)),
				Columns: slices.Concat(table.Lefts("target", common, "difference", "amount"), table.Rights("n", "loss (pp)", "raw accuracy (pp)"), table.Lefts("less lost by")),
				Notes: []string{
					"[ ]: intervals that hold together at 95 % for all amounts of a target and pair; seeds are paired. ±: half of the pointwise 95 % t interval. Less lost by: on whose side the whole interval lies.",
					"These intervals describe. They are not corrected for the number of targets and pairs.",
				},
			}
			if note := curve.SharedNetworks(curves, curve.Arms(p, curves)); note != "" && stage == curve.Pruned && what == "arms" {
				t.Notes = append(t.Notes, note)
			}
			for _, c := range cs {
				if c.Stage == stage && (c.Arm == "") == (what == "arms") {
					for _, d := range c.Points {
						t.Rows, t.Targets = append(t.Rows, row(c, d)), append(t.Targets, c.Target)
					}
				}
			}
			tables = append(tables, t.Fold(common))
		}
	}
	return tables
}

func row(c Contrast, d Difference) []table.Cell {
	less := table.Text(c.Less(d))
	switch {
	case d.Loss.Level == 0:
		less = table.Missing("one seed: no interval")
	case d.Loss.SD == 0:
		less = table.Text("–").With("all seeds differ by the same: no interval")
	case c.Less(d) == "":
		less = table.Text("–")
	case c.Opposed(d):
		less.Note = "in raw accuracy the other one is ahead: this one had less to lose"
	}
	return append(table.Texts(c.Target, c.Method.String()+c.Arm, c.A+" − "+c.B, group.Amount(c.Parameter, d.Requested)), table.Int(d.Loss.N), table.PercentInterval(d.Loss), table.Percent(d.Accuracy, ""), less)
}
