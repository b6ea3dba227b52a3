package main

import (
	"fmt"

	"prunelab/analysis/table"
	"prunelab/model/nn"
	"prunelab/model/sparse"
	"prunelab/model/weights"
)

// sizes prints what each layer takes in each format.
func (s *session) sizes(net *nn.Network, bits weights.Bits) error {
	layers, err := weights.Sizes(net, bits)
	if err != nil {
		return err
	}
	bytes := table.Table{
		Title: "Storage of the weights (bytes)",
		Columns: []table.Column{
			{Head: "layer", Align: table.Left}, {Head: "matrix", Align: table.Right}, {Head: "left", Align: table.Right}, {Head: "density (%)", Align: table.Right},
		},
		Notes: []string{
			"float32 values, int32 indices and pointers; biases and file headers are not counted. Exact, from the pattern of this network.",
			"k: bits of a code of the relative index. Fillers: stored zeros where a distance is larger than 2^k, counted; expected: were the weights left at random places.",
			"Break-even: the density up to which a format is smaller than the dense matrix.",
		},
	}
	even := table.Table{Title: "Break-even density (%)", Columns: []table.Column{{Head: "layer", Align: table.Left}}}
	for _, f := range sparse.Formats() {
		bytes.Columns = append(bytes.Columns, table.Column{Head: string(f), Align: table.Right})
		if f != sparse.FormatDense {
			even.Columns = append(even.Columns, table.Column{Head: string(f), Align: table.Right})
		}
	}
	for _, head := range []string{"k", "fillers", "expected"} {
		bytes.Columns = append(bytes.Columns, table.Column{Head: head, Align: table.Right})
	}
	var left, size, fillers int
	var expected float64
	totals := make([]int64, len(sparse.Formats()))
	for _, l := range layers {
		row := []table.Cell{table.Text(l.Name), table.Text(fmt.Sprintf("%d x %d", l.Rows, l.Cols)), table.Int(l.Left), table.Number(100*l.Density(), 2)}
		thresholds := []table.Cell{table.Text(l.Name)}
		for i, f := range l.Sizes {
			row = append(row, table.Int(int(f.Bytes)))
			totals[i] += f.Bytes
			if f.Format != sparse.FormatDense {
				thresholds = append(thresholds, table.Number(100*l.BreakEven[i], 2))
			}
		}
		bytes.Rows = append(bytes.Rows, append(row, table.Int(l.K), table.Int(l.Fillers), table.Number(l.Expected, 0)))
		even.Rows = append(even.Rows, thresholds)
		left, size, fillers, expected = left+l.Left, size+l.Rows*l.Cols, fillers+l.Fillers, expected+l.Expected
	}
	total := []table.Cell{table.Text("total"), table.None(), table.Int(left), table.Number(100*float64(left)/float64(size), 2)}
	times := []table.Cell{table.Text("times smaller"), table.None(), table.None(), table.None()}
	for _, n := range totals {
		total = append(total, table.Int(int(n)))
		ratio := table.None()
		if n > 0 {
			ratio = table.Number(float64(totals[0])/float64(n), 2)
		}
		times = append(times, ratio)
	}
	bytes.Rows = append(bytes.Rows,
		append(total, table.None(), table.Int(fillers), table.Number(expected, 0)),
		append(times, table.None(), table.None(), table.None()))
	for _, t := range []table.Table{bytes, even} {
		text, err := t.Txt()
		if err != nil {
			return err
		}
		fmt.Fprintf(s.stdout, "\n%s", text)
	}
	return nil
}
