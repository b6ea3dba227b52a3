package kernel

// planes is a stack of zero-padded images of Lanes samples each.
type planes struct {
	c, h, w                  int // without padding
	top, bottom, left, right int
	data                     []float32 // [c][top+h+bottom][left+w+right][Lanes]
}

func newPlanes(c, h, w, top, bottom, left, right int) planes {
	return planes{c: c, h: h, w: w, top: top, bottom: bottom, left: left, right: right}
}

// page is how many floats lie between addresses that map to one set of a cache.
const page = 4096 / 4

// apart returns planes of which the values at one position fall into different sets
// of a cache: a row of padding lies between planes that would be whole pages apart.
func apart(c, h, w int) planes {
	p := newPlanes(c, h, w, 0, 0, 0, 0)
	if c > 1 && p.plane()%page == 0 {
		p.bottom = 1
	}
	return p
}

// row returns the floats from one row to the next.
func (p *planes) row() int { return (p.left + p.w + p.right) * Lanes }

// plane returns the floats from one plane to the next.
func (p *planes) plane() int { return (p.top + p.h + p.bottom) * p.row() }

// at returns the offset of the value in row i, counted with the padding, and
// column j of plane c.
func (p *planes) at(c, i, j int) int { return c*p.plane() + i*p.row() + j*Lanes }

// grad returns the padded planes of a gradient, as n makes it of dz.
func (p *planes) grad(v *variant, dz Mat, n *NormGrad) []float32 {
	if p.data == nil {
		p.data = Alloc(p.c * p.plane())
	}
	rows := v.scaleAddShiftRows
	if n.ReLU {
		rows = v.scaleAddShiftRowsReLU
	}
	run := p.w * Lanes
	for c := range p.c {
		from, to := c*p.h*run, p.data[p.at(c, p.top, p.left):]
		rows(to, dz.Data[from:], n.X.Data[from:], p.h, run, p.row(), n.A[c], n.B[c], n.C[c], n.Scale[c], n.Shift[c])
		if dz.Cols == Lanes {
			continue
		}
		for i := range p.h * p.w { // the padding of a batch has no gradient
			at := i/p.w*p.row() + i%p.w*Lanes
			clear(to[at+dz.Cols : at+Lanes])
		}
	}
	return p.data
}

// of returns the padded planes of x, which is c*h*w x Lanes, as n has it read. It is x
// itself if there is no padding and n is nil.
func (p *planes) of(v *variant, x []float32, n *Norm) []float32 {
	if n == nil && p.top|p.bottom|p.left|p.right == 0 {
		return x
	}
	if p.data == nil {
		p.data = Alloc(p.c * p.plane())
	}
	run := p.w * Lanes
	if n != nil {
		rows := v.scaleShiftRows
		if n.ReLU {
			rows = v.scaleShiftRowsReLU
		}
		for c := range p.c {
			rows(p.data[p.at(c, p.top, p.left):], x[c*p.h*run:][:p.h*run], p.h, run, p.row(), n.Scale[c], n.Shift[c])
		}
		return p.data
	}
	for c := range p.c {
		for i := range p.h {
			copy(p.data[p.at(c, p.top+i, p.left):][:run], x[(c*p.h+i)*run:][:run])
		}
	}
	return p.data
}
