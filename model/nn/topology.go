package nn

import (
	"fmt"
	"slices"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
)

// Topology says which layer of a network reads which, and the shapes that pass
// between them. It is computed once from a Config, and whatever depends on who
// reads an output asks it: the ReLU that a layer takes over, what dropout and
// dead units act on, which gradients are needed, what a frozen layer or a pruned
// one leaves as it was.
//
// Layers are known by their position in Config.Layers, in which order they run.
// Only Config.Topology knows that a Config is a chain, in which every layer
// reads the one before; Network runs it as one.
type Topology struct {
	nodes []node
}

// node is one layer with what it reads and emits.
type node struct {
	LayerConfig
	in, out dataset.Shape // of one sample
	inputs  []int         // layers that it reads; none: the network's input
	readers []int         // layers that read it
}

// Link is a layer with weights that reads another one's output.
type Link struct {
	Reader  string        // its name
	Between []LayerConfig // layers without weights that lie on the way, in order
}

// Topology follows the shapes through the layers. Its error is the first thing
// that keeps the network from being built; it names the layer and the sizes that
// do not fit.
func (c Config) Topology() (*Topology, error) {
	if c.Input.Features() <= 0 {
		return nil, fmt.Errorf("network: an input of %d x %d x %d has no values", c.Input.C, c.Input.H, c.Input.W)
	}
	if !slices.Contains([]Init{InitHe, InitGlorot, InitTorch}, c.Init) {
		return nil, fmt.Errorf("network: init is %q; it can be he, glorot or torch", c.Init)
	}
	t := &Topology{}
	names := map[string]bool{}
	in, flat := c.Input, false
	for i, l := range c.Layers {
		out, err := l.emits(in, flat)
		if err == nil && l.HasWeights() {
			if l.Name == "" || names[l.Name] {
				err = fmt.Errorf("layers with weights need names that differ")
			}
			names[l.Name] = true
		}
		if err != nil {
			where := string(l.Kind)
			if l.Name != "" {
				where = l.Name + ", " + where
			}
			return nil, fmt.Errorf("network: layer %d (%s): %w", i+1, where, err)
		}
		n := node{LayerConfig: l, in: in, out: out}
		if i > 0 {
			n.inputs = []int{i - 1}
		}
		t.nodes = append(t.nodes, n)
		in, flat = out, flat || l.Kind == KindDense
	}
	if !flat {
		return nil, fmt.Errorf("network: it needs a dense layer that emits the classes")
	}
	t.connect()
	return t, nil
}

// connect notes of every layer which ones read it.
func (t *Topology) connect() {
	for i, n := range t.nodes {
		for _, j := range n.inputs {
			t.nodes[j].readers = append(t.nodes[j].readers, i)
		}
	}
}

// Classes is the number of outputs of the network.
func (t *Topology) Classes() int { return t.nodes[len(t.nodes)-1].out.Features() }

// Readers returns the layers with weights that read the output of the named
// one, directly or through layers without weights; none for the last layer.
func (t *Topology) Readers(layer string) []Link {
	for i, n := range t.nodes {
		if n.HasWeights() && n.Name == layer {
			return t.links(i)
		}
	}
	return nil
}

// links returns the layers with weights that read the output of layer i.
func (t *Topology) links(i int) []Link {
	var all []Link
	for _, r := range t.nodes[i].readers {
		n := t.nodes[r]
		if n.HasWeights() {
			all = append(all, Link{Reader: n.Name})
			continue
		}
		for _, l := range t.links(r) {
			all = append(all, Link{l.Reader, append([]LayerConfig{n.LayerConfig}, l.Between...)})
		}
	}
	return all
}

// fusesReLU reports whether layer i computes the ReLU that reads it: it has
// weights and nothing else reads it.
func (t *Topology) fusesReLU(i int) bool {
	n := t.nodes[i]
	return n.HasWeights() && len(n.readers) == 1 && t.nodes[n.readers[0]].Kind == KindReLU
}

// dependents reports, of each layer, whether its output depends on a layer for
// which changes holds, which may be the layer itself.
func (t *Topology) dependents(changes func(i int) bool) []bool {
	d := make([]bool, len(t.nodes))
	for i := range t.nodes {
		d[i] = changes(i) || t.reads(i, d)
	}
	return d
}

// reads reports whether layer i reads one of the marked layers.
func (t *Topology) reads(i int, marked []bool) bool {
	return slices.ContainsFunc(t.nodes[i].inputs, func(j int) bool { return marked[j] })
}

// sliced returns how many layers run on slices of kernel.Lanes samples: when
// there is a convolution or pooling before the first dense or flatten layer, all
// before that one, but not the dropout right in front of it, which belongs to
// the dense layers: what comes before it is then fixed when the convolutions are
// frozen.
func (t *Topology) sliced() int {
	end := slices.IndexFunc(t.nodes, func(n node) bool { return n.Kind == KindDense || n.Kind == KindFlatten })
	spatial := func(n node) bool { return n.Kind == KindConv || n.Kind == KindMaxPool || n.Kind == KindAvgPool }
	if !slices.ContainsFunc(t.nodes[:end], spatial) {
		return 0
	}
	for t.nodes[end-1].Kind == KindDropout {
		end--
	}
	return end
}

func (n node) conv() kernel.ConvShape {
	return kernel.ConvShape{C: n.in.C, H: n.in.H, W: n.in.W, O: n.Units, KH: n.Kernel, KW: n.Kernel, Stride: n.Stride, Pad: n.Padding}
}

func (n node) pool() kernel.PoolShape {
	return kernel.PoolShape{C: n.in.C, H: n.in.H, W: n.in.W, Size: n.Kernel, Stride: n.Stride}
}

func (n node) cost() LayerCost {
	k := n.in.Features()
	if n.Kind == KindConv {
		k = n.in.C * n.Kernel * n.Kernel
	}
	return LayerCost{
		Name: n.Name, Kind: n.Kind, Weights: n.Units * k, Biases: n.Units,
		MACs: k * n.out.Features(), Outputs: n.out.Features(),
	}
}
