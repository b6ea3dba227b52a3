// Package tables makes the tables that show a study's cells and curves as they
// are: accuracy and loss by amount, networks layer by layer, requested and
// achieved sparsity, storage, trials without a result, and the long form
// trials.csv. What is worked out first has its table in its own package.
package tables

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// armsAcross is how many arms stand side by side in a table; more go into
// further tables.
const armsAcross = 5

// row is one amount of a series, with each arm's point.
type row struct {
	trial.Series // without the arm
	requested    float64
	round        int
	points       map[string]curve.Point // by arm
	unseen       map[string]string      // by arm, why it has none
}

// rows lines up the arms of a stage, sorted by series and amount.
func rows(p trial.Plan, curves []curve.Curve, stage curve.Stage) []row {
	var all []row
	for _, c := range curves {
		if c.Stage != stage {
			continue
		}
		series := c.Series
		series.Arm = ""
		for _, ratio := range c.Unseen {
			i := slices.IndexFunc(all, func(r row) bool { return r.Series == series && r.requested == ratio })
			if i < 0 {
				i = len(all)
				all = append(all, row{series, ratio, 1, map[string]curve.Point{}, map[string]string{}})
			}
			all[i].unseen[c.Arm] = c.NotVisited()
		}
		for _, point := range c.Points {
			same := func(r row) bool {
				return r.Series == series && r.requested == point.Requested && (r.round == point.Round || point.Requested == 0)
			}
			i := slices.IndexFunc(all, same)
			if i < 0 {
				i = len(all)
				all = append(all, row{series, point.Requested, point.Round, map[string]curve.Point{}, map[string]string{}})
			}
			all[i].points[c.Arm] = point
		}
	}
	order := group.NewOrder(p)
	slices.SortStableFunc(all, func(a, b row) int {
		return cmp.Or(order.Targets(a.Target, b.Target), group.Methods(a.Method, b.Method), cmp.Compare(a.Parameter, b.Parameter),
			cmp.Compare(a.requested, b.requested), cmp.Compare(a.round, b.round))
	})
	return all
}

// Accuracy is accuracy and loss, before and after retraining, by amount and arm.
func Accuracy(p trial.Plan, curves []curve.Curve) []table.Table {
	arms := curve.Arms(p, curves)
	var tables []table.Table
	for _, stage := range curve.Stages() {
		rs := rows(p, curves, stage)
		kinds := []quantity{accuracyOf(p.Split, stage), lossOf(stage)}
		if k := topCounted(curves, stage); k > 0 {
			kinds = append(kinds, topOf(p.Split, stage, k))
		}
		for _, kind := range kinds {
			parts := slices.Collect(slices.Chunk(arms, armsAcross))
			for i, part := range parts {
				t := kind.table(rs, part, curves)
				if len(parts) > 1 {
					t.Name = fmt.Sprintf("%s-%d", t.Name, i+1)
					t.Title = fmt.Sprintf("%s, part %d of %d", t.Title, i+1, len(parts))
				}
				tables = append(tables, t)
			}
		}
	}
	return tables
}

// quantity is what a table shows of each point.
type quantity struct {
	name, title, unit string
	of                func(curve.Point) stats.Estimate
	cell              func(curve.Point) table.Cell
	zero              bool // whether the unpruned network has a row
	stage             curve.Stage
}

func accuracyOf(split trial.Split, stage curve.Stage) quantity {
	return quantity{
		name: "accuracy-" + string(stage), title: fmt.Sprintf("Accuracy on the %s split, %s", split, curve.When(stage)), unit: "%",
		of:   func(p curve.Point) stats.Estimate { return p.Accuracy },
		cell: func(p curve.Point) table.Cell { return table.Both(p.Accuracy, p.AccuracyAcross, curve.Why(p.Missing)) },
		zero: true, stage: stage,
	}
}

// topCounted is how many answers count beside the first, 0 where none do.
func topCounted(curves []curve.Curve, stage curve.Stage) int {
	for _, c := range curves {
		for _, p := range c.Points {
			if c.Stage == stage && p.Top.N > 0 {
				return p.TopK
			}
		}
	}
	return 0
}

