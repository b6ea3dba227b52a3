package tables

import (
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
	"prunelab/model/sparse"
)

// storageLayerTable shows layer by layer what the networks of layerTable take,
// of the first seed.
func storageLayerTable(g *group.Study, curves []curve.Curve) (table.Table, error) {
	t := table.Table{
		Name: "storage-layers", Title: "Storage of pruned networks layer by layer (bytes)",
		Columns: slices.Concat(table.Lefts("arm", "method", "amount", "layer"), table.Rights("matrix", "density (%)")),
		Notes:   []string{storageNote, "The networks of the table layers, first seed. Matrix: outputs x inputs per output. k: index width of the relative index, in bits."},
	}
	for _, f := range sparse.Formats() {
		t.Columns = append(t.Columns, table.Rights(string(f))...)
	}
	t.Columns = append(t.Columns, table.Rights("k")...)
	var lines []line
	for c, p := range described(g, curves) {
		at := slices.IndexFunc(p.Seeds, func(s curve.Sample) bool { return len(g.Outcome(s.Key).Result.Layers) > 0 })
		if at < 0 {
			continue
		}
		o := g.Outcome(p.Seeds[at].Key)
		layers, err := storage(o.Spec.Net, o.Result.Layers)
		if err != nil {
			return t, err
		}
		for _, l := range layers {
			cells := []table.Cell{table.Text(fmt.Sprintf("%d x %d", l.rows, l.cols)), table.Number(100*float64(l.left)/float64(l.rows*l.cols), 2)}
			for _, s := range l.sizes {
				cells = append(cells, table.Int(int(s.Bytes)))
			}
			labels := group.Labels{Series: trial.Series{Arm: c.Arm, Method: c.Method, Parameter: c.Parameter}, Requested: p.Requested}
			lines = append(lines, line{Labels: labels, layer: l.name, n: 1, cells: append(cells, table.Int(l.k))})
		}
	}
	for _, l := range mergeArms(g.Plan, lines) {
		t.Rows = append(t.Rows, append(table.Texts(l.Arm, l.Method.String(), group.Amount(l.Parameter, l.Requested), l.layer), l.cells...))
	}
	return t.Fold("method"), nil
}
