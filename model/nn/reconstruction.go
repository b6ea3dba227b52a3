package nn

import "prunelab/model/kernel"

// Reconstruction is how well the weights that are left of one layer reproduce its
// linear output z = Wx + b, for the inputs x that it has in the whole network,
// summed over a batch: with z' the output of the weights that are left,
// Error/Energy is the relative reconstruction error.
type Reconstruction struct {
	Layer  string
	Error  float64 // ||z - z'||²
	Energy float64 // ||z||²
}

// Reconstructions returns, for each pruning, the reconstruction of the layers that it
// changes, in the network's order, on the batch that Forward was called with
// last.
func (s *Scan) Reconstructions() ([][]Reconstruction, error) {
	if s.removed == nil {
		if err := s.remove(); err != nil {
			return nil, err
		}
	}
	energy := map[int]float64{}
	all := make([][]Reconstruction, len(s.points))
	for j := range s.points {
		for i, l := range s.net.layers {
			r := s.removed[j][i]
			if r == nil {
				continue
			}
			a := l.(*Affine)
			inputs := s.inputs(i)
			if _, known := energy[i]; !known {
				for _, x := range inputs {
					energy[i] += r.energy(a.linear, x, a.B.Value)
				}
			}
			lost := 0.0
			for _, x := range inputs {
				lost += r.energy(r.linear, x, nil)
			}
			all[j] = append(all[j], Reconstruction{a.Name, lost, energy[i]})
		}
	}
	return all, nil
}

// remove makes, for every pruning and layer, the layer of the weights that it
// takes away: z - z' is what they emit.
func (s *Scan) remove() error {
	s.removed = make([]map[int]*Affine, len(s.points))
	for j, p := range s.points {
		s.removed[j] = map[int]*Affine{}
		for i, c := range p.replace {
			a := s.net.layers[i].(*Affine)
			gone, err := without(a.W, c.W.Mask)
			if err != nil {
				return err
			}
			s.removed[j][i] = a.masked(gone)
		}
	}
	return nil
}

// without is the mask of the weights of p that are left and not in m.
func without(p *Param, m *Mask) (*Mask, error) {
	if p.Mask == nil {
		return NewMask(p.Size(), m.Removed())
	}
	var kept []int32
	j := 0
	for _, i := range p.Mask.Kept {
		if j < len(m.Kept) && m.Kept[j] == i {
			j++
		} else {
			kept = append(kept, i)
		}
	}
	return NewMask(p.Size(), kept)
}

// energy is ||Wx + b||² for the weights that l has loaded; b may be nil. It works
// in the layer's own storage.
func (a *Affine) energy(l linear, x kernel.Mat, b []float32) float64 {
	y := a.y.get(0, l.out, x.Cols)
	l.Forward(*y, x)
	if b != nil {
		kernel.AddBias(y.Data, a.epilogue.run(*y), b)
	}
	sum := 0.0
	for i := range y.Rows {
		for _, v := range y.Row(i) {
			sum += float64(v) * float64(v)
		}
	}
	return sum
}
