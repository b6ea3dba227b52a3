package kernel

// Dense is the linear map of a fully connected layer, y = W x, with W of
// O x I, x of I x N and y of O x N.
type Dense struct {
	out, in int
	v       *variant
	w       []float32 // W, row-major, as loaded
	panels  []float32 // W by blocks of rows, each block transposed

	outBlocks, inBlocks []int // rows of one gemm each

	part    Mat       // a copy of some rows and columns of a batch
	xt, dyt Mat       // panels of x^T and dy^T
	edge    []float32 // products that would write past the end of a row of dw
	p       gemm
	s       denseSkip
}

// NewDense returns the linear map from in to out features.
func NewDense(out, in int) *Dense {
	v := current
	return &Dense{
		out: out, in: in, v: v,
		panels:    Alloc(out * in),
		outBlocks: blocks(out, v.rows),
		inBlocks:  blocks(in, v.rows),
		edge:      Alloc(v.rows * Lanes),
		s:         denseSkip{blocks: blocks(in/8, skipPanel), off: make([]int32, 64)},
	}
}

// Load keeps the weights w, row-major O x I, for the calls that follow. It must
// be called again when they have changed.
func (d *Dense) Load(w []float32) {
	d.w = w[:d.out*d.in]
	packPanels(d.v, d.panels, d.w, d.outBlocks, d.in)
}

// packPanels stores each block of rows of w transposed, so that the values
// w[o][k] of one k and all rows of a block are adjacent:
//
//	for each block from o0 to o1; o0 <= o < o1; k < cols
//	    panels[o0*cols + k*(o1-o0) + o-o0] = w[o*cols + k]
func packPanels(v *variant, panels, w []float32, bounds []int, cols int) {
	for i, o0 := range bounds[:len(bounds)-1] {
		n := bounds[i+1] - o0
		v.transpose(panels[o0*cols:], n, w[o0*cols:], cols, n, cols)
	}
}

// Forward sets y = W x.
func (d *Dense) Forward(y, x Mat) {
	checkBatch(y, x, d.out, d.in)
	d.multiply(y, x, d.outBlocks, true)
}

// InputGrad sets dx = W^T dy.
func (d *Dense) InputGrad(dx, dy Mat) {
	checkBatch(dy, dx, d.out, d.in)
	if !d.v.copies(d.out) && d.skips(dy) {
		d.s.inputGrad(d, dx, dy)
		return
	}
	d.multiply(dx, dy, d.inBlocks, false)
}

// copies reports whether a product takes copies of parts of its rows x N operand.
// That depends on nothing but rows, so that a sample's result does not depend on
// the batch.
func (v *variant) copies(rows int) bool { return v.depth > 0 && rows > 2*v.depth }

// multiply sets c = W b from the panels, or c = W^T b from the weights as they
// are. Where v copies, it takes b by parts of depth x Lanes: a copy, whose rows
// are adjacent, serves all blocks of rows of c from the nearest cache.
func (d *Dense) multiply(c, b Mat, bounds []int, panels bool) {
	depth, width, copies := b.Rows, b.Stride, d.v.copies(b.Rows)
	if copies {
		depth, width = d.v.depth, Lanes
		reserve(&d.part, depth, width)
	}
	p := &d.p
	for k := 0; k < b.Rows; k += depth {
		*p = gemm{steps: oneStep, inner: min(depth, b.Rows-k), lda: d.in, ldc: c.Stride, add: k > 0}
		for col := 0; col < b.Stride; col += width {
			part := b
			if copies {
				part = d.part
				for i := range p.inner {
					*(*[Lanes]float32)(part.Data[i*Lanes:]) = *(*[Lanes]float32)(b.Data[(k+i)*b.Stride+col:])
				}
			}
			p.ldb = part.Stride
			for i, r := range bounds[:len(bounds)-1] {
				p.rows = bounds[i+1] - r
				cols := c.Data[r*c.Stride+col:]
				if panels {
					p.lda = p.rows
					d.v.gemmRun(p, cols, d.panels[r*d.in+k*p.rows:], part.Data, width)
				} else {
					d.v.gemmRun(p, cols, d.w[r+k*d.in:], part.Data, width)
				}
			}
		}
	}
}

