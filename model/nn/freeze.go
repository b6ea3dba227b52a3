package nn

import (
	"fmt"
	"slices"
)

// Freeze fixes the parameters of the named layers and lets all others learn. A batch
// normalisation is fixed with the layers whose output it normalises, and then takes
// the running statistics.
func (n *Network) Freeze(layers []string) error {
	for _, name := range layers {
		if !slices.ContainsFunc(n.topology.nodes, func(p node) bool { return p.Learns() && p.Name == name }) {
			return fmt.Errorf("freeze %s: the network has no such layer", name)
		}
	}
	n.freeze(layers)
	return nil
}

func (n *Network) freeze(layers []string) {
	for _, a := range n.affine {
		a.training.frozen = slices.Contains(layers, a.Name)
	}
	for _, b := range n.norms {
		b.frozen = slices.Contains(layers, b.Name)
	}
	for i, l := range n.layers {
		if b, ok := l.(*BatchNorm); ok {
			made := n.topology.sources(i)
			b.frozen = b.frozen || len(made) > 0 && !slices.ContainsFunc(made, n.learns)
		}
	}
	n.prepare()
}

// SetStatistics says which statistics batch normalisation takes in training.
func (n *Network) SetStatistics(s Statistics) {
	for _, b := range n.norms {
		b.Statistics = s
	}
	n.prepare()
}

// learns reports whether parameters of layer i move.
func (n *Network) learns(i int) bool {
	switch l := n.layers[i].(type) {
	case *Affine:
		return !l.training.frozen
	case *BatchNorm:
		return !l.frozen && l.Gamma != nil
	}
	return false
}

// Fixed returns how many of the first layers give the same output for a sample
// however long the network trains: before the first one that depends on parameters
// that move, on dropout or on the statistics of a batch, and such that the output of
// the last one is all that is read of them. It is 0 where those have no weights, or
// are fewer than run on slices. Features computes their output, Mode.From skips them.
func (n *Network) Fixed() int {
	changing := n.topology.dependents(func(i int) bool {
		d, ok := n.layers[i].(*Dropout)
		return ok && d.Rate > 0 || n.learns(i) || n.waits(i)
	})
	fixed := slices.Index(changing, true)
	if fixed < 0 {
		fixed = len(n.layers)
	}
	fixed = n.topology.cut(fixed)
	weights := func(l Layer) bool { return len(l.Params()) > 0 }
	if fixed < n.topology.sliced || !slices.ContainsFunc(n.layers[:fixed], weights) {
		return 0
	}
	return fixed
}

// Learning returns the parameters that are not frozen.
func (n *Network) Learning() []*Param {
	var ps []*Param
	for i, l := range n.layers {
		if n.learns(i) {
			ps = append(ps, l.Params()...)
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
	for _, b := range n.norms {
		for _, p := range b.Params() {
			clear(p.Grad)
		}
	}
}
