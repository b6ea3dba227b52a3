package nn

import (
	"slices"

	"prunelab/model/kernel"
)

// gradients holds the gradients of outputs on their way from readers to the layer
// that emitted. A layer's gradient is complete when all its readers have handed over
// theirs. What a layer computes along, a ReLU, has none of its own.
type gradients struct {
	needed []bool       // by layer: its own parameters move, or those of a layer before it
	dy     [][]gradient // by layer and slot
	wide   []gradient   // by layer on slices: from its readers on the whole batch
	kept   []slots      // by layer: storage of dy where a reader's is not enough
	copies []kernel.Mat // likewise of wide
	parts  []kernel.Mat // by layer on slices: a slice of wide
	masks  []mask       // by layer
}

// mask is what becomes of the gradient of an output when the last of its parts comes:
// the ReLU of the layer that emitted it is applied in the same pass.
type mask struct {
	layer maskable // nil: nothing
	parts int      // of a gradient
}

// gradient is that of an output in a slot; without data there is none yet.
type gradient struct {
	kernel.Mat
	shared bool // others read the same values, so that they have to stay
	lasts  bool // until the next batch; else until the next slot
	parts  int  // that were added up
	masked bool // the ReLU was applied
}

func newGradients(layers int) gradients {
	return gradients{
		needed: make([]bool, layers), dy: make([][]gradient, layers), wide: make([]gradient, layers),
		kept: make([]slots, layers), copies: make([]kernel.Mat, layers), parts: make([]kernel.Mat, layers),
		masks: make([]mask, layers),
	}
}

// begin forgets all gradients.
func (g *gradients) begin(slots int) {
	for i := range g.dy {
		for len(g.dy[i]) < max(1, slots) {
			g.dy[i] = append(g.dy[i], gradient{})
		}
		clear(g.dy[i])
		g.wide[i] = gradient{}
	}
}

// add adds d to the gradient of layer i in a slot; lasts says that this one has to
// last. d stays where it is as long as it can.
func (g *gradients) add(i, slot int, d gradient, lasts bool) {
	sum := &g.dy[i][slot]
	parts := sum.parts + 1
	switch {
	case sum.Data == nil && (d.lasts || !lasts):
		*sum = d
	case sum.Data == nil:
		*sum = g.own(i, slot, d, lasts)
	default:
		from := sum.Data
		if sum.shared {
			to := g.room(i, slot, lasts)
			fit(to, d.Rows, d.Cols)
			*sum = gradient{Mat: *to, lasts: lasts}
		}
		if m := g.masks[i]; m.parts == parts && m.layer.ReLU(slot) != nil {
			kernel.AddReLUGrad(sum.Data, from, d.Data, m.layer.ReLU(slot))
			sum.masked = true
		} else {
			kernel.Add(sum.Data, from, d.Data)
		}
	}
	sum.parts = parts
}

// room is storage for the gradient of layer i in a slot.
func (g *gradients) room(i, slot int, lasts bool) *kernel.Mat {
	if !lasts {
		slot = 0
	}
	return g.kept[i].at(slot)
}

// own returns a copy of d that is layer i's alone.
func (g *gradients) own(i, slot int, d gradient, lasts bool) gradient {
	to := g.room(i, slot, lasts)
	fit(to, d.Rows, d.Cols)
	copy(to.Data, d.Data)
	return gradient{Mat: *to, lasts: lasts}
}

// Backward adds to every Param.Grad the gradient that follows from that of the
// logits, which it may overwrite. It comes after Forward in Train mode.
func (n *Network) Backward(dlogits kernel.Mat) {
	t, m := n.topology, Mode{Train: true}
	n.grads.begin(sliceCount(dlogits.Cols))
	if out := t.emitter(t.output()); out < t.sliced {
		n.grads.wide[out].Mat = dlogits
	} else {
		n.grads.dy[out][0].Mat = dlogits
	}
	for i := len(n.layers) - 1; i >= t.sliced; i-- {
		if !n.grads.needed[i] {
			continue
		}
		if b, ok := n.layers[i].(*BatchNorm); ok {
			b.Absorb(n.grads.dy[i][0].Mat, m)
			b.resolve()
		}
		n.backward(i, m)
	}
	p := n.train
	for r := len(p.regions) - 1; r >= 0; r-- {
		for m.Slot = range sliceCount(dlogits.Cols) {
			for _, i := range p.back[r] {
				if n.grads.needed[i] {
					n.backwardSlice(i, r, m)
				}
			}
		}
		for _, i := range p.regions[r] {
			if b, ok := n.layers[i].(*BatchNorm); ok && n.grads.needed[i] {
				b.resolve()
			}
		}
	}
}

