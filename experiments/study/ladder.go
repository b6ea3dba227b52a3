package study

import (
	"slices"

	"prunelab/experiments/trial"
	"prunelab/model/prune"
)

// Ladder is iterative pruning: the amounts are reached by rounds of pruning
// and retraining.
type Ladder struct {
	PerRound   float64            // fraction of the weights left that a round removes; 0: the rounds are the amounts
	Own        map[string]float64 // layers that have a PerRound of their own
	EqualSteps bool               // adds one-shot pruning, retrained as often
}

// maxRounds bounds a ladder.
const maxRounds = 200

// rounds returns the ratio after each round of iterative pruning up to the
// largest requested one, ascending: 1-(1-p)^k for k = 1, 2, ..., with the
// requested ratios inserted, or the requested ratios alone when there is no
// rate per round.
func (l *Ladder) rounds(requested []float64) []float64 {
	if l.PerRound == 0 {
		return requested
	}
	top := requested[len(requested)-1]
	rungs := slices.Clone(requested)
	for k := 1; len(rungs) <= maxRounds+len(requested); k++ {
		r := trial.AfterRounds(l.PerRound, float64(k))
		if r >= top {
			break
		}
		rungs = append(rungs, r)
	}
	slices.Sort(rungs)
	return slices.Compact(rungs)
}

// ratio is that of a layer when the layers without a rate of their own are at r.
func (l *Ladder) ratio(layer string, r float64) float64 {
	q, ok := l.Own[layer]
	if !ok {
		return r
	}
	return trial.OwnAfterRounds(l.PerRound, q, r)
}

// iterative reads how a ladder is climbed.
func (d *decoder) iterative(w *Sweep, n *node, sweep object, s *Study) {
	o := d.object(n, "per_round", "levels", "layers", "equal_steps")
	if o.n == nil {
		return
	}
	l := &Ladder{}
	w.Iterative = l
	if w.Rule != prune.ByRatio && w.Rule != "" {
		d.fail(n.at, "iterative pruning takes ratios, not a %s", w.Rule)
	}
	if !w.Retrain {
		d.fail(n.at, "iterative pruning retrains in every round; remove retrain: false or iterative")
	}
	perRound, levels := o.get("per_round"), o.get("levels")
	switch {
	case (perRound == nil) == (levels == nil):
		d.fail(n.at, "iterative needs either per_round: 0.2 or levels: [0.5, 0.8, 0.9]")
	case levels != nil && sweep.get("ratios") != nil:
		d.fail(levels.at, "levels beside ratios; the levels are the ratios")
	case perRound != nil:
		l.PerRound = d.rate(perRound)
	}
	if v := o.get("equal_steps"); v != nil {
		l.EqualSteps = d.flag(v)
	}
	if v := o.get("layers"); v != nil {
		if perRound == nil {
			d.fail(v.at, "layers with a rate of their own go with per_round")
		}
		if w.Scope == prune.Global {
			d.fail(v.at, "layers with a rate of their own do not go with scope: global")
		}
		own := d.object(v, s.layerNames()...)
		for _, name := range s.layerNames() {
			if r := own.get(name); r != nil {
				if l.Own == nil {
					l.Own = map[string]float64{}
				}
				l.Own[name] = d.rate(r)
			}
		}
	}
	if l.PerRound > 0 && len(w.Amounts) > 0 {
		if k := len(l.rounds(w.Amounts)); k > maxRounds {
			d.fail(n.at, "%d rounds to a ratio of %v; at most %d are allowed, so raise per_round", k, w.Amounts[len(w.Amounts)-1], maxRounds)
		}
	}
}

// rate reads the fraction that a round removes.
func (d *decoder) rate(n *node) float64 {
	r := d.ratio(n)
	if r < 0.001 {
		d.fail(n.at, "%s is less than 0.001: a round would prune next to nothing", n.describe())
		return 0.5
	}
	return r
}
