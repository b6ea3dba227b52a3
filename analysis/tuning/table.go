package tuning

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/dense"
	"prunelab/analysis/table"
)

// Table lists a grid; it has no rows where there is none.
func (s *Grid) Table() table.Table {
	if s == nil {
		return table.Table{Name: "strengths"}
	}
	lo, hi := curve.AreaRange(curve.Retrained)
	t := table.Table{Name: "strengths", Title: "Regularization strengths and the choice among them", Notes: []string{
		fmt.Sprintf("Error: mean error rate of the retrained networks over logit(sparsity); the best %s of a family has the smallest. ±: half-width of the 95 %% t interval over n seeds; differences are paired by seed.", s.Axis.short()),
	}}
	t.Columns = slices.Concat(table.Lefts("family"), table.Rights(s.Axis.short()), table.Lefts("arm"), table.Rights("n", "dense accuracy (%)", fmt.Sprintf("error after retraining, %v to %v (%%)", lo, hi), "behind the best (pp)"), table.Lefts("choice"))
	if s.Axis == Strength {
		t.Columns = slices.Concat(t.Columns, table.Rights("dense − other family's best (pp)"), table.Lefts("equally accurate"))
		t.Notes = append(t.Notes, fmt.Sprintf("Equally accurate: the 90 %% t interval of the difference of dense accuracies lies within ±%s pp (two one-sided tests at 5 %%). Best equal pair: the pair with the smallest errors among those that are.", table.Format(100*s.Margin, 1)))
	} else {
		t.Name, t.Title = "rates", "Learning rates of the retraining and the choice among them"
	}
	for _, x := range s.Settings {
		value, behind := table.Number(x.Value, 6), table.None()
		value.Text = table.Short(x.Value)
		if x.Behind.N > 0 {
			behind = table.Percent(x.Behind, "")
		}
		row := []table.Cell{table.Text(x.Family), value, table.Text(x.Arm), table.Int(x.Error.N), table.Percent(x.Dense, ""), table.Percent(x.Error, curve.Why(x.Missing)), behind, table.Text(x.choice())}
		if s.Axis == Strength {
			difference, equal := table.None(), table.None()
			if e := x.DenseTest; e.Difference.N > 0 {
				difference, equal = table.PercentInterval(e.Difference), table.Text(dense.Answer(e))
			}
			row = append(row, difference, equal)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// short is the name of a setting, for a column and in sentences that say whose it is.
func (a Axis) short() string {
	if a == Rate {
		return "rate"
	}
	return string(a)
}

func (x Setting) choice() string {
	var words []string
	if x.Best {
		words = append(words, "best")
	}
	if x.Best && x.Edge && !x.Alone {
		words = append(words, "at the edge of the grid")
	}
	if x.Equal {
		words = append(words, "best equal pair")
	}
	return strings.Join(words, ", ")
}
