package nn

import (
	"slices"

	"prunelab/model/kernel"
)

// runner holds what passes between the layers while a batch runs.
type runner struct {
	whole *plan // without training: one region
	train *plan // for the statistics in force

	in     slots        // slices of the batch
	outs   []slots      // by layer: its output of each slice, or in slot 0 of the batch
	joined []bool       // by layer on slices: its output is put together, for layers on the whole batch or as logits
	flats  []kernel.Mat // these, features x N
	xs     []kernel.Mat // what a junction reads

	observers [][]*BatchNorm // by layer + 1: which of its readers wait for all of its slices, see Affine.finish for a linear one
	grads     gradients
}

func newRunner(t *Topology) runner {
	n := len(t.nodes)
	r := runner{
		whole: newPlan(t, func(int) bool { return false }),
		outs:  make([]slots, n), joined: make([]bool, n), flats: make([]kernel.Mat, n),
		grads: newGradients(n),
	}
	for i := range t.sliced {
		readers := t.nodes[i].readers
		r.joined[i] = len(readers) == 0 || slices.ContainsFunc(readers, func(j int) bool { return j >= t.sliced })
	}
	return r
}

// waits reports whether layer i needs its whole batch before it can run in
// training.
func (n *Network) waits(i int) bool {
	b, ok := n.layers[i].(*BatchNorm)
	return ok && b.batch()
}

// Forward runs the batch x, features x N, through the network and returns the
// logits, classes x N, which hold until the next call.
func (n *Network) Forward(x kernel.Mat, m Mode) kernel.Mat {
	n.load(m.From)
	if m.From == 0 {
		n.forwardSlices(x, m)
	} else {
		*n.outs[m.From-1].at(0) = x
		n.flats[m.From-1] = x
	}
	n.forwardBatch(max(m.From, n.topology.sliced), len(n.layers), x, m)
	return n.emitted(n.topology.output())
}

// Features returns what the first layers, as many as n.Fixed says, make of the
// batch x; Mode.From passes it to the layer after them.
func (n *Network) Features(x kernel.Mat, layers int) kernel.Mat {
	n.load(0)
	n.forwardSlices(x, Mode{})
	n.forwardBatch(n.topology.sliced, layers, x, Mode{})
	return n.emitted(layers - 1)
}

// load lets the layers from the given one on take their parameters for the calls
// that follow.
func (n *Network) load(from int) {
	for _, l := range n.layers[from:] {
		switch l := l.(type) {
		case *Affine:
			l.load()
		case *BatchNorm:
			l.load()
		}
	}
}

// emitted is the output of layer i on the whole batch.
func (n *Network) emitted(i int) kernel.Mat {
	if i < n.topology.sliced {
		return n.flats[i]
	}
	return n.outs[i][0]
}

// forwardSlices runs x through the layers that run on slices. Without training
// nothing is needed of a slice that has passed, and all of them use one slot.
func (n *Network) forwardSlices(x kernel.Mat, m Mode) {
	p := n.whole
	if m.Train {
		p = n.train
	}
	for r, region := range p.regions {
		for _, i := range region {
			if m.Train && n.waits(i) {
				n.layers[i].(*BatchNorm).settle()
			}
		}
		for s := range sliceCount(x.Cols) {
			if m.Train {
				m.Slot = s
			}
			if r == 0 {
				n.slice(x, s, m.Slot)
				n.observe(networkInput, n.in[m.Slot], m)
			}
			for _, i := range region {
				n.forwardSlice(i, s, x.Cols, m)
			}
		}
	}
}

// forwardSlice runs layer i on slice s of a batch of so many samples.
func (n *Network) forwardSlice(i, s, cols int, m Mode) {
	y := n.forward(n.layers[i], i, func(j int) kernel.Mat { return n.read(j, m.Slot) }, m)
	*n.outs[i].at(m.Slot) = y
	n.observe(i, y, m)
	if n.joined[i] {
		unslice(&n.flats[i], y, s, cols)
	}
}

// forwardBatch runs the layers [from, to), which run on the whole batch; x is the
// network's input.
func (n *Network) forwardBatch(from, to int, x kernel.Mat, m Mode) {
	m.Slot = 0
	read := func(j int) kernel.Mat {
		if j == networkInput {
			return x
		}
		return n.emitted(j)
	}
	for i := from; i < to; i++ {
		if b, ok := n.layers[i].(*BatchNorm); ok && m.Train && n.waits(i) {
			b.Observe(read(n.topology.nodes[i].inputs[0]), 0, 0)
			b.settle()
		}
		*n.outs[i].at(0) = n.forward(n.layers[i], i, read, m)
	}
}

// read is the output of layer j, on slices, in a slot.
func (n *Network) read(j, slot int) kernel.Mat {
	if j == networkInput {
		return n.in[slot]
	}
	return n.outs[j][slot]
}

// forward runs l in the place of layer i on what read returns of the layers that it
// reads.
func (n *Network) forward(l Layer, i int, read func(j int) kernel.Mat, m Mode) kernel.Mat {
	inputs := n.topology.nodes[i].inputs
	if l, ok := l.(mapping); ok {
		return l.Forward(read(inputs[0]), m)
	}
	n.xs = n.xs[:0]
	for _, j := range inputs {
		n.xs = append(n.xs, read(j))
	}
	return l.(junction).Forward(n.xs, m)
}

// observe shows the output y of layer i to the batch normalisations that wait for
// all of its slices.
func (n *Network) observe(i int, y kernel.Mat, m Mode) {
	if !m.Train {
		return
	}
	for _, b := range n.observers[i+1] {
		b.Observe(y, m.Slot, 0)
	}
}

// sliceCount is the number of slices of a batch of N samples.
func sliceCount(n int) int { return kernel.Pad(n) / kernel.Lanes }

// slice copies slice i of the batch x into a slot.
func (n *Network) slice(x kernel.Mat, i, slot int) {
	at := i * kernel.Lanes
	s := n.in.get(slot, x.Rows, min(kernel.Lanes, x.Cols-at))
	kernel.Slice(*s, x, at)
}

// unslice copies s into slice i of x, a batch of cols samples.
func unslice(x *kernel.Mat, s kernel.Mat, i, cols int) {
	if i == 0 {
		fit(x, s.Rows, cols)
	}
	kernel.Unslice(*x, i*kernel.Lanes, s)
}
