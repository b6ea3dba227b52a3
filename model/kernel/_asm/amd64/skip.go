package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// skips emits what zero-skipping is made of.
func skips(g *gen) {
	nonzero(g)
	for _, height := range []int{1, 3, 5} {
		for vectors := 1; height*vectors < avx2.registers; vectors++ {
			skip(g, height, vectors)
		}
	}
	for _, s := range isas {
		fold(g, s)
	}
}

// skip emits sums of rows of vectors. Registers: the sums, then a value. Vectors
// of 32 bytes serve both instruction sets: runs begin anywhere, and loads of 64
// bytes would mostly cross a line of the cache.
func skip(g *gen, height, vectors int) {
	g.open(avx2, fmt.Sprintf("zskip_%dx%d", height, vectors),
		"func(sum, values, x *float32, to, off *int32, found *uint64, n, words, row, ldsum int, add bool)",
		fmt.Sprintf("is skip with %d rows and %d vectors.", height, vectors))
	value := height * vectors
	acc := func(r, v int) int { return r*vectors + v }

	found, values, to, n := g.param("found"), g.param("values"), g.param("to"), g.param("n")
	row, row3 := g.paramBytes("row"), g.GP64()
	if height > 3 {
		g.LEAQ(operand.Mem{Base: row, Index: row, Scale: 2}, row3)
	}
	line := func(base reg.Register, r, disp int) operand.Mem {
		switch r {
		case 0:
			return at(base, disp)
		case 3:
			return operand.Mem{Base: base, Index: row3, Scale: 1, Disp: disp}
		default:
			return operand.Mem{Base: base, Index: row, Scale: uint8(r), Disp: disp}
		}
	}
	// sums runs over the vectors of the sums at to.
	sums := func(do func(m operand.Mem, i int)) {
		out, sum := g.GP64(), g.param("sum")
		g.MOVLQSX(at(to, 0), out)
		g.LEAQ(operand.Mem{Base: sum, Index: out, Scale: 4}, out)
		for r := range height {
			for v := range vectors {
				do(at(out, 32*v), acc(r, v))
			}
			if r+1 < height {
				g.addParamBytes("ldsum", out)
			}
		}
	}
	g.while(n, func() {
		add, fresh, begun := g.GP64(), g.label("fresh"), g.label("begun")
		g.Load(g.Param("add"), add.As8L())
		g.TESTB(add.As8L(), add.As8L())
		g.JZ(operand.LabelRef(fresh))
		sums(func(m operand.Mem, i int) { g.VMOVUPS(m, ymm[i]) })
		g.JMP(operand.LabelRef(begun))
		g.Label(fresh)
		g.zero(0, height*vectors)
		g.Label(begun)

		x, offsets, words := g.param("x"), g.param("off"), g.param("words")
		g.while(words, func() {
			set, i, p := g.GP64(), g.GP64(), g.GP64()
			g.MOVQ(at(found, 0), set)
			loop, done := g.label("loop"), g.label("done")
			g.TESTQ(set, set)
			g.JZ(operand.LabelRef(done))
			g.Label(loop)
			g.TZCNTQ(set, i)
			g.BLSRQ(set, set) // JNZ asks for what it leaves
			g.MOVLQSX(operand.Mem{Base: offsets, Index: i, Scale: 4}, p)
			g.VBROADCASTSS(operand.Mem{Base: values, Index: i, Scale: 4}, ymm[value])
			g.LEAQ(operand.Mem{Base: x, Index: p, Scale: 4}, p)
			for r := range height {
				for v := range vectors {
					g.VFMADD231PS(line(p, r, 32*v), ymm[value], ymm[acc(r, v)])
				}
			}
			g.JNZ(operand.LabelRef(loop))
			g.Label(done)
			g.ADDQ(operand.Imm(8), found)
			g.ADDQ(operand.U32(64*4), values)
			g.ADDQ(operand.U32(64*4), offsets)
		})
		sums(func(m operand.Mem, i int) { g.VMOVUPS(ymm[i], m) })
		g.ADDQ(operand.Imm(4), to)
	})
	g.close()
}

// nonzero emits what tells values that are not zero.
func nonzero(g *gen) {
	g.open(avx2, "znonzero", "func(found *uint64, dy *float32, words int)",
		"sets bit i of found where dy[i] is not zero, for i < 64*words.")
	const zero = 1
	g.clearVec(zero)
	to, from, words := g.param("found"), g.param("dy"), g.param("words")
	g.while(words, func() {
		set, bits := g.GP64(), g.GP64()
		for i := range 8 {
			const notEqual = 4 // or not a number
			g.VCMPPS(operand.Imm(notEqual), at(from, 32*i), ymm[zero], ymm[0])
			g.VMOVMSKPS(ymm[0], bits.As32())
			if i == 0 {
				g.MOVQ(bits, set)
				continue
			}
			g.SHLQ(operand.Imm(uint64(8*i)), bits)
			g.ORQ(bits, set)
		}
		g.MOVQ(set, at(to, 0))
		g.ADDQ(operand.U32(64*4), from)
		g.ADDQ(operand.Imm(8), to)
	})
	g.close()
}

// fold emits the sum over the lanes of a vector that lie apart, in the order in
// which sums adds them.
func fold(g *gen, s isa) {
	g.open(avx2, "zfold"+s.name, "func(dst, src *float32, ld, n int)",
		fmt.Sprintf("is fold with %d lanes. n is a multiple of 8.", s.bytes/4))
	dst, src, ld, n := g.param("dst"), g.param("src"), g.paramBytes("ld"), g.param("n")
	fours := make([]reg.GPVirtual, s.bytes/16) // lanes 0, 4, 8 and 12
	for i := range fours {
		fours[i] = g.GP64()
		if i == 0 {
			g.MOVQ(src, fours[i])
		} else {
			g.LEAQ(operand.Mem{Base: fours[i-1], Index: ld, Scale: 4}, fours[i])
		}
	}
	ld3 := g.GP64()
	g.LEAQ(operand.Mem{Base: ld, Index: ld, Scale: 2}, ld3)
	g.SHRQ(operand.Imm(3), n)
	g.while(n, func() {
		const odd = 8
		for i, lane := range fours {
			g.VMOVUPS(at(lane, 0), ymm[i])
			g.VADDPS(operand.Mem{Base: lane, Index: ld, Scale: 2}, ymm[i], ymm[i])
			g.VMOVUPS(operand.Mem{Base: lane, Index: ld, Scale: 1}, ymm[odd+i])
			g.VADDPS(operand.Mem{Base: lane, Index: ld3, Scale: 1}, ymm[odd+i], ymm[odd+i])
			g.VADDPS(ymm[odd+i], ymm[i], ymm[i])
			g.ADDQ(operand.Imm(32), lane)
		}
		for step := 1; step < len(fours); step *= 2 {
			for i := 0; i < len(fours); i += 2 * step {
				g.VADDPS(ymm[i+step], ymm[i], ymm[i])
			}
		}
		g.VMOVUPS(ymm[0], at(dst, 0))
		g.ADDQ(operand.Imm(32), dst)
	})
	g.close()
}
