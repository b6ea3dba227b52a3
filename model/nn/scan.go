package nn

import (
	"fmt"

	"prunelab/model/kernel"
)

// Scan evaluates many prunings of one network on the same batches at the
// price of what they change: pruning a layer leaves all activations before it
// as they were, so the network runs once a batch and each pruning only from
// its first pruned layer on. The logits are, bit for bit, those of the pruned
// network by itself.
type Scan struct {
	net    *Network
	layers []Layer // front, then back
	points []scanPoint
	inputs [][]kernel.Mat // of each layer in the whole network, by slot
	flat   kernel.Mat

	removed []map[int]*Affine // by point and layer: what Residuals needs; nil until then
}

// scanPoint is one pruning: the layers that take the place of others.
type scanPoint struct {
	first   int // position of the first layer that differs
	replace map[int]*Affine
}

// NewScan prepares the evaluation of prunings, each given as the pattern of
// every layer that it changes, by name. The network itself stays as it is and
// must not change while the scan is used.
func NewScan(net *Network, prunings []map[string]*Pattern) (*Scan, error) {
	s := &Scan{net: net}
	s.layers = append(append(s.layers, net.front...), net.back...)
	s.inputs = make([][]kernel.Mat, len(s.layers)+1)
	for _, p := range prunings {
		point := scanPoint{first: len(s.layers), replace: map[int]*Affine{}}
		for i, l := range s.layers {
			a, ok := l.(*Affine)
			if !ok || p[a.Name] == nil {
				continue
			}
			kept := p[a.Name]
			if kept.Size != a.W.Size() || a.W.Kept != nil && !kept.Within(a.W.Kept) {
				return nil, fmt.Errorf("scan %s: the pattern does not lie within the layer's weights", a.Name)
			}
			point.replace[i] = a.pruned(kept)
			point.first = min(point.first, i)
		}
		if len(point.replace) != len(p) {
			return nil, fmt.Errorf("scan: a pruning names a layer that the network does not have")
		}
		s.points = append(s.points, point)
	}
	return s, nil
}

// pruned returns the layer restricted to a pattern, as a layer of its own that
// shares the biases.
func (a *Affine) pruned(kept *Pattern) *Affine {
	c := *a
	w := *a.W
	c.W = &w
	c.x, c.y, c.dx = nil, nil, kernel.Mat{}
	c.keep(kept)
	c.lin.Load(c.W.Value)
	return &c
}

// Forward runs the batch x, features x N, through the network, and calls visit
// with the logits, classes x N, of each pruning in turn.
func (s *Scan) Forward(x kernel.Mat, visit func(point int, logits kernel.Mat)) {
	n := s.net
	slices := kernel.Pad(x.Cols) / kernel.Lanes
	for i := range s.inputs {
		if len(s.inputs[i]) < slices {
			s.inputs[i] = make([]kernel.Mat, slices)
		}
	}
	front := len(n.front)
	h := x
	if front > 0 {
		for slot := range slices {
			in := n.in.get(slot, x.Rows, min(kernel.Lanes, x.Cols-slot*kernel.Lanes))
			kernel.Slice(*in, x, slot*kernel.Lanes)
			h = s.run(*in, 0, front, slot, nil, true)
			if slot == 0 {
				fit(&n.flat, h.Rows, x.Cols)
			}
			kernel.Unslice(n.flat, slot*kernel.Lanes, h)
		}
		h = n.flat
	}
	whole := s.run(h, front, len(s.layers), 0, nil, true)
	for i, p := range s.points {
		visit(i, s.suffix(p, slices, x.Cols, whole))
	}
}

// suffix returns the logits of a pruning from the inputs that the whole
// network's layers had. It works in slots of its own, so that these stay.
func (s *Scan) suffix(p scanPoint, slices, cols int, whole kernel.Mat) kernel.Mat {
	front := len(s.net.front)
	switch {
	case p.first == len(s.layers):
		return whole
	case p.first >= front:
		return s.run(s.inputs[p.first][0], p.first, len(s.layers), 1, p.replace, false)
	}
	for slot := range slices {
		h := s.run(s.inputs[p.first][slot], p.first, front, slices, p.replace, false)
		if slot == 0 {
			fit(&s.flat, h.Rows, cols)
		}
		kernel.Unslice(s.flat, slot*kernel.Lanes, h)
	}
	return s.run(s.flat, front, len(s.layers), 1, p.replace, false)
}

// run passes h through the layers [from, to).
func (s *Scan) run(h kernel.Mat, from, to, slot int, replace map[int]*Affine, record bool) kernel.Mat {
	m := Mode{Slot: slot}
	for i := from; i < to; i++ {
		if record {
			s.inputs[i][slot] = h
		}
		if a := replace[i]; a != nil {
			h = a.Forward(h, m)
		} else {
			h = s.layers[i].Forward(h, m)
		}
	}
	return h
}
