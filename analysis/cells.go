package analysis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
)

// listedSeeds is how many seeds a footnote names before it counts.
const listedSeeds = 6

// percentCell shows a fraction with its interval in percent or percentage
// points; what is missing goes into a footnote.
func percentCell(e stats.Estimate, missing []curve.Missing) table.Cell {
	why := missingText(missing)
	if e.N == 0 {
		if why == "" {
			why = "no control to compare with"
		}
		return table.Missing(why)
	}
	c := table.Single(100*e.Value, e.N, 2)
	if e.Level > 0 {
		c = table.Symmetric(100*e.Value, 100*e.Lo, 100*e.Hi, e.N, 2)
	}
	var notes []string
	if why != "" {
		notes = append(notes, fmt.Sprintf("n = %d: %s", e.N, why))
	}
	for _, w := range e.Warnings {
		notes = append(notes, string(w))
	}
	c.Note = strings.Join(notes, "; ")
	return c
}

// missingText words which seeds are missing and why: "seeds 1, 3 diverged".
func missingText(missing []curve.Missing) string {
	var order []string
	seeds := map[string][]string{}
	for _, m := range missing {
		if seeds[m.Reason] == nil {
			order = append(order, m.Reason)
		}
		seeds[m.Reason] = append(seeds[m.Reason], strconv.FormatUint(m.Seed, 10))
	}
	slices.Sort(order)
	var parts []string
	for _, reason := range order {
		s := seeds[reason]
		who := "seeds " + strings.Join(s, ", ")
		switch {
		case len(s) == 1:
			who = "seed " + s[0]
		case len(s) > listedSeeds:
			who = fmt.Sprintf("%d seeds", len(s))
		}
		parts = append(parts, who+" "+phrase(reason))
	}
	return strings.Join(parts, "; ")
}

// phrase joins a reason to its seeds.
func phrase(reason string) string {
	if strings.HasPrefix(reason, "the ") || strings.HasPrefix(reason, "its ") {
		return "(" + reason + ")"
	}
	return reason
}

// lossMissing is what a point's loss lacks: seeds without a number, and seeds
// whose reference is missing.
func lossMissing(p curve.Point) []curve.Missing {
	missing := slices.Clone(p.Missing)
	for _, s := range p.Seeds {
		if !s.HasLoss {
			missing = append(missing, curve.Missing{Seed: s.Seed, Key: s.Key, Reason: "without its control"})
		}
	}
	return missing
}

// counted is "1 seed", "2 seeds".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// span is "10" or "8–10".
func span(lo, hi string) string {
	if lo == hi {
		return lo
	}
	return lo + "–" + hi
}

// amount words a parameter's value: "0.9", "quality 1.5".
func amount(parameter string, v float64) string {
	s := strconv.FormatFloat(v, 'g', -1, 64)
	if parameter == "ratio" {
		return s
	}
	return parameter + " " + s
}

// fold takes a column whose cells are all the same out of a table and says so
// in a note.
func fold(t table.Table, head string) table.Table {
	j := slices.IndexFunc(t.Columns, func(c table.Column) bool { return c.Head == head })
	if j < 0 || len(t.Rows) == 0 {
		return t
	}
	text := t.Rows[0][j].Text
	for _, r := range t.Rows {
		if r[j].Text != text {
			return t
		}
	}
	t.Columns = slices.Delete(slices.Clone(t.Columns), j, j+1)
	for i, r := range t.Rows {
		t.Rows[i] = slices.Delete(slices.Clone(r), j, j+1)
	}
	t.Notes = append(t.Notes, fmt.Sprintf("%s%s: %s.", strings.ToUpper(head[:1]), head[1:], text))
	return t
}
