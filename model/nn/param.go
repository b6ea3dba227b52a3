package nn

import "prunelab/model/kernel"

// Role tells what a parameter does.
type Role string

// The roles of a parameter. Scale and Shift are gamma and beta of a batch
// normalisation.
const (
	Weight Role = "weight"
	Bias   Role = "bias"
	Scale  Role = "scale"
	Shift  Role = "shift"
)

// tensor is the parameter's name within its layer, which is PyTorch's.
func (r Role) tensor() string {
	switch r {
	case Scale:
		return "weight"
	case Shift:
		return "bias"
	}
	return string(r)
}

// Param is one tensor that is learned: an optimizer moves Value along Grad.
//
// Value and Grad hold all Size() values, or, when Compact, only those at
// Mask.Kept, in that order.
type Param struct {
	Name  string // layer.tensor, as "conv1.weight"
	Layer string
	Role  Role
	Shape []int // O x I; O x C/groups x KH x KW of a convolution; O of a bias; C of a scale or shift
	Value []float32
	Grad  []float32
	Mask  *Mask // nil: all weights are left

	compact bool
}

func newParam(layer string, role Role, shape ...int) *Param {
	p := &Param{Name: layer + "." + role.tensor(), Layer: layer, Role: role, Shape: shape}
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

// Left is the number of values that are left.
func (p *Param) Left() int {
	if p.Mask == nil {
		return p.Size()
	}
	return len(p.Mask.Kept)
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
	for j, i := range p.Mask.Kept {
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
		for j, i := range p.Mask.Kept {
			p.Value[j] = d[i]
		}
	case p.Mask != nil:
		clear(p.Value)
		for _, i := range p.Mask.Kept {
			p.Value[i] = d[i]
		}
	default:
		copy(p.Value, d)
	}
}

// Survivors returns the values that are left, by ascending position. The slice
// is the parameter's own when it is compact or has no mask.
func (p *Param) Survivors() []float32 {
	if p.compact || p.Mask == nil {
		return p.Value
	}
	s := make([]float32, len(p.Mask.Kept))
	for j, i := range p.Mask.Kept {
		s[j] = p.Value[i]
	}
	return s
}

// MaskGrad clears the gradient of removed weights, so that neither momentum
// nor a penalty can revive them.
func (p *Param) MaskGrad() {
	if p.compact || p.Mask == nil {
		return
	}
	for _, i := range p.Mask.removed {
		p.Grad[i] = 0
	}
}

// restrict puts a mask on the parameter; what it keeps keeps its value.
func (p *Param) restrict(m *Mask, compact bool) {
	d := p.Dense()
	p.Mask, p.compact = m, compact
	n := p.Size()
	if compact {
		n = len(m.Kept)
	}
	p.Value, p.Grad = kernel.Alloc(n), kernel.Alloc(n)
	p.SetDense(d)
}
