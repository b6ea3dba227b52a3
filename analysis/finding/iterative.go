package finding

import (
	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// iterative: pruning in rounds loses less than pruning once (section 3.4,
// Figure 5), here with the same total steps and learning-rate restarts for
// both and for the controls.
func iterative(s *study) (draft, error) {
	d := claim("iterative-better", "Pruning in rounds loses less accuracy than pruning once with as many retrainings",
		"one-shot − iterative", area(curve.Retrained, 0.9, 0.98), "above 0")
	is := func(want trial.ScheduleKind) func(series) bool {
		return func(x series) bool {
			return x.Stage == curve.Retrained && x.prunes(trial.Whole, want) && x.plain()
		}
	}
	var ps []pair
	for _, p := range s.pairs(is(trial.EqualSteps), is(trial.Iterative), func(*trial.Spec, *trial.Level, *train.Config) {}) {
		if p.a.Arm == p.b.Arm && s.equallyLong(p) {
			ps = append(ps, p)
		}
	}
	if len(ps) == 0 {
		return d.absent("no pruning in rounds beside pruning once with equal steps", "regularizers-lenet-300-100"), nil
	}
	d.notes = spare(ps)
	d.parts = []evidence{s.areas("one-shot − iterative", []series{ps[0].a}, []series{ps[0].b}, 0.9, 0.98)}
	return d, nil
}

// equallyLong reports whether both retrain equally often at every ratio that
// they share.
func (s *study) equallyLong(p pair) bool {
	shared := false
	for _, a := range p.a.Points {
		b, ok := p.b.at(a.Requested)
		if !ok || a.Requested == 0 {
			continue
		}
		if shared = true; a.Round != b.Round {
			return false
		}
	}
	return shared
}
