package nn

import (
	"fmt"
	"sort"

	"prunelab/model/kernel"
)

// Role tells weights from biases.
type Role string

// The roles of a parameter.
const (
	Weight Role = "weight"
	Bias   Role = "bias"
)

// Param is one tensor that is learned.
//
// Value and Grad hold all Size() values, or, when Compact, only those at
// Kept.Index, in that order.
type Param struct {
	Name  string // layer.role, as "conv1.weight"
	Layer string
	Role  Role
	Shape []int // O x I; O x C x K x K of a convolution; O of a bias
	Value []float32
	Grad  []float32
	Kept  *Pattern // the weights that are left; nil: all

	compact bool
}

func newParam(layer string, role Role, shape ...int) *Param {
	p := &Param{Name: layer + "." + string(role), Layer: layer, Role: role, Shape: shape}
	p.Value = kernel.Alloc(p.Size())
	p.Grad = kernel.Alloc(p.Size())
	return p
}

// Size is the number of values of the dense tensor.
func (p *Param) Size() int {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// Compact reports whether Value and Grad hold the survivors only.
func (p *Param) Compact() bool { return p.compact }

// Dense returns a copy of all values, with zeros where weights were removed.
func (p *Param) Dense() []float32 {
	d := make([]float32, p.Size())
	if !p.compact {
		copy(d, p.Value)
		return d
	}
	for j, i := range p.Kept.Index {
		d[i] = p.Value[j]
	}
	return d
}

// SetDense takes the values of a dense tensor; those of removed weights are
// ignored.
func (p *Param) SetDense(d []float32) {
	if len(d) != p.Size() {
		panic("nn: values of another size")
	}
	switch {
	case p.compact:
		for j, i := range p.Kept.Index {
			p.Value[j] = d[i]
		}
	case p.Kept != nil:
		clear(p.Value)
		for _, i := range p.Kept.Index {
			p.Value[i] = d[i]
		}
	default:
		copy(p.Value, d)
	}
}

// Survivors returns the values of the weights that are left, by ascending
// position. The slice is the parameter's own when it is compact or complete.
func (p *Param) Survivors() []float32 {
	if p.compact || p.Kept == nil {
		return p.Value
	}
	s := make([]float32, len(p.Kept.Index))
	for j, i := range p.Kept.Index {
		s[j] = p.Value[i]
	}
	return s
}

// Left is the number of weights that are left.
func (p *Param) Left() int {
	if p.Kept == nil {
		return p.Size()
	}
	return p.Kept.Len()
}

// MaskGrad clears the gradient of removed weights, so that neither momentum
// nor a penalty can revive them.
func (p *Param) MaskGrad() {
	if p.compact || p.Kept == nil {
		return
	}
	for _, i := range p.Kept.removed {
		p.Grad[i] = 0
	}
}

// restrict lets only the weights of the pattern live. They keep their values.
func (p *Param) restrict(kept *Pattern, compact bool) {
	d := p.Dense()
	p.Kept, p.compact = kept, compact
	n := p.Size()
	if compact {
		n = kept.Len()
	}
	p.Value, p.Grad = kernel.Alloc(n), kernel.Alloc(n)
	p.SetDense(d)
}

// Pattern is a set of positions in a dense tensor of Size values.
type Pattern struct {
	Size  int
	Index []int32 // ascending

	removed []int32 // the other positions, ascending
}

// NewPattern returns the pattern of the given ascending positions below size.
func NewPattern(size int, index []int32) (*Pattern, error) {
	if !sort.SliceIsSorted(index, func(a, b int) bool { return index[a] < index[b] }) {
		return nil, fmt.Errorf("positions of a pattern are not ascending")
	}
	p := &Pattern{Size: size, Index: index, removed: make([]int32, 0, max(0, size-len(index)))}
	next := int32(0)
	for _, i := range index {
		if i < next || int(i) >= size {
			return nil, fmt.Errorf("position %d of a pattern is twice there or outside of %d values", i, size)
		}
		for ; next < i; next++ {
			p.removed = append(p.removed, next)
		}
		next = i + 1
	}
	for ; int(next) < size; next++ {
		p.removed = append(p.removed, next)
	}
	return p, nil
}

// Len is the number of positions in the pattern.
func (p *Pattern) Len() int { return len(p.Index) }

// Removed returns the positions that are not in the pattern, ascending.
func (p *Pattern) Removed() []int32 { return p.removed }

// Density is the fraction of positions in the pattern.
func (p *Pattern) Density() float64 {
	if p.Size == 0 {
		return 0
	}
	return float64(len(p.Index)) / float64(p.Size)
}

// Within reports whether every position of p is one of q.
func (p *Pattern) Within(q *Pattern) bool {
	j := 0
	for _, i := range p.Index {
		for j < len(q.Index) && q.Index[j] < i {
			j++
		}
		if j == len(q.Index) || q.Index[j] != i {
			return false
		}
	}
	return true
}

// rows returns the pattern as CSR row pointers and column indices of a matrix
// with the given number of columns.
func (p *Pattern) rows(cols int) (ptr, ind []int32) {
	n := 0
	if cols > 0 {
		n = p.Size / cols
	}
	ptr, ind = make([]int32, n+1), make([]int32, len(p.Index))
	for j, i := range p.Index {
		ptr[int(i)/cols+1]++
		ind[j] = i % int32(cols)
	}
	for r := range n {
		ptr[r+1] += ptr[r]
	}
	return ptr, ind
}
