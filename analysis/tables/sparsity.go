package tables

import (
	"slices"

	"prunelab/analysis/group"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// achieved is what was requested and removed of one layer, a network each.
type achieved struct {
	seeds              map[uint64]bool // whose mask was counted
	size               int
	requested, removed []int
}

func (a *achieved) add(seed uint64, l trial.LayerResult) {
	if a.seeds[seed] {
		return // retrained and not retrained have the same mask
	}
	a.seeds[seed], a.size = true, l.Size
	a.requested, a.removed = append(a.requested, l.Requested), append(a.removed, l.Removed)
}

// cells are the columns from the weights on.
func (a *achieved) cells() []table.Cell {
	percent := func(counts []int) table.Cell {
		sum := 0
		for _, n := range counts {
			sum += n
		}
		return table.Number(100*float64(sum)/float64(len(counts))/float64(a.size), 2)
	}
	between := func(counts []int) table.Cell {
		lo, hi := slices.Min(counts), slices.Max(counts)
		if lo == hi {
			return table.Int(lo)
		}
		return table.Text(table.Span(lo, hi))
	}
	return []table.Cell{table.Int(a.size), between(a.requested), between(a.removed), percent(a.requested), percent(a.removed)}
}

// varies reports whether the networks differ in their counts.
func (a *achieved) varies() bool {
	return slices.Min(a.requested) != slices.Max(a.requested) || slices.Min(a.removed) != slices.Max(a.removed)
}

// Sparsity sets what was requested of each layer beside what was removed.
// Arms are merged where they agree in every network's counts.
func Sparsity(g *group.Study) table.Table {
	t := table.Table{
		Name:    "sparsity",
		Title:   "Requested and achieved sparsity of each layer",
		Columns: slices.Concat(table.Lefts("target", "method", "amount", "arm", "layer"), table.Rights("masks", "weights", "to remove", "removed", "requested (%)", "achieved (%)")),
		Notes:   []string{"To remove: what the pruning rule asks for, over all rounds so far. Counts are per mask, a range where masks differ; percentages are means. Masks: one per seed and arm."},
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
					seen[k] = &achieved{seeds: map[uint64]bool{}}
					order = append(order, k)
				}
				seen[k].add(m.Seed, l)
			}
		}
	}
	names := group.NewOrder(g.Plan)
	slices.SortStableFunc(order, func(a, b key) int { return names.SameArm(a.Labels, b.Labels) })
	var lines []line
	for _, k := range order {
		l := line{Labels: k.Labels, layer: k.layer, n: len(seen[k].removed), cells: seen[k].cells()}
		if seen[k].varies() {
			l.own = k.Arm
		}
		lines = append(lines, l)
	}
	for _, l := range mergeArms(g.Plan, lines) {
		t.Rows = append(t.Rows, slices.Concat(table.Texts(l.Target, l.Method.String(), group.Amount(l.Parameter, l.Requested), l.Arm, l.layer), []table.Cell{table.Int(l.n)}, l.cells))
	}
	return t.Fold("method")
}

// prunes reports whether any level of a trial prunes the layer.
func prunes(s trial.Spec, layer string) bool {
	return slices.ContainsFunc(s.Levels, func(l trial.Level) bool { return slices.Contains(l.Prune.Layers, layer) })
}
