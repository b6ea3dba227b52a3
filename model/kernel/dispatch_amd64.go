//go:build !noasm

package kernel

import "golang.org/x/sys/cpu"

//go:generate go run -C _asm/amd64 .

// available lists the variants that this machine runs, the widest last.
var available = detect()

func detect() []variant {
	vs := []variant{generic}
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA || !cpu.X86.HasBMI1 {
		return vs
	}
	vs = append(vs, avx2)
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL {
		vs = append(vs, avx512)
	}
	return vs
}

// Blocks of product by their rows, of one or two vectors of columns.
var (
	productsAVX2 = [...]productFunc{
		1: zproductAVX2_1x16,
		2: zproductAVX2_2x16,
		3: zproductAVX2_3x16,
		4: zproductAVX2_4x16,
		5: zproductAVX2_5x16,
		6: zproductAVX2_6x16,
	}
	productsAVX512 = [...][2]productFunc{
		1:  {zproductAVX512_1x16, zproductAVX512_1x32},
		2:  {zproductAVX512_2x16, zproductAVX512_2x32},
		3:  {zproductAVX512_3x16, zproductAVX512_3x32},
		4:  {zproductAVX512_4x16, zproductAVX512_4x32},
		5:  {zproductAVX512_5x16, zproductAVX512_5x32},
		6:  {zproductAVX512_6x16, zproductAVX512_6x32},
		7:  {zproductAVX512_7x16, zproductAVX512_7x32},
		8:  {zproductAVX512_8x16, zproductAVX512_8x32},
		9:  {zproductAVX512_9x16, zproductAVX512_9x32},
		10: {zproductAVX512_10x16, zproductAVX512_10x32},
		11: {zproductAVX512_11x16, zproductAVX512_11x32},
		12: {zproductAVX512_12x16, zproductAVX512_12x32},
	}
)

type productFunc func(c, a, b *float32, steps *int32, nsteps, inner, lda, ldb, ldc, tiles, bstep, cstep, bgap, cgap int, add bool)

// Blocks of dots by their outputs and weights.
var (
	dotsAVX2 = [...][5]dotsFunc{
		1: {1: zdotsAVX2_1x1, zdotsAVX2_1x2, zdotsAVX2_1x3, zdotsAVX2_1x4},
		2: {1: zdotsAVX2_2x1, zdotsAVX2_2x2, zdotsAVX2_2x3, zdotsAVX2_2x4},
		3: {1: zdotsAVX2_3x1, zdotsAVX2_3x2, zdotsAVX2_3x3, zdotsAVX2_3x4},
	}
	dotsAVX512 = [...][6]dotsFunc{
		1: {1: zdotsAVX512_1x1, zdotsAVX512_1x2, zdotsAVX512_1x3, zdotsAVX512_1x4, zdotsAVX512_1x5},
		2: {1: zdotsAVX512_2x1, zdotsAVX512_2x2, zdotsAVX512_2x3, zdotsAVX512_2x4, zdotsAVX512_2x5},
		3: {1: zdotsAVX512_3x1, zdotsAVX512_3x2, zdotsAVX512_3x3, zdotsAVX512_3x4, zdotsAVX512_3x5},
		4: {1: zdotsAVX512_4x1, zdotsAVX512_4x2, zdotsAVX512_4x3, zdotsAVX512_4x4, zdotsAVX512_4x5},
		5: {1: zdotsAVX512_5x1, zdotsAVX512_5x2, zdotsAVX512_5x3, zdotsAVX512_5x4, zdotsAVX512_5x5},
	}
)

type dotsFunc func(dw, dy, x *float32, offsets *int32, ldw, ldy, height, width, row, step int)

// Sums of rows of vectors by their height and vectors, for all instruction sets.
var sifts = [...][16]siftFunc{
	1: {1: zsift_1x1, zsift_1x2, zsift_1x3, zsift_1x4, zsift_1x5, zsift_1x6, zsift_1x7, zsift_1x8, zsift_1x9, zsift_1x10, zsift_1x11, zsift_1x12, zsift_1x13, zsift_1x14, zsift_1x15},
	3: {1: zsift_3x1, zsift_3x2, zsift_3x3, zsift_3x4, zsift_3x5},
	5: {1: zsift_5x1, zsift_5x2, zsift_5x3},
}

type siftFunc func(sum, values, x *float32, to, off *int32, found *uint64, n, words, row, ldsum int, add bool)

