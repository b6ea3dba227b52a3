package nn

import "fmt"

// Mask says which values of a tensor are left. It is never changed.
type Mask struct {
	Size int     // values of the dense tensor
	Kept []int32 // positions of those that are left, ascending

	removed []int32 // the other positions, ascending
}

// NewMask returns the mask that keeps the given positions, ascending and below
// size.
func NewMask(size int, kept []int32) (*Mask, error) {
	m := &Mask{Size: size, Kept: kept, removed: make([]int32, 0, max(0, size-len(kept)))}
	next := int32(0)
	for _, i := range kept {
		if i < next || int(i) >= size {
			return nil, fmt.Errorf("positions of a mask have to rise and lie within its %d values: %d does not", size, i)
		}
		for ; next < i; next++ {
			m.removed = append(m.removed, next)
		}
		next = i + 1
	}
	for ; int(next) < size; next++ {
		m.removed = append(m.removed, next)
	}
	return m, nil
}

// Removed returns the positions that are not kept, ascending.
func (m *Mask) Removed() []int32 { return m.removed }

// Density is the fraction of values that are left.
func (m *Mask) Density() float64 {
	if m.Size == 0 {
		return 0
	}
	return float64(len(m.Kept)) / float64(m.Size)
}

// Within reports whether m keeps nothing that outer does not keep.
func (m *Mask) Within(outer *Mask) bool {
	j := 0
	for _, i := range m.Kept {
		for j < len(outer.Kept) && outer.Kept[j] < i {
			j++
		}
		if j == len(outer.Kept) || outer.Kept[j] != i {
			return false
		}
	}
	return true
}

// rows returns the kept positions of an R x C matrix as CSR: those of row r are
// ind[ptr[r]:ptr[r+1]], column indices in ascending order.
func (m *Mask) rows(cols int) (ptr, ind []int32) {
	n := 0
	if cols > 0 {
		n = m.Size / cols
	}
	ptr, ind = make([]int32, n+1), make([]int32, len(m.Kept))
	for j, i := range m.Kept {
		ptr[int(i)/cols+1]++
		ind[j] = i % int32(cols)
	}
	for r := range n {
		ptr[r+1] += ptr[r]
	}
	return ptr, ind
}