func topOf(split trial.Split, stage curve.Stage, k int) quantity {
	return quantity{
		name: fmt.Sprintf("top-%d-%s", k, stage), title: fmt.Sprintf("Top-%d accuracy on the %s split, %s: the right class is among the first %[1]d answers", k, split, curve.When(stage)), unit: "%",
		of: func(p curve.Point) stats.Estimate { return p.Top },
		cell: func(p curve.Point) table.Cell {
			return table.Both(p.Top, stats.Estimate{Method: stats.MethodPoint}, curve.Why(p.Missing))
		},
		zero: true, stage: stage,
	}
}

func lossOf(stage curve.Stage) quantity {
	against := "the dense network"
	if stage == curve.Retrained {
		against = "the unpruned control with the same retraining"
	}
	return quantity{
		name: "loss-" + string(stage), title: fmt.Sprintf("Accuracy loss %s, against %s", curve.When(stage), against), unit: "pp",
		of:   func(p curve.Point) stats.Estimate { return p.Loss },
		cell: func(p curve.Point) table.Cell { return table.Both(p.Loss, p.Across, curve.Why(p.LossMissing())) }, stage: stage,
	}
}

func (q quantity) table(rs []row, arms []string, curves []curve.Curve) table.Table {
	t := table.Table{Name: q.name, Title: q.title, Columns: slices.Concat(table.Lefts("target", "method", "amount"), table.Rights("sparsity (%)", "n"))}
	for _, arm := range arms {
		t.Columns = append(t.Columns, table.Rights(fmt.Sprintf("%s (%s)", arm, q.unit))...)
	}
	var shown []stats.Estimate
	for _, r := range rs {
		if r.requested == 0 && !q.zero {
			continue
		}
		cells := append(table.Texts(r.Target, r.Method.String(), group.Amount(r.Parameter, r.requested)), r.sparsity(arms), table.None())
		least, most := math.MaxInt, 0
		for _, arm := range arms {
			p, ok := r.points[arm]
			if why := r.unseen[arm]; !ok && why != "" {
				cells = append(cells, table.Missing(why))
				least = 0
				continue
			}
			if !ok {
				cells = append(cells, table.None())
				continue
			}
			c := q.cell(p)
			shown = append(shown, q.of(p))
			least, most = min(least, c.N), max(most, c.N)
			cells = append(cells, c)
		}
		if least == math.MaxInt {
			continue // none of these arms has it
		}
		cells[4] = table.Text(table.Span(least, most))
		t.Rows, t.Targets = append(t.Rows, cells), append(t.Targets, r.Target)
	}
	t.Notes = []string{q.note(shown)}
	if q.stage == curve.Pruned {
		if s := curve.SharedNetworks(curves, arms); s != "" {
			t.Notes = append(t.Notes, s)
		}
	}
	if q.stage == curve.Pruned && !q.zero && slices.ContainsFunc(rs, func(r row) bool { return r.round > 1 }) {
		t.Notes = append(t.Notes, "In iterative pruning, a network has been retrained before its second and every later round; it is compared with the dense network all the same.")
	}
	return t.Fold("method")
}

// note says what the shown estimates are.
func (q quantity) note(shown []stats.Estimate) string {
	if q.zero {
		return table.Explain(shown)
	}
	paired := "Paired by seed"
	if !slices.ContainsFunc(shown, func(e stats.Estimate) bool { return e.N > 0 && !e.OverImages() }) && len(shown) > 0 {
		paired = "Paired by image"
	}
	return paired + "; negative: better than the reference. " + table.Explain(shown)
}

// sparsity is what was removed of the target; a range where arms differ.
func (r row) sparsity(arms []string) table.Cell {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, arm := range arms {
		if p, ok := r.points[arm]; ok && p.Placed {
			lo, hi = min(lo, p.Sparsity), max(hi, p.Sparsity)
		}
	}
	if lo > hi && len(r.unseen) > 0 {
		return table.Missing("not visited")
	}
	if lo > hi {
		return table.Missing("no trial recorded how much was removed")
	}
	if a, b := table.Format(100*lo, 2), table.Format(100*hi, 2); a != b {
		return table.Text(a + "–" + b)
	}
	return table.Number(100*lo, 2)
}
