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

// Config is a penalty on the weights or, where All says so, on all that is learned:
// on biases too, and on scale and shift of batch normalisation, which PyTorch's
// optimizers do unless told otherwise. L2 adds L2*w to the
// gradient, that is L2/2*||w||^2 to the loss; L1 adds L1*sign(w), with
// sign(0) = 0, or, when Proximal, shrinks by soft thresholding after the step.
// Both may be zero: no regularization.
type Config struct {
	L1       float64 `json:"l1,omitempty"`
	L2       float64 `json:"l2,omitempty"`
	Proximal bool    `json:"proximal,omitempty"`
	All      bool    `json:"all,omitempty"`
}

// Norm is what a penalty is of.
type Norm string

// The norms: the sum of |w|, and half the sum of its squares.
const (
	L1 Norm = "L1"
	L2 Norm = "L2"
)

// Term is one penalty with its strength.
type Term struct {
	Norm     Norm
	Strength float64
	Proximal bool
}

// Terms lists the penalties that act; none without regularization.
func (c Config) Terms() []Term {
	var all []Term
	if c.L1 != 0 {
		all = append(all, Term{L1, c.L1, c.Proximal})
	}
	if c.L2 != 0 {
		all = append(all, Term{Norm: L2, Strength: c.L2})
	}
	return all
}

// Validate reports strengths that are negative or not finite.
func (c Config) Validate() error {
	for _, v := range []float64{c.L1, c.L2} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("regularizer: strengths %v and %v have to be finite and at least 0", c.L1, c.L2)
		}
	}
	if c.All && c.L1 == 0 && c.L2 == 0 {
		return errors.New("regularizer: all without l1 or l2")
	}
	if c.Proximal && c.L1 == 0 {
		return errors.New("regularizer: proximal without l1")
	}
	return nil
}
