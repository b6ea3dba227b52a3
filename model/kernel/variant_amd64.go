//go:build !noasm

package kernel

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

//go:generate go run -C _asm/amd64 .

// compiled lists the variants of this build, the widest last.
var compiled = []*variant{
	generic,
	avx2.variant("avx2", runsAVX2),
	avx512.variant("avx512", runsAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL),
}

var runsAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI1

// variant returns generic with asm in place of its loops.
func (asm *assembly) variant(name string, runs bool) *variant {
	v := *generic
	v.name, v.runs = name, runs

	v.rows, v.cols, v.depth = len(asm.gemm)-1, Lanes*len(asm.gemm[1]), asm.depth
	v.pairs = v.cols == 2*Lanes
	v.gemm = func(p *gemm, c, a, b []float32) {
		asm.gemm[p.rows][p.cols/Lanes-1](ptr(c), ptr(a), ptr(b), ints(p.steps), len(p.steps), p.inner, p.lda, p.ldb, p.ldc,
			p.tiles, p.bstep, p.cstep, Lanes+p.bgap, Lanes+p.cgap, p.add)
	}
	v.spmm = asm.multiplySparse
	v.sddmm = func(p *sddmm, dw, dy, x []float32) {
		asm.sddmm(ptr(dw), ptr(dy), ptr(x), unsafe.SliceData(p.off), ints(p.jobs), len(p.jobs), p.height, p.run, p.row)
	}
	v.sampled = func(sets int) sampledFunc {
		f := asm.sampled[sets]
		if f == nil {
			return nil
		}
		return func(jobs []job, off []int32, sums, dy, x []float32) {
			f(ptr(sums), ptr(dy), ptr(x), unsafe.SliceData(off), ints(jobs), len(jobs))
		}
	}
	v.dotRows, v.dotCols = len(asm.dots)-1, len(asm.dots[1])-1
	v.dots = func(p *dots, dw, dy, x []float32) {
		asm.dots[p.rows][len(p.offsets)](ptr(dw), ptr(dy), ptr(x), unsafe.SliceData(p.offsets), p.ldw, p.ldy, p.height, p.width, p.row, p.step)
	}
	v.convT = func(s convTShape) convTFunc {
		f := asm.convT[s]
		if f == nil {
			return nil
		}
		return func(rows []convTRow, off []int32, dx, w, dy []float32) {
			f(ptr(dx), ptr(w), ptr(dy), unsafe.SliceData(off), ints(rows), len(rows))
		}
	}

	v.skips, v.lanes = true, asm.lanes
	v.hasSkip = func(s skipShape) bool {
		return s.height < len(skipBlocks) && s.vectors < len(skipBlocks[0]) && skipBlocks[s.height][s.vectors] != nil
	}
	v.skip = func(p *skip, sum, values, x []float32, found []uint64) {
		skipBlocks[p.height][p.vectors](ptr(sum), ptr(values), ptr(x), unsafe.SliceData(p.to), unsafe.SliceData(p.off), unsafe.SliceData(found),
			len(p.to), p.words, p.row, p.ldsum, p.add)
	}
	v.nonzero = func(found []uint64, values []float32) { znonzero(unsafe.SliceData(found), ptr(values), len(found)) }
	v.fold = func(dst, src []float32, n int) { asm.fold(ptr(dst), ptr(src), n, n) }

	v.addBias = func(y []float32, run int, b []float32) { asm.addBias(ptr(y), run, ptr(b), len(b)) }
	v.addBiasReLU = func(y []float32, run int, b []float32) { asm.addBiasReLU(ptr(y), run, ptr(b), len(b)) }
	v.addBiasGrad = func(db, dy []float32, run int) { asm.addBiasGrad(ptr(db), ptr(dy), run, len(db)) }
	v.relu = func(y, x []float32) { asm.relu(ptr(y), ptr(x), len(x)) }
	v.reluGrad = func(dx, dy, y []float32) { asm.reluGrad(ptr(dx), ptr(dy), ptr(y), len(y)) }
	v.add = func(y, a, b []float32) { asm.add(ptr(y), ptr(a), ptr(b), len(y)) }
	v.addReLUGrad = func(dx, a, b, y []float32) { asm.addReLUGrad(ptr(dx), ptr(a), ptr(b), ptr(y), len(y)) }
	v.addReLU = func(y, a, b []float32) { asm.addReLU(ptr(y), ptr(a), ptr(b), len(y)) }
	v.scaleShift = func(y, x []float32, run int, a, b []float32) {
		asm.scaleShift(ptr(y), ptr(x), run, ptr(a), ptr(b), len(a))
	}
	v.scaleShiftReLU = func(y, x []float32, run int, a, b []float32) {
		asm.scaleShiftReLU(ptr(y), ptr(x), run, ptr(a), ptr(b), len(a))
	}
	v.scaleShiftAdd = func(y, x, z []float32, run int, a, b []float32) {
		asm.scaleShiftAdd(ptr(y), ptr(x), ptr(z), run, ptr(a), ptr(b), len(a))
	}
	v.scaleShiftAddReLU = func(y, x, z []float32, run int, a, b []float32) {
		asm.scaleShiftAddReLU(ptr(y), ptr(x), ptr(z), run, ptr(a), ptr(b), len(a))
	}
	v.scaleShiftRows = func(y, x []float32, rows, run, ldy int, a, b float32) {
		asm.scaleShiftRows(ptr(y), ptr(x), rows, run, ldy, a, b)
	}
	v.scaleShiftRowsReLU = func(y, x []float32, rows, run, ldy int, a, b float32) {
		asm.scaleShiftRowsReLU(ptr(y), ptr(x), rows, run, ldy, a, b)
	}
	v.scaleAddShift = func(dx, dz, x []float32, run int, a, b, c []float32) {
		asm.scaleAddShift(ptr(dx), ptr(dz), ptr(x), run, ptr(a), ptr(b), ptr(c), len(a))
	}
	v.scaleAddShiftRows = func(dx, dz, x []float32, rows, run, ldx int, a, b, c, scale, shift float32) {
		asm.scaleAddShiftRows(ptr(dx), ptr(dz), ptr(x), rows, run, ldx, a, b, c, scale, shift)
	}
	v.scaleAddShiftRowsReLU = func(dx, dz, x []float32, rows, run, ldx int, a, b, c, scale, shift float32) {
		asm.scaleAddShiftRowsReLU(ptr(dx), ptr(dz), ptr(x), rows, run, ldx, a, b, c, scale, shift)
	}
	v.laneSums = func(sums *[Lanes]float32, x []float32) { asm.laneSums(&sums[0], ptr(x), len(x)) }
	v.laneSquares = func(sums *[Lanes]float32, x []float32, mean float32) { asm.laneSquares(&sums[0], ptr(x), len(x), mean) }
	v.scaleAddShiftReLU = func(dx, dy, x []float32, run int, a, b, c, scale, shift []float32) {
		asm.scaleAddShiftReLU(ptr(dx), ptr(dy), ptr(x), run, ptr(a), ptr(b), ptr(c), ptr(scale), ptr(shift), len(a))
	}
	v.laneGrads = func(sums, products *[Lanes]float32, dz, x []float32, mean float32) {
		asm.laneGrads(&sums[0], &products[0], ptr(dz), ptr(x), len(x), mean)
	}
	v.laneGradsReLU = func(sums, products *[Lanes]float32, dy, x []float32, mean, scale, shift float32) {
		asm.laneGradsReLU(&sums[0], &products[0], ptr(dy), ptr(x), len(x), mean, scale, shift)
	}
	v.sgd = func(w, u, g []float32, h SGD) { asm.sgd(ptr(w), ptr(u), ptr(g), len(w), h.LR, h.Momentum, h.L2, h.L1) }
	v.adam = func(w, m, u, g []float32, h adam) {
		asm.adam(ptr(w), ptr(m), ptr(u), ptr(g), len(w), h.beta1, h.beta2, h.rest1, h.rest2, h.l1, h.l2, h.eps, h.lr, h.scale)
	}
	v.softThreshold = func(w []float32, t float32) { asm.softThreshold(ptr(w), len(w), t) }

	asm.pool(&v)
	v.softmax = asm.softmax
	v.transpose, v.gather = transposeAVX2, gatherAVX2
	v.peak = func(rounds int) float64 {
		const chains = 12
		asm.peak(rounds)
		return float64(2 * asm.lanes * chains * rounds)
	}
	return &v
}

