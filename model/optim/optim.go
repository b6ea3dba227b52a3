// Package optim moves weights along their gradients: SGD with momentum and
// Adam, with schedules of the learning rate.
//
// One Step passes once over the weights that are left: penalty, momentum and
// update together. Removed weights have no gradient and no momentum, so they
// stay zero. Biases, scales and shifts are not regularized unless the
// regularizer says so.
package optim

import (
	"fmt"
	"math"

	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/regularizer"
)

// Optimizer holds the state of a training: one or two values for each weight
// that is left. A retraining begins with a new one.
type Optimizer struct {
	c      Config
	reg    regularizer.Config
	params []*nn.Param
	m, v   [][]float32 // sgd: v is the velocity; adam: first and second moments
	step   int
}

// New returns an optimizer with zero state for the parameters.
func New(c Config, reg regularizer.Config, params []*nn.Param) *Optimizer {
	o := &Optimizer{c: c, reg: reg, params: params}
	for _, p := range params {
		o.v = append(o.v, kernel.Alloc(len(p.Value)))
		if c.Method == Adam {
			o.m = append(o.m, kernel.Alloc(len(p.Value)))
		}
	}
	return o
}

// Step updates all parameters from their gradients at learning rate lr.
//
// SGD: g' = g + L2 w + L1 sign(w), v = momentum v + g', w = w - lr v. Adam is
// Kingma and Ba 2015, algorithm 1, on the same g'. With the proximal L1,
// sign(w) is left out and w is shrunk by lr*L1 towards zero afterwards, in
// Adam as well.
func (o *Optimizer) Step(lr float64) {
	o.step++
	for i, p := range o.params {
		p.MaskGrad()
		var reg regularizer.Config
		if p.Role == nn.Weight || o.reg.All {
			reg = o.reg
		}
		l1 := float32(reg.L1)
		if reg.Proximal {
			l1 = 0
		}
		switch o.c.Method {
		case SGD:
			kernel.SGDStep(p.Value, o.v[i], p.Grad, kernel.SGD{LR: float32(lr), Momentum: float32(o.c.Momentum), L2: float32(reg.L2), L1: l1})
		case Adam:
			kernel.AdamStep(p.Value, o.m[i], o.v[i], p.Grad, kernel.Adam{
				LR: float32(lr), Beta1: float32(o.c.Beta1), Beta2: float32(o.c.Beta2), Eps: float32(o.c.Epsilon),
				L2: float32(reg.L2), L1: l1, Step: o.step,
			})
		}
		if reg.Proximal {
			kernel.SoftThreshold(p.Value, float32(lr*reg.L1))
		}
	}
}

// State is what an optimizer keeps of a parameter from one step to the next.
type State struct {
	Param  *nn.Param
	Name   string    // "velocity" of sgd; "moment1" and "moment2" of adam
	Values []float32 // the optimizer's own, parallel to Param.Value
}

// States returns the state of all parameters. With the number of steps made it is
// the optimizer's whole state: one into which it is copied goes on as this one
// would.
func (o *Optimizer) States() []State {
	var all []State
	for i, p := range o.params {
		if o.c.Method == Adam {
			all = append(all, State{p, "moment1", o.m[i]}, State{p, "moment2", o.v[i]})
		} else {
			all = append(all, State{p, "velocity", o.v[i]})
		}
	}
	return all
}

// Resume makes step the number of steps that were made.
func (o *Optimizer) Resume(step int) { o.step = step }

// Validate reports settings outside of their range.
func (c Config) Validate() error {
	if !(c.LR > 0) || math.IsInf(c.LR, 0) {
		return fmt.Errorf("optimizer: lr %v is not a positive number", c.LR)
	}
	unit := func(name string, v float64) error {
		if !(v >= 0 && v < 1) {
			return fmt.Errorf("optimizer: %s %v is not in [0, 1)", name, v)
		}
		return nil
	}
	switch c.Method {
	case SGD:
		return unit("momentum", c.Momentum)
	case Adam:
		if !(c.Epsilon > 0) {
			return fmt.Errorf("optimizer: epsilon %v is not a positive number", c.Epsilon)
		}
		if err := unit("beta1", c.Beta1); err != nil {
			return err
		}
		return unit("beta2", c.Beta2)
	}
	return fmt.Errorf("optimizer is %q; it can be sgd or adam", c.Method)
}
