package tables

import (
	"fmt"
	"iter"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
	"prunelab/model/nn"
)

// layerBudget picks the network that the table of layers describes: the
// smallest one before the loss first exceeds it, as a fraction.
const layerBudget = 0.005

// Layers describes pruned networks layer by layer, as the tables of Han et
// al. 2015 do: weights, FLOP (two a multiply-add), active outputs, and what is
// left of weights and FLOP. They count a multiplication with a zero activation
// as saved; so FLOP stand there with and without it, the former being the
// layer's times the active fraction of what it reads.
func Layers(g *group.Study, curves []curve.Curve) table.Table {
	t := table.Table{
		Name:    "layers",
		Title:   "Pruned networks layer by layer",
		Columns: slices.Concat(table.Lefts("arm", "method", "amount"), table.Rights("n"), table.Lefts("layer"), table.Rights("weights", "FLOP", "Act (%)", "weights left (%)", "FLOP left (%)", "FLOP left, zeros skipped (%)")),
		Notes: []string{
			"FLOP: two per multiply-add, for one sample. Act: outputs that are nonzero after the activation. Zeros skipped: multiplications by a zero activation count as saved (the layer's FLOP times Act of the layer before). Means over n seeds.",
			fmt.Sprintf("Of each arm, the most pruned network up to which every mean accuracy loss stays within %s pp; where there is none, the least pruned one.", group.Amount("ratio", 100*layerBudget)),
		},
	}
	for c, p := range described(g, curves) {
		t.Rows = append(t.Rows, layerRows(g, c, p)...)
	}
	return t.Fold("method")
}

// described yields the curves of the whole network, those after retraining where
// there is one, each with the point whose network the tables describe.
func described(g *group.Study, curves []curve.Curve) iter.Seq2[curve.Curve, curve.Point] {
	return func(yield func(curve.Curve, curve.Point) bool) {
		for _, c := range curves {
			if len(c.Layers) != len(g.Plan.Layers) || c.Stage == curve.Pruned && curve.Retrains(c, curves) {
				continue
			}
			if p, ok := smallest(c); ok && !yield(c, p) {
				return
			}
		}
	}
}

func smallest(c curve.Curve) (curve.Point, bool) {
	var best curve.Point
	found := false
	for _, p := range c.Points {
		if p.Requested == 0 {
			continue
		}
		if p.Loss.N == 0 || found && p.Loss.Value > layerBudget {
			break
		}
		best, found = p, true
		if p.Loss.Value > layerBudget {
			break
		}
	}
	return best, found
}

// layerRows are the layers of a point's networks and their total.
func layerRows(g *group.Study, c curve.Curve, p curve.Point) [][]table.Cell {
	var nets [][]trial.LayerResult
	var reads [][]float64
	for _, s := range p.Seeds {
		o := g.Outcome(s.Key)
		if r := inputs(o.Spec.Net, o.Result.Layers); r != nil {
			nets, reads = append(nets, o.Result.Layers), append(reads, r)
		}
	}
	if len(nets) == 0 {
		return nil
	}
	head := func(layer string) []table.Cell {
		return append(table.Texts(c.Arm, c.Method.String(), group.Amount(c.Parameter, p.Requested)), table.Int(len(nets)), table.Text(layer))
	}
	percent := func(part, of float64) table.Cell { return table.Number(100*part/of, 1) }
	var rows [][]table.Cell
	var weights, flop, left, flopLeft, flopSkipped float64 // totals, means over seeds
	for i, l := range nets[0] {
		size, dense := float64(l.Size), 2*float64(l.DenseMACs)
		var kept, ops, skipped, act float64
		for k, ls := range nets {
			before := reads[k][i]
			n := float64(len(nets))
			kept += float64(ls[i].Size-ls[i].Removed) / n
			ops += 2 * float64(ls[i].MACs) / n
			skipped += 2 * float64(ls[i].MACs) * before / n
			if ls[i].Active != nil {
				act += *ls[i].Active / n
			}
		}
		activity := table.None() // the last layer's outputs are the classes' scores
		if l.Active != nil {
			activity = percent(act, 1)
		}
		rows = append(rows, append(head(l.Name), table.Int(l.Size), table.Int(2*l.DenseMACs), activity,
			percent(kept, size), percent(ops, dense), percent(skipped, dense)))
		weights, flop = weights+size, flop+dense
		left, flopLeft, flopSkipped = left+kept, flopLeft+ops, flopSkipped+skipped
	}
	return append(rows, append(head("total"), table.Int(int(weights)), table.Int(int(flop)), table.None(),
		percent(left, weights), percent(flopLeft, flop), percent(flopSkipped, flop)))
}

// inputs returns, of each layer, the fraction of its inputs that are not zero; of the
// network's input every value counts. It is nil where that is not known of one.
func inputs(net nn.Config, ls []trial.LayerResult) []float64 {
	t, err := net.Topology()
	if err != nil || len(ls) == 0 {
		return nil
	}
	reads := make([]float64, len(ls))
	for i := range reads {
		reads[i] = 1
	}
	for i, l := range ls {
		if l.Reads != nil {
			reads[i] = *l.Reads
			continue
		}
		for _, r := range t.Readers(l.Name) {
			if l.Active == nil {
				return nil
			}
			j := slices.IndexFunc(ls, func(l trial.LayerResult) bool { return l.Name == r.Reader })
			reads[j] = *l.Active
		}
	}
	return reads
}
