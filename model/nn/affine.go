package nn

import (
	"math"

	"prunelab/model/kernel"
)

// Affine is y = Wx + b, a dense layer or a convolution, with the ReLU that
// reads it alone, if there is one.
type Affine struct {
	Name string
	Kind Kind // KindDense or KindConv
	Cost LayerCost
	W    *Param
	B    *Param // of no values in a layer without biases

	linear   linear
	epilogue epilogue
	norm     *BatchNorm // the one that reads it alone, if there is one
	y        slots      // outputs
	current  Mode       // of the Forward that is under way
	then     func(lo, hi int)
	training training
	activity activity
}

// training is what an Affine holds beside its weights while it learns.
type training struct {
	frozen bool         // W and b do not move
	bottom bool         // nothing that it reads depends on weights that move: dx is not needed
	fresh  bool         // the next Backward sets dW, which was not cleared
	watch  []*BatchNorm // those that read it and wait for all slices
	norm   *BatchNorm   // computed here, as x is read; nil: none
	x      slots        // inputs of the last Forward
	dx     kernel.Mat   // of the last Backward
}

// newAffine makes the layer of a node with all weights zero.
func newAffine(n node, relu bool) *Affine {
	a := &Affine{Name: n.Name, Kind: n.Kind, Cost: n.cost()}
	if n.Kind == KindConv {
		s := n.conv()
		a.linear, a.epilogue = newConv(s, n.groups()), epilogue{s.OH() * s.OW(), relu, !n.NoBias}
		a.W = newParam(n.Name, Weight, s.O, s.C/n.groups(), s.KH, s.KW)
	} else {
		a.linear, a.epilogue = newDense(n.Units, n.in.Features()), epilogue{1, relu, !n.NoBias}
		a.W = newParam(n.Name, Weight, n.Units, n.in.Features())
	}
	a.B = newParam(n.Name, Bias, a.Cost.Biases)
	a.linear.use(a.W)
	a.then = a.finish
	return a
}

// keep puts a mask on W.
func (a *Affine) keep(m *Mask) { a.keepAs(m, m.Density() < SparseBelow) }

// keepAs is keep with the choice made by the caller between holding the
// survivors only and zeros in the place of removed weights.
func (a *Affine) keepAs(m *Mask, compact bool) {
	a.W.restrict(m, compact)
	a.linear.use(a.W)
	a.training.fresh = false
}

// masked returns the layer under a mask as a layer of its own, which shares the
// biases.
func (a *Affine) masked(m *Mask) *Affine {
	w := *a.W
	c := &Affine{Name: a.Name, Kind: a.Kind, Cost: a.Cost, W: &w, B: a.B, linear: a.linear, epilogue: a.epilogue, norm: a.norm}
	c.then = c.finish
	c.keep(m)
	c.linear.Load(c.W.Value)
	return c
}

// load takes the weights for the calls that follow.
func (a *Affine) load() { a.linear.Load(a.W.Value) }

// Forward computes y = Wx + b, or max(0, Wx + b), for the weights that were loaded; x
// is I x N, y is O x N. Outside of training it computes the batch normalisation that
// reads it alone along.
func (a *Affine) Forward(x kernel.Mat, m Mode) kernel.Mat {
	if m.Count {
		a.activity.count(x)
	}
	y := a.y.get(m.Slot, a.linear.out, x.Cols)
	a.current = m
	a.normalise(m.Train)
	if p, ok := a.linear.product.(stager); ok {
		p.ForwardThen(*y, x, a.then)
	} else {
		a.linear.Forward(*y, x)
		a.finish(0, a.Cost.Units)
	}
	if m.Train {
		*a.training.x.at(m.Slot) = x
	}
	return *y
}

// normalise has the product read x through the batch normalisation before it, or not.
func (a *Affine) normalise(train bool) {
	if a.training.norm == nil {
		return
	}
	var n *kernel.Norm
	if train {
		n = &a.training.norm.reading.Norm
	}
	a.linear.product.(normaliser).Normalise(n)
}

// readsGrad has the product read the next dy through the batch normalisation that reads
// the layer, and reports whether it can.
func (a *Affine) readsGrad(n *kernel.NormGrad) bool {
	p, ok := a.linear.product.(normaliser)
	return ok && !a.epilogue.bias && p.NormaliseGrad(n)
}

