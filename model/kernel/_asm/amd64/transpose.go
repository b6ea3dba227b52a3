package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func transposes(g *gen) {
	for rows := 1; rows <= 8; rows++ {
		transpose(g, rows)
	}
	gather(g)
}

// transpose emits the transpose of a strip of up to eight rows, eight columns at
// a time.
func transpose(g *gen, rows int) {
	g.open(avx2, fmt.Sprintf("ztranspose%d", rows), "func(dst *float32, ldd int, src *float32, lds, cols int)",
		fmt.Sprintf("is transpose with rows = %d. cols is a multiple of 8.", rows))
	dst, ldd, src, lds, n := g.param("dst"), g.paramBytes("ldd"), g.param("src"), g.paramBytes("lds"), g.param("cols")
	src3, ldd3 := g.GP64(), g.GP64()
	g.LEAQ(operand.Mem{Base: lds, Index: lds, Scale: 2}, src3)
	g.LEAQ(operand.Mem{Base: ldd, Index: ldd, Scale: 2}, ldd3)
	src4 := g.GP64()
	g.LEAQ(operand.Mem{Base: src, Index: lds, Scale: 4}, src4)
	line := func(base, ld, ld3 reg.Register, i int) operand.Mem {
		switch i {
		case 0:
			return at(base, 0)
		case 3:
			return operand.Mem{Base: base, Index: ld3, Scale: 1}
		default:
			return operand.Mem{Base: base, Index: ld, Scale: uint8(i)}
		}
	}
	g.SHRQ(operand.Imm(3), n)
	g.while(n, func() {
		for r := range 8 {
			switch {
			case r >= rows:
				g.clearVec(r)
			case r < 4:
				g.VMOVUPS(line(src, lds, src3, r), ymm[r])
			default:
				g.VMOVUPS(line(src4, lds, src3, r-4), ymm[r])
			}
		}
		g.ADDQ(operand.Imm(32), src)
		g.ADDQ(operand.Imm(32), src4)
		g.transpose8()
		dst4 := g.GP64()
		g.LEAQ(operand.Mem{Base: dst, Index: ldd, Scale: 4}, dst4)
		for c := range 8 {
			base := dst
			if c >= 4 {
				base = dst4
			}
			g.storeLow(c, rows, line(base, ldd, ldd3, c%4), 8)
		}
		g.LEAQ(operand.Mem{Base: dst, Index: ldd, Scale: 8}, dst)
	})
	g.close()
}

// transpose8 transposes the eight vectors from 0 on in place, using eight more.
func (g *gen) transpose8() {
	for i := 0; i < 8; i += 2 { // pairs of rows
		g.VUNPCKLPS(ymm[i+1], ymm[i], ymm[8+i])
		g.VUNPCKHPS(ymm[i+1], ymm[i], ymm[9+i])
	}
	for i := 0; i < 8; i += 4 { // columns 0 1 2 3 of four rows
		g.VUNPCKLPD(ymm[10+i], ymm[8+i], ymm[i])
		g.VUNPCKHPD(ymm[10+i], ymm[8+i], ymm[i+1])
		g.VUNPCKLPD(ymm[11+i], ymm[9+i], ymm[i+2])
		g.VUNPCKHPD(ymm[11+i], ymm[9+i], ymm[i+3])
	}
	for i := range 4 {
		g.VPERM2F128(operand.Imm(0x20), ymm[4+i], ymm[i], ymm[8+i])
		g.VPERM2F128(operand.Imm(0x31), ymm[4+i], ymm[i], ymm[12+i])
	}
	for i := range 8 {
		g.VMOVAPS(ymm[8+i], ymm[i])
	}
}

// storeLow stores the n low lanes of vector i, overwriting vector tmp.
func (g *gen) storeLow(i, n int, m operand.Mem, tmp int) {
	if n == 8 {
		g.VMOVUPS(ymm[i], m)
		return
	}
	x := xmm[i]
	if n >= 4 {
		g.VMOVUPS(x, m)
		g.VEXTRACTF128(operand.Imm(1), ymm[i], xmm[tmp])
		x = xmm[tmp]
		m.Disp += 16
		n -= 4
	}
	if n >= 2 {
		g.VMOVSD(x, m)
		m.Disp += 8
		g.VPERMILPS(operand.Imm(2), x, xmm[tmp])
		x = xmm[tmp]
		n -= 2
	}
	if n == 1 {
		g.VMOVSS(x, m)
	}
}

// gather emits the transpose of eight images of bytes, sixteen features at a
// time.
func gather(g *gen) {
	g.open(avx2, "zgather", "func(dst *float32, ldd int, images **uint8, at, n int, scale, shift float32)",
		"sets dst[f*ldd+j] = float32(images[j][at+f])*scale + shift",
		"for j < 8 and f < n, a multiple of 16.")
	dst, ldd, images, pos, n := g.param("dst"), g.paramBytes("ldd"), g.param("images"), g.param("at"), g.param("n")
	const scale, shift = 14, 15
	g.broadcast("scale", scale)
	g.broadcast("shift", shift)
	g.SHRQ(operand.Imm(4), n)
	g.while(n, func() {
		p := g.GP64()
		for j := range 8 {
			g.MOVQ(at(images, 8*j), p)
			g.VMOVDQU(operand.Mem{Base: p, Index: pos, Scale: 1}, xmm[j])
		}
		g.ADDQ(operand.Imm(16), pos)
		// To interleave the first half of the registers with the second rotates
		// the bits of a byte's position, image and feature, by one. Three times
		// put the image last: a register holds the eight bytes of two features.
		list := []int{0, 1, 2, 3, 4, 5, 6, 7}
		for range 3 {
			next := make([]int, 8)
			for i := range 4 {
				a, b, tmp := list[i], list[i+4], 8+i
				g.VPUNPCKHBW(xmm[b], xmm[a], xmm[tmp])
				g.VPUNPCKLBW(xmm[b], xmm[a], xmm[a])
				g.VMOVDQA(xmm[tmp], xmm[b])
				next[2*i], next[2*i+1] = a, b
			}
			list = next
		}
		for _, i := range list {
			for half := range 2 {
				g.VPMOVZXBD(xmm[i], ymm[12])
				if half == 0 {
					g.VPSRLDQ(operand.Imm(8), xmm[i], xmm[i])
				}
				g.VCVTDQ2PS(ymm[12], ymm[12])
				// Rounded twice, as the loop in Go does, so that an image's values do
				// not depend on its place in the batch.
				g.VMULPS(ymm[scale], ymm[12], ymm[12])
				g.VADDPS(ymm[shift], ymm[12], ymm[12])
				g.VMOVUPS(ymm[12], at(dst, 0))
				g.ADDQ(ldd, dst)
			}
		}
	})
	g.close()
}
