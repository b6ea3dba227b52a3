package analysis

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
	"prunelab/model/nn"
)

// layerBudget picks the network that the table of layers describes: the
// smallest one before the loss first exceeds it, as a fraction.
const layerBudget = 0.005

// layerTable describes pruned networks layer by layer, as the tables of Han et
// al. 2015 do: weights, FLOP (two a multiply-add), active outputs, and what is
// left of weights and FLOP. They count a multiplication with a zero activation
// as saved; so FLOP stand there with and without it, the former being the
// layer's times the active fraction of what it reads.
func layerTable(g *group.Study, curves []curve.Curve) table.Table {
	t := table.Table{
		Name:  "layers",
		Title: "Pruned networks layer by layer",
		Columns: []table.Column{
			{Head: "arm", Align: table.Left}, {Head: "method", Align: table.Left}, {Head: "amount", Align: table.Left}, {Head: "n", Align: table.Right},
			{Head: "layer", Align: table.Left}, {Head: "weights", Align: table.Right}, {Head: "FLOP", Align: table.Right}, {Head: "Act (%)", Align: table.Right},
			{Head: "weights left (%)", Align: table.Right}, {Head: "FLOP left (%)", Align: table.Right}, {Head: "FLOP left, zeros skipped (%)", Align: table.Right},
		},
		Notes: []string{
			"FLOP: two a multiply-add, of one sample. Act: outputs that are not zero after the activation. Zeros skipped: multiplications with an activation that is zero count as saved (the layer's FLOP times Act of the layer before). Means over n seeds.",
			fmt.Sprintf("Of each arm, the smallest network whose mean loss is within %s pp, as are those before it; where there is none, the one pruned least.", amount("ratio", 100*layerBudget)),
		},
	}
	for c, p := range described(g, curves) {
		t.Rows = append(t.Rows, layerRows(g, c, p)...)
	}
	return fold(t, "method")
}

// described yields the curves of the whole network, those after retraining where
// there is one, each with the point whose network the tables describe.
func described(g *group.Study, curves []curve.Curve) iter.Seq2[curve.Curve, curve.Point] {
	return func(yield func(curve.Curve, curve.Point) bool) {
		for _, c := range curves {
			if len(c.Layers) != len(g.Plan.Layers) || c.Stage == curve.Pruned && retrains(c, curves) {
				continue
			}
			if p, ok := smallest(c); ok && !yield(c, p) {
				return
			}
		}
	}
}

// unitTable describes what pruning did to the units of the same networks: those
// that are dead (Han et al. 2015, section 3.5), and the dropout rates of the
// retraining (section 3.2).
func unitTable(g *group.Study, curves []curve.Curve) table.Table {
	t := table.Table{
		Name:  "units",
		Title: "Dead units and dropout of the pruned networks",
		Columns: []table.Column{
			{Head: "arm", Align: table.Left}, {Head: "method", Align: table.Left}, {Head: "amount", Align: table.Left}, {Head: "n", Align: table.Right},
			{Head: "layer", Align: table.Left}, {Head: "units without inputs", Align: table.Right}, {Head: "units without outputs", Align: table.Right},
			{Head: "weights that go with them", Align: table.Right}, {Head: "dropout", Align: table.Right},
		},
		Notes: []string{
			"The networks of the table layers, means over n seeds. Units are neurons, or channels of a convolution. Weights that go with them: left in the layer, and removable without changing what the network computes (what a unit without inputs emits goes into the biases of the next layer). Dropout: rate of the retraining before the layer.",
		},
	}
	for c, p := range described(g, curves) {
		t.Rows = append(t.Rows, unitRows(g, c, p)...)
	}
	return fold(t, "method")
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
		if len(in) == 0 || len(rates) == 0 && average(in)+average(out) == 0 && (len(held) == 0 || average(held) == 0) {
			continue
		}
		weights, rate := table.Missing("recorded by newer programs only"), table.None()
		if len(held) == len(in) {
			weights = table.Number(average(held), 1)
		}
		if len(rates) > 0 {
			rate = table.Number(average(rates), 3)
		}
		rows = append(rows, []table.Cell{table.Text(c.Arm), table.Text(c.Method.String()), table.Text(amount(c.Parameter, p.Requested)), table.Int(len(in)), table.Text(name),
			table.Number(average(in), 1), table.Number(average(out), 1), weights, rate})
	}
	return rows
}

