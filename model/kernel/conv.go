package kernel

// A ConvShape describes a convolution of C planes of H x W to O planes with
// filters of C x KH x KW. The input is padded with Pad zeros at all sides and
// the filters move by Stride.
type ConvShape struct{ C, H, W, O, KH, KW, Stride, Pad int }

// OH returns the height of the output planes.
func (s ConvShape) OH() int { return (s.H+2*s.Pad-s.KH)/s.Stride + 1 }

// OW returns the width of the output planes.
func (s ConvShape) OW() int { return (s.W+2*s.Pad-s.KW)/s.Stride + 1 }

// K returns the number of weights of a filter.
func (s ConvShape) K() int { return s.C * s.KH * s.KW }

// In returns the number of features of an input, C*H*W.
func (s ConvShape) In() int { return s.C * s.H * s.W }

// Out returns the number of features of an output, O*OH*OW.
func (s ConvShape) Out() int { return s.O * s.OH() * s.OW() }

func (s ConvShape) check() {
	if min(s.C, s.H, s.W, s.O, s.KH, s.KW, s.Stride) < 1 || s.Pad < 0 ||
		s.KH > s.H+2*s.Pad || s.KW > s.W+2*s.Pad {
		panic(badConv)
	}
}

// Conv is the linear map of a convolution. It works on slices of Lanes samples:
// x is C*H*W x Lanes, y is O*OH*OW x Lanes, and W is O x K with K = C*KH*KW.
//
// With x_p the padded input, and all indices running over what they may,
//
//	y[o][i][j]      = sum over c, u, v of W[o][c][u][v] x_p[c][i*Stride+u][j*Stride+v]
//	dW[o][c][u][v] += sum over i, j and samples of dy[o][i][j] x_p[c][i*Stride+u][j*Stride+v]
//	dx_p[c][h][w]   = sum over o, u, v of W[o][c][u][v] dy[o][(h-u)/Stride][(w-v)/Stride]
type Conv struct {
	ConvShape
	v      variant
	oh, ow int
	input  planes
	output planes // as InputGrad reads it

	panels    []float32 // W by blocks of rows, each block transposed
	outBlocks []int
	inside    []rows              // of a filter, for each row of outputs: the others lie in the padding, what they read is zero and left out
	forward   map[crossing][]step // one step for each channel and row of a filter

	taps     []float32 // W as [KH][KW][O][C]
	inBlocks []int
	spans    []span

	offsets            []int32 // of the K weights of a filter in the padded input
	gradOuts, gradTaps []int   // blocks of outputs and of weights of a filter
	gradRows           []rows  // of outputs, for each block of weights: those that it makes of more than padding

	p product
	d dots
	s *convSieve // nil until it is of use
}

// rows are those from lo up to hi.
type rows struct{ lo, hi int }

// A crossing is a block of so many outputs with rows of their filters.
type crossing struct{ outputs, lo, hi int }

// A span is a run of input positions in one row that the same taps reach, or a
// position and the one below it.
type span struct {
	first, count int    // position in the plane, and how many in the row
	below        bool   // and the one below, if count is 1
	steps        []step // one for each tap: its weights, its output position
}

// NewConv returns the linear map of the convolution s.
func NewConv(s ConvShape) *Conv {
	s.check()
	v := current
	dotRows, dotCols := v.dotBlock()
	c := &Conv{
		ConvShape: s, v: v, oh: s.OH(), ow: s.OW(),
		input:     newPlanes(s.C, s.H, s.W, s.Pad, s.Pad, s.Pad, s.Pad),
		output:    apart(s.O, s.OH(), s.OW()),
		panels:    Alloc(s.O * s.K()),
		outBlocks: blocks(s.O, v.rows()),
		inside:    make([]rows, s.OH()),
		forward:   map[crossing][]step{},
		taps:      Alloc(s.O * s.K()),
		inBlocks:  blocks(s.C, v.rows()),
		spans:     s.spans(v.pairs()),
		gradOuts:  blocks(s.O, dotRows),
		gradTaps:  blocks(s.K(), dotCols),
	}
	c.offsets = s.offsets(&c.input)
	for h := range c.inside {
		in := rows{max(0, s.Pad-h*s.Stride), min(s.KH, s.Pad+s.H-h*s.Stride)}
		c.inside[h] = in
		for i, o := range c.outBlocks[:len(c.outBlocks)-1] {
			at := crossing{c.outBlocks[i+1] - o, in.lo, in.hi}
			if c.forward[at] == nil {
				c.forward[at] = c.crosses(at)
			}
		}
	}
	for j, t := range c.gradTaps[:len(c.gradTaps)-1] {
		c.gradRows = append(c.gradRows, s.madeOf(t, c.gradTaps[j+1]))
	}
	return c
}

