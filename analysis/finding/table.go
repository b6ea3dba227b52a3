package finding

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
)

// Fact is a part of a finding under its name.
type Fact struct {
	Name string
	Cell table.Cell
}

// Facts are the numbers of a finding: what was compared, the effect, and the p of
// the claim before and after the correction.
func (f Finding) Facts() []Fact {
	effect, p, adjusted := table.None(), table.None(), table.None()
	if len(f.Evidence) > 0 {
		effect, p = f.Effect(), table.Number(*f.P, 4)
		if f.Adjusted != nil {
			adjusted = table.Number(*f.Adjusted, 4)
		}
	} else if f.Correlation == nil {
		effect = table.Missing("no seed has all the numbers")
	}
	return []Fact{{"difference", table.Text(f.Pairs)}, {"effect (pp)", effect}, {"claimed", table.Text(f.Claimed())}, {"p", p}, {"adjusted p", adjusted}}
}

// Notes is what holds for all findings of a study.
func Notes(fs []Finding) []string {
	family, secondary := corrected(fs), false
	for _, f := range fs {
		secondary = secondary || f.Verdict == Secondary
	}
	if family == 0 {
		return nil
	}
	notes := []string{fmt.Sprintf("Exact sign-flip test, two-sided, corrected by Holm's method over a family of %d; intervals: Student t, 95 %%, not corrected. Differences are of accuracy lost: above 0 the first named loses more. On this network and data.", family)}
	if secondary {
		notes = append(notes, "Secondary: an effect with its interval and no verdict; verdicts are for the primary claims alone, no more than the seeds can decide.")
	}
	return notes
}

// Table lists the findings that the study has trials for.
func Table(fs []Finding) table.Table {
	t := table.Table{
		Name: "findings", Title: "Findings: the claims and what the data say about them", Notes: Notes(fs),
		Columns: slices.Concat(table.Lefts("claim", "difference"), table.Rights("effect (pp)"), table.Lefts("claimed"), table.Rights("p", "adjusted p"), table.Lefts("verdict", "reason")),
	}
	for _, f := range fs {
		if f.Verdict == NotStudied {
			continue
		}
		row := []table.Cell{table.Text(f.ID)}
		for _, x := range f.Facts() {
			row = append(row, x.Cell)
		}
		t.Rows = append(t.Rows, append(row, table.Text(string(f.Verdict)), table.Text(f.Reason)))
	}
	return t
}

// Deciding is the comparison whose difference is the effect shown.
func (f Finding) Deciding() stats.Comparison { return f.Evidence[f.Decides] }

// place is why the effect shown is that of one of several comparisons.
func (f Finding) place() string {
	if f.Margin > 0 { // a ladder of ratios
		return fmt.Sprintf("the first of %d comparisons", len(f.Evidence))
	}
	return fmt.Sprintf("of %d comparisons the one that decides", len(f.Evidence))
}

// Effect is the deciding comparison's difference in percentage points.
func (f Finding) Effect() table.Cell {
	c := table.PercentInterval(f.Deciding().Difference)
	if len(f.Evidence) > 1 {
		c.Note = fmt.Sprintf("of %s, %s; findings.json has all", f.Deciding().Name, f.place())
	}
	return c
}

// Claimed is the direction with the margin in numbers.
func (f Finding) Claimed() string {
	if f.Margin == 0 {
		return f.Direction
	}
	margin := fmt.Sprintf("%g pp", 100*f.Margin)
	return strings.Replace(f.Direction, "the margin", margin, 1)
}

// Stage says when the networks are scored that a claim speaks of; "before and after"
// of one about both.
func (f Finding) Stage() string {
	var stages []string
	for _, s := range f.Stages {
		stages = append(stages, map[curve.Stage]string{curve.Pruned: "before", curve.Retrained: "after"}[s])
	}
	return strings.Join(stages, " and ")
}
