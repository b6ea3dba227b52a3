package kernel

import mathbits "math/bits"

// A denseSkip makes the gradients of a fully connected layer by zero-skipping:
// from the values of dy that are not zero, which are few below a ReLU, where an
// output of 0 has no gradient. dy[o][j] multiplies row j of x^T for dW[o], and row
// o of W for dx^T[j]. Left out are products with zero, and the others are added in
// the order of gemm, so the results are the same bits.
//
// B words are those of 64 columns of a row of dy, or of dy^T.
type denseSkip struct {
	values  []float32 // dy or dy^T as [B][rows][64]
	found   []uint64  // [B][rows], which values are not zero
	to, off []int32   // rows of a sum and of what is summed
	blocks  []int     // of whole vectors of inputs
	panel   Mat       // a block of columns of x^T, without gaps
	dxt     Mat       // dx^T
	edge    Mat       // the last I mod 8 columns of W or of dW
	p       skip
}

// skipPanel is the most vectors of a panel: the values of 64 samples stay in the
// nearest cache.
const skipPanel = 12

// skips reports whether zero-skipping is the faster way to the gradients.
func (d *Dense) skips(dy Mat) bool {
	n := d.out * dy.Stride / 64 // what is left is like the rest
	if !d.v.skips || n == 0 {
		return false
	}
	s := &d.s
	if len(s.found) < n {
		s.found = make([]uint64, n)
	}
	d.v.nonzero(s.found[:n], dy.Data)
	count := 0
	for _, set := range s.found[:n] {
		count += mathbits.OnesCount64(set)
	}
	return float64(count) < skipBelow*float64(d.out*dy.Cols)
}

// reserve makes room for so many words of values, and sums.
func (s *denseSkip) reserve(words, sums int) {
	if len(s.values) < 64*words {
		s.values = Alloc(64 * words)
	}
	if len(s.found) < words {
		s.found = make([]uint64, words)
	}
	if len(s.to) < sums {
		s.to = make([]int32, sums)
	}
}

// find sets found for rows of n values each. The bits past n in the last word of
// a row are cleared: values there are of earlier calls.
func (s *denseSkip) find(v *variant, rows, n int) {
	found := s.found[:rows*words(n)]
	v.nonzero(found, s.values)
	if rest := n % 64; rest != 0 {
		for i := range rows {
			found[len(found)-1-i] &= 1<<rest - 1
		}
	}
}

// sum sets the first 8*vectors columns of sum, rows x ldsum, to the product of
// the values, rows x n, and x, n x ldx.
func (s *denseSkip) sum(v *variant, sum []float32, ldsum int, x []float32, ldx, rows, n, vectors int) {
	p := &s.p
	p.height, p.vectors, p.words = 1, vectors, 1
	p.to, p.off = s.to[:rows], s.off
	for i := range p.to {
		p.to[i] = int32(i * ldsum)
	}
	for i := range p.off {
		p.off[i] = int32(i * ldx)
	}
	for w := range words(n) {
		p.add = w > 0
		v.skip(p, sum, s.values[w*rows*64:], x[w*64*ldx:], s.found[w*rows:])
	}
}

// setWeightGrad sets dw = dy x^T.
func (s *denseSkip) setWeightGrad(d *Dense, dw []float32, dy, x Mat) {
	n := dy.Cols
	s.reserve(d.out*words(n), d.out)
	for w := range words(n) {
		for o := range d.out {
			copy(s.values[(w*d.out+o)*64:][:64], dy.Data[o*dy.Stride+w*64:(o+1)*dy.Stride])
		}
	}
	s.find(d.v, d.out, n)
	reserve(&s.panel, max(words(n)*64, d.out), 8*skipPanel)
	for i, v := range s.blocks[:len(s.blocks)-1] {
		vectors := s.blocks[i+1] - v
		d.v.transpose(s.panel.Data, 8*vectors, x.Data[8*v*x.Stride:], x.Stride, 8*vectors, n)
		s.sum(d.v, dw[8*v:], d.in, s.panel.Data, 8*vectors, d.out, n, vectors)
	}
	if full := d.in / 8 * 8; full < d.in {
		reserve(&s.edge, d.out, 8)
		d.v.transpose(s.panel.Data, 8, x.Data[full*x.Stride:], x.Stride, d.in-full, n)
		s.sum(d.v, s.edge.Data, s.edge.Stride, s.panel.Data, 8, d.out, n, 1)
		for o := range d.out {
			copy(dw[o*d.in+full:(o+1)*d.in], s.edge.Row(o))
		}
	}
}

// inputGrad sets dx = W^T dy.
func (s *denseSkip) inputGrad(d *Dense, dx, dy Mat) {
	n := dy.Stride
	s.reserve(n*words(d.out), n)
	for w := range words(d.out) {
		o := w * 64
		d.v.transpose(s.values[w*n*64:], 64, dy.Data[o*dy.Stride:], dy.Stride, min(64, d.out-o), n)
	}
	s.find(d.v, n, d.out)
	reserve(&s.dxt, n, d.in)
	for i, v := range s.blocks[:len(s.blocks)-1] {
		s.sum(d.v, s.dxt.Data[8*v:], s.dxt.Stride, d.w[8*v:], d.in, n, d.out, s.blocks[i+1]-v)
	}
	if full := d.in / 8 * 8; full < d.in {
		reserve(&s.edge, d.out, 8)
		for o := range d.out {
			copy(s.edge.Row(o), d.w[o*d.in+full:(o+1)*d.in])
		}
		s.sum(d.v, s.dxt.Data[full:], s.dxt.Stride, s.edge.Data, s.edge.Stride, n, d.out, 1)
	}
	d.v.transpose(dx.Data, dx.Stride, s.dxt.Data, s.dxt.Stride, n, d.in)
}
