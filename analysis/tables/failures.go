package tables

import (
	"strconv"
	"strings"

	"prunelab/analysis/group"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// Failures lists the trials that diverged or failed, each once.
func Failures(g *group.Study) table.Table {
	t := table.Table{
		Name:  "failures",
		Title: "Trials without a full result",
		Columns: []table.Column{
			{Head: "trial", Align: table.Left}, {Head: "status", Align: table.Left}, {Head: "arm", Align: table.Left}, {Head: "target", Align: table.Left},
			{Head: "method", Align: table.Left}, {Head: "amount", Align: table.Left}, {Head: "seed", Align: table.Right}, {Head: "what happened", Align: table.Left},
		},
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
			t.Rows = append(t.Rows, []table.Cell{table.Text(m.Key.Short()), table.Text(string(m.Outcome.Status)), table.Text(c.Arm), table.Text(c.Target),
				table.Text(c.Method.String()), table.Text(amt), table.Text(strconv.FormatUint(m.Seed, 10)), table.Text(what)})
		}
	}
	return t
}
