package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gemms emits the blocks of gemm for every number of rows, with as many
// columns as registers allow and with the columns of one group of samples.
func gemms(g *gen) {
	for rows := 1; rows <= 6; rows++ {
		gemm(g, avx2, rows, 2)
	}
	for rows := 1; rows <= 12; rows++ {
		gemm(g, avx512, rows, 1)
		gemm(g, avx512, rows, 2)
	}
}

// gemm emits a block of rows by the columns of so many vectors. Registers:
// the sums, then a row of b, then what is left for broadcast values of a.
func gemm(g *gen, s isa, rows, vectors int) {
	cols := vectors * s.bytes / 4
	g.open(s, fmt.Sprintf("zgemm%s_%dx%d", s.name, rows, cols),
		"func(c, a, b *float32, steps *int32, nsteps, inner, lda, ldb, ldc, tiles, bstep, cstep, bgap, cgap int, add bool)",
		fmt.Sprintf("is gemm with rows = %d and cols = %d.", rows, cols))
	acc := func(r, v int) int { return r*vectors + v }
	row := rows * vectors
	spare := row + vectors
	nspare := min(s.registers-spare, 6)

	c, a, b := g.param("c"), g.param("a"), g.param("b")
	lda, ldb := g.paramBytes("lda"), g.paramBytes("ldb")
	tiles := g.param("tiles")
	// Columns past the first group of samples lie a gap further.
	bgap := g.GP64()
	if cols > lanes {
		g.Load(g.Param("bgap"), bgap)
		g.SHLQ(operand.Imm(2), bgap)
	}
	column := func(base, gap reg.Register, v int) operand.Mem {
		if v < s.parts() {
			return at(base, v*s.bytes)
		}
		return operand.Mem{Base: base, Index: gap, Scale: 1}
	}
	g.while(tiles, func() {
		g.zero(0, row)
		step, steps := g.param("steps"), g.param("nsteps")
		g.while(steps, func() {
			ap, bp, n := g.GP64(), g.GP64(), g.param("inner")
			g.MOVLQSX(at(step, 0), ap)
			g.MOVLQSX(at(step, 4), bp)
			g.LEAQ(operand.Mem{Base: a, Index: ap, Scale: 4}, ap)
			g.LEAQ(operand.Mem{Base: b, Index: bp, Scale: 4}, bp)
			g.ADDQ(operand.Imm(8), step)
			g.while(n, func() {
				for v := range vectors {
					g.VMOVUPS(column(bp, bgap, v), g.vec(row+v))
				}
				for r := range rows {
					w := g.vec(spare + r%nspare)
					g.VBROADCASTSS(at(ap, 4*r), w)
					for v := range vectors {
						g.VFMADD231PS(g.vec(row+v), w, g.vec(acc(r, v)))
					}
				}
				g.ADDQ(lda, ap)
				g.ADDQ(ldb, bp)
			})
		})

		out, ldc, cgap := g.GP64(), g.paramBytes("ldc"), g.GP64()
		if cols > lanes {
			g.Load(g.Param("cgap"), cgap)
			g.SHLQ(operand.Imm(2), cgap)
		}
		g.MOVQ(c, out)
		add := g.GP64()
		g.Load(g.Param("add"), add.As8L())
		store, done := g.label("store"), g.label("stored")
		g.TESTB(add.As8L(), add.As8L())
		g.JZ(operand.LabelRef(store))
		for r := range rows {
			for v := range vectors {
				m := column(out, cgap, v)
				g.VADDPS(m, g.vec(acc(r, v)), g.vec(acc(r, v)))
				g.VMOVUPS(g.vec(acc(r, v)), m)
			}
			g.ADDQ(ldc, out)
		}
		g.JMP(operand.LabelRef(done))
		g.Label(store)
		for r := range rows {
			for v := range vectors {
				g.VMOVUPS(g.vec(acc(r, v)), column(out, cgap, v))
			}
			g.ADDQ(ldc, out)
		}
		g.Label(done)
		g.addParamBytes("bstep", b)
		g.addParamBytes("cstep", c)
	})
	g.close()
}