// backwardSlice runs layer i backward on a slice, as far as that belongs to region r.
func (n *Network) backwardSlice(i, r int, m Mode) {
	own := n.train.of[i] == r
	if own && n.grads.wide[i].Data != nil {
		d, at := n.grads.wide[i].Mat, m.Slot*kernel.Lanes
		part := &n.grads.parts[i]
		fit(part, d.Rows, min(kernel.Lanes, d.Cols-at))
		kernel.Slice(*part, d, at)
		n.grads.add(i, m.Slot, gradient{Mat: *part}, n.train.lasts[i])
	}
	if b, ok := n.layers[i].(*BatchNorm); ok && own {
		b.Absorb(n.grads.dy[i][m.Slot].Mat, m)
		if n.waits(i) {
			return // the rest comes with the region of what it reads
		}
	}
	n.backward(i, m)
}

// backward runs layer i backward and hands the gradients of what it reads over.
func (n *Network) backward(i int, m Mode) {
	inputs := n.topology.nodes[i].inputs
	if _, learns := n.layers[i].(*Affine); !learns && !slices.ContainsFunc(inputs, n.wants) || n.topology.emitter(i) != i {
		return
	}
	dy := n.grads.dy[i][m.Slot]
	if _, ok := n.layers[i].(sparing); dy.shared && !ok {
		dy = n.grads.own(i, m.Slot, dy, n.lasts(i))
	}
	m.Masked = dy.masked
	switch l := n.layers[i].(type) {
	case mapping:
		j := inputs[0]
		m.Into = n.destination(i, j, m.Slot)
		d := l.Backward(dy.Mat, m)
		n.hand(i, j, gradient{Mat: d, lasts: dy.lasts && same(d, dy.Mat) || m.Into != nil && same(d, *m.Into)}, m.Slot)
	case junction:
		wanted := 0
		for _, j := range inputs {
			if n.wants(j) {
				wanted++
			}
		}
		for k, d := range l.Backward(dy.Mat, m) {
			n.hand(i, inputs[k], gradient{Mat: d, shared: wanted > 1, lasts: dy.lasts}, m.Slot)
		}
	}
}

// same reports whether two matrices are one.
func same(a, b kernel.Mat) bool {
	return len(a.Data) > 0 && len(b.Data) > 0 && &a.Data[0] == &b.Data[0]
}

// wants reports whether the gradient of layer j's output is needed.
func (n *Network) wants(j int) bool { return j != networkInput && n.grads.needed[j] }

// lasts reports whether the gradients of layer j's slices have to last until all of
// them have come.
func (n *Network) lasts(j int) bool { return n.train.lasts[j] }

// destination is where layer i best puts the gradient of what it reads of layer j: in a
// place where it lasts, if it has to and is the first one.
func (n *Network) destination(i, j, slot int) *kernel.Mat {
	if !n.wants(j) || i >= n.topology.sliced {
		return nil
	}
	j = n.topology.emitter(j)
	if !n.lasts(j) || n.grads.dy[j][slot].Data != nil {
		return nil
	}
	return n.grads.room(j, slot, true)
}

// hand gives layer j the gradient d that layer i has made of its output.
func (n *Network) hand(i, j int, d gradient, slot int) {
	if !n.wants(j) || d.Data == nil {
		return
	}
	j = n.topology.emitter(j)
	if j >= n.topology.sliced || i < n.topology.sliced {
		n.grads.add(j, slot, d, n.lasts(j))
		return
	}
	switch wide := &n.grads.wide[j]; {
	case wide.Data != nil && !wide.shared:
		kernel.Add(wide.Data, wide.Data, d.Data)
	case wide.Data != nil:
		fit(&n.grads.copies[j], d.Rows, d.Cols)
		kernel.Add(n.grads.copies[j].Data, wide.Data, d.Data)
		*wide = gradient{Mat: n.grads.copies[j]}
	default:
		*wide = d
	}
}

// prepare decides which gradients are needed, for the layers that learn, and how
// slices follow each other, for the statistics in force.
func (n *Network) prepare() {
	t := n.topology
	n.train = newPlan(t, n.waits)
	n.grads.needed = t.dependents(n.learns)
	n.observers = make([][]*BatchNorm, len(t.nodes)+1)
	for i, l := range n.layers {
		if l, ok := l.(maskable); ok && i < t.sliced && !slices.ContainsFunc(t.receivers(i), func(j int) bool { return j >= t.sliced }) {
			n.grads.masks[i] = mask{l, len(t.receivers(i))}
		}
		switch l := l.(type) {
		case *Affine:
			l.training.watch = nil
			l.training.bottom = !slices.ContainsFunc(t.nodes[i].inputs, n.wants)
		case *BatchNorm:
			j := t.nodes[i].inputs[0]
			if !n.waits(i) || i >= t.sliced {
				continue
			}
			if a, ok := n.at(j).(*Affine); ok {
				a.training.watch = append(a.training.watch, l)
			} else {
				n.observers[j+1] = append(n.observers[j+1], l)
			}
		}
	}
}

// at is layer i, nil for the network's input.
func (n *Network) at(i int) Layer {
	if i == networkInput {
		return nil
	}
	return n.layers[i]
}
