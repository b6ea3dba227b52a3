package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// allDots emits the blocks of dots for every number of outputs and of weights.
func allDots(g *gen) {
	for rows := 1; rows <= 3; rows++ {
		for cols := 1; cols <= 4; cols++ {
			dots(g, avx2, rows, cols)
		}
	}
	for rows := 1; rows <= 5; rows++ {
		for cols := 1; cols <= 5; cols++ {
			dots(g, avx512, rows, cols)
		}
	}
}

// dots emits a block of rows outputs by cols weights. Registers: the sums, then
// dy of the rows, then x.
func dots(g *gen, s isa, rows, cols int) {
	g.open(s, fmt.Sprintf("zdots%s_%dx%d", s.name, rows, cols),
		"func(dw, dy, x *float32, offsets *int32, ldw, ldy, height, width, row, step int)",
		fmt.Sprintf("is dots with %d rows and %d offsets.", rows, cols))
	dys := rows * cols
	xv := dys + rows
	acc := func(r, c int) int { return r*cols + c }

	y, x, offsets := g.param("dy"), g.param("x"), g.param("offsets")
	ldy, step := g.paramBytes("ldy"), g.paramBytes("step")
	y3 := g.GP64() // dy of row 3
	if rows > 3 {
		g.LEAQ(operand.Mem{Base: ldy, Index: ldy, Scale: 2}, y3)
		g.ADDQ(y, y3)
	}
	dy := func(r, disp int) operand.Mem {
		switch r {
		case 0:
			return at(y, disp)
		case 1, 2:
			return operand.Mem{Base: y, Index: ldy, Scale: uint8(r), Disp: disp}
		case 3:
			return at(y3, disp)
		default:
			return operand.Mem{Base: y, Index: ldy, Scale: 4, Disp: disp}
		}
	}
	var xs [5]reg.GPVirtual
	for c := range cols {
		xs[c] = g.GP64()
		g.MOVLQSX(at(offsets, 4*c), xs[c])
		g.LEAQ(operand.Mem{Base: x, Index: xs[c], Scale: 4}, xs[c])
	}
	g.zero(0, dys)
	height := g.param("height")
	i := g.GP64() // offset of the position in a row of x
	g.while(height, func() {
		width := g.param("width")
		g.XORQ(i, i)
		g.while(width, func() {
			for p := range s.parts() {
				disp := p * s.bytes
				for r := range rows {
					g.VMOVUPS(dy(r, disp), g.vec(dys+r))
				}
				for c := range cols {
					g.VMOVUPS(operand.Mem{Base: xs[c], Index: i, Scale: 1, Disp: disp}, g.vec(xv))
					for r := range rows {
						g.VFMADD231PS(g.vec(xv), g.vec(dys+r), g.vec(acc(r, c)))
					}
				}
			}
			g.ADDQ(operand.Imm(lanes*4), y)
			if rows > 3 {
				g.ADDQ(operand.Imm(lanes*4), y3)
			}
			g.ADDQ(step, i)
		})
		for c := range cols {
			g.addParamBytes("row", xs[c])
		}
	})

	dw, ldw := g.param("dw"), g.paramBytes("ldw")
	for r := range rows {
		for c := 0; c < cols; {
			n := 1
			for _, m := range []int{2, 4} {
				if cols-c >= m {
					n = m
				}
			}
			g.sums(acc(r, c), n, dys)
			g.addSums(acc(r, c), n, at(dw, 4*c), dys)
			c += n
		}
		g.ADDQ(ldw, dw)
	}
	g.close()
}
