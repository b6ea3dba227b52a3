package finding

import (
	"fmt"
	"math"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
	"prunelab/model/train"
)

// equalTotal is how far two removed fractions of all weights may lie apart to be
// called equal.
const equalTotal = 0.002

// localUniform: pruning the fully connected layers alone beats pruning all by the
// same ratio, the same number of weights removed (sections 3.3 and 4).
func localUniform(s *study) (draft, error) {
	return s.local("local-better-than-uniform", "pruning all layers by the same ratio", prune.PerLayer)
}

// localGlobal: it beats one threshold for all layers, too, what one would use today.
func localGlobal(s *study) (draft, error) {
	return s.local("local-better-than-global", "pruning all layers by one threshold", prune.Global)
}

func (s *study) local(id, words string, scope prune.Scope) (draft, error) {
	d := claim(id, "Pruning the fully connected layers alone is more accurate than "+words+", equally many weights removed",
		"all − fc only", after("error after retraining, at a ratio of 0.9 of fc"), "above 0")
	of := func(layers []string, scope prune.Scope) func(series) bool {
		return func(x series) bool {
			return x.Stage == curve.Retrained && slices.Equal(x.Layers, layers) && x.Method.Schedule.Kind == trial.OneShot && x.magnitude(scope)
		}
	}
	for _, p := range s.pairs(of(s.g.Plan.OfKind("dense"), prune.PerLayer), of(s.g.Plan.Layers, scope),
		func(_ *trial.Spec, l *trial.Level, _ *train.Config) { l.Prune.Layers, l.Prune.Scope = nil, "" }) {
		a, ok := p.a.at(0.9)
		if !ok || p.a.Arm != p.b.Arm || !a.Placed || len(p.a.Layers) == len(p.b.Layers) {
			continue
		}
		for _, b := range p.b.Points {
			if b.Placed && math.Abs(b.Whole-a.Whole) < equalTotal {
				d.notes = []string{fmt.Sprintf("fc only removes %.2f %%, all %.2f %% of the weights", 100*a.Whole, 100*b.Whole)}
				d.parts = []evidence{s.errors("all − fc only", b, a)}
				return d, nil
			}
		}
	}
	return d.absent("no fc layers pruned by 0.9 beside all layers with as many weights removed", "local-pruning-alexnet-cifar"), nil
}
