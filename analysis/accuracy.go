package analysis

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
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
		for _, point := range c.Points {
			same := func(r row) bool {
				return r.Series == series && r.requested == point.Requested && (r.round == point.Round || point.Requested == 0)
			}
			i := slices.IndexFunc(all, same)
			if i < 0 {
				i = len(all)
				all = append(all, row{series, point.Requested, point.Round, map[string]curve.Point{}})
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

// armsOf are the study's arms in its order.
func armsOf(p trial.Plan, curves []curve.Curve) []string {
	var arms []string
	for _, c := range curves {
		if !slices.Contains(arms, c.Arm) {
			arms = append(arms, c.Arm)
		}
	}
	slices.SortFunc(arms, group.NewOrder(p).Arms)
	return arms
}

// accuracyTables are accuracy and loss, before and after retraining, by amount
// and arm.
func accuracyTables(p trial.Plan, curves []curve.Curve) []table.Table {
	arms := armsOf(p, curves)
	var tables []table.Table
	for _, stage := range []curve.Stage{curve.Pruned, curve.Retrained} {
		rs := rows(p, curves, stage)
		for _, kind := range []quantity{accuracyOf(p.Split, stage), lossOf(stage)} {
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
	name, title, unit, note string
	cell                    func(curve.Point) table.Cell
	zero                    bool // whether the unpruned network has a row
	stage                   curve.Stage
}

func accuracyOf(split trial.Split, stage curve.Stage) quantity {
	return quantity{
		name: "accuracy-" + string(stage), title: fmt.Sprintf("Accuracy on the %s split, %s", split, moment(stage)), unit: "%",
		note: "±: half of the 95 % t interval of the mean over n seeds.",
		cell: func(p curve.Point) table.Cell { return percentCell(p.Accuracy, p.Missing) },
		zero: true, stage: stage,
	}
}

func lossOf(stage curve.Stage) quantity {
	against := "the dense network"
	if stage == curve.Retrained {
		against = "the unpruned control with the same retraining"
	}
	return quantity{
		name: "loss-" + string(stage), title: fmt.Sprintf("Accuracy lost %s, against %s", moment(stage), against), unit: "pp",
		note: "±: half of the 95 % t interval of the mean paired difference over n seeds; negative: better than the reference.",
		cell: func(p curve.Point) table.Cell { return percentCell(p.Loss, lossMissing(p)) }, stage: stage,
	}
}

func moment(stage curve.Stage) string {
	if stage == curve.Pruned {
		return "right after pruning"
	}
	return "after retraining"
}

func (q quantity) table(rs []row, arms []string, curves []curve.Curve) table.Table {
	t := table.Table{Name: q.name, Title: q.title, Notes: []string{q.note}, Columns: []table.Column{
		{Head: "target", Align: table.Left}, {Head: "method", Align: table.Left}, {Head: "amount", Align: table.Left},
		{Head: "sparsity (%)", Align: table.Right}, {Head: "n", Align: table.Right},
	}}
	for _, arm := range arms {
		t.Columns = append(t.Columns, table.Column{Head: fmt.Sprintf("%s (%s)", arm, q.unit), Align: table.Right})
	}
	for _, r := range rs {
		if r.requested == 0 && !q.zero {
			continue
		}
		cells := []table.Cell{table.Text(r.Target), table.Text(r.Method.String()), table.Text(amount(r.Parameter, r.requested)), r.sparsity(arms), table.None()}
		least, most := math.MaxInt, 0
		for _, arm := range arms {
			p, ok := r.points[arm]
			if !ok {
				cells = append(cells, table.None())
				continue
			}
			c := q.cell(p)
			least, most = min(least, c.N), max(most, c.N)
			cells = append(cells, c)
		}
		if least == math.MaxInt {
			continue // none of these arms has it
		}
		cells[4] = table.Text(span(fmt.Sprint(least), fmt.Sprint(most)))
		t.Rows = append(t.Rows, cells)
	}
	if q.stage == curve.Pruned {
		if s := sharing(curves, arms); s != "" {
			t.Notes = append(t.Notes, s)
		}
	}
	if q.stage == curve.Pruned && !q.zero && slices.ContainsFunc(rs, func(r row) bool { return r.round > 1 }) {
		t.Notes = append(t.Notes, "From its second round on, a network that is pruned in rounds was retrained before; its reference is the dense network all the same.")
	}
	return fold(t, "method")
}

// sparsity is what was removed of the target; a range where arms differ.
func (r row) sparsity(arms []string) table.Cell {
	lo, hi, found := 0.0, 0.0, false
	for _, arm := range arms {
		p, ok := r.points[arm]
		if !ok || !p.Placed {
			continue
		}
		if !found {
			lo, hi, found = p.Sparsity, p.Sparsity, true
		}
		lo, hi = min(lo, p.Sparsity), max(hi, p.Sparsity)
	}
	if !found {
		return table.Missing("no trial says how much was removed")
	}
	if a, b := table.Format(100*lo, 2), table.Format(100*hi, 2); a != b {
		return table.Text(span(a, b))
	}
	return table.Number(100*lo, 2)
}

// sharing says which arms have the same networks before retraining, so that
// nobody counts them twice.
func sharing(curves []curve.Curve, arms []string) string {
	networks := map[string]map[trial.Key]bool{}
	for _, c := range curves {
		if c.Stage != curve.Pruned {
			continue
		}
		if networks[c.Arm] == nil {
			networks[c.Arm] = map[trial.Key]bool{}
		}
		for _, p := range c.Points {
			for _, s := range p.Seeds {
				if p.Round <= 1 && p.Requested != 0 { // later rounds began with a retraining
					networks[c.Arm][s.Network] = true
				}
			}
		}
	}
	var pairs []string
	for i, a := range arms {
		for _, b := range arms[:i] {
			if len(networks[a]) > 0 && maps.Equal(networks[a], networks[b]) {
				pairs = append(pairs, b+" and "+a)
			}
		}
	}
	if len(pairs) == 0 {
		return ""
	}
	return strings.Join(pairs, ", ") + " differ in their retraining only: before it they are the same networks, not independent ones."
}
