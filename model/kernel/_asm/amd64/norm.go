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
		scaleShiftAdd(g, s)
		scaleShiftRows(g, s)
		scaleAddShift(g, s)
		scaleAddShiftRows(g, s)
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

func scaleShiftAdd(g *gen, s isa) {
	for _, rectify := range []bool{false, true} {
		name := "zscaleShiftAdd" + s.name
		if rectify {
			name = "zscaleShiftAddReLU" + s.name
		}
		g.open(s, name, "func(y, x, z *float32, run int, a, b *float32, n int)", "is scaleShiftAdd or scaleShiftAddReLU for n runs.")
		const scale, shift, zero = 4, 5, 6
		y, x, z, a, b, n := g.param("y"), g.param("x"), g.param("z"), g.param("a"), g.param("b"), g.param("n")
		g.clearVec(zero)
		g.while(n, func() {
			g.VBROADCASTSS(at(a, 0), g.vec(scale))
			g.VBROADCASTSS(at(b, 0), g.vec(shift))
			g.each(g.param("run"), []reg.GPVirtual{y, x, z}, func(p, disp int) {
				g.VMOVUPS(at(x, disp), g.vec(p))
				g.VFMADD213PS(g.vec(shift), g.vec(scale), g.vec(p))
				g.VADDPS(at(z, disp), g.vec(p), g.vec(p))
				if rectify {
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

func scaleShiftRows(g *gen, s isa) {
	for _, rectify := range []bool{false, true} {
		name := "zscaleShiftRows" + s.name
		if rectify {
			name = "zscaleShiftRowsReLU" + s.name
		}
		g.open(s, name, "func(y, x *float32, rows, run, ldy int, a, b float32)", "is scaleShiftRows or scaleShiftRowsReLU.")
		const scale, shift, zero = 4, 5, 6
		to, x, rows, ldy := g.param("y"), g.param("x"), g.param("rows"), g.paramBytes("ldy")
		g.broadcast("a", scale)
		g.broadcast("b", shift)
		g.clearVec(zero)
		g.while(rows, func() {
			y := g.GP64()
			g.MOVQ(to, y)
			g.each(g.param("run"), []reg.GPVirtual{y, x}, func(p, disp int) {
				g.VMOVUPS(at(x, disp), g.vec(p))
				g.VFMADD213PS(g.vec(shift), g.vec(scale), g.vec(p))
				if rectify {
					g.VMAXPS(g.vec(p), g.vec(zero), g.vec(p))
				}
				g.VMOVUPS(g.vec(p), at(y, disp))
			})
			g.ADDQ(ldy, to)
		})
		g.close()
	}
}

func scaleAddShift(g *gen, s isa) {
	for _, rectify := range []bool{false, true} {
		name, signature, doc := "zscaleAddShift", "func(dx, dz, x *float32, run int, a, b, c *float32, n int)", "is ScaleAddShift for n runs."
		if rectify {
			name, signature = "zscaleAddShiftReLU", "func(dx, dz, x *float32, run int, a, b, c, scale, shift *float32, n int)"
			doc = "is ScaleAddShiftReLU for n runs."
		}
		g.open(s, name+s.name, signature, doc)
		const av, bv, cv, scale, shift, zero, mask = 4, 5, 6, 7, 8, 9, 10
		dx, dz, x := g.param("dx"), g.param("dz"), g.param("x")
		channel := []reg.GPVirtual{g.param("a"), g.param("b"), g.param("c")}
		values := []int{av, bv, cv}
		if rectify {
			channel, values = append(channel, g.param("scale"), g.param("shift")), append(values, scale, shift)
		}
		n := g.param("n")
		g.clearVec(zero)
		g.while(n, func() {
			for i, p := range channel {
				g.VBROADCASTSS(at(p, 0), g.vec(values[i]))
			}
			g.each(g.param("run"), []reg.GPVirtual{dx, dz, x}, func(p, disp int) {
				g.VMOVUPS(at(x, disp), g.vec(p))
				if rectify {
					g.rectified(at(dz, disp), p, scale, shift, zero, mask)
				}
				g.VFMADD213PS(g.vec(cv), g.vec(bv), g.vec(p))
				if rectify {
					g.VFMADD231PS(g.vec(mask), g.vec(av), g.vec(p))
				} else {
					g.VFMADD231PS(at(dz, disp), g.vec(av), g.vec(p))
				}
				g.VMOVUPS(g.vec(p), at(dx, disp))
			})
			for _, p := range channel {
				g.ADDQ(operand.Imm(4), p)
			}
		})
		g.close()
	}
}

func scaleAddShiftRows(g *gen, s isa) {
	for _, rectify := range []bool{false, true} {
		name := "zscaleAddShiftRows" + s.name
		if rectify {
			name = "zscaleAddShiftRowsReLU" + s.name
		}
		g.open(s, name, "func(dx, dz, x *float32, rows, run, ldx int, a, b, c, scale, shift float32)", "is scaleAddShiftRows or scaleAddShiftRowsReLU.")
		const av, bv, cv, scale, shift, zero, mask = 4, 5, 6, 7, 8, 9, 10
		to, dz, x, rows, ldx := g.param("dx"), g.param("dz"), g.param("x"), g.param("rows"), g.paramBytes("ldx")
		for i, name := range []string{"a", "b", "c", "scale", "shift"} {
			g.broadcast(name, av+i)
		}
		g.clearVec(zero)
		g.while(rows, func() {
			dx := g.GP64()
			g.MOVQ(to, dx)
			g.each(g.param("run"), []reg.GPVirtual{dx, dz, x}, func(p, disp int) {
				g.VMOVUPS(at(x, disp), g.vec(p))
				if rectify {
					g.rectified(at(dz, disp), p, scale, shift, zero, mask)
				}
				g.VFMADD213PS(g.vec(cv), g.vec(bv), g.vec(p))
				if rectify {
					g.VFMADD231PS(g.vec(mask), g.vec(av), g.vec(p))
				} else {
					g.VFMADD231PS(at(dz, disp), g.vec(av), g.vec(p))
				}
				g.VMOVUPS(g.vec(p), at(dx, disp))
			})
			g.ADDQ(ldx, to)
		})
		g.close()
	}
}

// rectified leaves in vector to the values of dy where scale x + shift > 0, false for
// NaN, and 0 elsewhere; all but dy are vectors.
func (g *gen) rectified(dy operand.Mem, x, scale, shift, zero, to int) {
	g.VMOVAPS(g.vec(x), g.vec(to))
	g.VFMADD213PS(g.vec(shift), g.vec(scale), g.vec(to))
	if g.bytes == 64 {
		g.VCMPPS(operand.Imm(cmpLT), g.vec(to), g.vec(zero), reg.K1)
		g.VMOVUPS_Z(dy, reg.K1, g.vec(to))
		return
	}
	g.VCMPPS(operand.Imm(cmpLT), g.vec(to), g.vec(zero), g.vec(to))
	g.VANDPS(dy, g.vec(to), g.vec(to))
}

// laneSums emits the sums over a channel, each lane by itself: of x, of (x - mean)^2,
// and those of a gradient dz: of dz and of dz (x - mean).
func laneSums(g *gen, s isa) {
	const (
		mean, tmp          = 8, 9
		scale, shift, zero = 10, 11, 12
		dz                 = 13
	)
	// sums emits loops over unroll groups at a time, whose sums do not wait for each
	// other, and then over one: each group has as many sums as there are results.
	sums := func(name, signature string, results, ptrs, broadcast []string, add func(ptr []reg.GPVirtual, acc func(result int) reg.VecPhysical, disp int)) {
		unroll := 4
		if len(results)*unroll*s.parts() > mean {
			unroll = 2
		}
		g.open(s, name+s.name, signature, "is that of generic.")
		var to, ptr []reg.GPVirtual
		for _, p := range results {
			to = append(to, g.param(p))
		}
		n := g.param("n")
		for _, p := range ptrs {
			ptr = append(ptr, g.param(p))
		}
		for i, b := range broadcast {
			g.broadcast(b, []int{mean, scale, shift}[i])
		}
		parts := s.parts()
		acc := func(result, i int) int { return result*unroll*parts + i }
		g.zero(0, acc(len(results), 0))
		if len(broadcast) > 1 {
			g.clearVec(zero)
		}
		g.SHRQ(operand.Imm(4), n)
		rest := g.GP64()
		g.MOVQ(n, rest)
		shifts := map[int]uint64{2: 1, 4: 2}
		g.SHRQ(operand.Imm(shifts[unroll]), n)
		step := func(groups int) {
			for i := range groups * parts {
				add(ptr, func(result int) reg.VecPhysical { return g.vec(acc(result, i)) }, i*s.bytes)
			}
			for _, p := range ptr {
				g.ADDQ(operand.U32(groups*lanes*4), p)
			}
		}
		g.while(n, func() { step(unroll) })
		g.ANDQ(operand.Imm(uint64(unroll-1)), rest)
		g.while(rest, func() { step(1) })
		for result := range results {
			for d := unroll / 2; d >= 1; d /= 2 {
				for i := range d * parts {
					g.VADDPS(g.vec(acc(result, i+d*parts)), g.vec(acc(result, i)), g.vec(acc(result, i)))
				}
			}
			for p := range parts {
				g.VMOVUPS(g.vec(acc(result, p)), at(to[result], p*s.bytes))
			}
		}
		g.close()
	}
	one := []string{"sums"}
	sums("zlaneSums", "func(sums, x *float32, n int)", one, []string{"x"}, nil,
		func(ptr []reg.GPVirtual, acc func(int) reg.VecPhysical, disp int) {
			g.VADDPS(at(ptr[0], disp), acc(0), acc(0))
		})
	sums("zlaneSquares", "func(sums, x *float32, n int, mean float32)", one, []string{"x"}, []string{"mean"},
		func(ptr []reg.GPVirtual, acc func(int) reg.VecPhysical, disp int) {
			g.VMOVUPS(at(ptr[0], disp), g.vec(tmp))
			g.VSUBPS(g.vec(mean), g.vec(tmp), g.vec(tmp))
			g.VFMADD231PS(g.vec(tmp), g.vec(tmp), acc(0))
		})
	two := []string{"sums", "products"}
	sums("zlaneGrads", "func(sums, products, dy, x *float32, n int, mean float32)", two, []string{"dy", "x"}, []string{"mean"},
		func(ptr []reg.GPVirtual, acc func(int) reg.VecPhysical, disp int) {
			g.VMOVUPS(at(ptr[0], disp), g.vec(dz))
			g.VMOVUPS(at(ptr[1], disp), g.vec(tmp))
			g.VADDPS(g.vec(dz), acc(0), acc(0))
			g.VSUBPS(g.vec(mean), g.vec(tmp), g.vec(tmp))
			g.VFMADD231PS(g.vec(dz), g.vec(tmp), acc(1))
		})
	sums("zlaneGradsReLU", "func(sums, products, dy, x *float32, n int, mean, scale, shift float32)", two, []string{"dy", "x"},
		[]string{"mean", "scale", "shift"}, func(ptr []reg.GPVirtual, acc func(int) reg.VecPhysical, disp int) {
			g.VMOVUPS(at(ptr[1], disp), g.vec(tmp))
			g.rectified(at(ptr[0], disp), tmp, scale, shift, zero, dz)
			g.VADDPS(g.vec(dz), acc(0), acc(0))
			g.VSUBPS(g.vec(mean), g.vec(tmp), g.vec(tmp))
			g.VFMADD231PS(g.vec(dz), g.vec(tmp), acc(1))
		})
}
