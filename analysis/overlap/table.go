package overlap

import (
	"slices"

	"prunelab/analysis/contrast"
	"prunelab/analysis/group"
	"prunelab/analysis/table"
)

// Table shows how much the masks of arms and of seeds agree: of the sets that
// prune several layers, or of all where there are no such.
func Table(sets []Set) table.Table {
	t := table.Table{
		Name:    "overlap",
		Title:   "Overlap of masks (Jaccard index of the weights kept)",
		Columns: slices.Concat(table.Lefts("target", "method", "masks of", "amount"), table.Rights("n", "overlap", "by chance")),
		Notes: []string{
			"Overlap: weights that both masks keep, over weights that either keeps; estimated from up to 8192 positions per layer. By chance: the overlap expected of independent masks that keep as many weights of each layer.",
			"Two arms: at the same seed, mean over n seeds with its 95 % t interval. Seeds: n pairs of seeds of one arm; the pairs are not independent, so there is no interval.",
		},
	}
	several := slices.ContainsFunc(sets, func(s Set) bool { return len(s.Layers) > 1 })
	for _, s := range sets {
		if several && len(s.Layers) < 2 {
			continue
		}
		for _, c := range s.Curves {
			if c.Layer != "" && len(s.Layers) > 1 || c.A != c.B && !contrast.Compared(slices.Index(s.Arms, c.A), len(s.Arms)) {
				continue
			}
			for _, p := range c.Points {
				e := p.Jaccard
				cell := table.Single(e.Value, e.N, 3)
				if e.Level > 0 {
					cell = table.Interval(e.Value, e.Lo, e.Hi, e.N, 3)
				}
				t.Rows = append(t.Rows, append(table.Texts(s.Target, s.Method.String(), c.Words(), group.Amount(s.Parameter, p.Requested)), table.Int(e.N), cell, table.Number(p.Chance, 3)))
			}
		}
		for _, words := range s.Shared {
			if note := words + "."; !slices.Contains(t.Notes, note) {
				t.Notes = append(t.Notes, note)
			}
		}
	}
	return t.Fold("method")
}
