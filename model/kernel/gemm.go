package kernel

// A gemm is a call of the GEMM micro-kernel, the form that all dense products
// share: a block of rows x cols sums over a list of steps, repeated for tiles of
// columns.
//
//	for tile < tiles; i < rows; j < cols
//	    sum = 0
//	    for each step s; t < inner
//	        sum += a[s.a + t*lda + i] * b[tile*bstep + s.b + t*ldb + j]
//	    c[tile*cstep + i*ldc + j] (+)= sum
//
// A dense layer has one step and inner = I. A convolution has a step for every
// row of a filter that meets the input, C x KH of them, and inner = KW: it is an
// implicit GEMM, without a copy of the patches (im2col).
//
// In a variant with pairs, bgap and cgap floats lie between the first and the
// last Lanes columns of a block of 2*Lanes.
type gemm struct {
	rows, cols    int
	steps         []step
	inner         int
	lda, ldb, ldc int
	tiles         int
	bstep, cstep  int
	bgap, cgap    int
	add           bool // add to c rather than overwrite it
}

// A step is a pair of offsets, in floats, into the operands of a gemm.
type step struct{ a, b int32 }

// oneStep is the list of a gemm that has strides only.
var oneStep = []step{{}}

// gemmGeneric is the loop that documents gemm.
func gemmGeneric(p *gemm, c, a, b []float32) {
	for tile := range p.tiles {
		b, c := b[tile*p.bstep:], c[tile*p.cstep:]
		if !p.add {
			for i := range p.rows {
				clear(c[i*p.ldc:][:p.cols])
			}
		}
		for _, s := range p.steps {
			for t := range p.inner {
				bt := b[int(s.b)+t*p.ldb:][:p.cols]
				at := a[int(s.a)+t*p.lda:][:p.rows]
				for i, w := range at {
					axpy(w, bt, c[i*p.ldc:][:p.cols])
				}
			}
		}
	}
}

// width returns the columns of the widest block for a product of n columns.
func (v *variant) width(n int) int {
	if v.cols > 0 {
		return v.cols
	}
	return max(Lanes, n/Lanes*Lanes)
}

// gemmRun computes p for a run of adjacent columns, a multiple of Lanes.
func (v *variant) gemmRun(p *gemm, c, a, b []float32, run int) {
	p.cols = v.width(run)
	if p.cols > run {
		p.cols = Lanes
	}
	p.tiles, p.bstep, p.cstep = run/p.cols, p.cols, p.cols
	v.gemm(p, c, a, b)
	if done := p.tiles * p.cols; done < run {
		p.cols, p.tiles = Lanes, 1
		v.gemm(p, c[done:], a, b[done:])
	}
}

// blocks divides n rows into blocks of at most most rows, as equal as can be.
// Block i is the rows from bounds[i] to bounds[i+1].
func blocks(n, most int) (bounds []int) {
	count := (n + most - 1) / most
	bounds = make([]int, count+1)
	for i := range bounds {
		bounds[i] = i * n / max(count, 1)
	}
	return bounds
}
