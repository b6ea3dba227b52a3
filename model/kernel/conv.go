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
	forward   map[int][]stretch // of the output, by the rows of a block

	taps     []float32 // of each tap (u, v) W[][][u][v], O x C, by blocks of channels: [KH][KW][block][O][channels]
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

// A stretch is count neighbours in one row of the output, or in two rows, for which the same
// taps of a filter meet no padding: those of a gemm with inner columns of the filter.
type stretch struct {
	row, rows, first, count int
	inner                   int
	steps                   []step
}

// NewConv returns the linear map of the convolution s.
func NewConv(s ConvShape) *Conv {
	s.check()
	v := current
	c := &Conv{
		ConvShape: s, v: v, oh: s.OH(), ow: s.OW(),
		input:     newPlanes(s.C, s.H, s.W, s.Pad, s.Pad, s.Pad, s.Pad),
		output:    s.apart(),
		panels:    Alloc(s.O * s.K()),
		outBlocks: blocks(s.O, v.rows),
		forward:   map[int][]stretch{},
		taps:      Alloc(s.O * s.K()),
		inBlocks:  blocks(s.C, v.rows),
		spans:     s.spans(v.pairs),
		gradOuts:  blocks(s.O, v.dotRows),
		gradTaps:  blocks(s.K(), v.dotCols),
	}
	c.offsets = s.offsets(&c.input)
	for i, o := range c.outBlocks[:len(c.outBlocks)-1] {
		if outputs := c.outBlocks[i+1] - o; c.forward[outputs] == nil {
			c.forward[outputs] = c.stretches(outputs)
		}
	}
	for j, t := range c.gradTaps[:len(c.gradTaps)-1] {
		c.gradRows = append(c.gradRows, s.outputRows(t, c.gradTaps[j+1]))
	}
	return c
}

// stretches returns the stretches of the output for blocks of so many outputs.
func (c *Conv) stretches(outputs int) []stretch {
	rows, columns := c.alike(c.oh, c.H, c.KH), c.alike(c.ow, c.W, c.KW)
	most := 1
	if c.v.pairs {
		most = 2
	}
	var stretches []stretch
	for _, r := range rows {
		steps := make([][]step, len(columns))
		for j, s := range columns {
			steps[j] = c.steps(outputs, r.taps, s.taps)
		}
		for h := r.lo; h < r.hi; h += most {
			for j, s := range columns {
				stretches = append(stretches, stretch{h, min(most, r.hi-h), s.lo, s.hi - s.lo, s.taps.hi - s.taps.lo, steps[j]})
			}
		}
	}
	return stretches
}

// alike is outputs along an axis for which the same taps meet no padding.
type alike struct {
	interval
	taps interval
}

// alike divides so many outputs of an axis, with n inputs.
func (s ConvShape) alike(outputs, n, taps int) []alike {
	var list []alike
	for i := range outputs {
		at := i*s.Stride - s.Pad
		inside := interval{max(0, -at), min(taps, n-at)}
		if inside.lo >= inside.hi {
			inside = interval{}
		}
		if last := len(list) - 1; last >= 0 && list[last].taps == inside {
			list[last].hi++
			continue
		}
		list = append(list, alike{interval{i, i + 1}, inside})
	}
	return list
}

// steps returns the steps of a gemm of Forward: for each channel and row of the filters
// the first of its taps, in a block of panels and in the padded input.
func (c *Conv) steps(outputs int, rows, columns interval) []step {
	var steps []step
	for channel := range c.C {
		for u := rows.lo; u < rows.hi; u++ {
			tap := (channel*c.KH+u)*c.KW + columns.lo
			steps = append(steps, step{a: int32(tap * outputs), b: c.offsets[tap]})
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
	for i, ch := range c.inBlocks[:len(c.inBlocks)-1] {
		n := c.inBlocks[i+1] - ch
		for o := range c.O {
			c.v.transpose(c.taps[c.O*ch+o*n:], c.O*c.C, w[o*k+ch*area:], area, n, area)
		}
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
	plane := c.oh * c.ow * Lanes
	p := &c.p
	*p = gemm{ldb: Lanes, ldc: plane}
	for i, o := range c.outBlocks[:len(c.outBlocks)-1] {
		p.rows = c.outBlocks[i+1] - o
		p.lda = p.rows
		stretches := c.forward[p.rows]
		for j := range stretches {
			c.forwardStretch(p, y.Data[o*plane:], c.panels[o*c.K():], in, &stretches[j])
		}
		then(o, o+p.rows)
	}
}

// forwardStretch computes a stretch of a block of outputs. Of two rows the last column of an
// odd number goes with the one below it.
func (c *Conv) forwardStretch(p *gemm, out, panel, in []float32, s *stretch) {
	p.steps, p.inner = s.steps, s.inner
	right, down, count := c.Stride*Lanes, c.Stride*c.input.row(), s.count
	if s.rows == 2 {
		count = count / 2 * 2
	}
	for i := s.row; i < s.row+s.rows && count > 0; i++ {
		c.forwardRun(p, out[(i*c.ow+s.first)*Lanes:], panel, in[i*down+s.first*right:], count)
	}
	if count < s.count {
		j := s.first + count
		p.cols, p.tiles, p.bgap, p.cgap = 2*Lanes, 1, down-Lanes, (c.ow-1)*Lanes
		c.v.gemm(p, out[(s.row*c.ow+j)*Lanes:], panel, in[s.row*down+j*right:])
		p.bgap, p.cgap = 0, 0
	}
}

// forwardRun computes so many neighbours in a row of outputs. Where their inputs lie apart
// it takes two at a time if a block can have a gap.
func (c *Conv) forwardRun(p *gemm, out, panel, row []float32, count int) {
	if c.Stride == 1 {
		c.v.gemmRun(p, out, panel, row, count*Lanes)
		return
	}
	if c.v.pairs && count > 1 {
		p.cols, p.tiles, p.bstep, p.cstep = 2*Lanes, count/2, 2*c.Stride*Lanes, 2*Lanes
		p.bgap = (c.Stride - 1) * Lanes
		c.v.gemm(p, out, panel, row)
		p.bgap = 0
		done := count / 2 * 2
		if done == count {
			return
		}
		out, row, count = out[done*Lanes:], row[done*c.Stride*Lanes:], count-done
	}
	p.cols, p.tiles, p.bstep, p.cstep = Lanes, count, c.Stride*Lanes, Lanes
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
	*p = gemm{inner: c.O, ldb: c.output.plane(), ldc: c.H * c.W * Lanes}
	for i, k := range c.inBlocks[:len(c.inBlocks)-1] {
		p.rows = c.inBlocks[i+1] - k
		p.lda = p.rows
		taps := c.taps[c.O*k:]
		for j := range c.spans {
			s := &c.spans[j]
			p.steps = s.steps
			in := dx[k*p.ldc+s.first*Lanes:]
			if !s.below {
				c.v.gemmRun(p, in, taps, from, s.count*Lanes)
				continue
			}
			p.cols, p.tiles, p.bgap, p.cgap = 2*Lanes, 1, (c.ow-1)*Lanes, (c.W-1)*Lanes
			c.v.gemm(p, in, taps, from)
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
