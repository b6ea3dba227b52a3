package prune

import "prunelab/model/nn"

// DeadUnits are the units of a layer (neurons, or channels of a convolution)
// that pruning has cut off.
type DeadUnits struct {
	Layer    string
	NoInput  []int // all their input weights are removed: they emit a constant
	NoOutput []int // nothing reads them; never of the last layer
}

// Dead finds the units that have no input or no output connections left
// (Han et al. 2015, section 3.5), layer by layer in the network's order.
func Dead(net *nn.Network) []DeadUnits {
	var dead []DeadUnits
	for _, a := range net.Affines() {
		dead = append(dead, DeadUnits{Layer: a.Name, NoInput: empty(rowCounts(a)), NoOutput: unread(net, a)})
	}
	return dead
}

// RemoveDead takes what is left of dead units out of the network, until no
// unit dies of it, and returns how many weights that removed. The network
// computes the same as before: what a unit without inputs emits, its bias
// after the activation, is first added to the biases of the layer that reads
// it. Where that layer is a convolution with padding the constant does not
// reach the border, so such a unit stays unless it emits zero.
func RemoveDead(net *nn.Network) (int, error) {
	removed := 0
	for {
		n, err := removeDeadOnce(net)
		if err != nil {
			return removed, err
		}
		removed += n
		if n == 0 {
			return removed, nil
		}
	}
}

func removeDeadOnce(net *nn.Network) (int, error) {
	removed := 0
	for _, a := range net.Affines() {
		for _, r := range net.Topology().Readers(a.Name) {
			n, err := fold(net, a, r)
			if err != nil {
				return removed, err
			}
			removed += n
		}
		gone := make([]bool, a.W.Shape[0])
		for _, u := range unread(net, a) {
			gone[u] = true
		}
		n, err := drop(net, a, func(o, _ int) bool { return gone[o] })
		if err != nil {
			return removed, err
		}
		removed += n
	}
	return removed, nil
}

// fold adds what the units of a layer that have no inputs emit to the biases of a
// layer that reads them, and removes the weights there that read it:
//
//	b[o] += sum over k of W[o][k] c,  W[o][k] = 0
//
// with k running over the inputs that a unit with output c is read as. Returned
// is how many weights that removed. Units whose constant does not arrive as one, or
// finds no bias, stay.
func fold(net *nn.Network, a *nn.Affine, r nn.Link) (int, error) {
	next := net.Affine(r.Reader)
	biased, bordered := len(next.B.Value) > 0, next.Padded()
	constant := make([]bool, r.Channels)
	w, inputs := next.W.Dense(), next.Inputs()
	for _, u := range empty(rowCounts(a)) {
		c, arrives := constantly(a.Emits(u), r.Between)
		if !arrives || c != 0 && (bordered || !biased) { // zeros at the border are not c
			continue
		}
		constant[r.First+u] = true
		if c == 0 {
			continue
		}
		for o := range next.B.Value {
			lo, hi := weightsOf(next, r, o, r.First+u)
			for _, v := range w[o*inputs+lo : o*inputs+hi] {
				next.B.Value[o] += float32(c * v)
			}
		}
	}
	return drop(net, next, func(o, k int) bool { return constant[channel(next, r, o, k)] })
}

// constantly returns what a unit that always emits c is read as behind the given
// layers, and false where that is not one value, or depends on other units or on
// the statistics of a batch.
func constantly(c float32, between []nn.LayerConfig) (float32, bool) {
	for _, l := range between {
		arrives := false
		if c, arrives = l.Constant(c); !arrives {
			return c, false
		}
	}
	return c, true
}

// channel is the one of the channels which the reader of a link sees that its weight
// W[o][k] reads.
func channel(next *nn.Affine, r nn.Link, o, k int) int {
	channels := r.Channels / next.Groups() // of a group
	return o*next.Groups()/next.W.Shape[0]*channels + k/(next.Inputs()/channels)
}

// weightsOf are the k for which W[o][k] reads a channel.
func weightsOf(next *nn.Affine, r nn.Link, o, read int) (lo, hi int) {
	channels := r.Channels / next.Groups()
	each := next.Inputs() / channels
	own := read - o*next.Groups()/next.W.Shape[0]*channels
	if own < 0 || own >= channels {
		return 0, 0
	}
	return own * each, (own + 1) * each
}

// drop removes the weights W[o][k] of a layer for which gone holds and returns
// how many were still there.
func drop(net *nn.Network, a *nn.Affine, gone func(o, k int) bool) (int, error) {
	var kept []int32
	left(a, func(i int32, o, k int) {
		if !gone(o, k) {
			kept = append(kept, i)
		}
	})
	n := a.W.Left() - len(kept)
	if n == 0 {
		return 0, nil
	}
	mask, err := nn.NewMask(a.W.Size(), kept)
	if err != nil {
		return 0, err
	}
	return n, net.Keep(a.Name, mask)
}

// left visits the weights that are left: W[o][k] at position i.
func left(a *nn.Affine, visit func(i int32, o, k int)) {
	n := a.Inputs()
	if a.W.Mask == nil {
		for i := range a.W.Size() {
			visit(int32(i), i/n, i%n)
		}
		return
	}
	for _, i := range a.W.Mask.Kept {
		visit(i, int(i)/n, int(i)%n)
	}
}

// rowCounts is the number of input weights of each unit of a layer.
func rowCounts(a *nn.Affine) []int {
	counts := make([]int, a.W.Shape[0])
	left(a, func(_ int32, o, _ int) { counts[o]++ })
	return counts
}

// unread returns the units of a layer that no weight reads; none of a layer whose
// outputs the network emits. Through pooling and flattening a unit is a run of inputs.
func unread(net *nn.Network, a *nn.Affine) []int {
	if net.Topology().Exposed(a.Name) {
		return nil
	}
	counts := make([]int, a.W.Shape[0])
	for _, r := range net.Topology().Readers(a.Name) {
		next := net.Affine(r.Reader)
		left(next, func(_ int32, o, k int) {
			if u := channel(next, r, o, k) - r.First; u >= 0 && u < len(counts) {
				counts[u]++
			}
		})
	}
	return empty(counts)
}

// empty returns the positions of zeros.
func empty(counts []int) []int {
	var at []int
	for i, n := range counts {
		if n == 0 {
			at = append(at, i)
		}
	}
	return at
}
