package tables

import (
	"slices"
	"strconv"
	"strings"

	"prunelab/analysis/group"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// Failures lists the trials that diverged or failed, each once.
func Failures(g *group.Study) table.Table {
	t := table.Table{
		Name:    "failures",
		Title:   "Trials without a full result",
		Columns: slices.Concat(table.Lefts("trial", "status", "arm", "target", "method", "amount"), table.Rights("seed"), table.Lefts("what happened")),
	}
	seen := map[trial.Key]bool{}
	for _, c := range g.Cells {
		for _, m := range c.Members {
			if m.Outcome == nil || m.Outcome.Status == trial.Done || seen[m.Key] {
				continue
			}
			seen[m.Key] = true
			what, _, _ := strings.Cut(m.Outcome.Error, "\n") // a stack follows
			amt := group.Amount(c.Parameter, c.Requested)
			if c.Role == trial.Dense {
				amt = "dense"
			}
			t.Rows = append(t.Rows, table.Texts(m.Key.Short(), string(m.Outcome.Status), c.Arm, c.Target, c.Method.String(), amt, strconv.FormatUint(m.Seed, 10), what))
		}
	}
	return t
}
