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

// Config is a penalty on the weights (never on biases). L2 adds L2*w to the
// gradient, that is L2/2*||w||^2 to the loss; L1 adds L1*sign(w), with
// sign(0) = 0, or, when Proximal, shrinks by soft thresholding after the step.
// Both may be zero: no regularization.
type Config struct {
	L1       float64 `json:"l1,omitempty"`
	L2       float64 `json:"l2,omitempty"`
	Proximal bool    `json:"proximal,omitempty"`
}

// Validate reports strengths that are negative or not finite.
func (c Config) Validate() error {
	for _, v := range []float64{c.L1, c.L2} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("regularizer: strengths %v and %v have to be finite and at least 0", c.L1, c.L2)
		}
	}
	if c.Proximal && c.L1 == 0 {
		return errors.New("regularizer: proximal without l1")
	}
	return nil
}
