package nn

// KeepAs is Keep with the choice between sparse and masked kernels made by
// the caller.
func (n *Network) KeepAs(layer string, kept *Pattern, compact bool) {
	a := n.Affine(layer)
	a.W.restrict(kept, compact)
	a.lin = a.product()
}