// crosses returns the steps of a crossing.
func (c *Conv) crosses(at crossing) []step {
	steps := make([]step, 0, c.C*c.KH)
	for channel := range c.C {
		for u := at.lo; u < at.hi; u++ {
			row := (channel*c.KH + u) * c.KW
			steps = append(steps, step{a: int32(row * at.outputs), b: c.offsets[row]})
		}
	}
	return steps
}

// offsets returns where the K weights of a filter meet the padded input,
// relative to its first weight.
func (s ConvShape) offsets(in *planes) []int32 {
	off := make([]int32, 0, s.K())
	for c := range s.C {
		for u := range s.KH {
			for v := range s.KW {
				off = append(off, int32(in.at(c, u, v)))
			}
		}
	}
	return off
}

// madeOf returns the rows of outputs that the weights of a filter from one up to
// another make of more than padding.
func (s ConvShape) madeOf(from, to int) rows {
	made := rows{s.OH(), 0}
	for k := from; k < to; k++ {
		u := k / s.KW % s.KH
		for i := range s.OH() {
			if h := i*s.Stride + u - s.Pad; h >= 0 && h < s.H {
				made = rows{min(made.lo, i), max(made.hi, i+1)}
			}
		}
	}
	if made.hi == 0 {
		return rows{}
	}
	return made
}

// spans returns the input positions with the taps that reach them. If pairs is
// set, positions that have no neighbour in their row to go with go with the one
// below where they can.
func (s ConvShape) spans(pairs bool) []span {
	var spans []span
	for h := 0; h < s.H; h++ {
		us := s.reach(h, s.KH, s.OH())
		both := pairs && h+1 < s.H && s.sameTaps(us, s.reach(h+1, s.KH, s.OH()))
		for w := 0; w < s.W; {
			vs := s.reach(w, s.KW, s.OW())
			end := w + 1
			for end < s.W && s.sameTaps(vs, s.reach(end, s.KW, s.OW())) {
				end++
			}
			if both && (end-w)%2 == 1 {
				end = max(w+1, end-1)
			}
			sp := span{first: h*s.W + w, count: end - w, steps: s.steps(us, vs)}
			switch {
			case both && sp.count == 1:
				sp.below = true
				spans = append(spans, sp)
			case both:
				next := sp
				next.first += s.W
				next.steps = s.steps(s.reach(h+1, s.KH, s.OH()), vs)
				spans = append(spans, sp, next)
			default:
				spans = append(spans, sp)
			}
			w = end
		}
		if both {
			h++
		}
	}
	return spans
}

// sameTaps reports whether two neighbours are reached by the same taps, at
// neighbouring outputs.
func (s ConvShape) sameTaps(a, b []contact) bool {
	return s.Stride == 1 && len(a) > 0 && len(a) == len(b) && a[0].tap == b[0].tap
}

// steps returns the steps of a product over the taps that reach an input.
func (s ConvShape) steps(us, vs []contact) []step {
	steps := make([]step, 0, len(us)*len(vs))
	for _, u := range us {
		for _, v := range vs {
			steps = append(steps, step{
				a: int32((u.tap*s.KW + v.tap) * s.O * s.C),
				b: int32((u.at*s.OW() + v.at) * Lanes),
			})
		}
	}
	return steps
}

// A contact is a tap of a filter and the output where it reads some input.
type contact struct{ tap, at int }

// reach returns the contacts of input i along an axis with the given number of
// taps and outputs.
func (s ConvShape) reach(i, taps, outs int) []contact {
	var cs []contact
	for t := range taps {
		if d := i + s.Pad - t; d >= 0 && d%s.Stride == 0 && d/s.Stride < outs {
			cs = append(cs, contact{t, d / s.Stride})
		}
	}
	return cs
}