// finish does what follows the product of the units from lo up to hi, while that is in
// cache.
func (a *Affine) finish(lo, hi int) {
	y := band(a.y[a.current.Slot], lo*a.epilogue.positions, hi*a.epilogue.positions)
	a.epilogue.forward(y, a.B.Value[min(lo, len(a.B.Value)):min(hi, len(a.B.Value))])
	switch {
	case a.current.Train:
		for _, b := range a.training.watch {
			b.Observe(y, a.current.Slot, lo)
		}
	case a.norm != nil:
		a.norm.apply(y, y, lo)
	}
}

// Backward adds to the gradients of W and b and returns that of x:
// from y = Wx + b follow dW += dy xᵀ, db += dy 1, dx = Wᵀ dy; where the ReLU
// gave 0, dy is 0.
func (a *Affine) Backward(dy kernel.Mat, m Mode) kernel.Mat {
	t := &a.training
	x, y := t.x[m.Slot], a.y[m.Slot]
	a.epilogue.backward(dy, y)
	a.normalise(true)
	if !t.frozen {
		if t.fresh {
			a.linear.product.(setter).SetWeightGrad(a.W.Grad, dy, x)
			t.fresh = false
		} else {
			a.linear.AddWeightGrad(a.W.Grad, dy, x)
		}
		if a.epilogue.bias {
			kernel.AddBiasGrad(a.B.Grad, dy.Data, a.epilogue.run(dy))
		}
	}
	var dx kernel.Mat
	if !t.bottom {
		to := &t.dx
		if m.Into != nil {
			to = m.Into
		}
		fit(to, a.linear.in, dy.Cols)
		a.linear.InputGrad(*to, dy)
		dx = *to
	}
	a.readsGrad(nil)
	return dx
}

// zeroGrad clears the gradients, that of W by the next Backward where its product
// can.
func (a *Affine) zeroGrad() {
	clear(a.B.Grad)
	_, sets := a.linear.product.(setter)
	if a.training.fresh = sets && !a.training.frozen; !a.training.fresh {
		clear(a.W.Grad)
	}
}

// Params returns W and, where there is one, b.
func (a *Affine) Params() []*Param {
	if !a.epilogue.bias {
		return []*Param{a.W}
	}
	return []*Param{a.W, a.B}
}

// Inputs is the number of weights of one output unit, K.
func (a *Affine) Inputs() int { return a.linear.fanIn }

// Groups is the number of parts that the channels of a convolution fall into; 1
// otherwise.
func (a *Affine) Groups() int { return max(1, a.linear.groups) }

// Emits returns what a unit emits that has no weights left: its bias.
func (a *Affine) Emits(unit int) float32 {
	if !a.epilogue.bias {
		return 0
	}
	return a.B.Value[unit]
}

// Padded reports whether the layer reads zeros beyond the border of its input.
func (a *Affine) Padded() bool { return a.linear.conv.Pad > 0 }

// Products is the number of times that a step of training multiplies by the
// weights that are left: for y, for dW if they move, and for dx if it is needed.
func (a *Affine) Products() int {
	n := 3
	if a.training.frozen {
		n--
	}
	if a.training.bottom {
		n--
	}
	return n
}

// Activity returns the fraction of inputs that were not zero in the runs with
// Mode.Count since the last call; without one, 0 and false.
func (a *Affine) Activity() (float64, bool) {
	c := a.activity
	a.activity = activity{}
	if c.seen == 0 {
		return 0, false
	}
	return float64(c.nonzero) / float64(c.seen), true
}

// activity counts the values that a layer reads.
type activity struct {
	seen    int
	nonzero int // of these
}

// count counts x. Whether a value is zero is as good as random, so there is no
// branch on it: of its bits b without the sign, b | -b has the highest one set
// exactly when b is not 0.
func (c *activity) count(x kernel.Mat) {
	for i := range x.Rows {
		n := 0
		for _, v := range x.Row(i) {
			b := math.Float32bits(v) << 1
			n += int((b | -b) >> 31)
		}
		c.nonzero += n
	}
	c.seen += x.Rows * x.Cols
}
