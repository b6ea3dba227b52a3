package main

import "github.com/mmcloughlin/avo/operand"

// sums leaves in the low lanes of the first register the sum of the lanes of
// each of the n registers from acc on, in their order. n is 1, 2, 4, 8 or, with
// AVX-512, 16. The registers from tmp on, n/2 of them or two, are overwritten.
func (g *gen) sums(acc, n, tmp int) {
	regs := make([]int, n)
	for i := range regs {
		regs[i] = acc + i
	}
	// Within every 128 bits: a0+a2 b0+b2 a1+a3 b1+b3, then a b c d.
	if n == 1 {
		regs = append(regs, acc)
	}
	regs = g.fold(regs, tmp, func(a, b, lo, hi int) {
		g.VUNPCKHPS(g.vec(b), g.vec(a), g.vec(hi))
		g.VUNPCKLPS(g.vec(b), g.vec(a), g.vec(lo))
	})
	if len(regs) == 1 {
		regs = append(regs, regs[0])
	}
	regs = g.fold(regs, tmp, func(a, b, lo, hi int) {
		g.VUNPCKHPD(g.vec(b), g.vec(a), g.vec(hi))
		g.VUNPCKLPD(g.vec(b), g.vec(a), g.vec(lo))
	})
	// Then over the 128-bit parts.
	if g.bytes == 32 {
		if len(regs) == 1 {
			regs = append(regs, regs[0])
		}
		g.fold(regs, tmp, func(a, b, lo, hi int) {
			g.VPERM2F128(operand.Imm(0x31), ymm[b], ymm[a], ymm[hi])
			g.VPERM2F128(operand.Imm(0x20), ymm[b], ymm[a], ymm[lo])
		})
		return
	}
	for range 2 {
		if len(regs) == 1 {
			regs = append(regs, regs[0])
		}
		regs = g.fold(regs, tmp, func(a, b, lo, hi int) {
			g.VSHUFF32X4(operand.Imm(0xdd), zmm[b], zmm[a], zmm[hi])
			g.VSHUFF32X4(operand.Imm(0x88), zmm[b], zmm[a], zmm[lo])
		})
	}
}

// fold replaces each pair of registers by the sum of two shuffles of it, in the
// first of the pair, and returns the registers that remain.
func (g *gen) fold(regs []int, tmp int, shuffle func(a, b, lo, hi int)) []int {
	var out []int
	for i := 0; i < len(regs); i += 2 {
		a, b, hi := regs[i], regs[i+1], tmp+i/2%2
		shuffle(a, b, a, hi)
		g.VADDPS(g.vec(hi), g.vec(a), g.vec(a))
		out = append(out, a)
	}
	return out
}

// addSums adds the n low lanes of vector i to memory, overwriting vector tmp.
func (g *gen) addSums(i, n int, m operand.Mem, tmp int) {
	switch n {
	case 16:
		g.VADDPS(m, zmm[i], zmm[i])
		g.VMOVUPS(zmm[i], m)
	case 8:
		g.VADDPS(m, ymm[i], ymm[i])
		g.VMOVUPS(ymm[i], m)
	case 4:
		g.VADDPS(m, xmm[i], xmm[i])
		g.VMOVUPS(xmm[i], m)
	case 2:
		g.VMOVSD(m, xmm[tmp])
		g.VADDPS(xmm[tmp], xmm[i], xmm[i])
		g.VMOVSD(xmm[i], m)
	case 1:
		g.VADDSS(m, xmm[i], xmm[i])
		g.VMOVSS(xmm[i], m)
	default:
		panic("addSums")
	}
}
