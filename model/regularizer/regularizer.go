// Package regularizer defines the penalties under which a network learns
// which of its connections matter (Han et al. 2015, section 3.1).
//
// The penalties themselves act inside the optimizer's pass over the weights;
// here is what they are.
package regularizer

import (
	"errors"
	"fmt"
	"math"
)

// None reports whether there is no penalty.
func (c Config) None() bool { return c.L1 == 0 && c.L2 == 0 }

// Validate reports strengths that are negative or not finite.
func (c Config) Validate() error {
	for name, v := range map[string]float64{"l1": c.L1, "l2": c.L2} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("%s is %v; a strength is a finite number of at least 0", name, v)
		}
	}
	if c.Proximal && c.L1 == 0 {
		return errors.New("proximal without l1")
	}
	return nil
}

// Loss is the penalty of the weights w: L1 * sum |w| + L2/2 * sum w^2.
func (c Config) Loss(w []float32) float64 {
	var abs, sq float64
	for _, v := range w {
		abs += math.Abs(float64(v))
		sq += float64(v) * float64(v)
	}
	return c.L1*abs + c.L2/2*sq
}

// EqualPull returns the L1 strength that pulls on the weights w as hard, in
// the direction of w, as the L2 strength l2 does: l2 * sum w^2 / sum |w|.
func EqualPull(l2 float64, w []float32) float64 {
	one := Config{L1: 1}.Loss(w)
	if one == 0 {
		return 0
	}
	return 2 * Config{L2: l2}.Loss(w) / one
}

// String is the penalty as a study file writes it.
func (c Config) String() string {
	switch {
	case c.None():
		return "none"
	case c.L1 == 0:
		return fmt.Sprintf("l2 %g", c.L2)
	}
	s := fmt.Sprintf("l1 %g", c.L1)
	if c.Proximal {
		s += " proximal"
	}
	if c.L2 != 0 {
		s += fmt.Sprintf(", l2 %g", c.L2)
	}
	return s
}
