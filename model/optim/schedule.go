package optim

import (
	"fmt"
	"math"

	"prunelab/model/elementary"
)

// Rate is the learning rate at a step (from 0) of a training of total steps.
func (s Schedule) Rate(lr float64, step, total int) float64 {
	switch s.Kind {
	case Constant:
		return lr
	case Steps:
		f := float64(step) / float64(total)
		for _, at := range s.At {
			if f >= at {
				lr *= s.Factor
			}
		}
		return lr
	case Inverse:
		return lr * elementary.Pow(1+float64(s.Gamma*float64(step)), -s.Power)
	case Cosine:
		// (1 + cos(pi u))/2 = sin²(pi/2 (1 - u)), and 1 - u is what is left
		left := (1 - s.From) * float64(total-step) / float64(total)
		f := elementary.Sin(math.Pi / 2 * left)
		return lr * float64(f*f)
	}
	panic("optim: unknown schedule")
}

// Validate reports a schedule that means nothing.
func (s Schedule) Validate() error {
	switch s.Kind {
	case Constant:
		return nil
	case Steps:
		if !(s.Factor > 0) || math.IsInf(s.Factor, 0) {
			return fmt.Errorf("schedule: factor %v is not a positive number", s.Factor)
		}
		last := 0.0
		for _, at := range s.At {
			if !(at > last && at < 1) {
				return fmt.Errorf("schedule: steps at %v have to rise and lie in (0, 1), as fractions of the training", s.At)
			}
			last = at
		}
		if len(s.At) == 0 {
			return fmt.Errorf("schedule: steps without a place; write at: [0.5, 0.8]")
		}
		return nil
	case Inverse:
		if !(s.Gamma >= 0) || !(s.Power >= 0) || math.IsInf(s.Gamma+s.Power, 0) {
			return fmt.Errorf("schedule: gamma %v and power %v have to be finite and at least 0", s.Gamma, s.Power)
		}
		return nil
	case Cosine:
		if !(s.From >= 0 && s.From < 1) {
			return fmt.Errorf("schedule: from %v has to lie in [0, 1), as a fraction of the half wave", s.From)
		}
		return nil
	}
	return fmt.Errorf("schedule is %q; it can be constant, steps, cosine or inverse", s.Kind)
}
