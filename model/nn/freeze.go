package nn

import (
	"fmt"
	"slices"
)

// Freeze fixes the weights and biases of the named layers and lets all others
// learn.
func (n *Network) Freeze(layers []string) error {
	for _, name := range layers {
		if n.Affine(name) == nil {
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
	learning := n.topology.dependents(n.learns)
	for i, l := range n.layers {
		if a, ok := l.(*Affine); ok {
			a.training.bottom = !n.topology.reads(i, learning)
		}
	}
}

// learns reports whether the weights of layer i move.
func (n *Network) learns(i int) bool {
	a, ok := n.layers[i].(*Affine)
	return ok && !a.training.frozen
}

// Fixed returns how many of the first layers give the same output for a sample
// however long the network trains: all before the first one that depends on
// weights that move or on dropout. It is 0 where those have no weights, or are
// fewer than run on slices. Features computes their output, Mode.From skips them.
func (n *Network) Fixed() int {
	changing := n.topology.dependents(func(i int) bool {
		d, ok := n.layers[i].(*Dropout)
		return ok && d.Rate > 0 || n.learns(i)
	})
	fixed := slices.Index(changing, true)
	if fixed < 0 {
		fixed = len(n.layers)
	}
	weights := func(l Layer) bool { return len(l.Params()) > 0 }
	if fixed < n.sliced || !slices.ContainsFunc(n.layers[:fixed], weights) {
		return 0
	}
	return fixed
}

// Learning returns the parameters that are not frozen.
func (n *Network) Learning() []*Param {
	var ps []*Param
	for _, a := range n.affine {
		if !a.training.frozen {
			ps = append(ps, a.Params()...)
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
