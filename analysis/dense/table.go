package dense

import (
	"fmt"
	"math"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// Table shows the dense networks. The seeds' standard deviation, which scatters
// by what training draws, stands beside the binomial standard error, which is
// what so many images can tell of one network.
func Table(split trial.Split, all []Networks) table.Table {
	var shown []stats.Estimate
	for _, n := range all {
		shown = append(shown, n.Accuracy)
	}
	t := table.Table{
		Name:    "dense",
		Title:   "Dense networks",
		Columns: slices.Concat(table.Lefts("arm"), table.Rights("n", "training accuracy (%)", fmt.Sprintf("%s accuracy (%%)", split), "SD of seeds (pp)", "binomial SE (pp)", "cross-entropy (nats)")),
		Notes:   []string{table.Explain(shown) + " Training accuracy: mean over the last epoch, measured before each step. SD: sample standard deviation over seeds. Binomial SE: standard error of a single network’s accuracy, from the number of images."},
	}
	for _, n := range all {
		accuracy := table.Both(n.Accuracy, n.Across, curve.Why(n.Missing))
		if n.Accuracy.N == 0 {
			t.Rows = append(t.Rows, []table.Cell{table.Text(n.Arm), table.Text("0"), accuracy, accuracy, accuracy, accuracy, accuracy})
			continue
		}
		training := table.Missing("not recorded")
		if n.Training.N > 0 {
			training = table.Number(100*n.Training.Value, 2)
		}
		sd := table.Missing("n = 1")
		if n.Accuracy.N > 1 {
			sd = table.Number(100*n.Accuracy.SD, 2)
		}
		t.Rows = append(t.Rows, []table.Cell{table.Text(n.Arm), table.Int(n.Accuracy.N), training, accuracy, sd,
			table.Number(100*stats.BinomialSE(math.Min(1, n.Accuracy.Value), n.Images), 2), table.Number(n.Loss, 4)})
	}
	return t
}

// EqualityTable shows which arms have dense networks that are equally accurate.
func EqualityTable(all []Equality) table.Table {
	t := table.Table{Name: "dense-equality", Columns: slices.Concat(table.Lefts("arms"), table.Rights("n", "difference of dense accuracy (pp)"), table.Lefts("equally accurate"), table.Rights("p")),
		Notes: []string{"[ ]: 90 % t interval of the mean difference, paired by seed. Equally accurate: the interval lies within the margin (yes), outside it (no), or straddles it (not shown). p: the larger of two one-sided exact sign-flip tests."}}
	smallest := 0.0
	for _, e := range all {
		t.Title = fmt.Sprintf("Are the dense networks of two arms equally accurate, within %s pp?", table.Format(100*e.Test.Margin, 1))
		smallest = e.Test.Smallest
		t.Rows = append(t.Rows, []table.Cell{table.Text(e.A + " − " + e.B), table.Int(e.Test.Difference.N), table.PercentInterval(e.Test.Difference), table.Text(Answer(e.Test)), table.Number(e.Test.P, 4)})
	}
	if smallest > 0.05 {
		t.Notes = append(t.Notes, fmt.Sprintf("With this few seeds p cannot be below %s.", table.Format(smallest, 4)))
	}
	return t
}

// Answer words what a test of equal accuracy showed.
func Answer(t stats.MarginTest) string {
	switch t.Position {
	case stats.Inside:
		return "yes"
	case stats.Beyond:
		return "no"
	}
	return "not shown"
}
