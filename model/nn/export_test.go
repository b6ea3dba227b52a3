package nn

// KeepAs is Keep with the choice between sparse and masked kernels made by
// the caller.
func (n *Network) KeepAs(layer string, m *Mask, compact bool) { n.Affine(layer).keepAs(m, compact) }
