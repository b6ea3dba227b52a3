package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// convTShapes are the rows that have a kernel: the values of dy, the taps of a
// filter's row and the padding.
var convTShapes = map[string][]struct{ width, taps, pad int }{
	"AVX2":   {{8, 5, 0}, {8, 5, 2}, {8, 3, 1}, {16, 5, 2}, {16, 3, 1}},
	"AVX512": {{8, 5, 0}, {8, 5, 2}, {8, 3, 1}, {16, 5, 2}, {16, 3, 1}},
}

func convTs(g *gen) {
	for _, s := range isas {
		for _, p := range convTShapes[s.name] {
			convT(g, s, p.width, p.taps, p.pad)
		}
	}
}

// convT emits the sparse gradient of input rows. The sums of a row, and of the
// padding that its taps reach, are registers; a tap moves dy by so many of them.
func convT(g *gen, s isa, width, taps, pad int) {
	g.open(s, fmt.Sprintf("zconvT%s_%d_%d_%d", s.name, width, taps, pad),
		"func(dx, w, dy *float32, off, jobs *int32, n int)",
		fmt.Sprintf("is convT with width = %d, taps = %d and pad = %d.", width, taps, pad))
	// As many values of dy at a time as have room for their sums.
	most := (s.registers-1)/s.parts() - (taps - 1)
	value := g.vec(s.registers - 1)
	dx, w, dy, off, job := g.param("dx"), g.param("w"), g.param("dy"), g.param("off"), g.param("jobs")
	n := g.param("n")
	g.while(n, func() {
		out, in := g.GP64(), g.GP64()
		g.MOVLQSX(at(job, 0), out)
		g.MOVLQSX(at(job, 4), in)
		g.LEAQ(operand.Mem{Base: dx, Index: out, Scale: 4}, out)
		g.LEAQ(operand.Mem{Base: dy, Index: in, Scale: 4}, in)
		for from := 0; from < width; from += most {
			to := min(from+most, width)
			g.zero(0, (to-from+taps-1)*s.parts())
			for tap := range taps {
				g.survivors(off, w, job, 8+8*tap, func(o reg.GPVirtual, m operand.Mem) {
					g.VBROADCASTSS(m, value)
					for i := range (to - from) * s.parts() {
						g.VFMADD231PS(operand.Mem{Base: in, Index: o, Scale: 4, Disp: from*lanes*4 + i*s.bytes},
							value, g.vec(tap*s.parts()+i))
					}
				})
			}
			for i := max(from, pad); i < min(to+taps-1, width+taps-1-pad); i++ {
				for p := range s.parts() {
					sum, m := g.vec((i-from)*s.parts()+p), at(out, (i-pad)*lanes*4+p*s.bytes)
					if i < from+taps-1 && from > 0 {
						g.VADDPS(m, sum, sum)
					}
					g.VMOVUPS(sum, m)
				}
			}
		}
		g.ADDQ(operand.Imm(8+8*convTTaps), job)
	})
	g.close()
}

// convTTaps is the number of lists of a job.
const convTTaps = 5
