package prune

import (
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
	affines := net.Affines()
	for i, a := range affines {
		d := DeadUnits{Layer: a.Name, NoInput: empty(rowCounts(a))}
		if i+1 < len(affines) {
			d.NoOutput = empty(readCounts(affines[i+1], a.W.Shape[0]))
		}
		dead = append(dead, d)
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
	affines := net.Affines()
	for i := 0; i+1 < len(affines); i++ {
		a, next := affines[i], affines[i+1]
		units := a.W.Shape[0]
		block := next.Inputs() / units
		constant := make([]bool, units)
		w := next.W.Dense()
		for _, u := range empty(rowCounts(a)) {
			c := a.B.Value[u]
			relu, padded := between(net.Config, a.Name, next.Name)
			if relu && c < 0 {
				c = 0
			}
			if c != 0 && padded {
				continue
			}
			constant[u] = true
			for o := range next.W.Shape[0] {
				for k := u * block; k < (u+1)*block; k++ {
					next.B.Value[o] += float32(c * w[o*next.Inputs()+k])
				}
			}
		}
		n, err := drop(net, next, func(_, k int) bool { return constant[k/block] })
		if err != nil {
			return removed, err
		}
		removed += n
		unread := make([]bool, units)
		for _, u := range empty(readCounts(next, units)) {
			unread[u] = true
		}
		n, err = drop(net, a, func(o, _ int) bool { return unread[o] })
		if err != nil {
			return removed, err
		}
		removed += n
	}
	return removed, nil
}

// drop removes the weights (o, k) of a layer for which gone holds and returns
// how many were still there.
func drop(net *nn.Network, a *nn.Affine, gone func(o, k int) bool) (int, error) {
	var index []int32
	left(a, func(i int32, o, k int) {
		if !gone(o, k) {
			index = append(index, i)
		}
	})
	n := a.W.Left() - len(index)
	if n == 0 {
		return 0, nil
	}
	kept, err := nn.NewPattern(a.W.Size(), index)
	if err != nil {
		return 0, err
	}
	return n, net.Keep(a.Name, kept)
}

// left visits the weights that are left: position, output unit, input.
func left(a *nn.Affine, visit func(i int32, o, k int)) {
	n := a.Inputs()
	if a.W.Kept == nil {
		for i := range a.W.Size() {
			visit(int32(i), i/n, i%n)
		}
		return
	}
	for _, i := range a.W.Kept.Index {
		visit(i, int(i)/n, int(i)%n)
	}
}

// rowCounts is the number of input weights of each unit of a layer.
func rowCounts(a *nn.Affine) []int {
	counts := make([]int, a.W.Shape[0])
	left(a, func(_ int32, o, _ int) { counts[o]++ })
	return counts
}

// readCounts is the number of weights of a layer that read each of the given
// number of units before it. Through pooling and flattening, a channel is a
// run of inputs.
func readCounts(next *nn.Affine, units int) []int {
	counts := make([]int, units)
	block := next.Inputs() / units
	left(next, func(_ int32, _, k int) { counts[k/block]++ })
	return counts
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

// between tells whether a ReLU stands between two layers with weights that
// follow each other, and whether the second pads its input.
func between(c nn.Config, first, second string) (relu, padded bool) {
	inside := false
	for _, l := range c.Layers {
		switch {
		case l.Name == first:
			inside = true
		case inside && l.Name == second:
			return relu, l.Padding > 0
		case inside && l.Kind == nn.KindReLU:
			relu = true
		}
	}
	return relu, false
}
