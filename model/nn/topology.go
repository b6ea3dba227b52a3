package nn

import (
	"fmt"
	"slices"

	"prunelab/model/dataset"
)

// Topology says which layer of a network reads which, and the shapes that pass
// between them. It is computed once from a Config, and whatever depends on who
// reads an output asks it: what a layer takes over from its reader, what dropout
// and dead units act on, which gradients are needed, what a frozen layer or a
// pruned one leaves as it was, and what may run on slices of a batch.
//
// Layers are known by their position in the order in which they run: that of
// Config.Layers, but those on slices come first.
type Topology struct {
	nodes  []node
	input  dataset.Shape
	sliced int // the first layers, so many, run on slices of kernel.Lanes samples
}

// node is one layer with what it reads and emits.
type node struct {
	LayerConfig
	in, out dataset.Shape // of one sample; in is that of the first input
	flat    bool          // a dense or flatten layer came before, or it is one
	inputs  []int         // layers that it reads; networkInput: the network's input
	readers []int         // layers that read it
}

// networkInput stands among node.inputs for what the network reads.
const networkInput = -1

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
	if len(c.Layers) == 0 {
		return nil, fmt.Errorf("network: it has no layers")
	}
	t := &Topology{input: c.Input}
	names := map[string]int{InputName: networkInput}
	for i, l := range c.Layers {
		n, err := t.node(l, names)
		if err != nil {
			return nil, &Misfit{i, l, err}
		}
		t.nodes = append(t.nodes, n)
		if l.Name != "" {
			names[l.Name] = i
		}
	}
	t.connect()
	if err := t.complete(); err != nil {
		return nil, err
	}
	t.slice()
	return t, nil
}

// Misfit says which layer keeps a network from being built, and why.
type Misfit struct {
	Layer  int // in Config.Layers
	Config LayerConfig
	Err    error
}

func (m *Misfit) Error() string {
	title := string(m.Config.Kind)
	if m.Config.Name != "" {
		title = m.Config.Name + ", " + title
	}
	return fmt.Sprintf("network: layer %d (%s): %v", m.Layer+1, title, m.Err)
}

func (m *Misfit) Unwrap() error { return m.Err }

// node makes the next node of the topology; names are the layers so far.
func (t *Topology) node(l LayerConfig, names map[string]int) (node, error) {
	n := node{LayerConfig: l, flat: l.Kind == KindDense || l.Kind == KindFlatten}
	for _, name := range l.Inputs {
		i, known := names[name]
		if !known {
			return n, fmt.Errorf("it reads %q, and no layer before it has that name", name)
		}
		n.inputs = append(n.inputs, i)
	}
	if len(l.Inputs) == 0 {
		n.inputs = []int{len(t.nodes) - 1} // networkInput for the first layer
	}
	var ins []dataset.Shape
	flat := false
	for _, i := range n.inputs {
		ins = append(ins, t.emitted(i))
		flat = flat || i != networkInput && t.nodes[i].flat
	}
	out, err := l.Emits(ins, flat)
	if err != nil {
		return n, err
	}
	if _, taken := names[l.Name]; l.Name != "" && taken || l.Name == "" && l.Learns() {
		return n, fmt.Errorf("layers with weights need names that differ")
	}
	n.in, n.out, n.flat = ins[0], out, n.flat || flat
	return n, nil
}

// emitted is the shape that layer i emits, or the network's input has.
func (t *Topology) emitted(i int) dataset.Shape {
	if i == networkInput {
		return t.input
	}
	return t.nodes[i].out
}

// connect notes of every layer which ones read it.
func (t *Topology) connect() {
	for i, n := range t.nodes {
		for _, j := range n.inputs {
			if j != networkInput {
				t.nodes[j].readers = append(t.nodes[j].readers, i)
			}
		}
	}
}

// complete reports outputs that nothing reads, and a last layer that does not
// emit one value a class.
func (t *Topology) complete() error {
	last := len(t.nodes) - 1
	for i, n := range t.nodes[:last] {
		if len(n.readers) == 0 {
			return &Misfit{i, n.LayerConfig, fmt.Errorf("no layer reads it")}
		}
	}
	if n := t.nodes[last]; !n.flat && n.out.H*n.out.W > 1 {
		return fmt.Errorf("network: it needs a dense layer that emits the classes, or global average pooling of a plane for each; its last layer emits %v", n.out)
	}
	return nil
}

// slice decides what runs on slices of kernel.Lanes samples, and puts it first:
// where there are convolutions or poolings, whatever depends on no dense or
// flatten layer. Dropout right in front of those belongs to them: what comes
// before it is then fixed when the convolutions are frozen.
func (t *Topology) slice() {
	on := make([]bool, len(t.nodes))
	spatial := false
	for i := len(t.nodes) - 1; i >= 0; i-- {
		n := t.nodes[i]
		on[i] = !n.flat
		if n.Kind == KindDropout && len(n.readers) > 0 {
			on[i] = on[i] && slices.ContainsFunc(n.readers, func(r int) bool { return on[r] })
		}
		spatial = spatial || on[i] && n.kind().planes
	}
	if !spatial {
		return
	}
	order, place := make([]int, 0, len(on)), make([]int, len(on))
	for _, first := range []bool{true, false} {
		for i, o := range on {
			if o == first {
				place[i] = len(order)
				order = append(order, i)
			}
		}
		if first {
			t.sliced = len(order)
		}
	}
	nodes := make([]node, len(order))
	for to, from := range order {
		n := t.nodes[from]
		for _, list := range [][]int{n.inputs, n.readers} {
			for k, j := range list {
				if j != networkInput {
					list[k] = place[j]
				}
			}
		}
		nodes[to] = n
	}
	t.nodes = nodes
}

