package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// spmmGroups is the longest run of a sparse product, in groups of samples.
var spmmGroups = map[string]int{"AVX2": 6, "AVX512": 24}

// spmms emits the sparse product for every run up to the longest.
func spmms(g *gen) {
	for _, s := range isas {
		for groups := 1; groups <= spmmGroups[s.name]; groups++ {
			spmm(g, s, groups)
		}
		spmmStrided(g, s)
	}
}

// spmm emits the sparse product of jobs with a run of so many groups. Every sum
// adds its terms in their order, so a sample's result is the same in any run.
func spmm(g *gen, s isa, groups int) {
	g.open(s, fmt.Sprintf("zspmm%s_%d", s.name, groups),
		"func(y, w, x *float32, off, jobs *int32, n int)",
		fmt.Sprintf("is spmm with run = %d.", groups*lanes))
	x := g.param("x")
	value := g.vec(s.registers - 1)
	g.eachJob(func(xp reg.GPVirtual) {
		g.LEAQ(operand.Mem{Base: x, Index: xp, Scale: 4}, xp)
		g.zero(0, groups*s.parts())
	}, func(xp, o reg.GPVirtual, w operand.Mem) {
		g.VBROADCASTSS(w, value)
		for i := range groups * s.parts() {
			g.VFMADD231PS(operand.Mem{Base: xp, Index: o, Scale: 4, Disp: i * s.bytes}, value, g.vec(i))
		}
	}, groups*s.parts())
}

// spmmStrided emits the sparse product with a run of four groups that lie a step
// apart in x.
func spmmStrided(g *gen, s isa) {
	const groups = 4
	g.open(s, "zspmmStrided"+s.name, "func(y, w, x *float32, off, jobs *int32, n, step int)",
		"is spmm with run = 64 and groups of x that are step floats apart.")
	x, step := g.param("x"), g.paramBytes("step")
	value := g.vec(s.registers - 1)
	var xs [groups]reg.GPVirtual
	for i := range xs {
		xs[i] = g.GP64()
	}
	g.eachJob(func(xp reg.GPVirtual) {
		g.LEAQ(operand.Mem{Base: x, Index: xp, Scale: 4}, xs[0])
		for i := 1; i < groups; i++ {
			g.LEAQ(operand.Mem{Base: xs[i-1], Index: step, Scale: 1}, xs[i])
		}
		g.zero(0, groups*s.parts())
	}, func(_, o reg.GPVirtual, w operand.Mem) {
		g.VBROADCASTSS(w, value)
		for i := range groups {
			for p := range s.parts() {
				g.VFMADD231PS(operand.Mem{Base: xs[i], Index: o, Scale: 4, Disp: p * s.bytes}, value, g.vec(i*s.parts()+p))
			}
		}
	}, groups*s.parts())
}

// eachJob emits the loops over jobs and over their weights, where begin turns the
// offset of a job into a pointer and body gets it with the offset and the weight.
// It stores the first so many vectors at the end of a job.
func (g *gen) eachJob(begin func(xp reg.GPVirtual), body func(xp, o reg.GPVirtual, w operand.Mem), vectors int) {
	w, off, job, n := g.param("w"), g.param("off"), g.param("jobs"), g.param("n")
	g.while(n, func() {
		xp := g.GP64()
		g.MOVLQSX(at(job, 4), xp)
		begin(xp)
		g.survivors(off, w, job, 8, func(o reg.GPVirtual, m operand.Mem) { body(xp, o, m) })
		y, yp := g.param("y"), g.GP64()
		g.MOVLQSX(at(job, 0), yp)
		g.LEAQ(operand.Mem{Base: y, Index: yp, Scale: 4}, yp)
		for i := range vectors {
			g.VMOVUPS(g.vec(i), at(yp, i*g.bytes))
		}
		g.ADDQ(operand.Imm(16), job)
	})
	g.close()
}

// survivors emits a loop over the list that a job holds at disp, with the offset
// and the weight of each.
func (g *gen) survivors(off, w, job reg.Register, disp int, body func(o reg.GPVirtual, w operand.Mem)) {
	k, hi, o := g.GP64(), g.GP64(), g.GP64()
	loop, done := g.label("loop"), g.label("done")
	g.MOVLQSX(at(job, disp), k)
	g.MOVLQSX(at(job, disp+4), hi)
	g.CMPQ(k, hi)
	g.JGE(operand.LabelRef(done))
	g.Label(loop)
	g.MOVLQSX(operand.Mem{Base: off, Index: k, Scale: 4}, o)
	body(o, operand.Mem{Base: w, Index: k, Scale: 4})
	g.INCQ(k)
	g.CMPQ(k, hi)
	g.JLT(operand.LabelRef(loop))
	g.Label(done)
}
