package tables

import (
	"math"
	"slices"

	"prunelab/analysis/group"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
)

// achieved is what was requested and removed of one layer, a network each.
type achieved struct {
	seeds              map[uint64]bool // whose mask was counted
	size               int
	requested, removed []int
	ratios             []float64 // that the study asks for; none where it asks for something else
}

func (a *achieved) add(seed uint64, s trial.Spec, l trial.LayerResult) {
	if a.seeds[seed] {
		return // retrained and not retrained have the same mask
	}
	a.seeds[seed], a.size = true, l.Size
	a.requested, a.removed = append(a.requested, l.Requested), append(a.removed, l.Removed)
	if r, ok := asked(s, l.Name); ok {
		a.ratios = append(a.ratios, r)
	}
}

// asked is the ratio that a trial's last pruning of a layer asks of it. A global
// ratio is one of all its layers, and other amounts are no ratios.
func asked(s trial.Spec, layer string) (ratio float64, ok bool) {
	for _, l := range slices.Backward(s.Levels) {
		if i := slices.Index(l.Prune.Layers, layer); i >= 0 {
			if l.Prune.Rule != prune.ByRatio || l.Prune.Scope != prune.PerLayer {
				return 0, false
			}
			return l.Prune.Amounts[i], true
		}
	}
	return 0, false
}

// requestedDecimals are those of a requested percentage at least and at most.
const requestedDecimals, mostRequested = 2, 6

// request is the column of the ratio that was asked for, as it was.
func (a *achieved) request() table.Cell {
	if len(a.ratios) == 0 {
		return table.None()
	}
	lo, hi := slices.Min(a.ratios), slices.Max(a.ratios)
	decimals := requestedDecimals
	for decimals < mostRequested && trial.Significant(100*lo) != rounded(100*lo, decimals) {
		decimals++
	}
	if lo == hi {
		return table.Number(100*lo, decimals)
	}
	return table.Text(table.Format(100*lo, decimals) + "–" + table.Format(100*hi, decimals))
}

func rounded(v float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return trial.Significant(math.Round(v*p) / p)
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
	return []table.Cell{table.Int(a.size), between(a.requested), between(a.removed), a.request(), percent(a.removed)}
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
		Notes:   []string{"To remove: what the pruning rule asks for, over all rounds so far. Counts are per mask, a range where masks differ; the achieved percentage is their mean. Requested: the ratio that the study asks of the layer; a global ratio, a threshold and a quality ask for none. Masks: one per seed and arm."},
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
				seen[k].add(m.Seed, m.Spec, l)
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
