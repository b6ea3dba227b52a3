package tables

import (
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
	"prunelab/model/nn"
	"prunelab/model/sparse"
)

// stored is what the weights of a layer take in each format, from the number
// of weights that are left.
type stored struct {
	name       string
	rows, cols int
	left       int
	k          int           // bits of a code of the relative index, the best for this density
	sizes      []sparse.Size // in the order of sparse.Formats; the relative index with its expected fillers
}

// storage is what each layer of a network takes.
func storage(net nn.Config, layers []trial.LayerResult) ([]stored, error) {
	costs, err := net.Costs()
	if err != nil {
		return nil, err
	}
	var all []stored
	for i, l := range layers {
		s := stored{name: l.Name, rows: costs[i].Units, cols: l.Size / costs[i].Units, left: l.Size - l.Removed}
		s.k = sparse.BestCode(float64(s.left)/float64(l.Size), 32)
		for _, f := range sparse.Formats() {
			size, err := sparse.SizeOf(f, s.rows, s.cols, s.left, sparse.FileWidths(s.k))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", l.Name, err)
			}
			s.sizes = append(s.sizes, size)
		}
		all = append(all, s)
	}
	return all, nil
}

// formatColumns are a column for each format.
func formatColumns() []table.Column {
	var cs []table.Column
	for _, f := range sparse.Formats() {
		cs = append(cs, table.Rights(string(f)+" (kB)")...)
	}
	return cs
}

func kilobytes(n float64) table.Cell { return table.Number(n/1000, 1) }

const storageNote = "float32 values, int32 indices and pointers; 1 kB = 1000 bytes; biases and file headers are not counted. Computed from the number of weights left, which determines the size of every format except the relative index: " +
	"its fillers are those expected of weights at random positions, its index width the best at the layer's density. prunelab export --sizes counts the actual ones."

// Storage shows what pruned networks take on a disk.
func Storage(g *group.Study, curves []curve.Curve) ([]table.Table, error) {
	networks, err := storageTable(g)
	if err != nil {
		return nil, err
	}
	layers, err := storageLayerTable(g, curves)
	if err != nil {
		return nil, err
	}
	even, err := breakEvenTable(g)
	return []table.Table{networks, layers, even}, err
}

// storageTable shows what whole networks take. Of series that prune every
// layer, a row for each amount; arms whose networks take the same are one row.
func storageTable(g *group.Study) (table.Table, error) {
	t := table.Table{
		Name: "storage", Title: "Storage of pruned networks",
		Columns: slices.Concat(table.Lefts("arm", "target", "method", "amount"), table.Rights("n", "weights left (%)"), formatColumns(), table.Rights("times smaller than dense")),
		Notes:   []string{storageNote, "Times smaller than dense: of the smallest format. Means over n networks."},
	}
	var lines []line
	for _, c := range g.Cells {
		if c.Role != trial.Point || !prunesAll(g.Plan, c) {
			continue
		}
		labels := c.Labels
		labels.Retrain = false // the same masks
		if slices.ContainsFunc(lines, func(l line) bool { return l.Labels == labels }) {
			continue
		}
		l, err := networkLine(c)
		if err != nil {
			return t, err
		}
		if l.n > 0 {
			l.Labels = labels
			lines = append(lines, l)
		}
	}
	names := group.NewOrder(g.Plan)
	slices.SortStableFunc(lines, func(a, b line) int { return names.SameArm(a.Labels, b.Labels) })
	for _, l := range mergeArms(g.Plan, lines) {
		t.Rows = append(t.Rows, append(append(table.Texts(l.Arm, l.Target, l.Method.String(), group.Amount(l.Parameter, l.Requested)), table.Int(l.n)), l.cells...))
	}
	return t.Fold("method").Fold("target"), nil
}

// prunesAll reports whether a cell's trials prune every layer of the network.
func prunesAll(p trial.Plan, c group.Cell) bool {
	for _, l := range p.Layers {
		if !prunes(c.Members[0].Spec, l) {
			return false
		}
	}
	return true
}

// networkLine is the number of networks of a cell and the means of what they
// take.
func networkLine(c group.Cell) (line, error) {
	totals := make([]float64, len(sparse.Formats()))
	var n int
	var left, size float64
	for _, m := range c.Members {
		if m.Outcome == nil || len(m.Outcome.Result.Layers) == 0 {
			continue
		}
		layers, err := storage(m.Spec.Net, m.Outcome.Result.Layers)
		if err != nil {
			return line{}, err
		}
		n++
		for _, l := range layers {
			left += float64(l.left)
			size += float64(l.rows * l.cols)
			for i, s := range l.sizes {
				totals[i] += float64(s.Bytes)
			}
		}
	}
	if n == 0 {
		return line{}, nil
	}
	cells := []table.Cell{table.Number(100*left/size, 2)}
	for _, b := range totals {
		cells = append(cells, kilobytes(b/float64(n)))
	}
	times := table.None()
	if least := slices.Min(totals); least > 0 {
		times = table.Number(totals[0]/least, 1)
	}
	return line{n: n, cells: append(cells, times)}, nil
}
