//go:build !noasm

package kernel

// assembly is what is generated for one instruction set. A list has a function
// for each shape of a block.
type assembly struct {
	gemm        [][]gemmFunc                                          // [rows][cols/Lanes - 1]
	depth       int                                                   // see variant
	dots        [][]dotsFunc                                          // [rows][offsets]
	spmm        []spmmFunc                                            // [run/Lanes]
	spmmStrided func(y, w, x *float32, off, jobs *int32, n, step int) // of 4*Lanes
	sddmm       func(dw, dy, x *float32, off, jobs *int32, n, height, run, row int)
	sampled     map[int]sampledAsm // by sets
	convT       map[convTShape]convTAsm
	lanes       int // of a vector
	fold        func(dst, src *float32, ld, n int)

	addBias, addBiasReLU func(y *float32, run int, b *float32, n int)
	addBiasGrad          func(db, dy *float32, run, n int)
	relu                 func(y, x *float32, n int)
	reluGrad             func(dx, dy, y *float32, n int)
	add, addReLU         func(y, a, b *float32, n int)
	addReLUGrad          func(dx, a, b, y *float32, n int)
	scaleShift           func(y, x *float32, run int, a, b *float32, n int)
	scaleShiftReLU       func(y, x *float32, run int, a, b *float32, n int)
	scaleShiftAdd        func(y, x, z *float32, run int, a, b *float32, n int)
	scaleShiftAddReLU    func(y, x, z *float32, run int, a, b *float32, n int)
	scaleShiftRows       func(y, x *float32, rows, run, ldy int, a, b float32)
	scaleShiftRowsReLU   func(y, x *float32, rows, run, ldy int, a, b float32)
	scaleAddShift        func(dx, dz, x *float32, run int, a, b, c *float32, n int)
	scaleAddShiftReLU    func(dx, dy, x *float32, run int, a, b, c, scale, shift *float32, n int)
	scaleAddShiftRows,
	scaleAddShiftRowsReLU func(dx, dz, x *float32, rows, run, ldx int, a, b, c, scale, shift float32)
	laneSums      func(sums, x *float32, n int)
	laneSquares   func(sums, x *float32, n int, mean float32)
	laneGrads     func(sums, products, dz, x *float32, n int, mean float32)
	laneGradsReLU func(sums, products, dy, x *float32, n int, mean, scale, shift float32)
	sgd           func(w, v, d *float32, n int, lr, momentum, l2, l1 float32)
	adam          func(w, m, v, d *float32, n int, beta1, beta2, rest1, rest2, l1, l2, eps, lr, scale float32)
	softThreshold func(w *float32, n int, t float32)
	softmax       func(p, z []float32, stride, classes int, scale float32) (top, sum [Lanes]float32)
	peak          func(rounds int)

	// By the size of the window.
	maxPool                     [maxWindow + 1]maxPoolFunc
	maxPoolGrad, addMaxPoolGrad [maxWindow + 1]maxPoolGradFunc
	avgPool, avgPoolGrad        [maxWindow + 1]avgPoolFunc
}

type (
	gemmFunc        func(c, a, b *float32, steps *int32, nsteps, inner, lda, ldb, ldc, tiles, bstep, cstep, bgap, cgap int, add bool)
	dotsFunc        func(dw, dy, x *float32, offsets *int32, ldw, ldy, height, width, row, step int)
	sampledAsm      func(sums, dy, x *float32, off, jobs *int32, n int)
	spmmFunc        func(y, w, x *float32, off, jobs *int32, n int)
	convTAsm        func(dx, w, dy *float32, off, jobs *int32, n int)
	skipFunc        func(sum, values, x *float32, to, off *int32, found *uint64, n, words, row, ldsum int, add bool)
	maxPoolFunc     func(y *float32, arg *uint8, x *float32, rows, cols, row, step, down int)
	maxPoolGradFunc func(dx, dy *float32, arg *uint8, rows, cols, row, step, down int)
	avgPoolFunc     func(to, from *float32, rows, cols, row, step, down int, scale float32)
)

