package prune

import (
	"slices"

	"prunelab/model/nn"
)

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
// is how many weights that removed.
func fold(net *nn.Network, a *nn.Affine, r nn.Link) (int, error) {
	next := net.Affine(r.Reader)
	relu := slices.ContainsFunc(r.Between, func(l nn.LayerConfig) bool { return l.Kind == nn.KindReLU })
	inputs, block := next.Inputs(), next.Inputs()/a.W.Shape[0]
	constant := make([]bool, a.W.Shape[0])
	w := next.W.Dense()
	for _, u := range empty(rowCounts(a)) {
		c := a.B.Value[u]
		if relu {
			c = max(c, 0)
		}
		if c != 0 && next.Padded() {
			continue // zeros at the border are not c
		}
		constant[u] = true
		for o := range next.W.Shape[0] {
			for k := u * block; k < (u+1)*block; k++ {
				next.B.Value[o] += float32(c * w[o*inputs+k])
			}
		}
	}
	return drop(net, next, func(_, k int) bool { return constant[k/block] })
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

// unread returns the units of a layer that no weight reads; none of the last
// layer. Through pooling and flattening a unit is a run of inputs.
func unread(net *nn.Network, a *nn.Affine) []int {
	readers := net.Topology().Readers(a.Name)
	if len(readers) == 0 {
		return nil
	}
	counts := make([]int, a.W.Shape[0])
	for _, r := range readers {
		next := net.Affine(r.Reader)
		block := next.Inputs() / len(counts)
		left(next, func(_ int32, _, k int) { counts[k/block]++ })
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
