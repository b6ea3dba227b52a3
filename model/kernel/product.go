package kernel

// A product is a matrix product in the form that all dense kernels share: a
// block of rows x cols sums over a list of steps, repeated for tiles of columns.
//
//	for tile < tiles; i < rows; j < cols
//	    sum = 0
//	    for each step s; t < inner
//	        sum += a[s.a + t*lda + i] * b[tile*bstep + s.b + t*ldb + j]
//	    c[tile*cstep + i*ldc + j] (+)= sum
//
// Where pairs allows it, the second Lanes columns of a block need not be adjacent
// to the first: bgap and cgap floats lie between them.
type product struct {
	rows, cols    int
	steps         []step
	inner         int
	lda, ldb, ldc int
	tiles         int
	bstep, cstep  int
	bgap, cgap    int
	add           bool // add to c rather than overwrite it
}

// A step is a pair of offsets, in floats, into the operands of a product.
type step struct{ a, b int32 }

// oneStep is the list of a product that has strides only.
var oneStep = []step{{}}

// productGeneric is the loop that documents product.
func productGeneric(p *product, c, a, b []float32) {
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
