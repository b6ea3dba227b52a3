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
				Title:   fmt.Sprintf("Differences in accuracy loss between %s, %s", what, curve.When(stage)),
				Columns: slices.Concat(table.Lefts("target", common, "difference", "amount"), table.Rights("n", "accuracy loss (pp)", "raw accuracy (pp)"), table.Lefts("smaller loss")),
				Notes: []string{
					"[ ]: 95 % intervals that hold simultaneously over all amounts of a target and pair, paired by seed. ±: half-width of the pointwise 95 % t interval. Smaller loss: the side that the whole interval favours.",
					"These intervals are descriptive: they are not corrected for the number of targets and pairs.",
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
			if what == "methods" && slices.ContainsFunc(cs, func(c Contrast) bool { return c.Unequal && c.Stage == stage }) {
				t.Notes = append(t.Notes, "What is retrained once is compared with what is retrained more often as well, each against a control that is retrained as often as it is: such a difference is also one of training.")
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
		less = table.Missing("n = 1: no interval")
	case d.Loss.SD == 0:
		less = table.Text("–").With("all seeds differ by the same amount: no interval")
	case c.Less(d) == "":
		less = table.Text("–")
	case c.Opposed(d):
		less.Note = "its raw accuracy is the lower one: its reference was lower to begin with"
	case c.Alike(d):
		less.Note = "the raw accuracies cannot be told apart: that it lost less may be its reference's doing"
	}
	return append(table.Texts(c.Target, c.Method.String()+c.Arm, c.A+" − "+c.B, group.Amount(c.Parameter, d.Requested)), table.Int(d.Loss.N), table.PercentInterval(d.Loss), table.Percent(d.Accuracy, ""), less)
}
