package kernel

import (
	"cmp"
	"slices"
)

// SparseConv is the linear map of a convolution, as [Conv], of whose O x K
// weights only the survivors exist. Weights and gradients are the survivors in
// the order of the CSR pattern.
type SparseConv struct {
	ConvShape
	v      *variant
	oh, ow int
	w, wt  []float32 // the survivors, as loaded and in the order of pos

	norm  *Norm
	dnorm *NormGrad
	dy    []float32 // what dnorm made; nil: nothing yet
	input planes
	off   []int32  // of each survivor in the padded input
	byOut []job    // the rows of the output
	grad  sddmm    // the weight gradient
	near  *sampled // likewise; nil: grad serves

	gradPlanes sddmm // those for dy as output holds it
	nearPlanes *sampled

	pos    []int32    // positions of the survivors in w, in the order of the lists below
	back   []int32    // their offsets in dy
	output planes     // dy, padded so that every tap of a row of dx finds a value
	byIn   []job      // the rows of the input, or its positions if Stride > 1
	convT  convTFunc  // nil if there is none for the shape: then byIn serves
	rows   []convTRow // the rows of the input for convT
}

// NewSparseConv returns the linear map of the convolution s with the weights of
// a CSR pattern over O x K: filter o has the weights ind[ptr[o]:ptr[o+1]],
// ascending.
func NewSparseConv(s ConvShape, ptr, ind []int32) *SparseConv {
	s.check()
	checkCSR(s.O, s.K(), ptr, ind)
	c := &SparseConv{
		ConvShape: s, v: current, oh: s.OH(), ow: s.OW(),
		wt:    Alloc(len(ind)),
		input: newPlanes(s.C, s.H, s.W, s.Pad, s.Pad, s.Pad, s.Pad),
		off:   make([]int32, len(ind)),
	}
	offsets := s.offsets(&c.input)
	for k, i := range ind {
		c.off[k] = offsets[i]
	}
	c.listOutputs(ptr)
	if c.Stride == 1 {
		c.convT = c.v.convT(convTShape{c.ow, c.KW, c.Pad})
	}
	if c.convT != nil {
		c.listRows(ptr, ind)
	} else {
		c.listInputs(ptr, ind)
	}
	c.listPlanes()
	return c
}

// listOutputs lists the rows of the output. Those of one height follow each other for
// as many planes as are hot together, since they read the same rows of the input.
func (c *SparseConv) listOutputs(ptr []int32) {
	for from := 0; from < c.O; from += c.hot() {
		for h := range c.oh {
			for o := from; o < min(from+c.hot(), c.O); o++ {
				c.byOut = append(c.byOut, job{
					y:  int32((o*c.oh + h) * c.ow * Lanes),
					x:  int32(c.input.at(0, h*c.Stride, 0)),
					lo: ptr[o], hi: ptr[o+1],
				})
			}
		}
	}
	if c.Stride > 1 {
		c.grad = sddmm{jobs: c.byOut, off: c.off, height: c.ow, run: Lanes, row: c.Stride * Lanes}
		return
	}
	c.grad = sddmm{off: c.off, height: c.oh, run: c.ow * Lanes, row: c.input.row()}
	for o := range c.O {
		c.grad.jobs = append(c.grad.jobs, job{y: int32(o * c.oh * c.ow * Lanes), lo: ptr[o], hi: ptr[o+1]})
	}
	if c.In()+c.Out() >= sampledFrom {
		c.near = newSampled(c.v, c.ConvShape, &c.grad, c.grad.run)
	}
}

// listPlanes lists the jobs of the weight gradient for dy as output holds it.
func (c *SparseConv) listPlanes() {
	p := &c.gradPlanes
	*p = c.grad
	p.jobs = slices.Clone(c.grad.jobs)
	for i := range p.jobs {
		at := int(p.jobs[i].y) / Lanes
		p.jobs[i].y = int32(c.output.at(at/(c.oh*c.ow), at/c.ow%c.oh, c.output.left))
	}
	if c.near != nil {
		c.nearPlanes = newSampled(c.v, c.ConvShape, p, c.output.row())
	}
}

