package finding

import (
	"fmt"
	"math"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// equalTotal is how far two removed fractions of all weights may lie apart to be
// called equal.
const equalTotal = 0.002

// local: pruning the fully connected layers alone beats pruning all, the same
// number of weights removed (sections 3.3 and 4).
func local(s *study) (draft, error) {
	d := claim("local-better", "Pruning the fully connected layers alone is more accurate than pruning all layers, equally many weights removed",
		"fc only − all", "accuracy after retraining, at a ratio of 0.9 of fc", "above 0")
	of := func(layers []string) func(series) bool {
		return func(x series) bool {
			return x.Stage == curve.Retrained && slices.Equal(x.Layers, layers) && x.Method.Schedule.Kind == trial.OneShot && x.plain()
		}
	}
	for _, p := range s.pairs(of(s.g.Plan.OfKind("dense")), of(s.g.Plan.Layers), func(_ *trial.Spec, l *trial.Level, _ *train.Config) { l.Prune.Layers = nil }) {
		a, ok := p.a.at(0.9)
		if !ok || p.a.Arm != p.b.Arm || !a.Placed || len(p.a.Layers) == len(p.b.Layers) {
			continue
		}
		for _, b := range p.b.Points {
			if b.Placed && math.Abs(b.Whole-a.Whole) < equalTotal {
				d.notes = []string{fmt.Sprintf("fc only removes %.2f %%, all %.2f %% of the weights", 100*a.Whole, 100*b.Whole)}
				d.parts = []evidence{s.accuracies("fc only − all", a, b)}
				return d, nil
			}
		}
	}
	return d.absent("no fc layers pruned by 0.9 beside all layers with as many weights removed", "local-pruning-alexnet-cifar"), nil
}
