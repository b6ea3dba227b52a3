package weights

import "prunelab/model/nn"

// Adopted are exact zeros of a layer that were taken for removed weights.
type Adopted struct {
	Layer       string
	Zeros, Size int
}

// AdoptZeros makes the exact zeros of a network that was trained elsewhere removed
// weights, in each layer without a mask that has more of them than chance makes:
// at least two, and one in a hundred. Pruned networks are often saved without masks,
// and their zeros would come back in retraining. A layer of zeros alone is left.
func AdoptZeros(net *nn.Network) []Adopted {
	var all []Adopted
	for _, a := range net.Affines() {
		if a.W.Mask != nil {
			continue
		}
		var kept []int32
		for i, v := range a.W.Value {
			if v != 0 {
				kept = append(kept, int32(i))
			}
		}
		size := a.W.Size()
		zeros := size - len(kept)
		if zeros < 2 || 100*zeros < size || len(kept) == 0 {
			continue
		}
		m, err := nn.NewMask(size, kept)
		if err != nil {
			panic("weights: " + err.Error()) // they rise
		}
		if err := net.Keep(a.Name, m); err != nil {
			panic("weights: " + err.Error())
		}
		all = append(all, Adopted{a.Name, zeros, size})
	}
	return all
}
