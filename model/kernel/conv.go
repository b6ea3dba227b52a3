package kernel

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
	v      *variant
	oh, ow int
	norm   *Norm
	dnorm  *NormGrad
	dy     []float32 // what dnorm made; nil: nothing yet
	input  planes
	output planes // as InputGrad reads it

	panels    []float32 // W by blocks of rows, each block transposed
	outBlocks []int
	inside    []interval // for output row i the filter rows u whose input row i*Stride+u is not padding
	forward   map[filterRows][]step

	taps     []float32 // W as [KH][KW][O][C]
	inBlocks []int
	spans    []span

	offsets            []int32    // of the K weights of a filter in the padded input
	gradOuts, gradTaps []int      // blocks of O and of K
	gradRows           []interval // output rows whose taps [t, t') touch real input, for each block of K

	p gemm
	d dots
	s *convSkip // nil until it is of use
}

// An interval is the integers from lo up to hi, without hi.
type interval struct{ lo, hi int }

// filterRows are rows of the filters of so many outputs.
type filterRows struct {
	outputs int
	interval
}

// NewConv returns the linear map of the convolution s.
func NewConv(s ConvShape) *Conv {
	s.check()
	v := current
	c := &Conv{
		ConvShape: s, v: v, oh: s.OH(), ow: s.OW(),
		input:     newPlanes(s.C, s.H, s.W, s.Pad, s.Pad, s.Pad, s.Pad),
		output:    apart(s.O, s.OH(), s.OW()),
		panels:    Alloc(s.O * s.K()),
		outBlocks: blocks(s.O, v.rows),
		forward:   map[filterRows][]step{},
		taps:      Alloc(s.O * s.K()),
		inBlocks:  blocks(s.C, v.rows),
		spans:     s.spans(v.pairs),
		gradOuts:  blocks(s.O, v.dotRows),
		gradTaps:  blocks(s.K(), v.dotCols),
	}
	c.offsets = s.offsets(&c.input)
	for i := range c.oh {
		inside := interval{max(0, s.Pad-i*s.Stride), min(s.KH, s.Pad+s.H-i*s.Stride)}
		c.inside = append(c.inside, inside)
		for b, o := range c.outBlocks[:len(c.outBlocks)-1] {
			f := filterRows{c.outBlocks[b+1] - o, inside}
			if c.forward[f] == nil {
				c.forward[f] = c.steps(f)
			}
		}
	}
	for j, t := range c.gradTaps[:len(c.gradTaps)-1] {
		c.gradRows = append(c.gradRows, s.outputRows(t, c.gradTaps[j+1]))
	}
	return c
}

