package nn

import (
	"prunelab/model/kernel"
)

// Residual is what pruning does to the linear output z = Wx + b of one layer
// that reads what it reads in the whole network, summed over a batch.
type Residual struct {
	Layer string
	Lost  float64 // ||z - z'||², z' the output of the weights that are left
	Whole float64 // ||z||²
}

// Residuals returns, for each pruning, the residuals of the layers that it
// changes, in the network's order, on the batch of cols samples that Forward
// was called with last.
func (s *Scan) Residuals(cols int) ([][]Residual, error) {
	if s.removed == nil {
		if err := s.remove(); err != nil {
			return nil, err
		}
	}
	whole := map[int]float64{}
	all := make([][]Residual, len(s.points))
	for j := range s.points {
		for i, l := range s.layers {
			r := s.removed[j][i]
			if r == nil {
				continue
			}
			a := l.(*Affine)
			slices := 1
			if i < len(s.net.front) {
				slices = kernel.Pad(cols) / kernel.Lanes
			}
			if _, known := whole[i]; !known {
				for _, x := range s.inputs[i][:slices] {
					whole[i] += r.energy(a.lin, x, a.B.Value)
				}
			}
			lost := 0.0
			for _, x := range s.inputs[i][:slices] {
				lost += r.energy(r.lin, x, nil)
			}
			all[j] = append(all[j], Residual{a.Name, lost, whole[i]})
		}
	}
	return all, nil
}

// remove makes, for every pruning and layer, the layer of the weights that it
// takes away.
func (s *Scan) remove() error {
	s.removed = make([]map[int]*Affine, len(s.points))
	for j, p := range s.points {
		s.removed[j] = map[int]*Affine{}
		for i, c := range p.replace {
			a := s.layers[i].(*Affine)
			gone, err := without(a.W, c.W.Kept)
			if err != nil {
				return err
			}
			s.removed[j][i] = a.pruned(gone)
		}
	}
	return nil
}

// without is the pattern of the weights of p that are not in kept.
func without(p *Param, kept *Pattern) (*Pattern, error) {
	if p.Kept == nil {
		return NewPattern(p.Size(), kept.Removed())
	}
	var index []int32
	j := 0
	for _, i := range p.Kept.Index {
		if j < len(kept.Index) && kept.Index[j] == i {
			j++
		} else {
			index = append(index, i)
		}
	}
	return NewPattern(p.Size(), index)
}

// energy is the sum of squares of Wx + b for the weights that lin has loaded; b
// may be nil. It works in the layer's own storage.
func (a *Affine) energy(lin product, x kernel.Mat, b []float32) float64 {
	y := a.y.get(0, a.out, x.Cols)
	lin.Forward(*y, x)
	if b != nil {
		kernel.AddBias(y.Data, a.run(*y), b)
	}
	sum := 0.0
	for i := range y.Rows {
		for _, v := range y.Row(i) {
			sum += float64(v) * float64(v)
		}
	}
	return sum
}