// Sparse input gradients by the shape of a row.
var (
	spreadsAVX2 = map[spreadShape]spreadFunc{
		{8, 5, 0}: zspreadAVX2_8_5_0, {8, 5, 2}: zspreadAVX2_8_5_2, {8, 3, 1}: zspreadAVX2_8_3_1,
		{16, 5, 2}: zspreadAVX2_16_5_2, {16, 3, 1}: zspreadAVX2_16_3_1,
	}
	spreadsAVX512 = map[spreadShape]spreadFunc{
		{8, 5, 0}: zspreadAVX512_8_5_0, {8, 5, 2}: zspreadAVX512_8_5_2, {8, 3, 1}: zspreadAVX512_8_3_1,
		{16, 5, 2}: zspreadAVX512_16_5_2, {16, 3, 1}: zspreadAVX512_16_3_1,
	}
)

type spreadFunc func(dx, w, dy *float32, off, jobs *int32, n int)

// Sparse products by the groups of samples in a run.
var (
	walksAVX2 = [...]walkFunc{
		1: zwalkAVX2_1, 2: zwalkAVX2_2, 3: zwalkAVX2_3, 4: zwalkAVX2_4, 5: zwalkAVX2_5, 6: zwalkAVX2_6,
	}
	walksAVX512 = [...]walkFunc{
		1: zwalkAVX512_1, 2: zwalkAVX512_2, 3: zwalkAVX512_3, 4: zwalkAVX512_4,
		5: zwalkAVX512_5, 6: zwalkAVX512_6, 7: zwalkAVX512_7, 8: zwalkAVX512_8,
		9: zwalkAVX512_9, 10: zwalkAVX512_10, 11: zwalkAVX512_11, 12: zwalkAVX512_12,
		13: zwalkAVX512_13, 14: zwalkAVX512_14, 15: zwalkAVX512_15, 16: zwalkAVX512_16,
		17: zwalkAVX512_17, 18: zwalkAVX512_18, 19: zwalkAVX512_19, 20: zwalkAVX512_20,
		21: zwalkAVX512_21, 22: zwalkAVX512_22, 23: zwalkAVX512_23, 24: zwalkAVX512_24,
	}
)

type walkFunc func(y, w, x *float32, off, jobs *int32, n int)

// rows returns the most rows of a product.
func (v variant) rows() int {
	switch v {
	case avx512:
		return len(productsAVX512) - 1
	case avx2:
		return len(productsAVX2) - 1
	}
	return genericRows
}

// part returns by how many rows and columns a product takes its rows x cols
// operand, see Dense.multiply. The rows do not depend on cols, so that a sample's
// result does not.
func (v variant) part(rows, cols int) (depth, width int) {
	if v == avx2 && rows > 512 {
		return 256, Lanes
	}
	return rows, cols
}

// width returns the most columns of a product of n, a multiple of Lanes.
func (v variant) width(n int) int {
	switch v {
	case avx512:
		return 2 * Lanes
	case avx2:
		return Lanes
	}
	return max(Lanes, n/Lanes*Lanes)
}

// dotBlock returns the most outputs and weights of dots.
func (v variant) dotBlock() (o, k int) {
	switch v {
	case avx512:
		return len(dotsAVX512) - 1, len(dotsAVX512[0]) - 1
	case avx2:
		return len(dotsAVX2) - 1, len(dotsAVX2[0]) - 1
	}
	return genericRows, genericRows
}

// pairs reports whether a product has columns in two groups of Lanes that need
// not be adjacent.
func (v variant) pairs() bool { return v == avx512 }

// product computes p, whose cols are Lanes or width.
func (v variant) product(p *product, c, a, b []float32) {
	switch v {
	case avx512:
		p.call(productsAVX512[p.rows][p.cols/Lanes-1], c, a, b)
	case avx2:
		p.call(productsAVX2[p.rows], c, a, b)
	default:
		productGeneric(p, c, a, b)
	}
}

// productRun computes p for a run of adjacent columns, a multiple of Lanes.
func (v variant) productRun(p *product, c, a, b []float32, run int) {
	p.cols = v.width(run)
	if p.cols > run {
		p.cols = Lanes
	}
	p.tiles, p.bstep, p.cstep = run/p.cols, p.cols, p.cols
	v.product(p, c, a, b)
	if done := p.tiles * p.cols; done < run {
		p.cols, p.tiles = Lanes, 1
		v.product(p, c[done:], a, b[done:])
	}
}

func (p *product) call(f productFunc, c, a, b []float32) {
	var steps *int32
	if len(p.steps) > 0 {
		steps = &p.steps[0].a
	}
	if p.tiles > 0 {
		f(&c[0], &a[0], &b[0], steps, len(p.steps), p.inner, p.lda, p.ldb, p.ldc,
			p.tiles, p.bstep, p.cstep, Lanes+p.bgap, Lanes+p.cgap, p.add)
	}
}

