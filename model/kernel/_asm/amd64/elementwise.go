package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// elementwise emits the functions of one pass over runs of samples. All lengths
// are multiples of 16.
func elementwise(g *gen) {
	for _, s := range isas {
		bias(g, s)
		biasGrad(g, s)
		relu(g, s)
	}
}

// each emits body for the parts of n floats at the given pointers, which it
// advances. n is overwritten.
func (g *gen) each(n reg.GPVirtual, ptrs []reg.GPVirtual, body func(part, disp int)) {
	g.SHRQ(operand.Imm(4), n)
	g.while(n, func() {
		for p := range g.parts() {
			body(p, p*g.bytes)
		}
		for _, p := range ptrs {
			g.ADDQ(operand.Imm(lanes*4), p)
		}
	})
}

func bias(g *gen, s isa) {
	for _, rectify := range []bool{false, true} {
		name := "zaddBias" + s.name
		if rectify {
			name = "zaddBiasReLU" + s.name
		}
		g.open(s, name, "func(y *float32, run int, b *float32, n int)", "is addBias or addBiasReLU for n biases.")
		y, b, n := g.param("y"), g.param("b"), g.param("n")
		const v, zero = 4, 5
		g.clearVec(zero)
		g.while(n, func() {
			g.VBROADCASTSS(at(b, 0), g.vec(v))
			g.each(g.param("run"), []reg.GPVirtual{y}, func(p, disp int) {
				g.VADDPS(at(y, disp), g.vec(v), g.vec(p))
				if rectify {
					// Of two operands, one of them NaN, VMAXPS returns the first.
					g.VMAXPS(g.vec(p), g.vec(zero), g.vec(p))
				}
				g.VMOVUPS(g.vec(p), at(y, disp))
			})
			g.ADDQ(operand.Imm(4), b)
		})
		g.close()
	}
}

func biasGrad(g *gen, s isa) {
	g.open(s, "zaddBiasGrad"+s.name, "func(db, dy *float32, run, n int)", "is addBiasGrad for n biases.")
	db, dy, n := g.param("db"), g.param("dy"), g.param("n")
	const unroll = 4 // groups whose sums do not wait for each other
	sums := unroll * s.parts()
	g.while(n, func() {
		g.zero(0, sums)
		run, rest := g.param("run"), g.GP64()
		g.SHRQ(operand.Imm(4), run)
		g.MOVQ(run, rest)
		g.SHRQ(operand.Imm(2), run)
		g.while(run, func() {
			for i := range sums {
				g.VADDPS(at(dy, i*s.bytes), g.vec(i), g.vec(i))
			}
			g.ADDQ(operand.U32(unroll*lanes*4), dy)
		})
		g.ANDQ(operand.Imm(3), rest)
		g.while(rest, func() {
			for i := range s.parts() {
				g.VADDPS(at(dy, i*s.bytes), g.vec(i), g.vec(i))
			}
			g.ADDQ(operand.Imm(lanes*4), dy)
		})
		for d := sums / 2; d >= 1; d /= 2 {
			for i := range d {
				g.VADDPS(g.vec(i+d), g.vec(i), g.vec(i))
			}
		}
		g.sums(0, 1, 1)
		g.addSums(0, 1, at(db, 0), 1)
		g.ADDQ(operand.Imm(4), db)
	})
	g.close()
}

func relu(g *gen, s isa) {
	const zero = 4
	g.open(s, "zrelu"+s.name, "func(y, x *float32, n int)", "is ReLU.")
	y, x, n := g.param("y"), g.param("x"), g.param("n")
	g.clearVec(zero)
	g.each(n, []reg.GPVirtual{y, x}, func(p, disp int) {
		g.VMOVUPS(at(x, disp), g.vec(p))
		g.VMAXPS(g.vec(p), g.vec(zero), g.vec(p))
		g.VMOVUPS(g.vec(p), at(y, disp))
	})
	g.close()

	g.open(s, "zreluGrad"+s.name, "func(dx, dy, y *float32, n int)", "is ReLUGrad.")
	dx, dy, out, n := g.param("dx"), g.param("dy"), g.param("y"), g.param("n")
	g.clearVec(zero)
	g.each(n, []reg.GPVirtual{dx, dy, out}, func(p, disp int) {
		// 0 < y, false for NaN.
		if s.bytes == 64 {
			g.VCMPPS(operand.Imm(cmpLT), at(out, disp), g.vec(zero), reg.K1)
			g.VMOVUPS_Z(at(dy, disp), reg.K1, g.vec(p))
		} else {
			g.VCMPPS(operand.Imm(cmpLT), at(out, disp), g.vec(zero), g.vec(p))
			g.VANDPS(at(dy, disp), g.vec(p), g.vec(p))
		}
		g.VMOVUPS(g.vec(p), at(dx, disp))
	})
	g.close()

	g.open(s, "zaddReLUGrad"+s.name, "func(dx, a, b, y *float32, n int)", "is AddReLUGrad.")
	const sum = 6
	dx, out, n = g.param("dx"), g.param("y"), g.param("n")
	a, b := g.param("a"), g.param("b")
	g.clearVec(zero)
	g.each(n, []reg.GPVirtual{dx, a, b, out}, func(p, disp int) {
		g.VMOVUPS(at(a, disp), g.vec(sum+p))
		if s.bytes == 64 {
			g.VCMPPS(operand.Imm(cmpLT), at(out, disp), g.vec(zero), reg.K1)
			g.VADDPS_Z(at(b, disp), g.vec(sum+p), reg.K1, g.vec(p))
		} else {
			g.VADDPS(at(b, disp), g.vec(sum+p), g.vec(sum+p))
			g.VCMPPS(operand.Imm(cmpLT), at(out, disp), g.vec(zero), g.vec(p))
			g.VANDPS(g.vec(sum+p), g.vec(p), g.vec(p))
		}
		g.VMOVUPS(g.vec(p), at(dx, disp))
	})
	g.close()
}

// Predicates of VCMPPS, named for the destination = second source OP first.
const (
	cmpLT    = 0x11 // less, false for NaN
	cmpGT    = 0x1e // greater, false for NaN
	cmpNE    = 0x0c // not equal, false for NaN
	cmpNotLT = 0x15 // not less, true for NaN
)
