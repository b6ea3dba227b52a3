package nn

import "prunelab/model/kernel"

// grouped is a convolution in groups: a convolution for each, of its C/groups
// channels to its O/groups filters, which lie one after the other in x, y and W.
type grouped struct {
	parts        []product
	in, out, per int // rows of x, rows of y and weights of a group
}

// newGrouped returns the product of a convolution whose shape s counts the channels
// and filters of all groups. Where a group has few filters, as in a depthwise
// convolution, the walk over single weights of a sparse one is the faster one.
func newGrouped(s kernel.ConvShape, groups int) product {
	const few = 4
	k := s.K() / groups
	if s.O/groups < few {
		ptr, ind := make([]int32, s.O+1), make([]int32, s.O*k)
		for i := range ind {
			ind[i] = int32(i % k)
		}
		for o := range ptr {
			ptr[o] = int32(o * k)
		}
		return kernel.NewSparseConv(s, ptr, spread(ptr, ind, s, groups))
	}
	part := s
	part.C, part.O = s.C/groups, s.O/groups
	g := &grouped{in: part.In(), out: part.Out(), per: part.O * part.K()}
	for range groups {
		g.parts = append(g.parts, kernel.NewConv(part))
	}
	return g
}

// spread takes the columns of the weights of filters, which count the channels of
// their group, to those of a convolution over all channels.
func spread(ptr, ind []int32, s kernel.ConvShape, groups int) []int32 {
	if groups == 1 {
		return ind
	}
	filters, width := s.O/groups, int32(s.K()/groups)
	to := make([]int32, len(ind))
	for o := range s.O {
		for i := ptr[o]; i < ptr[o+1]; i++ {
			to[i] = ind[i] + int32(o/filters)*width
		}
	}
	return to
}

func (g *grouped) Load(w []float32) {
	for i, p := range g.parts {
		p.Load(w[i*g.per : (i+1)*g.per])
	}
}

func (g *grouped) Forward(y, x kernel.Mat) {
	for i, p := range g.parts {
		p.Forward(band(y, i*g.out, (i+1)*g.out), band(x, i*g.in, (i+1)*g.in))
	}
}

func (g *grouped) AddWeightGrad(dw []float32, dy, x kernel.Mat) {
	for i, p := range g.parts {
		p.AddWeightGrad(dw[i*g.per:(i+1)*g.per], band(dy, i*g.out, (i+1)*g.out), band(x, i*g.in, (i+1)*g.in))
	}
}

func (g *grouped) InputGrad(dx, dy kernel.Mat) {
	for i, p := range g.parts {
		p.InputGrad(band(dx, i*g.in, (i+1)*g.in), band(dy, i*g.out, (i+1)*g.out))
	}
}
