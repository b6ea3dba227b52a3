package curve

import (
	"math"
	"slices"

	"prunelab/analysis/group"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
	"prunelab/model/train"
)

// controlOf is the trial with the identical training and retraining (epochs,
// rounds, regularizer, frozen layers, dropout) that prunes nothing. A dropout
// rate that is adjusted to the connections left is there the same as ever.
func controlOf(s trial.Spec) trial.Spec {
	s.Levels = slices.Clone(s.Levels)
	for i := range s.Levels {
		l := &s.Levels[i]
		l.Prune = prune.Config{}
		if l.Retrain != nil && l.Retrain.Dropout == train.DropoutAdjusted {
			c := *l.Retrain
			c.Dropout = train.DropoutSame
			l.Retrain = &c
		}
	}
	return s
}

// PrunedNetwork is the trial up to its last pruning, before the retraining.
func PrunedNetwork(s trial.Spec) trial.Spec {
	s.Levels = slices.Clone(s.Levels)
	if n := len(s.Levels); n > 0 {
		l := &s.Levels[n-1]
		l.Retrain, l.Proxies = nil, false
		if l.BatchNorm != nil {
			before := *l.BatchNorm
			before.Retraining = false
			l.BatchNorm = &before
		}
	}
	return s
}

// applies reports whether a trial is scored at a stage. Pruned is right after
// the last pruning: a network that was retrained since it was pruned, or
// retrained more than once without pruning, is past it.
func applies(s trial.Spec, stage Stage) bool {
	n := len(s.Levels)
	if stage == Retrained {
		return n > 0 && s.Levels[n-1].Retrain != nil
	}
	return n < 2 || !s.Levels[n-1].Prune.Empty()
}

// Score returns the member's score at a stage, nil when there is none. Of a
// trial that failed nothing is believed; of one that diverged, what came before.
func Score(m group.Member, stage Stage) *train.Evaluation {
	o := m.Outcome
	switch {
	case o == nil || o.Status == trial.Failed || !applies(m.Spec, stage):
		return nil
	case stage == Retrained:
		return o.Result.Retrained
	case len(m.Spec.Levels) == 0:
		return o.Result.Start
	}
	return o.Result.Pruned
}

// Difference is a - b of two accuracies, both counts over some number of images,
// with the rounding cut off: differences that are equal come out equal, and
// those of nothing as 0.
func Difference(a, b float64) float64 { return math.Round((a-b)*1e12) / 1e12 }

// Differences are a - b of the seeds that both have, in their order.
func Differences(a, b map[uint64]float64) []float64 {
	var seeds []uint64
	for seed := range a {
		if _, ok := b[seed]; ok {
			seeds = append(seeds, seed)
		}
	}
	slices.Sort(seeds)
	var d []float64
	for _, seed := range seeds {
		d = append(d, Difference(a[seed], b[seed]))
	}
	return d
}

// Reference is the trial that a trial's loss is taken against: before retraining
// the dense network, after it the control.
func Reference(s trial.Spec, stage Stage) trial.Spec {
	if stage == Retrained {
		return controlOf(s)
	}
	return s.Base()
}

// reference returns the score that a member's loss is taken against, nil where there
// is none, and whether the plan has such a trial at all.
func reference(g *group.Study, m group.Member, stage Stage) (score *train.Evaluation, planned bool) {
	spec := Reference(m.Spec, stage)
	key := spec.Key()
	if _, planned = g.Spec(key); !planned {
		return nil, false
	}
	return Score(group.Member{Spec: spec, Outcome: g.Outcome(key)}, stage), true
}
