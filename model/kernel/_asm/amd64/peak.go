package main

import "fmt"

// peaks emits loops of multiply-adds in registers only.
func peaks(g *gen) {
	for _, s := range isas {
		g.open(s, "zpeak"+s.name, "func(rounds int)",
			fmt.Sprintf("runs %d multiply-adds of %d floats rounds times.", peakChains, s.bytes/4))
		n := g.param("rounds")
		g.zero(0, peakChains+1)
		g.while(n, func() {
			for i := range peakChains {
				g.VFMADD231PS(g.vec(peakChains), g.vec(peakChains), g.vec(i))
			}
		})
		g.close()
	}
}

const peakChains = 12
