// Package mcnemar compares single networks image by image, by McNemar's test:
// every pruned network with its own reference, and the networks of two arms that
// were pruned alike, a pair a seed. Of a network from a file, which has no seeds,
// also those pruned in two ways.
//
// It stands beside the seeds' standard deviation because it answers another
// question: whether these two networks differ, not whether two ways of training
// or pruning do.
package mcnemar

import (
	"cmp"
	"fmt"
	"slices"

	"prunelab/analysis/contrast"
	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// Comparison is the pairs of two settings at one amount.
type Comparison struct {
	trial.Series
	Amount        string // in words
	First, Second string // in words: an arm, or an arm's dense network or control
	Pairs         []stats.Agreement
	Accuracy      stats.Estimate // of the second networks
	Images        int            // that each network was scored on
}

// All returns the comparisons whose networks were scored image by image, sorted
// by target and stage.
func All(g *group.Study, curves []curve.Curve, contrasts []contrast.Contrast) ([]Comparison, error) {
	var all []Comparison
	// compare compares the networks of a point with others, as the pair of trials
	// that has the samples' network first or second.
	compare := func(c curve.Curve, p curve.Point, first, second string, pair func(curve.Sample, trial.Spec) [2]trial.Spec) error {
		x := Comparison{Series: c.Series, Amount: group.Amount(c.Parameter, p.Requested), First: first, Second: second}
		var pairs []scores
		for _, s := range p.Seeds {
			own, _ := g.Spec(s.Key)
			of := pair(s, own)
			pairs = append(pairs, scores{s.Seed, score(g, of[0], c.Stage), score(g, of[1], c.Stage)})
		}
		if err := x.test(pairs); err != nil {
			return fmt.Errorf("%s and %s, target %s, %s: %w", first, second, c.Target, x.Amount, err)
		}
		if len(x.Pairs) > 0 {
			all = append(all, x)
		}
		return nil
	}
	for _, c := range curves {
		reference := c.Arm + ", dense"
		if c.Stage == curve.Retrained {
			reference = c.Arm + ", control"
		}
		for _, p := range c.Points {
			if p.Requested == 0 {
				continue
			}
			err := compare(c, p, reference, c.Arm, func(_ curve.Sample, own trial.Spec) [2]trial.Spec {
				return [2]trial.Spec{curve.Reference(own, c.Stage), own}
			})
			if err != nil {
				return nil, err
			}
		}
	}
	for _, c := range contrasts {
		one, two := c.Curves(curves)
		for _, p := range one.Points {
			q, _ := contrast.Match(p, two)
			if c.Arm != "" && !(p.Fixed && q.Fixed) {
				continue // ways of pruning one arm are compared over its seeds
			}
			err := compare(one, p, c.A, c.B, func(s curve.Sample, own trial.Spec) [2]trial.Spec {
				var other trial.Spec // that of no trial where there is no other network
				if k := slices.IndexFunc(q.Seeds, func(o curve.Sample) bool { return (o.Seed == s.Seed || q.Fixed) && o.Key != s.Key }); k >= 0 {
					other, _ = g.Spec(q.Seeds[k].Key)
				}
				return [2]trial.Spec{own, other}
			})
			if err != nil {
				return nil, err
			}
		}
	}
	order := group.NewOrder(g.Plan)
	slices.SortStableFunc(all, func(a, b Comparison) int {
		return cmp.Or(order.Targets(a.Target, b.Target), cmp.Compare(a.Stage, b.Stage))
	})
	return all, nil
}

// scores are those of the two networks of a pair, nil where there is none.
type scores struct {
	seed          uint64
	first, second *train.Evaluation
}

// score is that of a trial's network at a stage, nil without one.
func score(g *group.Study, s trial.Spec, stage curve.Stage) *train.Evaluation {
	return curve.Score(group.Member{Spec: s, Outcome: g.Outcome(s.Key())}, stage)
}

// test compares the networks of each pair; pairs that were not scored on the
// same images, or without bits, as before bits were kept, are left out.
func (c *Comparison) test(pairs []scores) error {
	var accuracies []float64
	for _, p := range pairs {
		a, b := p.first, p.second
		if a == nil || b == nil || len(a.Bits) == 0 || len(b.Bits) == 0 || a.N != b.N {
			continue
		}
		m, err := stats.McNemar(a.Bits, b.Bits, a.N)
		if err != nil {
			return fmt.Errorf("seed %d: %w", p.seed, err)
		}
		c.Pairs, c.Images, accuracies = append(c.Pairs, m), a.N, append(accuracies, b.Accuracy())
	}
	if len(accuracies) == 0 {
		return nil
	}
	var err error
	c.Accuracy, err = stats.Mean(accuracies, curve.Level)
	return err
}
