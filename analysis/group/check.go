package group

import (
	"errors"
	"fmt"
	"math"

	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// check refuses an outcome whose numbers cannot be.
func check(o *trial.Outcome) error {
	switch o.Status {
	case trial.Done, trial.Diverged, trial.Failed:
	default:
		return fmt.Errorf("unknown status %q", o.Status)
	}
	for _, s := range []struct {
		name  string
		score *train.Evaluation
	}{{"start", o.Result.Start}, {"pruned", o.Result.Pruned}, {"retrained", o.Result.Retrained}} {
		if s.score == nil {
			continue
		}
		if s.score.N < 1 || s.score.Correct < 0 || s.score.Correct > s.score.N {
			return fmt.Errorf("%s score: %d of %d correct", s.name, s.score.Correct, s.score.N)
		}
		if t := s.score.Top; t != nil && (t.K < 2 || t.Correct < 0 || t.Correct > s.score.N) {
			return fmt.Errorf("%s score: %d of %d among the first %d answers", s.name, t.Correct, s.score.N, t.K)
		}
		if math.IsNaN(s.score.Loss) || math.IsInf(s.score.Loss, 0) {
			return fmt.Errorf("%s score: loss %v", s.name, s.score.Loss)
		}
	}
	if s := o.Result.Scored; s != nil && (o.Result.Start == nil || len(s.Labels) != 2*o.Result.Start.N) {
		return fmt.Errorf("%d bytes for the classes of the images that it was scored on", len(s.Labels))
	}
	for _, l := range o.Result.Layers {
		if l.Size < 1 || l.Removed < 0 || l.Removed > l.Size {
			return fmt.Errorf("layer %s: %d of %d weights removed", l.Name, l.Removed, l.Size)
		}
	}
	if o.Status == trial.Done && len(o.Result.Layers) == 0 {
		return errors.New("done, but without layers")
	}
	return nil
}

// sameResult compares what is deterministic.
func sameResult(a, b *trial.Outcome) bool {
	return a.Status == b.Status && a.Result.Same(b.Result)
}
