package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// poolSizes are the windows that have kernels.
var poolSizes = []int{2, 3}

// pools emits the kernels of one plane: rows x cols windows, with row floats
// from one row of x to the next, step from one window to the next and down from
// one row of windows to the next.
func pools(g *gen) {
	cells := g.StaticGlobal("cells") // every index of a cell, in all lanes
	g.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 9 * lanes {
		g.AddDatum(4*i, operand.U32(uint32(i/lanes)))
	}
	for _, s := range isas {
		for _, size := range poolSizes {
			maxPool(g, s, size, cells)
			maxPoolGrad(g, s, size, false, cells)
			maxPoolGrad(g, s, size, true, cells)
			avgPool(g, s, size)
			avgPoolGrad(g, s, size)
		}
	}
}

// planeOfWindows emits body for every window, with the pointers to its first
// cell in x and to the further rows. out are pointers to the output that advance
// by a number of bytes.
func (g *gen) planeOfWindows(size int, x string, out map[string]int, body func(cell func(i, disp int) operand.Mem, out map[string]reg.GPVirtual)) {
	xp, row, step := g.param(x), g.paramBytes("row"), g.paramBytes("step")
	outs := map[string]reg.GPVirtual{}
	for _, name := range []string{"y", "dy", "arg"} {
		if _, ok := out[name]; ok {
			outs[name] = g.param(name)
		}
	}
	rows := g.param("rows")
	g.while(rows, func() {
		p, cols := g.GP64(), g.param("cols")
		g.MOVQ(xp, p)
		g.while(cols, func() {
			body(func(i, disp int) operand.Mem {
				disp += i % size * lanes * 4
				if i < size {
					return at(p, disp)
				}
				return operand.Mem{Base: p, Index: row, Scale: uint8(i / size), Disp: disp}
			}, outs)
			g.ADDQ(step, p)
			for _, name := range []string{"y", "dy", "arg"} {
				if r, ok := outs[name]; ok {
					g.ADDQ(operand.Imm(uint64(out[name])), r)
				}
			}
		})
		g.addParamBytes("down", xp)
	})
	g.close()
}

func maxPool(g *gen, s isa, size int, cells operand.Mem) {
	g.open(s, fmt.Sprintf("zmaxPool%s_%d", s.name, size),
		"func(y *float32, arg *uint8, x *float32, rows, cols, row, step, down int)",
		fmt.Sprintf("is MaxPool of one plane with windows of %dx%d.", size, size))
	g.planeOfWindows(size, "x", map[string]int{"y": 64, "arg": 16}, func(cell func(i, disp int) operand.Mem, out map[string]reg.GPVirtual) {
		for p := range s.parts() {
			disp := p * s.bytes
			y, x, arg, mask := g.vec(p), g.vec(4), g.vec(8+p), g.vec(5)
			g.VMOVUPS(cell(0, disp), y)
			g.clearVec(8 + p)
			for i := 1; i < size*size; i++ {
				g.VMOVUPS(cell(i, disp), x)
				if s.bytes == 64 {
					g.VCMPPS(operand.Imm(cmpGT), y, x, reg.K1)
					g.VMOVAPS(x, reg.K1, y)
					g.VMOVDQU32(cells.Offset(i*64), reg.K1, arg)
				} else {
					g.VCMPPS(operand.Imm(cmpGT), y, x, mask)
					g.VBLENDVPS(mask, x, y, y)
					g.VBLENDVPS(mask, cells.Offset(i*64), arg, arg)
				}
			}
			g.VMOVUPS(y, at(out["y"], disp))
		}
		if s.bytes == 64 {
			g.VPMOVDB(g.vec(8), at(out["arg"], 0))
			return
		}
		g.VPACKUSDW(ymm[9], ymm[8], ymm[8])
		g.VPERMQ(operand.Imm(0xd8), ymm[8], ymm[8])
		g.VEXTRACTI128(operand.Imm(1), ymm[8], xmm[9])
		g.VPACKUSWB(xmm[9], xmm[8], xmm[8])
		g.VMOVDQU(xmm[8], at(out["arg"], 0))
	})
}

func maxPoolGrad(g *gen, s isa, size int, add bool, cells operand.Mem) {
	name, doc := "zmaxPoolGrad", "sets every cell of a window."
	if add {
		name, doc = "zaddMaxPoolGrad", "adds to the cells of a window."
	}
	g.open(s, fmt.Sprintf("%s%s_%d", name, s.name, size),
		"func(dx, dy *float32, arg *uint8, rows, cols, row, step, down int)",
		fmt.Sprintf("is MaxPoolGrad of one plane with windows of %dx%d and %s", size, size, doc))
	g.planeOfWindows(size, "dx", map[string]int{"dy": 64, "arg": 16}, func(cell func(i, disp int) operand.Mem, out map[string]reg.GPVirtual) {
		for p := range s.parts() {
			disp := p * s.bytes
			dy, arg, d := g.vec(0), g.vec(1), g.vec(2)
			g.VMOVUPS(at(out["dy"], disp), dy)
			g.VPMOVZXBD(at(out["arg"], disp/4), arg)
			for i := range size * size {
				if s.bytes == 64 {
					g.VPCMPEQD(cells.Offset(i*64), arg, reg.K1)
					g.VMOVAPS_Z(dy, reg.K1, d)
				} else {
					g.VPCMPEQD(cells.Offset(i*64), arg, d)
					g.VANDPS(dy, d, d)
				}
				if add {
					g.VADDPS(cell(i, disp), d, d)
				}
				g.VMOVUPS(d, cell(i, disp))
			}
		}
	})
}

func avgPool(g *gen, s isa, size int) {
	g.open(s, fmt.Sprintf("zavgPool%s_%d", s.name, size),
		"func(y, x *float32, rows, cols, row, step, down int, scale float32)",
		fmt.Sprintf("is AvgPool of one plane with windows of %dx%d.", size, size))
	const scale = 4
	g.broadcast("scale", scale)
	g.planeOfWindows(size, "x", map[string]int{"y": 64}, func(cell func(i, disp int) operand.Mem, out map[string]reg.GPVirtual) {
		for p := range s.parts() {
			disp := p * s.bytes
			g.VMOVUPS(cell(0, disp), g.vec(p))
			for i := 1; i < size*size; i++ {
				g.VADDPS(cell(i, disp), g.vec(p), g.vec(p))
			}
			g.VMULPS(g.vec(scale), g.vec(p), g.vec(p))
			g.VMOVUPS(g.vec(p), at(out["y"], disp))
		}
	})
}

func avgPoolGrad(g *gen, s isa, size int) {
	g.open(s, fmt.Sprintf("zavgPoolGrad%s_%d", s.name, size),
		"func(dx, dy *float32, rows, cols, row, step, down int, scale float32)",
		fmt.Sprintf("adds AvgPoolGrad of one plane with windows of %dx%d to dx.", size, size))
	const scale = 4
	g.broadcast("scale", scale)
	g.planeOfWindows(size, "dx", map[string]int{"dy": 64}, func(cell func(i, disp int) operand.Mem, out map[string]reg.GPVirtual) {
		for p := range s.parts() {
			disp := p * s.bytes
			g.VMULPS(at(out["dy"], disp), g.vec(scale), g.vec(p))
			for i := range size * size {
				g.VADDPS(cell(i, disp), g.vec(p), g.vec(5))
				g.VMOVUPS(g.vec(5), cell(i, disp))
			}
		}
	})
}
