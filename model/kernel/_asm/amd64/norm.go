package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// norms emits additions and the parts of batch normalisation. Lengths and runs are
// multiples of 16.
func norms(g *gen) {
	for _, s := range isas {
		addition(g, s)
		scaleShift(g, s)
		scaleAddShift(g, s)
		laneSums(g, s)
	}
}

func addition(g *gen, s isa) {
	for _, rectify := range []bool{false, true} {
		name := "zadd" + s.name
		if rectify {
			name = "zaddReLU" + s.name
		}
		g.open(s, name, "func(y, a, b *float32, n int)", "is Add or AddReLU.")
		const zero = 4
		y, a, b, n := g.param("y"), g.param("a"), g.param("b"), g.param("n")
		g.clearVec(zero)
		g.each(n, []reg.GPVirtual{y, a, b}, func(p, disp int) {
			g.VMOVUPS(at(a, disp), g.vec(p))
			g.VADDPS(at(b, disp), g.vec(p), g.vec(p))
			if rectify {
				g.VMAXPS(g.vec(p), g.vec(zero), g.vec(p))
			}
			g.VMOVUPS(g.vec(p), at(y, disp))
		})
		g.close()
	}
}

func scaleShift(g *gen, s isa) {
	for _, rectify := range []bool{false, true} {
		name := "zscaleShift" + s.name
		if rectify {
			name = "zscaleShiftReLU" + s.name
		}
		g.open(s, name, "func(y, x *float32, run int, a, b *float32, n int)", "is scaleShift or scaleShiftReLU for n runs.")
		const scale, shift, zero = 4, 5, 6
		y, x, a, b, n := g.param("y"), g.param("x"), g.param("a"), g.param("b"), g.param("n")
		g.clearVec(zero)
		g.while(n, func() {
			g.VBROADCASTSS(at(a, 0), g.vec(scale))
			g.VBROADCASTSS(at(b, 0), g.vec(shift))
			g.each(g.param("run"), []reg.GPVirtual{y, x}, func(p, disp int) {
				g.VMOVUPS(at(x, disp), g.vec(p))
				g.VFMADD213PS(g.vec(shift), g.vec(scale), g.vec(p))
				if rectify {
					// Of two operands, one of them NaN, VMAXPS returns the first.
					g.VMAXPS(g.vec(p), g.vec(zero), g.vec(p))
				}
				g.VMOVUPS(g.vec(p), at(y, disp))
			})
			g.ADDQ(operand.Imm(4), a)
			g.ADDQ(operand.Imm(4), b)
		})
		g.close()
	}
}

func scaleAddShift(g *gen, s isa) {
	g.open(s, "zscaleAddShift"+s.name, "func(dx, dz, x *float32, run int, a, b, c *float32, n int)", "is ScaleAddShift for n runs.")
	const av, bv, cv = 4, 5, 6
	dx, dz, x := g.param("dx"), g.param("dz"), g.param("x")
	a, b, c, n := g.param("a"), g.param("b"), g.param("c"), g.param("n")
	g.while(n, func() {
		g.VBROADCASTSS(at(a, 0), g.vec(av))
		g.VBROADCASTSS(at(b, 0), g.vec(bv))
		g.VBROADCASTSS(at(c, 0), g.vec(cv))
		g.each(g.param("run"), []reg.GPVirtual{dx, dz, x}, func(p, disp int) {
			g.VMOVUPS(at(x, disp), g.vec(p))
			g.VFMADD213PS(g.vec(cv), g.vec(bv), g.vec(p))
			g.VFMADD231PS(at(dz, disp), g.vec(av), g.vec(p))
			g.VMOVUPS(g.vec(p), at(dx, disp))
		})
		for _, p := range []reg.GPVirtual{a, b, c} {
			g.ADDQ(operand.Imm(4), p)
		}
	})
	g.close()
}

// laneSums emits the sums over a channel, each lane by itself: of x, of (x - mean)^2
// and of dz (x - mean).
func laneSums(g *gen, s isa) {
	const (
		unroll = 4 // groups whose sums do not wait for each other
		mean   = 8
		tmp    = 9
	)
	sums := func(name, signature string, ptrs []string, centred bool, add func(ptr []reg.GPVirtual, acc, disp int)) {
		g.open(s, name+s.name, signature, "is that of generic.")
		to, n := g.param("sums"), g.param("n")
		var ptr []reg.GPVirtual
		for _, p := range ptrs {
			ptr = append(ptr, g.param(p))
		}
		if centred {
			g.broadcast("mean", mean)
		}
		parts := s.parts()
		g.zero(0, unroll*parts)
		g.SHRQ(operand.Imm(4), n)
		rest := g.GP64()
		g.MOVQ(n, rest)
		g.SHRQ(operand.Imm(2), n)
		step := func(groups int) {
			for i := range groups * parts {
				add(ptr, i, i*s.bytes)
			}
			for _, p := range ptr {
				g.ADDQ(operand.U32(groups*lanes*4), p)
			}
		}
		g.while(n, func() { step(unroll) })
		g.ANDQ(operand.Imm(unroll-1), rest)
		g.while(rest, func() { step(1) })
		for d := unroll / 2; d >= 1; d /= 2 {
			for i := range d * parts {
				g.VADDPS(g.vec(i+d*parts), g.vec(i), g.vec(i))
			}
		}
		for p := range parts {
			g.VMOVUPS(g.vec(p), at(to, p*s.bytes))
		}
		g.close()
	}
	sums("zlaneSums", "func(sums, x *float32, n int)", []string{"x"}, false, func(ptr []reg.GPVirtual, acc, disp int) {
		g.VADDPS(at(ptr[0], disp), g.vec(acc), g.vec(acc))
	})
	sums("zlaneSquares", "func(sums, x *float32, n int, mean float32)", []string{"x"}, true, func(ptr []reg.GPVirtual, acc, disp int) {
		g.VMOVUPS(at(ptr[0], disp), g.vec(tmp))
		g.VSUBPS(g.vec(mean), g.vec(tmp), g.vec(tmp))
		g.VFMADD231PS(g.vec(tmp), g.vec(tmp), g.vec(acc))
	})
	sums("zlaneProducts", "func(sums, dz, x *float32, n int, mean float32)", []string{"dz", "x"}, true, func(ptr []reg.GPVirtual, acc, disp int) {
		g.VMOVUPS(at(ptr[1], disp), g.vec(tmp))
		g.VSUBPS(g.vec(mean), g.vec(tmp), g.vec(tmp))
		g.VFMADD231PS(at(ptr[0], disp), g.vec(tmp), g.vec(acc))
	})
}
