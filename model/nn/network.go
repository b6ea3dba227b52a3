package nn

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"prunelab/model/rng"
)

// Network is a feed-forward network with its weights and the activations of
// the last batch. It is used by one goroutine at a time.
type Network struct {
	Config Config

	topology *Topology
	layers   []Layer // in the topology's order
	affine   []*Affine
	norms    []*BatchNorm
	dropouts []*Dropout

	runner
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

// New makes the network with all weights zero, to be filled by Read.
func New(c Config) (*Network, error) {
	t, err := c.Topology()
	if err != nil {
		return nil, err
	}
	n := &Network{Config: c, topology: t}
	for i, p := range t.nodes {
		l := p.kind().build(n, i, p)
		switch l := l.(type) {
		case *Affine:
			n.affine = append(n.affine, l)
		case *BatchNorm:
			n.norms = append(n.norms, l)
		case *Dropout:
			n.dropouts = append(n.dropouts, l)
		}
		n.layers = append(n.layers, l)
	}
	for i, l := range n.layers {
		k, j := t.readNorm(i)
		var read *BatchNorm
		if j >= 0 {
			read = n.layers[j].(*BatchNorm)
			read.deferred = true
		}
		switch l := l.(type) {
		case *Add:
			l.norm, l.normed = read, k
		case *Affine:
			l.training.norm = read
			if j := t.fusedNorm(i); j >= 0 {
				l.norm = n.layers[j].(*BatchNorm)
				l.norm.fused, l.norm.source = true, l
			}
		case *Dropout:
			for _, r := range t.links(i) {
				if a := n.Affine(r.Reader); !slices.Contains(l.Readers, a) {
					l.Readers = append(l.Readers, a)
				}
			}
		}
	}
	n.runner = newRunner(t)
	n.freeze(nil)
	return n, nil
}

// Reinitialise draws the weights that are left, and the biases, anew in every
// layer that is not frozen, by the rule of the configuration, from a stream for
// each layer; batch normalisation begins anew.
func (n *Network) Reinitialise(stream func(layer string) *rand.Rand) {
	for _, a := range n.affine {
		if !a.training.frozen {
			a.initialise(n.Config.Init, stream(a.Name))
		}
	}
	for _, b := range n.norms {
		if !b.frozen {
			b.initialise()
		}
	}
}

// Keep puts a mask on the weights of a layer; survivors keep their values. It
// lies within the one that is in force.
func (n *Network) Keep(layer string, m *Mask) error {
	a := n.Affine(layer)
	switch {
	case a == nil:
		return fmt.Errorf("prune %s: the network has no such layer", layer)
	case m.Size != a.W.Size():
		return fmt.Errorf("prune %s: a mask of %d weights, the layer has %d", layer, m.Size, a.W.Size())
	case a.W.Mask != nil && !m.Within(a.W.Mask):
		return fmt.Errorf("prune %s: the mask revives weights that were removed before", layer)
	}
	a.keep(m)
	return nil
}

// Topology says which layer reads which.
func (n *Network) Topology() *Topology { return n.topology }

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

// Norms returns the batch normalisations, in order.
func (n *Network) Norms() []*BatchNorm { return n.norms }

// Buffers returns what the network keeps beside its parameters, in order: the running
// statistics.
func (n *Network) Buffers() []*Buffer {
	var all []*Buffer
	for _, b := range n.norms {
		all = append(all, b.Mean, b.Var)
	}
	return all
}

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

// Params returns what all layers learn, in order.
func (n *Network) Params() []*Param {
	var ps []*Param
	for _, l := range n.layers {
		ps = append(ps, l.Params()...)
	}
	return ps
}
