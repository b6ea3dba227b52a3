package nn

import (
	"fmt"
	"slices"

	"prunelab/model/kernel"
)

// Scan evaluates many prunings of one network on the same batches at the
// price of what they change: pruning a layer leaves the outputs of all layers
// that do not depend on it as they were, so the network runs once a batch and
// each pruning only from its first pruned layer on. The logits are, bit for bit,
// those of the pruned network by itself.
type Scan struct {
	net    *Network
	points []scanPoint
	inputs [][]kernel.Mat // [layer][slot]: what each layer reads in the whole network
	flat   kernel.Mat     // as the network's, of a pruning

	removed []map[int]*Affine // [point][layer]: what Reconstructions needs; nil until then
}

// scanPoint is one pruning.
type scanPoint struct {
	first   int             // the first layer whose output differs; the number of layers: none
	replace map[int]*Affine // by layer: what takes its place
}

// NewScan prepares the evaluation of prunings, each given as the masks of the
// layers that it changes, by name. The network itself stays as it is and must
// not change while the scan is used.
func NewScan(net *Network, prunings []map[string]*Mask) (*Scan, error) {
	s := &Scan{net: net, inputs: make([][]kernel.Mat, len(net.layers))}
	for _, p := range prunings {
		point := scanPoint{first: len(net.layers), replace: map[int]*Affine{}}
		for i, l := range net.layers {
			a, ok := l.(*Affine)
			if !ok || p[a.Name] == nil {
				continue
			}
			m := p[a.Name]
			if m.Size != a.W.Size() || a.W.Mask != nil && !m.Within(a.W.Mask) {
				return nil, fmt.Errorf("scan %s: the mask does not lie within the layer's weights", a.Name)
			}
			point.replace[i] = a.masked(m)
		}
		if len(point.replace) != len(p) {
			return nil, fmt.Errorf("scan: a pruning names a layer that the network does not have")
		}
		differs := net.topology.dependents(func(i int) bool { return point.replace[i] != nil })
		if i := slices.Index(differs, true); i >= 0 {
			point.first = i
		}
		s.points = append(s.points, point)
	}
	return s, nil
}

// Forward runs the batch x, features x N, through the network, and calls visit
// with the logits, classes x N, of each pruning in turn.
func (s *Scan) Forward(x kernel.Mat, visit func(point int, logits kernel.Mat)) {
	n, count := s.net, sliceCount(x.Cols)
	for i := range s.inputs {
		if len(s.inputs[i]) < count {
			s.inputs[i] = make([]kernel.Mat, count)
		}
	}
	if n.sliced > 0 {
		for slot := range count {
			unslice(&n.flat, s.run(n.slice(x, slot), 0, n.sliced, slot, nil), slot, x.Cols)
		}
		x = n.flat
	}
	whole := s.run(x, n.sliced, len(n.layers), 0, nil)
	for i, p := range s.points {
		visit(i, s.pruned(p, whole, count, x.Cols))
	}
}

// pruned returns the logits of a pruning. What it runs again works in slots
// behind those of the whole network, whose activations stay.
func (s *Scan) pruned(p scanPoint, whole kernel.Mat, count, cols int) kernel.Mat {
	n := s.net
	switch {
	case p.first == len(n.layers):
		return whole
	case p.first >= n.sliced:
		return s.run(s.inputs[p.first][0], p.first, len(n.layers), 1, p.replace)
	}
	for slot := range count {
		unslice(&s.flat, s.run(s.inputs[p.first][slot], p.first, n.sliced, count, p.replace), slot, cols)
	}
	return s.run(s.flat, n.sliced, len(n.layers), 1, p.replace)
}

// run passes h through the layers [from, to) of the whole network (replace is
// nil), whose inputs it notes, or of a pruning.
func (s *Scan) run(h kernel.Mat, from, to, slot int, replace map[int]*Affine) kernel.Mat {
	m := Mode{Slot: slot}
	for i := from; i < to; i++ {
		if replace == nil {
			s.inputs[i][slot] = h
		}
		if a := replace[i]; a != nil {
			h = a.Forward(h, m)
		} else {
			h = s.net.layers[i].Forward(h, m)
		}
	}
	return h
}
