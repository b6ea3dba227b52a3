package nn

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"prunelab/model/kernel"
	"prunelab/model/rng"
)

// Network is a feed-forward network with its weights and the activations of
// the last batch. It is used by one goroutine at a time.
type Network struct {
	Config Config

	front    []Layer // on slices of kernel.Lanes samples
	back     []Layer // on the whole batch
	affine   []*Affine
	dropouts []*Dropout
	flat     kernel.Mat // output of front, features x N
	dflat    kernel.Mat // a slice of its gradient
	in       slots      // the slices of a batch
	frontUp  bool       // something in front learns
}

// Build makes the network with the weights that the seed gives.
func Build(c Config, seed uint64) (*Network, error) {
	n, err := New(c)
	if err != nil {
		return nil, err
	}
	n.Reinitialise(func(layer string) *rand.Rand { return rng.Stream(seed, "init", layer) })
	return n, nil
}

// Reinitialise draws the weights that are left, and the biases, anew in every
// layer that is not frozen, by the rule of the configuration, from a stream for
// each layer.
func (n *Network) Reinitialise(stream func(layer string) *rand.Rand) {
	for _, a := range n.affine {
		if !a.frozen {
			a.initialise(n.Config.Init, stream(a.Name))
		}
	}
}

// New makes the network with all weights zero, to be filled by Read.
func New(c Config) (*Network, error) {
	plan, err := c.plan()
	if err != nil {
		return nil, err
	}
	n := &Network{Config: c}
	split := frontEnd(plan)
	for i, p := range plan {
		var l Layer
		switch p.Kind {
		case KindDense:
			l = newDense(p.Name, p.in.Features(), p.Units)
		case KindConv:
			l = newConv(p.Name, p.conv())
		case KindReLU:
			if a := n.last(); a != nil && i > 0 && (plan[i-1].Kind == KindDense || plan[i-1].Kind == KindConv) {
				a.relu = true
				continue
			}
			l = &ReLU{}
		case KindDropout:
			d := &Dropout{Index: len(n.dropouts), Base: p.Rate, Rate: p.Rate, units: p.in.Features()}
			n.dropouts = append(n.dropouts, d)
			l = d
		case KindMaxPool:
			l = &MaxPool{s: p.pool()}
		case KindAvgPool:
			l = &AvgPool{s: p.pool()}
		case KindFlatten:
			continue // channels x height x width x N is features x N already
		}
		if a, ok := l.(*Affine); ok {
			a.Cost = p.cost()
			n.affine = append(n.affine, a)
			for _, d := range n.dropouts {
				if d.Consumer == nil {
					d.Consumer = a
				}
			}
		}
		if i < split {
			n.front = append(n.front, l)
		} else {
			n.back = append(n.back, l)
		}
	}
	if err := n.Freeze(nil); err != nil {
		return nil, err
	}
	return n, nil
}

// frontEnd returns how many layers run on slices: all before the first dense
// or flatten layer, and before the dropout right in front of it, when a
// convolution or pooling is among them; else none. That dropout belongs to the
// dense layers: what comes before it is then fixed when the convolutions are
// frozen.
func frontEnd(plan []planned) int {
	end := len(plan)
	spatial := false
	for i, p := range plan {
		switch p.Kind {
		case KindConv, KindMaxPool, KindAvgPool:
			spatial = true
			continue
		case KindDense, KindFlatten:
			end = i
		default:
			continue
		}
		break
	}
	if !spatial {
		return 0
	}
	for end > 0 && end <= len(plan) && plan[end-1].Kind == KindDropout {
		end--
	}
	return end
}

// last returns the last layer with weights so far.
func (n *Network) last() *Affine {
	if len(n.affine) == 0 {
		return nil
	}
	return n.affine[len(n.affine)-1]
}

// Forward returns the logits, classes x N, of the batch x, features x N. They
// hold until the next call.
func (n *Network) Forward(x kernel.Mat, m Mode) kernel.Mat {
	if m.From == 0 && len(n.front) > 0 {
		x = n.forwardFront(x, m)
	}
	m.Slot = 0
	for _, l := range n.back[max(0, m.From-len(n.front)):] {
		x = l.Forward(x, m)
	}
	return x
}

// Fixed returns how many layers at the beginning give the same output for a
// sample however long the network trains: those before the first one that
// learns or drops values. It is 0 or at least the number of layers that run on
// slices. Features computes their output, Mode.From skips them.
func (n *Network) Fixed() int {
	fixed := 0
	for _, l := range slices.Concat(n.front, n.back) {
		if a, ok := l.(*Affine); ok && !a.frozen {
			break
		}
		if d, ok := l.(*Dropout); ok && d.Rate > 0 {
			break
		}
		fixed++
	}
	if fixed < len(n.front) || !n.hasWeights(fixed) {
		return 0
	}
	return fixed
}

