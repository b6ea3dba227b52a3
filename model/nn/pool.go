package nn

import "prunelab/model/kernel"

// MaxPool takes the largest value of each window.
type MaxPool struct {
	parameterless
	s   kernel.PoolShape
	y   slots
	arg [][]uint8 // where in its window each maximum was, by slot
	dx  kernel.Mat
}

// Forward takes x, C*H*W x N, to C*OH*OW x N.
func (l *MaxPool) Forward(x kernel.Mat, m Mode) kernel.Mat {
	y := l.y.get(m.Slot, l.s.C*l.s.OH()*l.s.OW(), x.Cols)
	for len(l.arg) <= m.Slot {
		l.arg = append(l.arg, nil)
	}
	if len(l.arg[m.Slot]) != len(y.Data) {
		l.arg[m.Slot] = make([]uint8, len(y.Data))
	}
	kernel.MaxPool(y.Data, l.arg[m.Slot], x.Data, l.s)
	return *y
}

// Backward passes each gradient to where the maximum was.
func (l *MaxPool) Backward(dy kernel.Mat, m Mode) kernel.Mat {
	fit(&l.dx, l.s.C*l.s.H*l.s.W, dy.Cols)
	kernel.MaxPoolGrad(l.dx.Data, dy.Data, l.arg[m.Slot], l.s)
	return l.dx
}

// AvgPool takes the mean of each window.
type AvgPool struct {
	parameterless
	s  kernel.PoolShape
	y  slots
	dx kernel.Mat
}

// Forward takes x, C*H*W x N, to C*OH*OW x N.
func (l *AvgPool) Forward(x kernel.Mat, m Mode) kernel.Mat {
	y := l.y.get(m.Slot, l.s.C*l.s.OH()*l.s.OW(), x.Cols)
	kernel.AvgPool(y.Data, x.Data, l.s)
	return *y
}

// Backward spreads each gradient evenly over its window.
func (l *AvgPool) Backward(dy kernel.Mat, m Mode) kernel.Mat {
	fit(&l.dx, l.s.C*l.s.H*l.s.W, dy.Cols)
	kernel.AvgPoolGrad(l.dx.Data, dy.Data, l.s)
	return l.dx
}