func average(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// retrains reports whether the series of a curve has a retrained stage.
func retrains(c curve.Curve, curves []curve.Curve) bool {
	c.Stage = curve.Retrained
	return slices.ContainsFunc(curves, func(o curve.Curve) bool { return o.Series == c.Series })
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
	var reads map[string]int
	for _, s := range p.Seeds {
		o := g.Outcome(s.Key)
		if r := sources(o.Spec.Net, o.Result.Layers); r != nil {
			nets, reads = append(nets, o.Result.Layers), r
		}
	}
	if len(nets) == 0 {
		return nil
	}
	head := func(layer string) []table.Cell {
		return []table.Cell{table.Text(c.Arm), table.Text(c.Method.String()), table.Text(amount(c.Parameter, p.Requested)), table.Int(len(nets)), table.Text(layer)}
	}
	percent := func(part, of float64) table.Cell { return table.Number(100*part/of, 1) }
	var rows [][]table.Cell
	var weights, flop, left, flopLeft, flopSkipped float64 // totals, means over seeds
	for i, l := range nets[0] {
		size, dense := float64(l.Size), 2*float64(l.DenseMACs)
		var kept, ops, skipped, act float64
		for _, ls := range nets {
			before := 1.0 // of the network's input every value counts
			if j, ok := reads[l.Name]; ok {
				before = *ls[j].Active
			}
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

// sources says, of each layer that does not read the network's input, by position
// which one it reads. It is nil where the activity of one that is read is not known.
func sources(net nn.Config, ls []trial.LayerResult) map[string]int {
	t, err := net.Topology()
	if err != nil || len(ls) == 0 {
		return nil
	}
	of := map[string]int{}
	for i, l := range ls {
		for _, r := range t.Readers(l.Name) {
			if of[r.Reader] = i; l.Active == nil {
				return nil
			}
		}
	}
	return of
}

// achieved is what was requested and removed of one layer, over networks.
type achieved struct {
	seeds                    map[uint64]bool // whose mask was counted
	size, networks           int
	requested                float64 // sum over networks
	removed                  float64 // likewise
	least, most              int     // removed
	requestLeast, requestTop int
}

func (a *achieved) add(seed uint64, l trial.LayerResult) {
	if a.seeds[seed] {
		return // retrained and not retrained have the same mask
	}
	if a.networks == 0 {
		a.seeds = map[uint64]bool{}
		a.least, a.most, a.requestLeast, a.requestTop = math.MaxInt, 0, math.MaxInt, 0
	}
	a.seeds[seed] = true
	a.size = l.Size
	a.networks++
	a.requested += float64(l.Requested)
	a.removed += float64(l.Removed)
	a.least, a.most = min(a.least, l.Removed), max(a.most, l.Removed)
	a.requestLeast, a.requestTop = min(a.requestLeast, l.Requested), max(a.requestTop, l.Requested)
}

// sparsityTable sets what was requested of each layer beside what was removed.
// Arms are merged where they agree in every count.
func sparsityTable(g *group.Study) table.Table {
	t := table.Table{
		Name:  "sparsity",
		Title: "Requested and achieved sparsity of each layer",
		Columns: []table.Column{
			{Head: "target", Align: table.Left}, {Head: "method", Align: table.Left}, {Head: "amount", Align: table.Left}, {Head: "arm", Align: table.Left},
			{Head: "layer", Align: table.Left}, {Head: "masks", Align: table.Right}, {Head: "weights", Align: table.Right},
			{Head: "to remove", Align: table.Right}, {Head: "removed", Align: table.Right}, {Head: "requested (%)", Align: table.Right}, {Head: "achieved (%)", Align: table.Right},
		},
		Notes: []string{"To remove: what the rule asks for, in all rounds so far. Counts are of one mask, a range where masks differ; percentages are means. Masks: one a seed and arm."},
	}
	type key struct {
		group.Labels
		layer string
	}
	var order []key
	seen := map[key]*achieved{}
	for _, c := range g.Cells {
		if c.Role != trial.Point {
			continue
		}
		for _, m := range c.Members {
			if m.Outcome == nil || m.Outcome.Status == trial.Failed {
				continue
			}
			for _, l := range m.Outcome.Result.Layers {
				if !prunes(m.Spec, l.Name) {
					continue
				}
				labels := c.Labels
				labels.Retrain = false // the same masks
				k := key{labels, l.Name}
				if seen[k] == nil {
					seen[k] = &achieved{}
					order = append(order, k)
				}
				seen[k].add(m.Seed, l)
			}
		}
	}
	var done []key
	names := group.NewOrder(g.Plan)
	slices.SortStableFunc(order, func(a, b key) int { return names.SameArm(a.Labels, b.Labels) })
	for _, k := range order {
		if slices.Contains(done, k) {
			continue
		}
		arms := []string{k.Arm}
		sum := *seen[k]
		for _, o := range order {
			other := o
			other.Arm = k.Arm
			if o.Arm != k.Arm && other == k && !slices.Contains(done, o) && sum.alike(*seen[o]) {
				arms, done = append(arms, o.Arm), append(done, o)
				sum.networks += seen[o].networks
			}
		}
		arm := k.Arm
		if len(arms) > 1 && len(arms) == len(g.Plan.Arms) {
			arm = "every"
		} else if len(arms) > 1 {
			arm = strings.Join(arms, ", ")
		}
		a := seen[k]
		n := float64(a.networks)
		t.Rows = append(t.Rows, []table.Cell{
			table.Text(k.Target), table.Text(k.Method.String()), table.Text(amount(k.Parameter, k.Requested)), table.Text(arm), table.Text(k.layer),
			table.Int(sum.networks), table.Int(a.size), rangeCell(a.requestLeast, a.requestTop), rangeCell(a.least, a.most),
			table.Number(100*a.requested/n/float64(a.size), 2), table.Number(100*a.removed/n/float64(a.size), 2),
		})
	}
	return fold(t, "method")
}

// alike reports whether two arms have the same counts in all networks.
func (a achieved) alike(b achieved) bool {
	return a.size == b.size && a.least == a.most && a.requestLeast == a.requestTop &&
		b.least == a.least && b.most == a.most && b.requestLeast == a.requestLeast && b.requestTop == a.requestTop
}

func rangeCell(lo, hi int) table.Cell {
	if lo == hi {
		return table.Int(lo)
	}
	return table.Text(span(fmt.Sprint(lo), fmt.Sprint(hi)))
}

// prunes reports whether any level of a trial prunes the layer.
func prunes(s trial.Spec, layer string) bool {
	return slices.ContainsFunc(s.Levels, func(l trial.Level) bool { return slices.Contains(l.Prune.Layers, layer) })
}
