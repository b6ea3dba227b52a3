package tables

import (
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
)

// Units describes what pruning did to the units of the same networks: those
// that are dead (Han et al. 2015, section 3.5), and the dropout rates of the
// retraining (section 3.2).
func Units(g *group.Study, curves []curve.Curve) table.Table {
	t := table.Table{
		Name:    "units",
		Title:   "Dead units and dropout of the pruned networks",
		Columns: slices.Concat(table.Lefts("arm", "method", "amount"), table.Rights("n"), table.Lefts("layer"), table.Rights("units without inputs", "units without outputs", "removable weights", "dropout")),
		Notes: []string{
			"The networks of the table layers, means over n seeds. Units are neurons, or channels of a convolution. Removable weights: weights left in the layer that can be removed together with the dead units without changing what the network computes (the constant output of a unit without inputs is added to the biases of the next layer). Dropout: rate before the layer in retraining.",
		},
	}
	for c, p := range described(g, curves) {
		t.Rows = append(t.Rows, unitRows(g, c, p)...)
	}
	return t.Fold("method")
}

// unitRows are the layers that have dead units or dropout.
func unitRows(g *group.Study, c curve.Curve, p curve.Point) [][]table.Cell {
	var rows [][]table.Cell
	for i, name := range g.Plan.Layers {
		var in, out, held, rates []float64
		for _, s := range p.Seeds {
			ls := g.Outcome(s.Key).Result.Layers
			if i >= len(ls) {
				continue
			}
			l := ls[i]
			in, out = append(in, float64(l.DeadIn)), append(out, float64(l.DeadOut))
			switch {
			case l.DeadLeft != nil:
				held = append(held, float64(*l.DeadLeft))
			case l.DeadIn+l.DeadOut == 0:
				held = append(held, 0)
			}
			if l.Dropout != nil {
				rates = append(rates, *l.Dropout)
			}
		}
		if len(in) == 0 || len(rates) == 0 && stats.Average(in)+stats.Average(out) == 0 && (len(held) == 0 || stats.Average(held) == 0) {
			continue
		}
		weights, rate := table.Missing("not recorded by the version that ran it"), table.None()
		if len(held) == len(in) {
			weights = table.Number(stats.Average(held), 1)
		}
		if len(rates) > 0 {
			rate = table.Number(stats.Average(rates), 3)
		}
		rows = append(rows, append(table.Texts(c.Arm, c.Method.String(), group.Amount(c.Parameter, p.Requested)), table.Int(len(in)), table.Text(name),
			table.Number(stats.Average(in), 1), table.Number(stats.Average(out), 1), weights, rate))
	}
	return rows
}
