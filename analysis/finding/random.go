package finding

import (
	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
	"prunelab/model/train"
)

// random: removing by magnitude loses less than removing at random, the same
// count in each layer.
func random(s *study) (draft, error) {
	d := claim("magnitude-beats-random", "Pruning by magnitude loses less accuracy than removing as many weights of each layer at random",
		"random − magnitude", area(curve.Retrained, 0.5, 0.95), "above 0")
	by := func(c prune.Criterion) func(series) bool {
		return func(x series) bool {
			p, r := x.spec.Levels[0].Prune, x.retraining()
			return x.Stage == curve.Retrained && x.prunes(trial.Whole, trial.OneShot) && p.Criterion == c && p.Scope == prune.PerLayer &&
				uniform(p.Amounts) && len(r.Frozen) == 0 && r.Start == train.StartKeep
		}
	}
	ps := s.pairs(by(prune.Random), by(prune.Magnitude), func(_ *trial.Spec, l *trial.Level, _ *train.Config) { l.Prune.Criterion = "" })
	if len(ps) == 0 {
		return d.absent("no random pruning beside pruning by magnitude", "survivors-lenet-300-100"), nil
	}
	d.notes = spare(ps)
	d.parts = []evidence{s.areas("random − magnitude", []series{ps[0].a}, []series{ps[0].b}, 0.5, 0.95)}
	return d, nil
}