func (v variant) dots(d *dots, dw, dy, x []float32) {
	switch v {
	case avx512:
		d.call(dotsAVX512[d.rows][len(d.offsets)], dw, dy, x)
	case avx2:
		d.call(dotsAVX2[d.rows][len(d.offsets)], dw, dy, x)
	default:
		dotsGeneric(d, dw, dy, x)
	}
}

func (d *dots) call(f dotsFunc, dw, dy, x []float32) {
	f(&dw[0], &dy[0], &x[0], &d.offsets[0], d.ldw, d.ldy, d.height, d.width, d.row, d.step)
}

// sieves reports whether a sieve gives the bits of the other kernels.
func (v variant) sieves() bool { return v != generic }

// dotLanes returns the lanes of a vector of dots.
func (v variant) dotLanes() int {
	if v == avx512 {
		return 16
	}
	return 8
}

// siftVectors returns the most vectors of a sift of one row.
func (v variant) siftVectors() int { return len(sifts[1]) - 1 }

// hasSift reports whether there is a sift of this shape.
func (v variant) hasSift(s siftShape) bool {
	return s.height < len(sifts) && s.vectors < len(sifts[0]) && sifts[s.height][s.vectors] != nil
}

func (v variant) sift(p *sift, sum, values, x []float32, found []uint64) {
	if v == generic {
		siftGeneric(p, sum, values, x, found)
		return
	}
	sifts[p.height][p.vectors](&sum[0], &values[0], &x[0], &p.to[0], &p.off[0], &found[0], len(p.to), p.words, p.row, p.ldsum, p.add)
}

func (v variant) find(found []uint64, values []float32) {
	if v == generic {
		findGeneric(found, values)
		return
	}
	zfind(&found[0], &values[0], len(found))
}

// fold is
//
//	for i < n: dst[i] = sum over the lanes l of dots of src[l*n + i]
//
// with n a multiple of 8.
func (v variant) fold(dst, src []float32, n int) {
	switch v {
	case avx512:
		zfoldAVX512(&dst[0], &src[0], n, n)
	case avx2:
		zfoldAVX2(&dst[0], &src[0], n, n)
	default:
		foldGeneric(dst, src, n)
	}
}

func (v variant) walk(jobs []job, off []int32, y, w, x []float32, run, step int) {
	if v == generic || len(off) == 0 || run == 0 {
		walkGeneric(jobs, off, y, w, x, run, step)
		return
	}
	kernels, steps := walksAVX512[:], zwalkStepsAVX512
	if v == avx2 {
		kernels, steps = walksAVX2[:], zwalkStepsAVX2
	}
	groups := run / Lanes
	if step != Lanes {
		// Four groups at a time, then one.
		i := 0
		for ; i+4 <= groups; i += 4 {
			steps(&y[i*Lanes], &w[0], &x[i*step], &off[0], &jobs[0].y, len(jobs), step)
		}
		for ; i < groups; i++ {
			kernels[1](&y[i*Lanes], &w[0], &x[i*step], &off[0], &jobs[0].y, len(jobs))
		}
		return
	}
	// Parts as equal as can be, see blocks.
	parts := (groups + len(kernels) - 2) / (len(kernels) - 1)
	for i := range parts {
		from, to := i*groups/parts, (i+1)*groups/parts
		kernels[to-from](&y[from*Lanes], &w[0], &x[from*Lanes], &off[0], &jobs[0].y, len(jobs))
	}
}

func (v variant) lookups(l *lookups, dw, dy, x []float32) {
	if len(l.off) == 0 || l.run == 0 {
		return
	}
	switch v {
	case avx512:
		zlookupsAVX512(&dw[0], &dy[0], &x[0], &l.off[0], &l.jobs[0].y, len(l.jobs), l.height, l.run, l.row)
	case avx2:
		zlookupsAVX2(&dw[0], &dy[0], &x[0], &l.off[0], &l.jobs[0].y, len(l.jobs), l.height, l.run, l.row)
	default:
		lookupsGeneric(l, dw, dy, x)
	}
}

// spreads reports whether there is a kernel for rows of this shape.
func (v variant) spreads(s spreadShape) bool {
	switch v {
	case avx512:
		return spreadsAVX512[s] != nil
	case avx2:
		return spreadsAVX2[s] != nil
	}
	return s.taps <= spreadTaps
}

func (v variant) spread(s spreadShape, jobs []spreadJob, off []int32, dx, w, dy []float32) {
	f := spreadsAVX512[s]
	if v == avx2 {
		f = spreadsAVX2[s]
	}
	if v == generic || len(off) == 0 {
		spreadGeneric(s, jobs, off, dx, w, dy)
		return
	}
	f(&dx[0], &w[0], &dy[0], &off[0], &jobs[0].x, len(jobs))
}
