package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// softmaxes emits the softmax of a group of samples.
func softmaxes(g *gen) {
	table := g.StaticGlobal("exponential") // the constants of exp, in all lanes
	g.DataAttributes(attr.RODATA | attr.NOPTR)
	consts := map[string]operand.Mem{}
	add := func(name string, bits uint32) {
		disp := 64 * len(consts)
		consts[name] = table.Offset(disp)
		for i := range lanes {
			g.AddDatum(disp+4*i, operand.U32(bits))
		}
	}
	for _, c := range []struct {
		name  string
		value float64
	}{
		{"min", -87.33654}, {"log2e", math.Log2E}, {"ln2Hi", 0.693359375}, {"ln2Lo", -2.12194440e-4},
		{"1", 1}, {"c2", 1. / 2}, {"c3", 1. / 6}, {"c4", 1. / 24}, {"c5", 1. / 120}, {"c6", 1. / 720}, {"c7", 1. / 5040},
	} {
		add(c.name, math.Float32bits(float32(c.value)))
	}
	add("bias", 127)
	for _, s := range isas {
		softmax(g, s, consts)
	}
}

func softmax(g *gen, s isa, consts map[string]operand.Mem) {
	g.open(s, "zsoftmax"+s.name, "func(p, top, sum, z *float32, stride, classes int, scale float32)", "is softmaxGeneric.")
	p, z, stride := g.param("p"), g.param("z"), g.paramBytes("stride")
	const top, sum, x, n, poly, e = 0, 1, 2, 3, 4, 5
	for part := range s.parts() {
		disp := part * s.bytes
		zp, pp, c := g.GP64(), g.GP64(), g.param("classes")
		g.MOVQ(z, zp)
		g.VMOVUPS(at(zp, disp), g.vec(top))
		g.while(c, func() {
			g.VMOVUPS(at(zp, disp), g.vec(x))
			g.VMAXPS(g.vec(x), g.vec(top), g.vec(top))
			g.ADDQ(stride, zp)
		})
		out := g.param("top")
		g.VMOVUPS(g.vec(top), at(out, disp))

		g.clearVec(sum)
		g.MOVQ(z, zp)
		g.MOVQ(p, pp)
		c = g.param("classes")
		g.while(c, func() {
			g.VMOVUPS(at(zp, disp), g.vec(x))
			g.VSUBPS(g.vec(top), g.vec(x), g.vec(x))
			g.exp(consts, x, n, poly, e)
			g.VADDPS(g.vec(e), g.vec(sum), g.vec(sum))
			g.VMOVUPS(g.vec(e), at(pp, disp))
			g.ADDQ(stride, zp)
			g.ADDQ(stride, pp)
		})
		out = g.param("sum")
		g.VMOVUPS(g.vec(sum), at(out, disp))

		g.broadcast("scale", e)
		g.VDIVPS(g.vec(sum), g.vec(e), g.vec(e))
		g.MOVQ(p, pp)
		c = g.param("classes")
		g.while(c, func() {
			g.VMULPS(at(pp, disp), g.vec(e), g.vec(x))
			g.VMOVUPS(g.vec(x), at(pp, disp))
			g.ADDQ(stride, pp)
		})
	}
	g.close()
}

// exp sets vector e to the exponential of vector x, as expGeneric does,
// overwriting x, n and poly.
func (g *gen) exp(consts map[string]operand.Mem, x, n, poly, e int) {
	const mask = 6
	if g.bytes == 64 {
		g.VCMPPS(operand.Imm(cmpNotLT), consts["min"], g.vec(x), reg.K1)
	} else {
		g.VCMPPS(operand.Imm(cmpNotLT), consts["min"], g.vec(x), g.vec(mask))
	}
	g.VMULPS(consts["log2e"], g.vec(x), g.vec(n))
	if g.bytes == 64 {
		g.VRNDSCALEPS(operand.Imm(0), g.vec(n), g.vec(n))
	} else {
		g.VROUNDPS(operand.Imm(0), g.vec(n), g.vec(n))
	}
	g.VFNMADD231PS(consts["ln2Hi"], g.vec(n), g.vec(x))
	g.VFNMADD231PS(consts["ln2Lo"], g.vec(n), g.vec(x))
	g.VMOVUPS(consts["c7"], g.vec(poly))
	for _, c := range []string{"c6", "c5", "c4", "c3", "c2", "1", "1"} {
		g.VFMADD213PS(consts[c], g.vec(x), g.vec(poly))
	}
	g.VCVTPS2DQ(g.vec(n), g.vec(e))
	g.VPADDD(consts["bias"], g.vec(e), g.vec(e))
	g.VPSLLD(operand.Imm(23), g.vec(e), g.vec(e))
	if g.bytes == 64 {
		g.VMULPS_Z(g.vec(poly), g.vec(e), reg.K1, g.vec(e))
		return
	}
	g.VMULPS(g.vec(poly), g.vec(e), g.vec(e))
	g.VANDPS(g.vec(mask), g.vec(e), g.vec(e))
}
