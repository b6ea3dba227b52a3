package analysis

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
	"prunelab/model/train"
)

// agreement is what McNemar's test says of pairs of single networks, a pair a
// seed.
type agreement struct {
	pairs        []stats.Agreement
	accuracies   []float64 // of the second network of each pair
	images       int
	onlyA, onlyB float64 // images that only one of the two has right, means
}

// add compares two scores of the same images; scores without bits, as of trials
// from before bits were kept, are left out.
func (a *agreement) add(first, second *train.Evaluation) error {
	if first == nil || second == nil || len(first.Bits) == 0 || len(second.Bits) == 0 || first.N != second.N {
		return nil
	}
	m, err := stats.McNemar(first.Bits, second.Bits, first.N)
	if err != nil {
		return err
	}
	a.pairs, a.accuracies, a.images = append(a.pairs, m), append(a.accuracies, second.Accuracy()), first.N
	a.onlyA += float64(m.OnlyA)
	a.onlyB += float64(m.OnlyB)
	return nil
}

// cells are the columns of a table of agreements from n on.
func (a *agreement) cells() ([]table.Cell, error) {
	n := float64(len(a.pairs))
	p := make([]float64, len(a.pairs))
	below := 0
	for i, m := range a.pairs {
		p[i] = m.MidP
		if m.MidP <= 0.05 {
			below++
		}
	}
	slices.Sort(p)
	e, err := stats.Mean(a.accuracies, curve.Level)
	if err != nil {
		return nil, err
	}
	sd := table.Missing("one seed")
	if e.N > 1 {
		sd = table.Number(100*e.SD, 2)
	}
	median := (p[(len(p)-1)/2] + p[len(p)/2]) / 2
	mid := table.Number(median, 4)
	if len(p) > 1 {
		mid.Text += fmt.Sprintf(" (%s–%s)", table.Format(p[0], 4), table.Format(p[len(p)-1], 4))
	}
	return []table.Cell{table.Int(len(a.pairs)), sd, table.Number(100*stats.BinomialSE(math.Min(1, e.Value), a.images), 2),
		table.Number(a.onlyA/n, 1), table.Number(a.onlyB/n, 1), mid, table.Int(below)}, nil
}

// singleTable compares single networks image by image: every pruned network with
// its own reference, and the networks of two arms that were pruned alike. It
// stands beside the seeds' standard deviation because it answers another
// question: whether these two networks differ, not whether two ways do.
func singleTable(g *group.Study, curves []curve.Curve, contrasts []Contrast) (table.Table, error) {
	t := table.Table{
		Name:  "single-networks",
		Title: "Single networks, image by image",
		Columns: []table.Column{
			{Head: "stage", Align: table.Left}, {Head: "target", Align: table.Left}, {Head: "method", Align: table.Left}, {Head: "amount", Align: table.Left}, {Head: "first", Align: table.Left}, {Head: "second", Align: table.Left},
			{Head: "n", Align: table.Right}, {Head: "SD of seeds (pp)", Align: table.Right}, {Head: "binomial SE (pp)", Align: table.Right},
			{Head: "only first right (images)", Align: table.Right}, {Head: "only second right (images)", Align: table.Right}, {Head: "McNemar p", Align: table.Right}, {Head: "p ≤ 0.05 in", Align: table.Right},
		},
		Notes: []string{
			"A pair a seed, scored on the same images. SD and SE: of the second network's accuracy; SD: sample standard deviation over seeds; binomial SE: of one network, from the number of images. Images: means over pairs.",
			"McNemar p: mid-p of the pairs, median (least–largest); p ≤ 0.05 in: so many of the n pairs, not corrected. It tells two networks apart; whether two ways of pruning differ is for the seeds to say.",
		},
	}
	row := func(stage curve.Stage, target, method, amount, first, second string, a agreement) error {
		if len(a.pairs) == 0 {
			return nil
		}
		cells, err := a.cells()
		if err != nil {
			return err
		}
		t.Rows = append(t.Rows, slices.Concat([]table.Cell{table.Text(string(stage)), table.Text(target), table.Text(method), table.Text(amount), table.Text(first), table.Text(second)}, cells))
		return nil
	}
	for _, c := range curves {
		for _, p := range c.Points {
			if p.Requested == 0 {
				continue
			}
			var a agreement
			for _, s := range p.Seeds {
				spec, _ := g.Spec(s.Key)
				if err := a.add(scoreAt(g, curve.Reference(spec, c.Stage), c.Stage), scoreAt(g, spec, c.Stage)); err != nil {
					return t, fmt.Errorf("arm %s, target %s, %v, seed %d: %w", c.Arm, c.Target, p.Requested, s.Seed, err)
				}
			}
			first := c.Arm + ", dense"
			if c.Stage == curve.Retrained {
				first = c.Arm + ", control"
			}
			if err := row(c.Stage, c.Target, c.Method.String(), amount(c.Parameter, p.Requested), first, c.Arm, a); err != nil {
				return t, err
			}
		}
	}
	for _, c := range contrasts {
		if c.Arm != "" {
			continue // ways of pruning one arm
		}
		find := func(arm string) curve.Curve {
			want := c.Series
			want.Arm = arm
			return curves[slices.IndexFunc(curves, func(x curve.Curve) bool { return x.Series == want })]
		}
		one, two := find(c.A), find(c.B)
		for _, p := range one.Points {
			q, ok := match(p, two)
			if !ok {
				continue
			}
			var a agreement
			for _, s := range p.Seeds {
				k := slices.IndexFunc(q.Seeds, func(o curve.Sample) bool { return o.Seed == s.Seed })
				if k < 0 || q.Seeds[k].Key == s.Key {
					continue
				}
				x, _ := g.Spec(s.Key)
				y, _ := g.Spec(q.Seeds[k].Key)
				if err := a.add(scoreAt(g, x, c.Stage), scoreAt(g, y, c.Stage)); err != nil {
					return t, fmt.Errorf("arms %s and %s, target %s, %v, seed %d: %w", c.A, c.B, c.Target, p.Requested, s.Seed, err)
				}
			}
			if err := row(c.Stage, c.Target, c.Method.String(), amount(c.Parameter, p.Requested), c.A, c.B, a); err != nil {
				return t, err
			}
		}
	}
	order := group.NewOrder(g.Plan)
	slices.SortStableFunc(t.Rows, func(a, b []table.Cell) int {
		return cmp.Or(order.Targets(a[1].Text, b[1].Text), cmp.Compare(a[0].Text, b[0].Text))
	})
	return fold(t, "method"), nil
}

// scoreAt is the score of a trial's network at a stage, nil without one.
func scoreAt(g *group.Study, s trial.Spec, stage curve.Stage) *train.Evaluation {
	o := g.Outcome(s.Key())
	switch {
	case o == nil || o.Status == trial.Failed:
		return nil
	case stage == curve.Retrained:
		return o.Result.Retrained
	case len(s.Levels) == 0:
		return o.Result.Start
	}
	return o.Result.Pruned
}
