package finding

import (
	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
	"prunelab/model/nn"
	"prunelab/model/train"
)

// dropoutSame: the dropout rate adjusted to the connections left beats the same
// rate (section 3.2).
func dropoutSame(s *study) (draft, error) {
	return s.dropout("dropout-adjusted-beats-same", train.DropoutSame, "the rate of the first training")
}

// dropoutOff: it beats no dropout, too.
func dropoutOff(s *study) (draft, error) {
	return s.dropout("dropout-adjusted-beats-off", train.DropoutOff, "no dropout")
}

func (s *study) dropout(id string, other train.Dropout, words string) (draft, error) {
	name := string(other) + " − adjusted"
	d := claim(id, "Retraining with the dropout rate adjusted to the connections left is more accurate than with "+words,
		name, after("error at a ratio of 0.9, after retraining"), "above 0")
	is := whole(curve.Retrained)
	with := func(want train.Dropout) func(series) bool {
		return func(x series) bool { return is(x) && x.drops() && x.retraining().Dropout == want }
	}
	ps := s.pairs(with(train.DropoutAdjusted), with(other), func(_ *trial.Spec, _ *trial.Level, r *train.Config) { r.Dropout = "" })
	e, first := s.atRatio(0.9, ps, func(a, b curve.Point) evidence { return s.errors(name, b, a) })
	if first == nil {
		return d.absent("no network with dropout that is retrained both ways, at 0.9", "dropout-alexnet-cifar"), nil
	}
	d.notes, d.parts = spare(ps), []evidence{e}
	return d, nil
}

// drops reports whether the network has dropout: without it the rules agree.
func (s series) drops() bool {
	for _, l := range s.spec.Net.Layers {
		if l.Kind == nn.KindDropout {
			return true
		}
	}
	return false
}