// Load keeps the weights w, [O][C][KH][KW], for the calls that follow. It must
// be called again when they have changed.
func (c *Conv) Load(w []float32) {
	k, area := c.K(), c.KH*c.KW
	w = w[:c.O*k]
	packPanels(c.v, c.panels, w, c.outBlocks, k)
	for o := range c.O {
		c.v.transpose(c.taps[o*c.C:], c.O*c.C, w[o*k:], area, c.C, area)
	}
	if c.s != nil {
		c.s.loaded = false
	}
}

// Forward sets y = W x.
func (c *Conv) Forward(y, x Mat) {
	checkSlice(y, x, c.ConvShape)
	in := c.input.of(x.Data)
	run, plane := c.ow*Lanes, c.oh*c.ow*Lanes
	p := &c.p
	*p = product{inner: c.KW, ldb: Lanes, ldc: plane}
	for i, o := range c.outBlocks[:len(c.outBlocks)-1] {
		p.rows = c.outBlocks[i+1] - o
		p.lda = p.rows
		for h := range c.oh {
			p.steps = c.forward[crossing{p.rows, c.inside[h].lo, c.inside[h].hi}]
			out, row := y.Data[o*plane+h*run:], in[h*c.Stride*c.input.row():]
			if c.Stride == 1 {
				c.v.productRun(p, out, c.panels[o*c.K():], row, run)
				continue
			}
			p.cols, p.tiles, p.bstep, p.cstep = Lanes, c.ow, c.Stride*Lanes, Lanes
			c.v.product(p, out, c.panels[o*c.K():], row)
		}
	}
}

// InputGrad sets dx = W^T dy.
func (c *Conv) InputGrad(dx, dy Mat) {
	checkSlice(dy, dx, c.ConvShape)
	if c.sifts(dy) {
		c.sieve().inputGrad(c, dx.Data, dy.Data)
	} else {
		c.multiplyTaps(dx.Data, dy.Data)
	}
}

// multiplyTaps sets dx = W^T dy.
func (c *Conv) multiplyTaps(dx, dy []float32) {
	p := &c.p
	from := c.output.of(dy)
	*p = product{inner: c.O, lda: c.C, ldb: c.output.plane(), ldc: c.H * c.W * Lanes}
	for i, k := range c.inBlocks[:len(c.inBlocks)-1] {
		p.rows = c.inBlocks[i+1] - k
		for j := range c.spans {
			s := &c.spans[j]
			p.steps = s.steps
			in := dx[k*p.ldc+s.first*Lanes:]
			if !s.below {
				c.v.productRun(p, in, c.taps[k:], from, s.count*Lanes)
				continue
			}
			p.cols, p.tiles, p.bgap, p.cgap = 2*Lanes, 1, (c.ow-1)*Lanes, (c.W-1)*Lanes
			c.v.product(p, in, c.taps[k:], from)
			p.bgap, p.cgap = 0, 0
		}
	}
}

// AddWeightGrad adds dy x^T to dw, [O][C][KH][KW].
func (c *Conv) AddWeightGrad(dw []float32, dy, x Mat) {
	checkSlice(dy, x, c.ConvShape)
	if len(dw) < c.O*c.K() {
		panic(badLength)
	}
	in := c.input.of(x.Data)
	if c.sifts(dy) {
		c.sieve().addWeightGrad(c, dw, dy.Data, in)
	} else {
		c.addDots(dw, dy.Data, in)
	}
}

// addDots adds dy x^T to dw, with x the padded planes.
func (c *Conv) addDots(dw, dy, x []float32) {
	k, plane := c.K(), c.oh*c.ow*Lanes
	d := &c.d
	*d = dots{ldy: plane, ldw: k, width: c.ow, row: c.Stride * c.input.row(), step: c.Stride * Lanes}
	for i, o := range c.gradOuts[:len(c.gradOuts)-1] {
		d.rows = c.gradOuts[i+1] - o
		for j, t := range c.gradTaps[:len(c.gradTaps)-1] {
			d.offsets = c.offsets[t:c.gradTaps[j+1]]
			made := c.gradRows[j]
			d.height = made.hi - made.lo
			c.v.dots(d, dw[o*k+t:], dy[o*plane+made.lo*c.ow*Lanes:], x[made.lo*d.row:])
		}
	}
}

func checkSlice(y, x Mat, s ConvShape) {
	if x.Stride != Lanes || y.Stride != Lanes || x.Rows != s.In() || y.Rows != s.Out() || !x.valid() || !y.valid() {
		panic(badShape)
	}
}
