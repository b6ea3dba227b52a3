package tables

import (
	"slices"
	"strings"

	"prunelab/analysis/group"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// line is a row of a table in which arms that are alike become one row.
type line struct {
	group.Labels
	layer string
	n     int    // networks
	own   string // an arm that is merged with no other, else ""
	cells []table.Cell
}

// mergeArms makes one line of those that differ in nothing but the arm and n.
func mergeArms(p trial.Plan, lines []line) []line {
	var merged []line
	for len(lines) > 0 {
		first := lines[0]
		alike := func(l line) bool {
			l.Arm = first.Arm
			return l.Labels == first.Labels && l.layer == first.layer && l.own == first.own &&
				slices.EqualFunc(l.cells, first.cells, func(a, b table.Cell) bool { return a.Text == b.Text })
		}
		var arms []string
		n := 0
		for _, l := range lines {
			if alike(l) {
				arms, n = append(arms, l.Arm), n+l.n
			}
		}
		lines = slices.DeleteFunc(lines, alike)
		first.n, first.Arm = n, together(p, arms)
		merged = append(merged, first)
	}
	return merged
}

// together names arms that are one row.
func together(p trial.Plan, arms []string) string {
	if len(arms) > 1 && len(arms) == len(p.Arms) {
		return "every"
	}
	return strings.Join(arms, ", ")
}
