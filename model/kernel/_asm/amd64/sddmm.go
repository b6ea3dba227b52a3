package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sddmms emits the sparse weight gradient: a block of survivors of one
// output at a time, over chunks of dy that stay in registers.
func sddmms(g *gen) {
	sddmm(g, avx2, 8, 4)
	sddmm(g, avx512, 16, 8)
	for _, sets := range []int{1, 2, 4} {
		sampled(g, avx512, sets, 8)
	}
}

// sampled emits the sparse weight gradient of a chunk of so many vectors, in which a
// survivor has as many sums as sets, in memory.
func sampled(g *gen, s isa, sets, chunk int) {
	g.open(s, fmt.Sprintf("zsampled%s_%d", s.name, sets), "func(sums, dy, x *float32, off, jobs *int32, n int)",
		fmt.Sprintf("is sampled with sets = %d.", sets))
	sums, dy, x := g.param("sums"), g.param("dy"), g.param("x")
	off, job, n := g.param("off"), g.param("jobs"), g.param("n")
	g.while(n, func() {
		yj, xj := g.GP64(), g.GP64()
		g.MOVLQSX(at(job, 0), yj)
		g.MOVLQSX(at(job, 4), xj)
		g.LEAQ(operand.Mem{Base: x, Index: xj, Scale: 4}, xj)
		for v := range chunk {
			g.VMOVUPS(operand.Mem{Base: dy, Index: yj, Scale: 4, Disp: v * g.bytes}, g.vec(sets+v))
		}
		g.survivors(off, off, job, 8, func(o reg.GPVirtual, _ operand.Mem) {
			for set := range sets {
				g.VMOVUPS(at(sums, set*g.bytes), g.vec(set))
			}
			for v := range chunk {
				g.VFMADD231PS(operand.Mem{Base: xj, Index: o, Scale: 4, Disp: v * g.bytes}, g.vec(sets+v), g.vec(v%sets))
			}
			for set := range sets {
				g.VMOVUPS(g.vec(set), at(sums, set*g.bytes))
			}
			g.ADDQ(operand.U32(uint32(sets*g.bytes)), sums)
		})
		g.ADDQ(operand.Imm(16), job)
	})
	g.close()
}

// sddmm emits blocks of most, most/2, ..., 1 survivors. Registers: the sums of
// a block, then a chunk of dy, then two to shuffle with.
func sddmm(g *gen, s isa, most, chunk int) {
	g.open(s, "zsddmm"+s.name,
		"func(dw, dy, x *float32, off, jobs *int32, n, height, run, row int)",
		"is sddmm. run is a multiple of 16.")
	off, job, n := g.param("off"), g.param("jobs"), g.param("n")
	g.while(n, func() {
		yj, xj, k := g.GP64(), g.GP64(), g.GP64()
		dy, x := g.param("dy"), g.param("x")
		g.MOVLQSX(at(job, 0), yj)
		g.MOVLQSX(at(job, 4), xj)
		g.MOVLQSX(at(job, 8), k)
		g.LEAQ(operand.Mem{Base: dy, Index: yj, Scale: 4}, yj)
		g.LEAQ(operand.Mem{Base: x, Index: xj, Scale: 4}, xj)
		for block := most; block >= 1; block /= 2 {
			loop, done := g.label("block"), g.label("done")
			left := g.GP64()
			g.Label(loop)
			g.MOVLQSX(at(job, 12), left)
			g.SUBQ(k, left)
			g.CMPQ(left, operand.Imm(uint64(block)))
			g.JLT(operand.LabelRef(done))
			sddmmBlock(g, sddmmShape{block, chunk, most, yj, xj, k, off})
			dw := g.param("dw")
			g.addSums(0, block, operand.Mem{Base: dw, Index: k, Scale: 4}, most)
			g.ADDQ(operand.Imm(uint64(block)), k)
			if block == most {
				g.JMP(operand.LabelRef(loop))
			}
			g.Label(done)
		}
		g.ADDQ(operand.Imm(16), job)
	})
	g.close()
}

type sddmmShape struct {
	block, chunk, dys int
	y, x, k, off      reg.GPVirtual
}

// sddmmBlock leaves the sums of a block of survivors in the low lanes of
// vector 0. Blocks too small to hide the latency of a multiply-add keep several
// sums for a survivor.
func sddmmBlock(g *gen, l sddmmShape) {
	sets := max(1, g.chains()/l.block)
	g.zero(0, l.block*sets)
	yp, xp, height := g.GP64(), g.GP64(), g.param("height")
	g.MOVQ(l.y, yp)
	g.MOVQ(l.x, xp)
	g.while(height, func() {
		xr, run := g.GP64(), g.param("run")
		g.MOVQ(xp, xr)
		part := func(vectors int) {
			loop, done := g.label("chunk"), g.label("rest")
			g.Label(loop)
			g.CMPQ(run, operand.U32(uint32(vectors*g.bytes/4)))
			g.JLT(operand.LabelRef(done))
			for v := range vectors {
				g.VMOVUPS(at(yp, v*g.bytes), g.vec(l.dys+v))
			}
			for b := range l.block {
				o := g.GP64()
				g.MOVLQSX(operand.Mem{Base: l.off, Index: l.k, Scale: 4, Disp: 4 * b}, o)
				for v := range vectors {
					g.VFMADD231PS(operand.Mem{Base: xr, Index: o, Scale: 4, Disp: v * g.bytes},
						g.vec(l.dys+v), g.vec(b+v%sets*l.block))
				}
			}
			g.ADDQ(operand.U32(uint32(vectors*g.bytes)), yp)
			g.ADDQ(operand.U32(uint32(vectors*g.bytes)), xr)
			g.SUBQ(operand.U32(uint32(vectors*g.bytes/4)), run)
			g.JMP(operand.LabelRef(loop))
			g.Label(done)
		}
		part(l.chunk)
		part(g.parts())
		g.addParamBytes("row", xp)
	})
	for set := 1; set < sets; set++ {
		for b := range l.block {
			g.VADDPS(g.vec(b+set*l.block), g.vec(b), g.vec(b))
		}
	}
	g.sums(0, l.block, l.dys)
}
