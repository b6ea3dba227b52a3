package kernel

import "slices"

// planes is a stack of zero-padded images of Lanes samples each.
type planes struct {
	c, h, w                  int // without padding
	top, bottom, left, right int
	skew                     int       // floats between planes
	data                     []float32 // [c][top+h+bottom][left+w+right][Lanes], with skew behind each plane
}

func newPlanes(c, h, w, top, bottom, left, right int) planes {
	return planes{c: c, h: h, w: w, top: top, bottom: bottom, left: left, right: right}
}

// page is how many floats lie between addresses that map to one set of a cache.
const page = sets * Lanes

// sets and ways are those of a first cache of 32 KiB in lines of Lanes floats.
const sets, ways = 64, 8

// apart returns planes without padding of which the lines that a position's taps read, of
// all planes, spread over the sets of a first cache: planes whose size is a power of two would
// share a few of them.
func (s ConvShape) apart() planes {
	p := newPlanes(s.O, s.OH(), s.OW(), 0, 0, 0, 0)
	most := s.crowd(p.plane() / Lanes)
	if most <= ways {
		return p
	}
	for skew := 1; skew < sets; skew++ {
		if n := s.crowd(p.plane()/Lanes + skew); n < most {
			most, p.skew = n, skew*Lanes
		}
	}
	return p
}

// crowd returns the most lines that fall into one set when the taps of a position read
// planes of the output that lie so many lines apart.
func (s ConvShape) crowd(plane int) int {
	var lines [sets]int
	for o := range s.O {
		for u := range s.KH {
			for v := range s.KW {
				lines[(o*plane+u*s.OW()+v)%sets]++
			}
		}
	}
	return slices.Max(lines[:])
}

// row returns the floats from one row to the next.
func (p *planes) row() int { return (p.left + p.w + p.right) * Lanes }

// plane returns the floats from one plane to the next.
func (p *planes) plane() int { return (p.top+p.h+p.bottom)*p.row() + p.skew }

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
	if n == nil && p.top|p.bottom|p.left|p.right|p.skew == 0 {
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