// steps returns the steps of a gemm of Forward: for each channel and row of f the
// first of KW taps, in a block of panels and in the padded input.
func (c *Conv) steps(f filterRows) []step {
	steps := make([]step, 0, c.C*c.KH)
	for channel := range c.C {
		for u := f.lo; u < f.hi; u++ {
			row := (channel*c.KH + u) * c.KW
			steps = append(steps, step{a: int32(row * f.outputs), b: c.offsets[row]})
		}
	}
	return steps
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

// Normalise has Forward and AddWeightGrad read x through n, until another call; nil: as
// it is. Its slices may change in between.
func (c *Conv) Normalise(n *Norm) { c.norm = n }

// NormaliseGrad has AddWeightGrad and InputGrad read dy, the same in both, through n, until
// another call; nil: as it is. It reports whether they can.
func (c *Conv) NormaliseGrad(n *NormGrad) bool {
	c.dnorm, c.dy = n, nil
	return true
}

// normalised returns the planes of dy as dnorm has it read.
func (c *Conv) normalised(dy Mat) []float32 {
	if c.dy == nil {
		c.dy = c.output.grad(c.v, dy, c.dnorm)
	}
	return c.dy
}

// Forward sets y = W x.
func (c *Conv) Forward(y, x Mat) { c.ForwardThen(y, x, func(int, int) {}) }

// ForwardThen is Forward, and calls then with the planes of y from lo up to hi as soon
// as these are there, which is while they are in cache.
func (c *Conv) ForwardThen(y, x Mat, then func(lo, hi int)) {
	checkSlice(y, x, c.ConvShape)
	in := c.input.of(c.v, x.Data, c.norm)
	run, plane := c.ow*Lanes, c.oh*c.ow*Lanes
	p := &c.p
	*p = gemm{inner: c.KW, ldb: Lanes, ldc: plane}
	for i, o := range c.outBlocks[:len(c.outBlocks)-1] {
		p.rows = c.outBlocks[i+1] - o
		p.lda = p.rows
		for h := range c.oh {
			p.steps = c.forward[filterRows{p.rows, c.inside[h]}]
			out, row := y.Data[o*plane+h*run:], in[h*c.Stride*c.input.row():]
			if c.Stride == 1 {
				c.v.gemmRun(p, out, c.panels[o*c.K():], row, run)
				continue
			}
			c.forwardStrided(p, out, c.panels[o*c.K():], row)
		}
		then(o, o+p.rows)
	}
}

// forwardStrided computes a row of outputs whose inputs lie apart, two at a time where a
// block can have a gap.
func (c *Conv) forwardStrided(p *gemm, out, panel, row []float32) {
	p.cols, p.tiles, p.bstep, p.cstep = Lanes, c.ow, c.Stride*Lanes, Lanes
	if c.v.pairs && c.ow > 1 {
		p.cols, p.tiles, p.bstep, p.cstep = 2*Lanes, c.ow/2, 2*c.Stride*Lanes, 2*Lanes
		p.bgap = (c.Stride - 1) * Lanes
		c.v.gemm(p, out, panel, row)
		p.bgap = 0
		done := c.ow / 2 * 2
		if done == c.ow {
			return
		}
		out, row = out[done*Lanes:], row[done*c.Stride*Lanes:]
		p.cols, p.tiles = Lanes, c.ow-done
	}
	c.v.gemm(p, out, panel, row)
}

// InputGrad sets dx = W^T dy.
func (c *Conv) InputGrad(dx, dy Mat) {
	checkSlice(dy, dx, c.ConvShape)
	switch {
	case c.dnorm != nil:
		c.multiplyTaps(dx.Data, c.normalised(dy))
	case c.skips(dy):
		c.skip().inputGrad(c, dx.Data, dy.Data)
	default:
		c.multiplyTaps(dx.Data, c.output.of(c.v, dy.Data, nil))
	}
}

// multiplyTaps is InputGrad by gemm: a span of inputs at a time, a step for each of
// its taps, inner = O; from is the planes of dy.
func (c *Conv) multiplyTaps(dx, from []float32) {
	p := &c.p
	*p = gemm{inner: c.O, lda: c.C, ldb: c.output.plane(), ldc: c.H * c.W * Lanes}
	for i, k := range c.inBlocks[:len(c.inBlocks)-1] {
		p.rows = c.inBlocks[i+1] - k
		for j := range c.spans {
			s := &c.spans[j]
			p.steps = s.steps
			in := dx[k*p.ldc+s.first*Lanes:]
			if !s.below {
				c.v.gemmRun(p, in, c.taps[k:], from, s.count*Lanes)
				continue
			}
			p.cols, p.tiles, p.bgap, p.cgap = 2*Lanes, 1, (c.ow-1)*Lanes, (c.W-1)*Lanes
			c.v.gemm(p, in, c.taps[k:], from)
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
	in := c.input.of(c.v, x.Data, c.norm)
	switch {
	case c.dnorm != nil:
		c.addDots(dw, c.normalised(dy), c.output.plane(), in)
	case c.skips(dy):
		c.skip().addWeightGrad(c, dw, dy.Data, in)
	default:
		c.addDots(dw, dy.Data, c.oh*c.ow*Lanes, in)
	}
}

// addDots is AddWeightGrad by inner products, with planes of dy that lie so many floats
// apart, and x the padded planes.
func (c *Conv) addDots(dw, dy []float32, plane int, x []float32) {
	k := c.K()
	d := &c.d
	*d = dots{ldy: plane, ldw: k, width: c.ow, row: c.Stride * c.input.row(), step: c.Stride * Lanes}
	for i, o := range c.gradOuts[:len(c.gradOuts)-1] {
		d.rows = c.gradOuts[i+1] - o
		for j, t := range c.gradTaps[:len(c.gradTaps)-1] {
			d.offsets = c.offsets[t:c.gradTaps[j+1]]
			rows := c.gradRows[j]
			d.height = rows.hi - rows.lo
			c.v.dots(d, dw[o*k+t:], dy[o*plane+rows.lo*c.ow*Lanes:], x[rows.lo*d.row:])
		}
	}
}

func checkSlice(y, x Mat, s ConvShape) {
	if x.Stride != Lanes || y.Stride != Lanes || x.Rows != s.In() || y.Rows != s.Out() || !x.valid() || !y.valid() {
		panic(badShape)
	}
}
