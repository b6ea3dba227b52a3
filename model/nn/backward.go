package nn

import (
	"slices"

	"prunelab/model/kernel"
)

// gradients holds the gradients of outputs on their way from readers to the layer
// that emitted. A layer's gradient is complete when all its readers have handed over
// theirs.
type gradients struct {
	needed []bool         // by layer: its own parameters move, or those of a layer before it
	dy     [][]kernel.Mat // by layer and slot; no values: none yet
	wide   []kernel.Mat   // by layer on slices: from its readers on the whole batch
	kept   []slots        // by layer: storage of dy where a reader's is not enough
	copies []kernel.Mat   // likewise of wide
	parts  []kernel.Mat   // by layer on slices: a slice of wide
}

func newGradients(layers int) gradients {
	return gradients{
		needed: make([]bool, layers), dy: make([][]kernel.Mat, layers), wide: make([]kernel.Mat, layers),
		kept: make([]slots, layers), copies: make([]kernel.Mat, layers), parts: make([]kernel.Mat, layers),
	}
}

// begin forgets all gradients.
func (g *gradients) begin(slots int) {
	for i := range g.dy {
		for len(g.dy[i]) < max(1, slots) {
			g.dy[i] = append(g.dy[i], kernel.Mat{})
		}
		clear(g.dy[i])
		g.wide[i] = kernel.Mat{}
	}
}

// add adds d to the gradient of layer i in a slot. If d is the layer's alone it may
// stay where it is, but for a gradient that has to last.
func (g *gradients) add(i, slot int, d kernel.Mat, alone, lasts bool) {
	sum := &g.dy[i][slot]
	switch {
	case sum.Data != nil:
		kernel.Add(sum.Data, sum.Data, d.Data)
	case alone && !lasts:
		*sum = d
	default:
		at := 0
		if lasts {
			at = slot
		}
		*sum = *g.kept[i].get(at, d.Rows, d.Cols)
		copy(sum.Data, d.Data)
	}
}

// Backward adds to every Param.Grad the gradient that follows from that of the
// logits, which it may overwrite. It comes after Forward in Train mode.
func (n *Network) Backward(dlogits kernel.Mat) {
	t, m := n.topology, Mode{Train: true}
	n.grads.begin(sliceCount(dlogits.Cols))
	if out := t.output(); out < t.sliced {
		n.grads.wide[out] = dlogits
	} else {
		n.grads.dy[out][0] = dlogits
	}
	for i := len(n.layers) - 1; i >= t.sliced; i-- {
		if !n.grads.needed[i] {
			continue
		}
		if b, ok := n.layers[i].(*BatchNorm); ok {
			b.Absorb(n.grads.dy[i][0], m)
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
		d, at := n.grads.wide[i], m.Slot*kernel.Lanes
		part := &n.grads.parts[i]
		fit(part, d.Rows, min(kernel.Lanes, d.Cols-at))
		kernel.Slice(*part, d, at)
		n.grads.add(i, m.Slot, *part, true, n.train.shared[i])
	}
	if b, ok := n.layers[i].(*BatchNorm); ok && own {
		b.Absorb(n.grads.dy[i][m.Slot], m)
		if n.waits(i) {
			return // the rest comes with the region of what it reads
		}
	}
	n.backward(i, m)
}

// backward runs layer i backward and hands the gradients of what it reads over.
func (n *Network) backward(i int, m Mode) {
	inputs := n.topology.nodes[i].inputs
	dy := n.grads.dy[i][m.Slot]
	if _, learns := n.layers[i].(*Affine); !learns && !slices.ContainsFunc(inputs, n.wants) {
		return
	}
	switch l := n.layers[i].(type) {
	case mapping:
		n.hand(i, inputs[0], l.Backward(dy, m), true, m.Slot)
	case junction:
		dxs := l.Backward(dy, m)
		// All of them may be in one place, which can stay with one input alone. An input
		// whose gradient is copied in any case comes before it.
		last := -1
		for k, j := range inputs {
			if n.wants(j) && (last < 0 || !n.lasts(j)) {
				last = k
			}
		}
		for k, j := range inputs {
			if k != last {
				n.hand(i, j, dxs[k], false, m.Slot)
			}
		}
		if last >= 0 {
			n.hand(i, inputs[last], dxs[last], true, m.Slot)
		}
	}
}

// wants reports whether the gradient of layer j's output is needed.
func (n *Network) wants(j int) bool { return j != networkInput && n.grads.needed[j] }

// lasts reports whether the gradients of layer j's slices have to last until all of
// them have come.
func (n *Network) lasts(j int) bool { return n.train.shared[j] }

// hand gives layer j the gradient d that layer i has made of its output. alone says
// that d is nobody else's.
func (n *Network) hand(i, j int, d kernel.Mat, alone bool, slot int) {
	if !n.wants(j) || d.Data == nil {
		return
	}
	if j >= n.topology.sliced || i < n.topology.sliced {
		n.grads.add(j, slot, d, alone, n.lasts(j))
		return
	}
	switch wide := &n.grads.wide[j]; {
	case wide.Data != nil:
		kernel.Add(wide.Data, wide.Data, d.Data)
	case alone:
		*wide = d
	default:
		fit(&n.grads.copies[j], d.Rows, d.Cols)
		*wide = n.grads.copies[j]
		copy(wide.Data, d.Data)
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
		switch l := l.(type) {
		case *Affine:
			l.training.bottom = !slices.ContainsFunc(t.nodes[i].inputs, n.wants)
		case *BatchNorm:
			if j := t.nodes[i].inputs[0]; n.waits(i) && i < t.sliced {
				n.observers[j+1] = append(n.observers[j+1], l)
			}
		}
	}
}
