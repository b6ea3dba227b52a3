package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// updates emits the steps of the optimizers. n is a multiple of 16.
func updates(g *gen) {
	for _, s := range isas {
		sgd(g, s)
		softThreshold(g, s)
		adam(g, s)
	}
}

// signBit broadcasts the sign bit.
func (g *gen) signBit(i int) {
	r := g.GP32()
	g.MOVL(operand.U32(0x80000000), r)
	g.VMOVD(r, xmm[i])
	g.VPBROADCASTD(xmm[i], g.vec(i))
}

// addSign adds l1*sign(w) to vector grad, overwriting vector tmp.
func (g *gen) addSign(w, l1, signBit, zero, grad, tmp int) {
	g.VANDPS(g.vec(w), g.vec(signBit), g.vec(tmp))
	g.VORPS(g.vec(l1), g.vec(tmp), g.vec(tmp))
	if g.bytes == 64 {
		g.VCMPPS(operand.Imm(cmpNE), g.vec(zero), g.vec(w), reg.K1)
		g.VADDPS(g.vec(tmp), g.vec(grad), reg.K1, g.vec(grad))
		return
	}
	mask := tmp + 1
	g.VCMPPS(operand.Imm(cmpNE), g.vec(zero), g.vec(w), g.vec(mask))
	g.VANDPS(g.vec(mask), g.vec(tmp), g.vec(tmp))
	g.VADDPS(g.vec(tmp), g.vec(grad), g.vec(grad))
}

func sgd(g *gen, s isa) {
	g.open(s, "zsgd"+s.name, "func(w, v, d *float32, n int, lr, momentum, l2, l1 float32)", "is SGDStep.")
	w, v, d, n := g.param("w"), g.param("v"), g.param("d"), g.param("n")
	const wv, vv, gv, tmp, lr, mu, l2, l1, bit, zero = 0, 1, 2, 3, 6, 7, 8, 9, 10, 11
	g.broadcast("lr", lr)
	g.broadcast("momentum", mu)
	g.broadcast("l2", l2)
	g.broadcast("l1", l1)
	g.signBit(bit)
	g.clearVec(zero)
	g.each(n, []reg.GPVirtual{w, v, d}, func(_, disp int) {
		g.VMOVUPS(at(w, disp), g.vec(wv))
		g.VMOVUPS(at(d, disp), g.vec(gv))
		g.VFMADD231PS(g.vec(wv), g.vec(l2), g.vec(gv))
		g.addSign(wv, l1, bit, zero, gv, tmp)
		g.VFMADD231PS(at(v, disp), g.vec(mu), g.vec(gv))
		g.VMOVUPS(g.vec(gv), at(v, disp))
		g.VFNMADD231PS(g.vec(gv), g.vec(lr), g.vec(wv))
		g.VMOVUPS(g.vec(wv), at(w, disp))
	})
	g.close()
}

func softThreshold(g *gen, s isa) {
	g.open(s, "zsoftThreshold"+s.name, "func(w *float32, n int, t float32)", "is SoftThreshold.")
	w, n := g.param("w"), g.param("n")
	const a, sign, t, bit, zero = 0, 1, 4, 5, 6
	g.broadcast("t", t)
	g.signBit(bit)
	g.clearVec(zero)
	g.each(n, []reg.GPVirtual{w}, func(_, disp int) {
		g.VMOVUPS(at(w, disp), g.vec(a))
		g.VANDPS(g.vec(a), g.vec(bit), g.vec(sign))
		g.VXORPS(g.vec(sign), g.vec(a), g.vec(a))
		g.VSUBPS(g.vec(t), g.vec(a), g.vec(a))
		g.VMAXPS(g.vec(a), g.vec(zero), g.vec(a))
		g.VORPS(g.vec(sign), g.vec(a), g.vec(a))
		g.VMOVUPS(g.vec(a), at(w, disp))
	})
	g.close()
}

func adam(g *gen, s isa) {
	g.open(s, "zadam"+s.name,
		"func(w, m, v, d *float32, n int, beta1, beta2, rest1, rest2, l1, l2, eps, lr, scale float32)", "is adamGeneric.")
	w, m, v, d, n := g.param("w"), g.param("m"), g.param("v"), g.param("d"), g.param("n")
	const wv, gv, mv, vv, tmp = 0, 1, 2, 3, 4
	const l1, l2, bit, zero = 6, 7, 8, 9
	g.broadcast("l1", l1)
	g.broadcast("l2", l2)
	g.signBit(bit)
	g.clearVec(zero)
	consts := map[string]int{"beta1": 10, "beta2": 11, "rest1": 12, "rest2": 13, "lr": 14, "scale": 15}
	for _, name := range []string{"beta1", "beta2", "rest1", "rest2", "lr", "scale"} {
		g.broadcast(name, consts[name])
	}
	vec := func(name string) reg.VecPhysical { return g.vec(consts[name]) }
	g.each(n, []reg.GPVirtual{w, m, v, d}, func(_, disp int) {
		g.VMOVUPS(at(w, disp), g.vec(wv))
		g.VMOVUPS(at(d, disp), g.vec(gv))
		g.VFMADD231PS(g.vec(wv), g.vec(l2), g.vec(gv))
		g.addSign(wv, l1, bit, zero, gv, tmp)

		g.VMULPS(g.vec(gv), vec("rest1"), g.vec(mv))
		g.VFMADD231PS(at(m, disp), vec("beta1"), g.vec(mv))
		g.VMOVUPS(g.vec(mv), at(m, disp))

		g.VMULPS(g.vec(gv), g.vec(gv), g.vec(gv))
		g.VMULPS(g.vec(gv), vec("rest2"), g.vec(vv))
		g.VFMADD231PS(at(v, disp), vec("beta2"), g.vec(vv))
		g.VMOVUPS(g.vec(vv), at(v, disp))

		g.VSQRTPS(g.vec(vv), g.vec(vv))
		g.broadcast("eps", tmp)
		g.VFMADD132PS(vec("scale"), g.vec(tmp), g.vec(vv))
		g.VMULPS(g.vec(mv), vec("lr"), g.vec(mv))
		g.VDIVPS(g.vec(vv), g.vec(mv), g.vec(mv))
		g.VSUBPS(g.vec(mv), g.vec(wv), g.vec(wv))
		g.VMOVUPS(g.vec(wv), at(w, disp))
	})
	g.close()
}
