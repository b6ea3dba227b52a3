package nn

import "prunelab/model/kernel"

// Forward runs the batch x, features x N, through the network and returns the
// logits, classes x N, which hold until the next call.
func (n *Network) Forward(x kernel.Mat, m Mode) kernel.Mat {
	from := m.From
	if from == 0 && n.sliced > 0 {
		x, from = n.forwardSliced(x, m), n.sliced
	}
	m.Slot = 0
	for _, l := range n.layers[from:] {
		x = l.Forward(x, m)
	}
	return x
}

// Features returns what the first layers, as many as n.Fixed says, make of the
// batch x; Mode.From passes it to the layer after them.
func (n *Network) Features(x kernel.Mat, layers int) kernel.Mat {
	if n.sliced > 0 {
		x = n.forwardSliced(x, Mode{})
	}
	for _, l := range n.layers[n.sliced:layers] {
		x = l.Forward(x, Mode{})
	}
	return x
}

// Backward adds to every Param.Grad the gradient that follows from that of the
// logits, which it may overwrite. It comes after Forward in Train mode.
//
// Layers are a chain: each gradient is made by one reader and handed to one
// layer, which owns it.
func (n *Network) Backward(dlogits kernel.Mat) {
	m := Mode{Train: true}
	d := backward(n.layers[n.sliced:], dlogits, m)
	if d.Data == nil {
		return
	}
	for m.Slot = range sliceCount(d.Cols) {
		at := m.Slot * kernel.Lanes
		fit(&n.dflat, d.Rows, min(kernel.Lanes, d.Cols-at))
		kernel.Slice(n.dflat, d, at)
		backward(n.layers[:n.sliced], n.dflat, m)
	}
}

// backward takes the gradient of the last layer's output through the layers and
// returns that of the first one's input; no values when nothing before learns.
func backward(layers []Layer, d kernel.Mat, m Mode) kernel.Mat {
	for i := len(layers) - 1; i >= 0 && d.Data != nil; i-- {
		d = layers[i].Backward(d, m)
	}
	return d
}

// forwardSliced runs x through the layers that run on slices.
func (n *Network) forwardSliced(x kernel.Mat, m Mode) kernel.Mat {
	for m.Slot = range sliceCount(x.Cols) {
		h := n.slice(x, m.Slot)
		for _, l := range n.layers[:n.sliced] {
			h = l.Forward(h, m)
		}
		unslice(&n.flat, h, m.Slot, x.Cols)
	}
	return n.flat
}

// sliceCount is the number of slices of a batch of N samples.
func sliceCount(n int) int { return kernel.Pad(n) / kernel.Lanes }

// slice returns a copy of slice i of the batch x.
func (n *Network) slice(x kernel.Mat, i int) kernel.Mat {
	at := i * kernel.Lanes
	s := n.in.get(i, x.Rows, min(kernel.Lanes, x.Cols-at))
	kernel.Slice(*s, x, at)
	return *s
}

// unslice copies s into slice i of x, a batch of cols samples.
func unslice(x *kernel.Mat, s kernel.Mat, i, cols int) {
	if i == 0 {
		fit(x, s.Rows, cols)
	}
	kernel.Unslice(*x, i*kernel.Lanes, s)
}
