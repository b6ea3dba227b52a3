package proxy

import (
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
)

// Table shows how well the predictions order the layers.
func Table(rankings []Ranking) table.Table {
	t := table.Table{
		Name: "proxies", Title: "Sensitivity of layers predicted without accuracy: rank correlation with the measured accuracy loss",
		Columns: slices.Concat(table.Lefts("arm", "method", "amount", "prediction"), table.Rights("layers")),
		Notes: []string{
			"Over the layers, each pruned alone by the amount; prediction and accuracy loss are means over seeds. Before: right after pruning, against the dense network; after: after retraining, against the unpruned control. " +
				"p: two-sided, of the single correlation, not corrected for the number of correlations.",
			"Weight energy: Σw² of the weights removed, over that of all. Output KL: KL(dense ‖ pruned) of the class probabilities. Taylor: Σ|E[g] w|. Fisher: ½ Σw² E[g²]. Reconstruction: relative squared error of the layer's linear output. " +
				"All are computed on training images.",
		},
	}
	for _, stage := range curve.Stages() {
		when := curve.BeforeAfter(stage)
		t.Columns = append(t.Columns, table.Rights("ρ "+when, "p of ρ "+when, "τ "+when)...)
	}
	few := false
	for _, r := range rankings {
		for _, k := range Kinds() {
			row := append(table.Texts(r.Arm, r.Method.String(), group.Amount(r.Parameter, r.Requested), string(k)), table.Int(len(r.Layers)))
			any := false
			for _, stage := range curve.Stages() {
				o, ok := r.Orders[k][stage]
				if !ok {
					row = append(row, table.None(), table.None(), table.None())
					continue
				}
				any = true
				few = few || o.Spearman.P == nil
				row = append(row, correlationCell(o, o.Spearman), pCell(o.Spearman), correlationCell(o, o.Kendall))
			}
			if any {
				t.Rows = append(t.Rows, row)
			}
		}
	}
	if few {
		t.Notes = append(t.Notes, "–: no p, as a rank correlation of so few layers cannot be significant; or no order, as all layers are equal.")
	}
	return t.Fold("method")
}

func correlationCell(o Order, c stats.Correlation) table.Cell {
	if !o.Ordered() {
		return table.Cell{Text: "–"}
	}
	return table.Single(c.Value, c.N, 2)
}

func pCell(c stats.Correlation) table.Cell {
	if c.P == nil {
		return table.Cell{Text: "–"}
	}
	return table.Single(*c.P, c.N, 3)
}

// LayerTable shows the numbers behind the correlations.
func LayerTable(rankings []Ranking) table.Table {
	t := table.Table{
		Name: "proxy-layers", Title: "Predictions and accuracy losses of layers pruned alone",
		Columns: slices.Concat(table.Lefts("arm", "method", "amount", "layer"), table.Rights("n")),
		Notes:   []string{"Means over n seeds; accuracy loss before and after retraining."},
	}
	images := 0
	for _, k := range Kinds() {
		t.Columns = append(t.Columns, table.Rights(string(k))...)
	}
	for _, stage := range curve.Stages() {
		t.Columns = append(t.Columns, table.Rights("accuracy loss "+curve.BeforeAfter(stage)+" (pp)")...)
	}
	for _, r := range rankings {
		for _, l := range r.Layers {
			images = l.Images
			row := append(table.Texts(r.Arm, r.Method.String(), group.Amount(r.Parameter, r.Requested), l.Name), table.Int(l.Seeds))
			for _, k := range Kinds() {
				v := l.Values[k]
				row = append(row, table.Cell{Text: fmt.Sprintf("%.3g", v), Value: &v, N: l.Seeds})
			}
			for _, stage := range curve.Stages() {
				cell := table.None()
				if e := l.Loss[stage]; e.N > 0 {
					cell = table.Single(100*e.Value, e.N, 2)
				}
				row = append(row, cell)
			}
			t.Rows = append(t.Rows, row)
		}
	}
	if images > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("Predictions are computed on %d training images.", images))
	}
	return t.Fold("method")
}