var avx2 = assembly{
	gemm: [][]gemmFunc{
		1: {zgemmAVX2_1x16},
		2: {zgemmAVX2_2x16},
		3: {zgemmAVX2_3x16},
		4: {zgemmAVX2_4x16},
		5: {zgemmAVX2_5x16},
		6: {zgemmAVX2_6x16},
	},
	depth: 256,
	dots: [][]dotsFunc{
		1: {1: zdotsAVX2_1x1, zdotsAVX2_1x2, zdotsAVX2_1x3, zdotsAVX2_1x4},
		2: {1: zdotsAVX2_2x1, zdotsAVX2_2x2, zdotsAVX2_2x3, zdotsAVX2_2x4},
		3: {1: zdotsAVX2_3x1, zdotsAVX2_3x2, zdotsAVX2_3x3, zdotsAVX2_3x4},
	},
	spmm: []spmmFunc{
		1: zspmmAVX2_1, zspmmAVX2_2, zspmmAVX2_3, zspmmAVX2_4, zspmmAVX2_5, zspmmAVX2_6,
	},
	spmmStrided: zspmmStridedAVX2,
	sddmm:       zsddmmAVX2,
	convT: map[convTShape]convTAsm{
		{8, 5, 0}: zconvTAVX2_8_5_0, {8, 5, 2}: zconvTAVX2_8_5_2, {8, 3, 1}: zconvTAVX2_8_3_1,
		{16, 5, 2}: zconvTAVX2_16_5_2, {16, 3, 1}: zconvTAVX2_16_3_1,
	},
	lanes: 8, fold: zfoldAVX2,

	addBias: zaddBiasAVX2, addBiasReLU: zaddBiasReLUAVX2, addBiasGrad: zaddBiasGradAVX2,
	relu: zreluAVX2, reluGrad: zreluGradAVX2,
	add: zaddAVX2, addReLU: zaddReLUAVX2, addReLUGrad: zaddReLUGradAVX2,
	scaleShift: zscaleShiftAVX2, scaleShiftReLU: zscaleShiftReLUAVX2, scaleAddShift: zscaleAddShiftAVX2, scaleAddShiftReLU: zscaleAddShiftReLUAVX2,
	scaleShiftAdd: zscaleShiftAddAVX2, scaleShiftAddReLU: zscaleShiftAddReLUAVX2,
	scaleShiftRows: zscaleShiftRowsAVX2, scaleShiftRowsReLU: zscaleShiftRowsReLUAVX2,
	scaleAddShiftRows: zscaleAddShiftRowsAVX2, scaleAddShiftRowsReLU: zscaleAddShiftRowsReLUAVX2,
	laneSums: zlaneSumsAVX2, laneSquares: zlaneSquaresAVX2, laneGrads: zlaneGradsAVX2, laneGradsReLU: zlaneGradsReLUAVX2,
	sgd: zsgdAVX2, adam: zadamAVX2, softThreshold: zsoftThresholdAVX2,
	softmax: softmaxAVX2, peak: zpeakAVX2,

	maxPool:        [maxWindow + 1]maxPoolFunc{2: zmaxPoolAVX2_2, 3: zmaxPoolAVX2_3},
	maxPoolGrad:    [maxWindow + 1]maxPoolGradFunc{2: zmaxPoolGradAVX2_2, 3: zmaxPoolGradAVX2_3},
	addMaxPoolGrad: [maxWindow + 1]maxPoolGradFunc{2: zaddMaxPoolGradAVX2_2, 3: zaddMaxPoolGradAVX2_3},
	avgPool:        [maxWindow + 1]avgPoolFunc{2: zavgPoolAVX2_2, 3: zavgPoolAVX2_3},
	avgPoolGrad:    [maxWindow + 1]avgPoolFunc{2: zavgPoolGradAVX2_2, 3: zavgPoolGradAVX2_3},
}

