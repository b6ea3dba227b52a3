package tables

import (
	"math"
	"slices"

	"prunelab/analysis/group"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

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

// Sparsity sets what was requested of each layer beside what was removed.
// Arms are merged where they agree in every count.
func Sparsity(g *group.Study) table.Table {
	t := table.Table{
		Name:    "sparsity",
		Title:   "Requested and achieved sparsity of each layer",
		Columns: slices.Concat(table.Lefts("target", "method", "amount", "arm", "layer"), table.Rights("masks", "weights", "to remove", "removed", "requested (%)", "achieved (%)")),
		Notes:   []string{"To remove: what the rule asks for, in all rounds so far. Counts are of one mask, a range where masks differ; percentages are means. Masks: one a seed and arm."},
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
		a := seen[k]
		n := float64(a.networks)
		t.Rows = append(t.Rows, append(table.Texts(k.Target, k.Method.String(), group.Amount(k.Parameter, k.Requested), together(g.Plan, arms), k.layer), table.Int(sum.networks), table.Int(a.size), rangeCell(a.requestLeast, a.requestTop), rangeCell(a.least, a.most),
			table.Number(100*a.requested/n/float64(a.size), 2), table.Number(100*a.removed/n/float64(a.size), 2)))
	}
	return t.Fold("method")
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
	return table.Text(table.Span(lo, hi))
}

// prunes reports whether any level of a trial prunes the layer.
func prunes(s trial.Spec, layer string) bool {
	return slices.ContainsFunc(s.Levels, func(l trial.Level) bool { return slices.Contains(l.Prune.Layers, layer) })
}
