package nn

import (
	"fmt"

	"prunelab/model/sparse"
)

// CSR returns the weights that are left as a matrix of O rows and K columns, a
// row for every output unit or channel. It holds those that training brought to
// zero too.
func (a *Affine) CSR() (sparse.CSR, error) {
	p := a.W
	var pos []int32
	if p.Mask != nil {
		pos = p.Mask.Kept
	} else {
		pos = make([]int32, p.Size())
		for i := range pos {
			pos[i] = int32(i)
		}
	}
	m, err := sparse.FromPositions(p.Shape[0], a.Inputs(), pos, p.Survivors())
	if err != nil {
		return m, fmt.Errorf("the weights of %s as a matrix: %w", a.Name, err)
	}
	return m, nil
}
