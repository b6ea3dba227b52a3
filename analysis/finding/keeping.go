package finding

import (
	"fmt"

	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
	"prunelab/model/train"
)

// keeping: survivors that keep their weights do better than ones that are
// initialised anew (section 3.3). Both have to be trained in full; starting anew
// costs the unpruned network accuracy too, so that each is compared with its own
// control.
func keeping(s *study) (draft, error) {
	d := claim("keeping-better", "Survivors that keep their weights become more accurate than ones initialised anew and trained in full",
		"reinit − keep", after("loss at a ratio of 0.9 after retraining, each against the unpruned control of its own start"), "above 0")
	starts := func(at train.Start) func(series) bool {
		return func(x series) bool {
			p := x.spec.Levels[0].Prune
			return x.Stage == curve.Retrained && x.prunes(trial.Whole, trial.OneShot) && x.retraining().Start == at &&
				p.Criterion == prune.Magnitude && p.Scope == prune.PerLayer && len(x.retraining().Frozen) == 0
		}
	}
	ps := s.pairs(starts(train.StartReinit), starts(train.StartKeep), func(_ *trial.Spec, _ *trial.Level, r *train.Config) { r.Start = "" })
	e, first := s.atRatio(0.9, ps, func(a, b curve.Point) evidence { return s.losses("reinit − keep", curve.Retrained, a, b) })
	if first == nil {
		return d.absent("no retraining that starts anew beside one that keeps the weights, at 0.9", "survivors-lenet-300-100"), nil
	}
	d.notes, d.parts = spare(ps), []evidence{e}
	if r := first.a.retraining(); r.Epochs < first.a.spec.Train.Epochs {
		d.doubts = append(d.doubts, fmt.Sprintf("not trained in full: %s of retraining, the first training had %d", trial.Counted(r.Epochs, "epoch"), first.a.spec.Train.Epochs))
	}
	return d, nil
}

// atRatio compares the first pair that has the ratio on both sides.
func (s *study) atRatio(ratio float64, ps []pair, compare func(a, b curve.Point) evidence) (evidence, *pair) {
	for i, p := range ps {
		a, hasA := p.a.at(ratio)
		b, hasB := p.b.at(ratio)
		if hasA && hasB {
			return compare(a, b), &ps[i]
		}
	}
	return evidence{}, nil
}