var avx512 = assembly{
	gemm: [][]gemmFunc{
		1:  {zgemmAVX512_1x16, zgemmAVX512_1x32},
		2:  {zgemmAVX512_2x16, zgemmAVX512_2x32},
		3:  {zgemmAVX512_3x16, zgemmAVX512_3x32},
		4:  {zgemmAVX512_4x16, zgemmAVX512_4x32},
		5:  {zgemmAVX512_5x16, zgemmAVX512_5x32},
		6:  {zgemmAVX512_6x16, zgemmAVX512_6x32},
		7:  {zgemmAVX512_7x16, zgemmAVX512_7x32},
		8:  {zgemmAVX512_8x16, zgemmAVX512_8x32},
		9:  {zgemmAVX512_9x16, zgemmAVX512_9x32},
		10: {zgemmAVX512_10x16, zgemmAVX512_10x32},
		11: {zgemmAVX512_11x16, zgemmAVX512_11x32},
		12: {zgemmAVX512_12x16, zgemmAVX512_12x32},
	},
	dots: [][]dotsFunc{
		1: {1: zdotsAVX512_1x1, zdotsAVX512_1x2, zdotsAVX512_1x3, zdotsAVX512_1x4, zdotsAVX512_1x5},
		2: {1: zdotsAVX512_2x1, zdotsAVX512_2x2, zdotsAVX512_2x3, zdotsAVX512_2x4, zdotsAVX512_2x5},
		3: {1: zdotsAVX512_3x1, zdotsAVX512_3x2, zdotsAVX512_3x3, zdotsAVX512_3x4, zdotsAVX512_3x5},
		4: {1: zdotsAVX512_4x1, zdotsAVX512_4x2, zdotsAVX512_4x3, zdotsAVX512_4x4, zdotsAVX512_4x5},
		5: {1: zdotsAVX512_5x1, zdotsAVX512_5x2, zdotsAVX512_5x3, zdotsAVX512_5x4, zdotsAVX512_5x5},
	},
	spmm: []spmmFunc{
		1: zspmmAVX512_1, zspmmAVX512_2, zspmmAVX512_3, zspmmAVX512_4, zspmmAVX512_5, zspmmAVX512_6,
		7: zspmmAVX512_7, zspmmAVX512_8, zspmmAVX512_9, zspmmAVX512_10, zspmmAVX512_11, zspmmAVX512_12,
		13: zspmmAVX512_13, zspmmAVX512_14, zspmmAVX512_15, zspmmAVX512_16, zspmmAVX512_17, zspmmAVX512_18,
		19: zspmmAVX512_19, zspmmAVX512_20, zspmmAVX512_21, zspmmAVX512_22, zspmmAVX512_23, zspmmAVX512_24,
	},
	spmmStrided: zspmmStridedAVX512,
	sddmm:       zsddmmAVX512,
	sampled:     map[int]sampledAsm{1: zsampledAVX512_1, 2: zsampledAVX512_2, 4: zsampledAVX512_4},
	convT: map[convTShape]convTAsm{
		{8, 5, 0}: zconvTAVX512_8_5_0, {8, 5, 2}: zconvTAVX512_8_5_2, {8, 3, 1}: zconvTAVX512_8_3_1,
		{16, 5, 2}: zconvTAVX512_16_5_2, {16, 3, 1}: zconvTAVX512_16_3_1,
	},
	lanes: 16, fold: zfoldAVX512,

	addBias: zaddBiasAVX512, addBiasReLU: zaddBiasReLUAVX512, addBiasGrad: zaddBiasGradAVX512,
	relu: zreluAVX512, reluGrad: zreluGradAVX512,
	add: zaddAVX512, addReLU: zaddReLUAVX512, addReLUGrad: zaddReLUGradAVX512,
	scaleShift: zscaleShiftAVX512, scaleShiftReLU: zscaleShiftReLUAVX512, scaleAddShift: zscaleAddShiftAVX512, scaleAddShiftReLU: zscaleAddShiftReLUAVX512,
	scaleShiftAdd: zscaleShiftAddAVX512, scaleShiftAddReLU: zscaleShiftAddReLUAVX512,
	scaleShiftRows: zscaleShiftRowsAVX512, scaleShiftRowsReLU: zscaleShiftRowsReLUAVX512,
	scaleAddShiftRows: zscaleAddShiftRowsAVX512, scaleAddShiftRowsReLU: zscaleAddShiftRowsReLUAVX512,
	laneSums: zlaneSumsAVX512, laneSquares: zlaneSquaresAVX512, laneGrads: zlaneGradsAVX512, laneGradsReLU: zlaneGradsReLUAVX512,
	sgd: zsgdAVX512, adam: zadamAVX512, softThreshold: zsoftThresholdAVX512,
	softmax: softmaxAVX512, peak: zpeakAVX512,

	maxPool:        [maxWindow + 1]maxPoolFunc{2: zmaxPoolAVX512_2, 3: zmaxPoolAVX512_3},
	maxPoolGrad:    [maxWindow + 1]maxPoolGradFunc{2: zmaxPoolGradAVX512_2, 3: zmaxPoolGradAVX512_3},
	addMaxPoolGrad: [maxWindow + 1]maxPoolGradFunc{2: zaddMaxPoolGradAVX512_2, 3: zaddMaxPoolGradAVX512_3},
	avgPool:        [maxWindow + 1]avgPoolFunc{2: zavgPoolAVX512_2, 3: zavgPoolAVX512_3},
	avgPoolGrad:    [maxWindow + 1]avgPoolFunc{2: zavgPoolGradAVX512_2, 3: zavgPoolGradAVX512_3},
}

// Vectors of 32 bytes serve both instruction sets here: what skip loads begins
// anywhere, and 64 bytes of it would mostly cross a line of the cache.
var (
	skipBlocks = [...][skipVectors + 1]skipFunc{ // [height][vectors]
		1: {1: zskip_1x1, zskip_1x2, zskip_1x3, zskip_1x4, zskip_1x5, zskip_1x6, zskip_1x7, zskip_1x8,
			zskip_1x9, zskip_1x10, zskip_1x11, zskip_1x12, zskip_1x13, zskip_1x14, zskip_1x15},
		3: {1: zskip_3x1, zskip_3x2, zskip_3x3, zskip_3x4, zskip_3x5},
		5: {1: zskip_5x1, zskip_5x2, zskip_5x3},
	}
	transposeStrips = [...]func(dst *float32, ldd int, src *float32, lds, cols int){ // [rows]
		1: ztranspose1, ztranspose2, ztranspose3, ztranspose4, ztranspose5, ztranspose6, ztranspose7, ztranspose8,
	}
)

func softmaxAVX2(p, z []float32, stride, classes int, scale float32) (top, sum [Lanes]float32) {
	zsoftmaxAVX2(&p[0], &top[0], &sum[0], &z[0], stride, classes, scale)
	return top, sum
}

func softmaxAVX512(p, z []float32, stride, classes int, scale float32) (top, sum [Lanes]float32) {
	zsoftmaxAVX512(&p[0], &top[0], &sum[0], &z[0], stride, classes, scale)
	return top, sum
}