// A tap is a survivor W[o][channel][u][v] as the gradient of the input meets it.
// With u = ru + Stride*u', 0 <= ru < Stride, it links row h of the input to row
// (h+Pad-ru)/Stride - u' of the output, where ru = (h+Pad) mod Stride, and to none
// where ru is another. So each input has a class of taps, those of its (ru, rv).
type tap struct {
	channel, ru, rv, u int   // u is u'; lists of taps are in this order
	v, o               int   // v is v'
	pos                int32 // of the survivor
}

func compareTaps(a, b tap) int {
	return cmp.Or(cmp.Compare(a.channel, b.channel), cmp.Compare(a.ru, b.ru), cmp.Compare(a.rv, b.rv), cmp.Compare(a.u, b.u))
}

// tapList returns the taps with ru = u mod Stride and rv = v mod classes.
func (c *SparseConv) tapList(ptr, ind []int32, classes int) []tap {
	var list []tap
	for o := range c.O {
		for k := ptr[o]; k < ptr[o+1]; k++ {
			i := int(ind[k])
			u, v := i/c.KW%c.KH, i%c.KW
			list = append(list, tap{
				channel: i / (c.KH * c.KW), ru: u % c.Stride, rv: v % classes,
				u: u / c.Stride, v: v / classes, o: o, pos: k,
			})
		}
	}
	slices.SortStableFunc(list, compareTaps)
	for _, t := range list {
		c.pos = append(c.pos, t.pos)
	}
	return list
}

// reaching returns the part of a list, from lo up to hi, that links row h of an
// input channel to rows of the output, of the class rv.
func (c *SparseConv) reaching(list []tap, channel, h, rv int) (lo, hi int32) {
	ru, top := (h+c.Pad)%c.Stride, (h+c.Pad)/c.Stride
	from, _ := slices.BinarySearchFunc(list, tap{channel: channel, ru: ru, rv: rv, u: max(0, top-(c.oh-1))}, compareTaps)
	to, _ := slices.BinarySearchFunc(list, tap{channel: channel, ru: ru, rv: rv, u: top + 1}, compareTaps)
	return int32(from), int32(max(from, to))
}

// listInputs lists the survivors that reach each row of dx, or each position if
// Stride > 1, for spmm.
func (c *SparseConv) listInputs(ptr, ind []int32) {
	left := max(0, (c.KW-1-c.Pad+c.Stride-1)/c.Stride)
	right := max(0, (c.W-1+c.Pad)/c.Stride-(c.ow-1))
	c.output = newPlanes(c.O, c.oh, c.ow, 0, 0, left, right)
	list := c.tapList(ptr, ind, c.Stride)
	for _, t := range list {
		c.back = append(c.back, int32(c.output.at(t.o, -t.u, -t.v)))
	}
	_, jobs := c.runIn()
	for ch := range c.C {
		for h := range c.H {
			for i := range jobs {
				lo, hi := c.reaching(list, ch, h, (i+c.Pad)%c.Stride)
				c.byIn = append(c.byIn, job{
					y:  int32(((ch*c.H+h)*c.W + i) * Lanes),
					x:  int32(c.output.at(0, (h+c.Pad)/c.Stride, left+(i+c.Pad)/c.Stride)),
					lo: lo, hi: hi,
				})
			}
		}
	}
}

// runIn returns the floats of a job in a row of the input and how many jobs make
// a row.
func (c *SparseConv) runIn() (run, jobs int) {
	if c.Stride == 1 {
		return c.W * Lanes, 1
	}
	return Lanes, c.W
}