// AddWeightGrad adds dy x^T to dw, row-major O x I.
func (d *Dense) AddWeightGrad(dw []float32, dy, x Mat) { d.weightGrad(dw, dy, x, true) }

// SetWeightGrad sets dw = dy x^T, row-major O x I: what AddWeightGrad makes of
// zeros, without a pass that clears them.
func (d *Dense) SetWeightGrad(dw []float32, dy, x Mat) {
	checkBatch(dy, x, d.out, d.in)
	if d.skips(dy) {
		d.s.setWeightGrad(d, dw, dy, x)
		return
	}
	d.weightGrad(dw, dy, x, false)
}

// weightGrad is a gemm with the samples as its inner index, over panels of dy^T
// and x^T in which the outputs of a block, and the inputs of one, are adjacent.
func (d *Dense) weightGrad(dw []float32, dy, x Mat, add bool) {
	checkBatch(dy, x, d.out, d.in)
	if len(dw) < d.out*d.in {
		panic(badLength)
	}
	n, width := x.Cols, d.v.width(d.in)
	if n == 0 {
		if !add {
			clear(dw[:d.out*d.in])
		}
		return
	}
	reserve(&d.dyt, 1, d.out*n)
	reserve(&d.xt, 1, Pad(d.in+width)*n)
	for i, o := range d.outBlocks[:len(d.outBlocks)-1] {
		rows := d.outBlocks[i+1] - o
		d.v.transpose(d.dyt.Data[o*n:], rows, dy.Data[o*dy.Stride:], dy.Stride, rows, n)
	}
	for k := 0; k < d.in; k += width {
		d.v.transpose(d.xt.Data[k*n:], width, x.Data[k*x.Stride:], x.Stride, min(width, d.in-k), n)
	}

	p := &d.p
	wide, full := d.in/width*width, d.in/Lanes*Lanes
	for i, o := range d.outBlocks[:len(d.outBlocks)-1] {
		rows := d.outBlocks[i+1] - o
		dyt, dw := d.dyt.Data[o*n:], dw[o*d.in:]
		*p = gemm{
			rows: rows, cols: width, steps: oneStep, inner: n, lda: rows, ldb: width, ldc: d.in,
			tiles: wide / width, bstep: n * width, cstep: width, add: add,
		}
		d.v.gemm(p, dw, dyt, d.xt.Data)
		if wide == d.in {
			continue
		}
		// What is left of the last panel: a group of lanes, then single inputs.
		p.cols, p.tiles = Lanes, (full-wide)/Lanes
		d.v.gemm(p, dw[wide:], dyt, d.xt.Data[wide*n:])
		if full < d.in {
			p.tiles, p.ldc, p.add = 1, Lanes, false
			d.v.gemm(p, d.edge, dyt, d.xt.Data[wide*n+full-wide:])
			putEdge(dw[full:], d.in, d.edge, rows, d.in-full, add)
		}
	}
}

// putEdge adds the first cols values of each row of edge to rows of c, or sets
// them.
func putEdge(c []float32, ldc int, edge []float32, rows, cols int, add bool) {
	for r := range rows {
		row, from := c[r*ldc:][:cols], edge[r*Lanes:]
		if !add {
			copy(row, from)
			continue
		}
		for j := range row {
			row[j] += from[j]
		}
	}
}

// reserve makes m a matrix of rows x cols, with its memory if that is enough.
func reserve(m *Mat, rows, cols int) {
	stride := Pad(cols)
	if cap(m.Data) < rows*stride {
		m.Data = Alloc(rows * stride)
	}
	*m = Mat{Rows: rows, Cols: cols, Stride: stride, Data: m.Data[:rows*stride]}
}

func checkBatch(y, x Mat, out, in int) {
	if y.Rows != out || x.Rows != in || x.Cols != y.Cols || x.Stride != y.Stride || !x.valid() || !y.valid() {
		panic(badShape)
	}
}

// valid reports whether the fields of m agree.
func (m Mat) valid() bool {
	return m.Cols >= 0 && m.Cols <= m.Stride && m.Stride%Lanes == 0 && len(m.Data) >= m.Rows*m.Stride
}