// Classes is the number of outputs of the network.
func (t *Topology) Classes() int { return t.nodes[t.output()].out.Features() }

// output is the layer that emits the classes: nothing reads it.
func (t *Topology) output() int {
	return slices.IndexFunc(t.nodes, func(n node) bool { return len(n.readers) == 0 })
}

// sources returns the layers that learn from which layer i reads, directly or through
// layers that do not.
func (t *Topology) sources(i int) []int {
	var all []int
	seen := map[int]bool{networkInput: true}
	var follow func(i int)
	follow = func(i int) {
		for _, j := range t.nodes[i].inputs {
			if seen[j] {
				continue
			}
			seen[j] = true
			if t.nodes[j].Learns() {
				all = append(all, j)
			} else {
				follow(j)
			}
		}
	}
	follow(i)
	return all
}

// Chain reports whether every layer reads the one before it alone.
func (t *Topology) Chain() bool {
	for i, n := range t.nodes {
		if !slices.Equal(n.inputs, []int{i - 1}) {
			return false
		}
	}
	return true
}

// fusesReLU reports whether layer i computes the ReLU that reads it: it can, and
// nothing else reads it.
func (t *Topology) fusesReLU(i int) bool {
	n := t.nodes[i]
	can := n.Learns() || n.Kind == KindAdd
	return can && len(n.readers) == 1 && t.nodes[n.readers[0]].Kind == KindReLU
}

// emitter is the layer that computes the output of layer i: the one that it reads where
// i is a ReLU that this one computes along, else itself.
func (t *Topology) emitter(i int) int {
	if n := t.nodes[i]; n.Kind == KindReLU && n.inputs[0] != networkInput && t.fusesReLU(n.inputs[0]) {
		return n.inputs[0]
	}
	return i
}

// receivers are the layers that read what layer i computes.
func (t *Topology) receivers(i int) []int {
	if t.fusesReLU(i) {
		i = t.nodes[i].readers[0]
	}
	return t.nodes[i].readers
}

// fusedNorm returns the batch normalisation that layer i can compute along when the
// statistics are given: it has weights and nothing else reads it; -1 if there is
// none.
func (t *Topology) fusedNorm(i int) int {
	n := t.nodes[i]
	if n.HasWeights() && len(n.readers) == 1 && t.nodes[n.readers[0]].Kind == KindBatchNorm {
		return n.readers[0]
	}
	return -1
}

// readNorm returns the input k of layer i, with the batch normalisation behind it, that
// layer i can compute, with its ReLU, as it reads it in training, so that it is written
// nowhere: nothing else reads it, and layer i is a convolution, or an addition of two
// outputs of which this one has no ReLU; -1, -1 if there is none.
func (t *Topology) readNorm(i int) (k, norm int) {
	n := t.nodes[i]
	if i >= t.sliced || !(n.Kind == KindConv && n.groups() == 1 || n.Kind == KindAdd && len(n.inputs) == 2) {
		return -1, -1
	}
	for k, j := range n.inputs {
		if j == networkInput {
			continue
		}
		if n.Kind == KindConv {
			j = t.emitter(j)
		}
		if t.nodes[j].Kind == KindBatchNorm && len(t.receivers(j)) == 1 && t.receivers(j)[0] == i {
			return k, j
		}
	}
	return -1, -1
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
	return slices.ContainsFunc(t.nodes[i].inputs, func(j int) bool { return j != networkInput && marked[j] })
}

// Depends reports, of each layer with weights, whether its output depends on one of
// the named layers, which may be itself: what runs again when those are pruned.
func (t *Topology) Depends(on []string) map[string]bool {
	d := t.dependents(func(i int) bool { return slices.Contains(on, t.nodes[i].Name) })
	named := map[string]bool{}
	for i, n := range t.nodes {
		if n.HasWeights() && d[i] {
			named[n.Name] = true
		}
	}
	return named
}

// Costs returns what each layer with weights needs, in order.
func (t *Topology) Costs() []LayerCost {
	var costs []LayerCost
	for i, n := range t.nodes {
		if n.HasWeights() {
			c := n.cost()
			c.First = len(t.sources(i)) == 0
			costs = append(costs, c)
		}
	}
	return costs
}

// cut returns the largest k, up to most, for which the layers from k on read
// nothing of what is before but layer k-1: its output alone stands for the first k
// layers. It is 0 when there is none.
func (t *Topology) cut(most int) int {
	for k := most; k > 0; k-- {
		passed := slices.ContainsFunc(t.nodes[k:], func(n node) bool {
			return slices.ContainsFunc(n.inputs, func(j int) bool { return j < k-1 })
		})
		if !passed {
			return k
		}
	}
	return 0
}

// regions groups the layers that run on slices: a layer can run on a slice of the
// batch when those that it reads have, unless barrier holds for it: then all slices
// have to have passed what it reads. The layers of a region run slice by slice, one
// region after the other.
func (t *Topology) regions(barrier func(i int) bool) [][]int {
	var all [][]int
	region := make([]int, t.sliced)
	for i := range region {
		for _, j := range t.nodes[i].inputs {
			if j != networkInput {
				region[i] = max(region[i], region[j])
			}
		}
		if barrier(i) {
			region[i]++
		}
		for len(all) <= region[i] {
			all = append(all, nil)
		}
		all[region[i]] = append(all[region[i]], i)
	}
	return all
}

func (n node) cost() LayerCost {
	k := n.kind().fanIn(n.LayerConfig, n.in)
	c := LayerCost{
		Name: n.Name, Kind: n.Kind, Weights: n.Units * k, Units: n.Units, Biases: n.Units,
		MACs: k * n.out.Features(), Outputs: n.out.Features(),
	}
	if n.NoBias {
		c.Biases = 0
	}
	return c
}
