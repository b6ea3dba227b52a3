package nn

import (
	"fmt"

	"prunelab/model/kernel"
)

// Scan evaluates many prunings of one network on the same batches at the
// price of what they change: pruning a layer leaves the outputs of all layers
// that do not depend on it as they were, so the network runs once a batch and
// of each pruning only what depends on the pruned layers. The logits are, bit for
// bit, those of the pruned network by itself.
type Scan struct {
	net    *Network
	points []scanPoint
	x      kernel.Mat   // the batch
	outs   []kernel.Mat // by layer: what it emits in the pruning at hand
	flats  []kernel.Mat // likewise, see runner

	removed []map[int]*Affine // [point][layer]: what Reconstructions needs; nil until then
}

// scanPoint is one pruning.
type scanPoint struct {
	changed []bool          // by layer: its output differs
	replace map[int]*Affine // by layer: what takes its place
}

// NewScan prepares the evaluation of prunings, each given as the masks of the
// layers that it changes, by name. The network itself stays as it is and must
// not change while the scan is used.
func NewScan(net *Network, prunings []map[string]*Mask) (*Scan, error) {
	n := len(net.layers)
	s := &Scan{net: net, outs: make([]kernel.Mat, n), flats: make([]kernel.Mat, n)}
	for _, p := range prunings {
		point := scanPoint{replace: map[int]*Affine{}}
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
		point.changed = net.topology.dependents(func(i int) bool { return point.replace[i] != nil })
		s.points = append(s.points, point)
	}
	return s, nil
}

// Forward runs the batch x, features x N, through the network, and calls visit
// with the logits, classes x N, of each pruning in turn.
func (s *Scan) Forward(x kernel.Mat, visit func(point int, logits kernel.Mat)) {
	n := s.net
	s.x = x
	n.load(0)
	for slot := range sliceCount(x.Cols) {
		n.slice(x, slot, slot)
		for i := range n.topology.sliced {
			n.forwardSlice(i, slot, x.Cols, Mode{Slot: slot})
		}
	}
	n.forwardBatch(n.topology.sliced, len(n.layers), x, Mode{})
	for i := range s.points {
		visit(i, s.pruned(&s.points[i]))
	}
}

// pruned returns the logits of a pruning. What runs again works in slots behind those
// of the whole network, whose outputs stay.
func (s *Scan) pruned(p *scanPoint) kernel.Mat {
	n, count := s.net, sliceCount(s.x.Cols)
	for slot := range count {
		read := func(j int) kernel.Mat {
			if j == networkInput || !p.changed[j] {
				return n.read(j, slot)
			}
			return s.outs[j]
		}
		for i := range n.topology.sliced {
			if !p.changed[i] {
				continue
			}
			s.outs[i] = n.forward(s.layer(p, i), i, read, Mode{Slot: count})
			if n.joined[i] {
				unslice(&s.flats[i], s.outs[i], slot, s.x.Cols)
			}
		}
	}
	read := func(j int) kernel.Mat {
		switch {
		case j == networkInput:
			return s.x
		case !p.changed[j]:
			return n.emitted(j)
		case j < n.topology.sliced:
			return s.flats[j]
		}
		return s.outs[j]
	}
	for i := n.topology.sliced; i < len(n.layers); i++ {
		if p.changed[i] {
			s.outs[i] = n.forward(s.layer(p, i), i, read, Mode{Slot: 1})
		}
	}
	return read(n.topology.output())
}

// layer is layer i of a pruning.
func (s *Scan) layer(p *scanPoint, i int) Layer {
	if a := p.replace[i]; a != nil {
		return a
	}
	return s.net.layers[i]
}

// inputs returns what layer i reads in the whole network, of the batch or of each of
// its slices.
func (s *Scan) inputs(i int) []kernel.Mat {
	n, j := s.net, s.net.topology.nodes[i].inputs[0]
	switch {
	case i < n.topology.sliced:
		var all []kernel.Mat
		for slot := range sliceCount(s.x.Cols) {
			all = append(all, n.read(j, slot))
		}
		return all
	case j == networkInput:
		return []kernel.Mat{s.x}
	}
	return []kernel.Mat{n.emitted(j)}
}
