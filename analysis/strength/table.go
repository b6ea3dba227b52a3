package strength

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
	t := table.Table{Name: "strengths", Title: "Regularization strengths and the choice among them"}
	if s == nil {
		return t
	}
	lo, hi := curve.AreaRange(curve.Retrained)
	t.Columns = slices.Concat(table.Lefts("family"), table.Rights("strength"), table.Lefts("arm"), table.Rights("n", "dense accuracy (%)", fmt.Sprintf("error after retraining, %v to %v (%%)", lo, hi), "behind the best (pp)"), table.Lefts("choice"), table.Rights("dense − other family's best (pp)"), table.Lefts("equally accurate"))
	t.Notes = []string{
		"Error: mean error rate of the retrained networks over logit(sparsity); the best strength of a family has the smallest. ±: half-width of the 95 % t interval over n seeds; differences are paired by seed.",
		fmt.Sprintf("Equally accurate: the 90 %% t interval of the difference of dense accuracies lies within ±%s pp (two one-sided tests at 5 %%). Best equal pair: the pair with the smallest errors among those that are.", table.Format(100*s.Margin, 1)),
	}
	for _, x := range s.Strengths {
		value, behind, difference, equal := table.Number(x.Value, 6), table.None(), table.None(), table.None()
		value.Text = table.Short(x.Value)
		if x.Behind.N > 0 {
			behind = table.Percent(x.Behind, "")
		}
		if e := x.DenseTest; e.Difference.N > 0 {
			difference, equal = table.PercentInterval(e.Difference), table.Text(dense.Answer(e))
		}
		t.Rows = append(t.Rows, []table.Cell{table.Text(x.Family), value, table.Text(x.Arm), table.Int(x.Error.N), table.Percent(x.Dense, ""), table.Percent(x.Error, curve.Why(x.Missing)),
			behind, table.Text(x.choice()), difference, equal})
	}
	return t
}

func (x Strength) choice() string {
	var words []string
	if x.Best {
		words = append(words, "best")
	}
	if x.Best && x.Edge {
		words = append(words, "at the edge of the grid")
	}
	if x.Equal {
		words = append(words, "best equal pair")
	}
	return strings.Join(words, ", ")
}