// listRows lists the survivors that reach each row of dx, for each v < KW, for
// convT.
func (c *SparseConv) listRows(ptr, ind []int32) {
	run := c.ow * Lanes
	c.output = newPlanes(c.O, c.oh, c.ow, 0, 0, 0, 0)
	list := c.tapList(ptr, ind, c.KW)
	for _, t := range list {
		c.back = append(c.back, int32((t.o*c.oh-t.u)*run))
	}
	for ch := range c.C {
		for h := range c.H {
			j := convTRow{x: int32((ch*c.H + h) * c.W * Lanes), y: int32((h + c.Pad) * run)}
			for v := range c.KW {
				j.lists[v][0], j.lists[v][1] = c.reaching(list, ch, h, v)
			}
			c.rows = append(c.rows, j)
		}
	}
}

// Load keeps the weights w, one for each survivor, for the calls that follow. It
// must be called again when they have changed.
func (c *SparseConv) Load(w []float32) {
	c.w = w[:len(c.off)]
	permute(c.wt, c.w, c.pos)
}

// Normalise is that of [Conv].
func (c *SparseConv) Normalise(n *Norm) { c.norm = n }

// NormaliseGrad is that of [Conv].
func (c *SparseConv) NormaliseGrad(n *NormGrad) bool {
	c.dnorm, c.dy = nil, nil
	// sddmm reads rows of planes that follow each other, and single rows.
	if c.nearPlanes == nil && c.Stride == 1 && c.output.left+c.output.right > 0 {
		return false
	}
	c.dnorm = n
	return true
}

// normalised returns the planes of dy as dnorm has it read.
func (c *SparseConv) normalised(dy Mat) []float32 {
	if c.dy == nil {
		c.dy = c.output.grad(c.v, dy, c.dnorm)
	}
	return c.dy
}

// Forward sets y = W x.
func (c *SparseConv) Forward(y, x Mat) { c.ForwardThen(y, x, func(int, int) {}) }

// ForwardThen is Forward, and calls then with the planes of y from lo up to hi as soon
// as these are there, which is while they are in cache.
func (c *SparseConv) ForwardThen(y, x Mat, then func(lo, hi int)) {
	checkSlice(y, x, c.ConvShape)
	in := c.input.of(c.v, x.Data, c.norm)
	for o := 0; o < c.O; o += c.hot() {
		n := min(c.hot(), c.O-o)
		c.v.spmm(c.byOut[o*c.oh:(o+n)*c.oh], c.off, y.Data, c.w, in, c.ow*Lanes, c.Stride*Lanes)
		then(o, o+n)
	}
}

// hot is how many planes of y are still in cache when they are there.
func (c *SparseConv) hot() int { return max(1, 128<<10/(c.oh*c.ow*Lanes)) }

// InputGrad sets dx = W^T dy.
func (c *SparseConv) InputGrad(dx, dy Mat) {
	checkSlice(dy, dx, c.ConvShape)
	var from []float32
	if c.dnorm != nil {
		from = c.normalised(dy)
	} else {
		from = c.output.of(c.v, dy.Data, nil)
	}
	if c.convT != nil {
		c.convT(c.rows, c.back, dx.Data, c.wt, from)
		return
	}
	run, _ := c.runIn()
	c.v.spmm(c.byIn, c.back, dx.Data, c.wt, from, run, Lanes)
}

// AddWeightGrad adds the survivors of dy x^T to dw.
func (c *SparseConv) AddWeightGrad(dw []float32, dy, x Mat) {
	checkSlice(dy, x, c.ConvShape)
	if len(dw) < len(c.off) {
		panic(badLength)
	}
	from, in, grad, near := dy.Data, c.input.of(c.v, x.Data, c.norm), &c.grad, c.near
	if c.dnorm != nil {
		from, grad, near = c.normalised(dy), &c.gradPlanes, c.nearPlanes
	}
	if near != nil {
		near.addWeightGrad(dw, from, in)
	} else {
		c.v.sddmm(grad, dw, from, in)
	}
}
