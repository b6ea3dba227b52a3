package mcnemar

import (
	"fmt"
	"math"
	"slices"

	"prunelab/analysis/stats"
	"prunelab/analysis/table"
)

// Table shows the comparisons.
func Table(all []Comparison) table.Table {
	t := table.Table{
		Name:    "single-networks",
		Title:   "McNemar’s test between single networks, image by image",
		Columns: slices.Concat(table.Lefts("stage", "target", "method", "amount", "first", "second"), table.Rights("n", "SD of seeds (pp)", "binomial SE (pp)", "only first right (images)", "only second right (images)", "McNemar p", "p ≤ 0.05 in")),
		Notes: []string{
			"One pair per seed, scored on the same images. SD and SE: of the second network’s accuracy; SD: sample standard deviation over seeds; binomial SE: of a single network, from the number of images. Images: means over pairs.",
			"McNemar p: mid-p, median over pairs (smallest–largest); p ≤ 0.05 in: how many of the n pairs, uncorrected. The test says whether two networks differ; whether two ways of pruning differ is a question for the seeds.",
		},
	}
	for _, c := range all {
		t.Rows = append(t.Rows, slices.Concat(table.Texts(string(c.Stage), c.Target, c.Method.String(), c.Amount, c.First, c.Second), c.cells()))
		t.Targets = append(t.Targets, c.Target)
	}
	return t.Fold("method")
}

// cells are the columns from n on.
func (c Comparison) cells() []table.Cell {
	var onlyFirst, onlySecond, p []float64
	below := 0
	for _, m := range c.Pairs {
		onlyFirst, onlySecond, p = append(onlyFirst, float64(m.OnlyA)), append(onlySecond, float64(m.OnlyB)), append(p, m.MidP)
		if m.MidP <= 0.05 {
			below++
		}
	}
	slices.Sort(p)
	sd := table.Missing("n = 1")
	if c.Accuracy.N > 1 {
		sd = table.Number(100*c.Accuracy.SD, 2)
	}
	mid := table.Number((p[(len(p)-1)/2]+p[len(p)/2])/2, 4)
	if len(p) > 1 {
		mid.Text += fmt.Sprintf(" (%s–%s)", table.Format(p[0], 4), table.Format(p[len(p)-1], 4))
	}
	return []table.Cell{table.Int(len(c.Pairs)), sd, table.Number(100*stats.BinomialSE(math.Min(1, c.Accuracy.Value), c.Images), 2),
		table.Number(stats.Average(onlyFirst), 1), table.Number(stats.Average(onlySecond), 1), mid, table.Int(below)}
}