// ptr returns the address of a run of floats, which may be empty.
func ptr(s []float32) *float32 { return unsafe.SliceData(s) }

// ints returns the address of a list that assembly reads as 32-bit integers.
func ints[T step | job | convTRow](list []T) *int32 {
	return (*int32)(unsafe.Pointer(unsafe.SliceData(list)))
}

// multiplySparse is spmm by runs as long, and as equal, as the registers allow.
func (asm *assembly) multiplySparse(jobs []job, off []int32, y, w, x []float32, run, step int) {
	groups, list, lists := run/Lanes, ints(jobs), unsafe.SliceData(off)
	if step != Lanes {
		// Four groups at a time, then one.
		i := 0
		for ; i+4 <= groups; i += 4 {
			asm.spmmStrided(ptr(y[i*Lanes:]), ptr(w), ptr(x[i*step:]), lists, list, len(jobs), step)
		}
		for ; i < groups; i++ {
			asm.spmm[1](ptr(y[i*Lanes:]), ptr(w), ptr(x[i*step:]), lists, list, len(jobs))
		}
		return
	}
	most := len(asm.spmm) - 1
	parts := (groups + most - 1) / most
	for i := range parts {
		from, to := i*groups/parts, (i+1)*groups/parts
		asm.spmm[to-from](ptr(y[from*Lanes:]), ptr(w), ptr(x[from*Lanes:]), lists, list, len(jobs))
	}
}

// transposeAVX2 is transposeGeneric by strips of 8 rows.
func transposeAVX2(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	full := cols / 8 * 8
	for i := 0; i < rows && full > 0; i += 8 {
		transposeStrips[min(rows-i, 8)](&dst[i], ldd, &src[i*lds], lds, full)
	}
	if full < cols {
		transposeGeneric(dst[full*ldd:], ldd, src[full:], lds, rows, cols-full)
	}
}

// gatherAVX2 is gatherGeneric by blocks of 8 images.
func gatherAVX2(x Mat, images []uint8, index []int32, plane int, scale, shift []float32) {
	const block = 8
	features, blocks := x.Rows, len(index)/block
	if plane < Lanes {
		blocks = 0
	}
	var ptrs [block]*uint8
	for i := range blocks {
		for j := range ptrs {
			ptrs[j] = &images[int(index[i*block+j])*features]
		}
		for p := range scale {
			f := p * plane
			full := plane / Lanes * Lanes
			zgather(&x.Data[f*x.Stride+i*block], x.Stride, &ptrs[0], f, full, scale[p], shift[p])
			for f := f + full; f < (p+1)*plane; f++ {
				for j, image := range index[i*block:][:block] {
					x.Data[f*x.Stride+i*block+j] = float32(float32(images[int(image)*features+f])*scale[p]) + shift[p]
				}
			}
		}
	}
	rest := x
	rest.Data = x.Data[min(blocks*block, len(x.Data)):]
	gatherGeneric(rest, images, index[blocks*block:], plane, scale, shift)
}
