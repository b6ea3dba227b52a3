package nn

import (
	"prunelab/model/dataset"
	"prunelab/model/kernel"
)

var pad = kind{
	name: KindPad, example: "{pad: 1}",
	settings: func(l *LayerConfig) []Setting {
		return []Setting{
			{Key: "top", Value: &l.Top, Most: mostKernel, Alone: true, Also: []*int{&l.Bottom, &l.Left, &l.Right}},
			{Key: "bottom", Value: &l.Bottom, Most: mostKernel},
			{Key: "left", Value: &l.Left, Most: mostKernel},
			{Key: "right", Value: &l.Right, Most: mostKernel},
		}
	},
	planes: true,
	emits: func(l LayerConfig, ins []dataset.Shape) (dataset.Shape, error) {
		return dataset.Shape{C: ins[0].C, H: ins[0].H + l.Top + l.Bottom, W: ins[0].W + l.Left + l.Right}, nil
	},
	build:    newArrange,
	constant: func(_ LayerConfig, c float32) (float32, bool) { return c, c == 0 },
}

var padChannels = kind{
	name: KindPadChannels, example: "{padchannels: {before: 8, after: 8}}",
	settings: func(l *LayerConfig) []Setting {
		return []Setting{{Key: "before", Value: &l.Before, Most: mostUnits}, {Key: "after", Value: &l.After, Most: mostUnits}}
	},
	planes: true,
	emits: func(l LayerConfig, ins []dataset.Shape) (dataset.Shape, error) {
		return dataset.Shape{C: ins[0].C + l.Before + l.After, H: ins[0].H, W: ins[0].W}, nil
	},
	build:  newArrange,
	places: func(_ *Topology, n node, from way) []int { return []int{from.first + n.Before} },
}

var subsample = kind{
	name: KindSubsample, example: "{subsample: 2}",
	settings: func(l *LayerConfig) []Setting {
		return []Setting{{Key: "stride", Value: &l.Stride, Least: 1, Most: mostKernel, Needed: true, Alone: true}}
	},
	planes: true,
	emits: func(l LayerConfig, ins []dataset.Shape) (dataset.Shape, error) {
		return dataset.Shape{C: ins[0].C, H: (ins[0].H-1)/l.Stride + 1, W: (ins[0].W-1)/l.Stride + 1}, nil
	},
	build: newArrange,
}

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
func newArrange(_ *Network, _ int, n node) Layer {
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
