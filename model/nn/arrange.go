package nn

import (
	"prunelab/model/dataset"
	"prunelab/model/kernel"
)

// arrange is a layer whose output holds the cells of its input at other places,
// and zeros elsewhere: padding of planes, padding of channels, subsampling.
//
//	y[c][h][w] = x[c - channel][h*stride - top][w*stride - left], 0 outside of x
type arrange struct {
	parameterless
	in, out            dataset.Shape
	channel, top, left int
	stride             int
	y                  slots
	dx                 kernel.Mat
}

// newArrange makes the layer of a node of kind pad, padchannels or subsample.
func newArrange(n node) *arrange {
	return &arrange{in: n.in, out: n.out, channel: n.Before, top: n.Top, left: n.Left, stride: max(1, n.Stride)}
}

func (*arrange) spares() {}

// Forward takes x, C x H x W x N, to the places in y.
func (l *arrange) Forward(x kernel.Mat, m Mode) kernel.Mat {
	y := l.y.get(m.Slot, l.out.Features(), x.Cols)
	clear(y.Data)
	l.rows(func(in, out, cells int) { l.move(y.Data, x.Data, out, in, 1, l.stride, cells, x.Stride) })
	return *y
}

// Backward takes dy back to where its values came from.
func (l *arrange) Backward(dy kernel.Mat, _ Mode) kernel.Mat {
	fit(&l.dx, l.in.Features(), dy.Cols)
	clear(l.dx.Data)
	l.rows(func(in, out, cells int) { l.move(l.dx.Data, dy.Data, in, out, l.stride, 1, cells, dy.Stride) })
	return l.dx
}

// move copies cells of n samples from src to dst, whose steps are given in cells.
func (l *arrange) move(dst, src []float32, to, from, toStep, fromStep, cells, n int) {
	if toStep == 1 && fromStep == 1 {
		copy(dst[to*n:(to+cells)*n], src[from*n:(from+cells)*n])
		return
	}
	for i := range cells {
		copy(dst[(to+i*toStep)*n:][:n], src[(from+i*fromStep)*n:][:n])
	}
}

// rows calls f for each row of x that has a place in y: with the first of its cells
// that has one, that place, and how many follow.
func (l *arrange) rows(f func(in, out, cells int)) {
	cells := min((l.in.W-1)/l.stride+1, l.out.W-l.left)
	for c := range l.in.C {
		for h := 0; h < l.in.H; h += l.stride {
			f((c*l.in.H+h)*l.in.W, ((c+l.channel)*l.out.H+h/l.stride+l.top)*l.out.W+l.left, cells)
		}
	}
}