// hasWeights reports whether one of the first layers has weights.
func (n *Network) hasWeights(first int) bool {
	for _, l := range slices.Concat(n.front, n.back)[:first] {
		if _, ok := l.(*Affine); ok {
			return true
		}
	}
	return false
}

// Features returns the input of layer from, at least the number of layers that
// run on slices, for the batch x.
func (n *Network) Features(x kernel.Mat, from int) kernel.Mat {
	if len(n.front) > 0 {
		x = n.forwardFront(x, Mode{})
	}
	for _, l := range n.back[:from-len(n.front)] {
		x = l.Forward(x, Mode{})
	}
	return x
}

func (n *Network) forwardFront(x kernel.Mat, m Mode) kernel.Mat {
	for col := 0; col < x.Cols; col += kernel.Lanes {
		slot := col / kernel.Lanes
		in := n.in.get(slot, x.Rows, min(kernel.Lanes, x.Cols-col))
		kernel.Slice(*in, x, col)
		m.Slot = slot
		h := *in
		for _, l := range n.front {
			h = l.Forward(h, m)
		}
		if col == 0 {
			fit(&n.flat, h.Rows, x.Cols)
		}
		kernel.Unslice(n.flat, col, h)
	}
	return n.flat
}

// Backward adds to every Param.Grad the gradient that follows from that of the
// logits, which it may overwrite. It comes after Forward in Train mode.
func (n *Network) Backward(dlogits kernel.Mat) {
	d := dlogits
	m := Mode{Train: true}
	for i := len(n.back) - 1; i >= 0; i-- {
		d = n.back[i].Backward(d, m)
		if d.Data == nil {
			return
		}
	}
	if !n.frontUp {
		return
	}
	for col := 0; col < d.Cols; col += kernel.Lanes {
		m.Slot = col / kernel.Lanes
		fit(&n.dflat, d.Rows, min(kernel.Lanes, d.Cols-col))
		kernel.Slice(n.dflat, d, col)
		h := n.dflat
		for i := len(n.front) - 1; i >= 0; i-- {
			h = n.front[i].Backward(h, m)
			if h.Data == nil {
				break
			}
		}
	}
}

// Freeze fixes the weights and biases of the named layers and lets all others
// learn.
func (n *Network) Freeze(layers []string) error {
	frozen := map[string]bool{}
	for _, name := range layers {
		if n.Affine(name) == nil {
			return fmt.Errorf("freeze %s: the network has no such layer", name)
		}
		frozen[name] = true
	}
	bottom := true
	for _, a := range n.affine {
		a.frozen = frozen[a.Name]
		a.bottom = bottom
		bottom = bottom && a.frozen
	}
	n.frontUp = false
	for _, l := range n.front {
		if a, ok := l.(*Affine); ok && !a.frozen {
			n.frontUp = true
		}
	}
	return nil
}

// Learning returns the parameters that are not frozen.
func (n *Network) Learning() []*Param {
	var ps []*Param
	for _, a := range n.affine {
		if !a.frozen {
			ps = append(ps, a.W, a.B)
		}
	}
	return ps
}

// ZeroGrad lets all gradients begin anew with the next Backward; until then they
// are not defined.
func (n *Network) ZeroGrad() {
	for _, a := range n.affine {
		a.zeroGrad()
	}
}

// Keep restricts the weights of a layer to a pattern; survivors keep their
// values. The pattern lies within the one that is in force.
func (n *Network) Keep(layer string, kept *Pattern) error {
	a := n.Affine(layer)
	switch {
	case a == nil:
		return fmt.Errorf("prune %s: the network has no such layer", layer)
	case kept.Size != a.W.Size():
		return fmt.Errorf("prune %s: a pattern over %d weights, the layer has %d", layer, kept.Size, a.W.Size())
	case a.W.Kept != nil && !kept.Within(a.W.Kept):
		return fmt.Errorf("prune %s: the pattern revives weights that were removed before", layer)
	}
	a.keep(kept)
	return nil
}

// Affine returns the named layer with weights, or nil.
func (n *Network) Affine(name string) *Affine {
	for _, a := range n.affine {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// Affines returns the layers with weights, in order.
func (n *Network) Affines() []*Affine { return n.affine }

// Dropouts returns the dropout layers, in order.
func (n *Network) Dropouts() []*Dropout { return n.dropouts }

// Weights returns the weights of all layers, in order, without biases.
func (n *Network) Weights() []*Param {
	ps := make([]*Param, len(n.affine))
	for i, a := range n.affine {
		ps[i] = a.W
	}
	return ps
}

// Params returns the weights and biases of all layers, in order.
func (n *Network) Params() []*Param {
	ps := make([]*Param, 0, 2*len(n.affine))
	for _, a := range n.affine {
		ps = append(ps, a.W, a.B)
	}
	return ps
}
