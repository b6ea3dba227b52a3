package finding

import (
	"fmt"
	"strings"

	"prunelab/analysis/table"
)

// Table lists the findings that the study has trials for.
func Table(fs []Finding) table.Table {
	t := table.Table{
		Name: "findings", Title: "Findings: the claims and what the data say about them",
		Columns: []table.Column{{Head: "claim", Align: table.Left}, {Head: "difference", Align: table.Left}, {Head: "effect (pp)", Align: table.Right},
			{Head: "claimed", Align: table.Left}, {Head: "p", Align: table.Right}, {Head: "adjusted p", Align: table.Right},
			{Head: "verdict", Align: table.Left}, {Head: "reason", Align: table.Left}},
	}
	family := 0
	for _, f := range fs {
		if f.Verdict == NotStudied {
			continue
		}
		effect, p, adjusted := table.None(), table.None(), table.None()
		if len(f.Evidence) > 0 {
			family++
			effect = f.Effect()
			p, adjusted = table.Number(*f.P, 4), table.Number(*f.Adjusted, 4)
		} else if f.Correlation == nil {
			effect = table.Missing("no seed has all the numbers")
		}
		t.Rows = append(t.Rows, []table.Cell{table.Text(f.ID), table.Text(f.Pairs), effect, table.Text(f.Claimed()), p, adjusted,
			table.Text(string(f.Verdict)), table.Text(f.Reason)})
	}
	if family > 0 {
		t.Notes = []string{fmt.Sprintf("Exact sign-flip test, two-sided, corrected by Holm's method over a family of %d; intervals: Student t, 95 %%, not corrected. On this network and data.", family)}
	}
	return t
}

// Effect is the first comparison's difference in percentage points.
func (f Finding) Effect() table.Cell {
	e := f.Evidence[0].Difference
	c := table.Single(100*e.Value, e.N, 2)
	if e.Level > 0 {
		c = table.Interval(100*e.Value, 100*e.Lo, 100*e.Hi, e.N, 2)
	}
	if len(f.Evidence) > 1 {
		c.Note = fmt.Sprintf("of %s, the first of %d comparisons; findings.json has all", f.Evidence[0].Name, len(f.Evidence))
	}
	return c
}

// Claimed is the direction with the margin in numbers.
func (f Finding) Claimed() string {
	if f.Margin == 0 {
		return f.Direction
	}
	return strings.ReplaceAll(f.Direction, "the margin", fmt.Sprintf("%g pp", 100*f.Margin))
}
