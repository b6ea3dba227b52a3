package tables

import (
	"fmt"
	"slices"

	"prunelab/analysis/group"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
	"prunelab/model/nn"
	"prunelab/model/sparse"
)

// paperBits are the bits of a code that Han, Mao, Dally 2016 name for
// convolutions and for dense layers.
var paperBits = map[nn.Kind]int{nn.KindConv: 8, nn.KindDense: 5}

// breakEvenTable shows up to which density each format pays for each layer.
func breakEvenTable(g *group.Study) (table.Table, error) {
	t := table.Table{
		Name: "break-even", Title: "Density (%) up to which a format is smaller than the dense matrix",
		Columns: slices.Concat(table.Lefts("layer"), table.Rights("matrix")),
		Notes: []string{fmt.Sprintf("float32 values, int32 indices and pointers. Relative: with the fillers expected of weights at random positions, an index width of %d bits for convolutions and of %d for dense layers.",
			paperBits[nn.KindConv], paperBits[nn.KindDense])},
	}
	formats := sparse.Formats()[1:]
	for _, f := range formats {
		t.Columns = append(t.Columns, table.Rights(string(f))...)
	}
	outs := g.Ran()
	at := slices.IndexFunc(outs, func(o *trial.Outcome) bool { return len(o.Result.Layers) > 0 })
	if at < 0 {
		return t, nil
	}
	layers, err := storage(outs[at].Spec.Net, outs[at].Result.Layers)
	if err != nil {
		return t, err
	}
	for i, l := range layers {
		row := []table.Cell{table.Text(l.name), table.Text(fmt.Sprintf("%d x %d", l.rows, l.cols))}
		for _, f := range formats {
			even, err := sparse.BreakEven(f, l.rows, l.cols, sparse.FileWidths(paperBits[outs[at].Result.Layers[i].Kind]))
			if err != nil {
				return t, err
			}
			row = append(row, table.Number(100*even, 2))
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}
