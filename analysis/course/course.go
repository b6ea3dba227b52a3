// Package course follows the trainings of a study: cross-entropy and accuracy on
// the training samples by epoch, of every training and in the mean over seeds.
package course

import (
	"cmp"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// Course is the trainings of one setting, a seed each: the first training of an
// arm, whose Series is the Arm alone, or the retraining at one amount.
type Course struct {
	trial.Series
	Requested float64
	Runs      []Run           // ascending by seed
	Gone      []curve.Missing // trainings that ended before their first epoch did
	Mean      []Epoch         // over the runs that came to their end
}

// Run is one training.
type Run struct {
	Seed    uint64
	History train.History
	Stopped bool // it diverged or failed after its last epoch
}

// Epoch is a mean over N runs.
type Epoch struct {
	Epoch, N       int
	Loss, Accuracy float64
}

// First reports whether a course is that of a first training.
func (c Course) First() bool { return c.Target == "" }

// All returns the course of every planned training, in the order of the cells;
// it has no Runs where none was run. The rounds of iterative pruning have one
// control together: that of the first round that was run.
func All(cells []group.Cell) []Course {
	var all []Course
	for _, l := range cells {
		series := l.Series
		switch {
		case l.Role == trial.Dense:
			series = trial.Series{Arm: l.Arm}
		case !l.Retrain:
			continue
		}
		i := slices.IndexFunc(all, func(c Course) bool { return c.Series == series && c.Requested == l.Requested })
		if i < 0 {
			i = len(all)
			all = append(all, Course{Series: series, Requested: l.Requested})
		}
		all[i].add(l.Members)
	}
	for i := range all {
		slices.SortFunc(all[i].Runs, func(a, b Run) int { return cmp.Compare(a.Seed, b.Seed) })
		all[i].Mean = mean(all[i].Runs)
	}
	return all
}

// add takes in the trainings of seeds that have none yet.
func (c *Course) add(members []group.Member) {
	for _, m := range members {
		o := m.Outcome
		switch {
		case o == nil || slices.ContainsFunc(c.Runs, func(r Run) bool { return r.Seed == m.Seed }):
		case len(o.Result.History) > 0:
			c.Runs = append(c.Runs, Run{m.Seed, o.Result.History, o.Status != trial.Done})
		case o.Status != trial.Done && !slices.ContainsFunc(c.Gone, func(g curve.Missing) bool { return g.Seed == m.Seed }):
			c.Gone = append(c.Gone, curve.Missing{Seed: m.Seed, Key: m.Key, Reason: string(o.Status)})
		}
	}
}

// mean is the mean by epoch over the runs that came to their end.
func mean(runs []Run) []Epoch {
	var sums []Epoch
	for _, r := range runs {
		if r.Stopped {
			continue
		}
		for _, e := range r.History {
			i := slices.IndexFunc(sums, func(s Epoch) bool { return s.Epoch == e.Epoch })
			if i < 0 {
				i = len(sums)
				sums = append(sums, Epoch{Epoch: e.Epoch})
			}
			s := &sums[i]
			s.N, s.Loss, s.Accuracy = s.N+1, s.Loss+e.Loss, s.Accuracy+e.Accuracy
		}
	}
	slices.SortFunc(sums, func(a, b Epoch) int { return cmp.Compare(a.Epoch, b.Epoch) })
	for i := range sums {
		n := float64(sums[i].N)
		sums[i].Loss, sums[i].Accuracy = sums[i].Loss/n, sums[i].Accuracy/n
	}
	return sums
}
