package nn

import (
	"fmt"
	"math"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
)

var maxPool = kind{
	name: KindMaxPool, example: "{maxpool: 2}", settings: poolSettings, settle: settlePool, words: poolWords, planes: true,
	emits: LayerConfig.pooled,
	build: func(_ *Network, _ int, p node) Layer { return &MaxPool{frame: newFrame(p)} },
}

var avgPool = kind{
	name: KindAvgPool, example: "{avgpool: 2}",
	settings: func(l *LayerConfig) []Setting {
		return append(poolSettings(l), Setting{Key: "count_padding", Value: &l.CountPadding})
	},
	settle: settlePool, words: poolWords, planes: true,
	emits: LayerConfig.pooled,
	build: func(_ *Network, _ int, p node) Layer { return newAvgPool(p) },
	constant: func(l LayerConfig, c float32) (float32, bool) {
		return c, c == 0 || !l.CountPadding || l.Padding == 0
	},
}

var globalAvgPool = kind{
	name: KindGlobalAvgPool, planes: true,
	emits: func(_ LayerConfig, ins []dataset.Shape) (dataset.Shape, error) {
		return dataset.Shape{C: ins[0].C, H: 1, W: 1}, nil
	},
	build: func(_ *Network, _ int, p node) Layer {
		return &GlobalAvgPool{channels: p.in.C, cells: p.in.H * p.in.W}
	},
}

func poolSettings(l *LayerConfig) []Setting {
	return []Setting{
		{Key: "size", Value: &l.Kernel, Least: 1, Most: mostKernel, Needed: true, Alone: true},
		{Key: "stride", Value: &l.Stride, Least: 1, Most: mostKernel, Always: true},
		{Key: "padding", Value: &l.Padding, Most: mostKernel},
		{Key: "ceil", Value: &l.Ceil},
	}
}

func settlePool(l *LayerConfig) {
	if l.Stride == 0 {
		l.Stride = l.Kernel
	}
}

func poolWords(l LayerConfig) string { return fmt.Sprintf("%s %d", l.Kind, l.Kernel) }

// pooled is Emits of a pooling.
func (l LayerConfig) pooled(ins []dataset.Shape) (dataset.Shape, error) {
	in := ins[0]
	h, w := in.H+2*l.Padding, in.W+2*l.Padding
	switch {
	case l.Kernel < 1 || l.Stride < 1 || l.Padding < 0:
		return in, fmt.Errorf("kernel and stride are at least 1, padding at least 0")
	case 2*l.Padding > l.Kernel:
		return in, fmt.Errorf("padding %d is more than half of its window of %d", l.Padding, l.Kernel)
	case l.Kernel > h || l.Kernel > w:
		return in, fmt.Errorf("its window of %d x %d is larger than its input of %d x %d", l.Kernel, l.Kernel, h, w)
	case l.Kernel*l.Kernel > math.MaxUint8+1:
		return in, fmt.Errorf("a window of %d x %d is too large, 16 x 16 is the largest", l.Kernel, l.Kernel)
	}
	return dataset.Shape{C: in.C, H: l.windows(in.H), W: l.windows(in.W)}, nil
}

// windows is the number of a pooling's windows along a side of n cells. With
// Ceil the last one may reach beyond the padding, if it begins within the side or
// the padding before it (PyTorch's ceil_mode).
func (l LayerConfig) windows(n int) int {
	room := n + 2*l.Padding - l.Kernel
	count := room/l.Stride + 1
	if l.Ceil && room%l.Stride != 0 && count*l.Stride < n+l.Padding {
		count++
	}
	return count
}

// frame is what lies around the windows of a pooling: the kernels read planes
// whose windows lie inside, so that padding, and what a last window needs beyond it,
// are put around a copy first.
type frame struct {
	in     kernel.PoolShape // as it is
	padded kernel.PoolShape // with the frame
	before int              // rows and columns of the frame before the plane
	x      kernel.Mat
	dx     kernel.Mat
}

// newFrame returns the frame of a node's windows.
func newFrame(n node) frame {
	f := frame{in: kernel.PoolShape{C: n.in.C, H: n.in.H, W: n.in.W, Size: n.Kernel, Stride: n.Stride}, before: n.Padding}
	f.padded = f.in
	f.padded.H = max(n.in.H+n.Padding, (n.out.H-1)*n.Stride+n.Kernel)
	f.padded.W = max(n.in.W+n.Padding, (n.out.W-1)*n.Stride+n.Kernel)
	if n.Padding == 0 {
		// What the last windows leave over is not read.
		if n.out.H == f.in.OH() {
			f.padded.H = n.in.H
		}
		if n.out.W == f.in.OW() {
			f.padded.W = n.in.W
		}
	}
	return f
}

// none reports whether the windows lie inside as it is.
func (f *frame) none() bool { return f.padded == f.in }

// around returns x with the frame, which holds the value fill.
func (f *frame) around(x kernel.Mat, fill float32) kernel.Mat {
	if f.none() {
		return x
	}
	fit(&f.x, f.padded.In(), x.Cols)
	for i := range f.x.Data {
		f.x.Data[i] = fill
	}
	f.rows(func(in, out int) { copy(f.x.Data[out*x.Stride:], x.Data[in*x.Stride:][:f.in.W*x.Stride]) })
	return f.x
}

// within returns the part of dx, a gradient with the frame, that is the input's.
func (f *frame) within(dx kernel.Mat) kernel.Mat {
	if f.none() {
		return dx
	}
	fit(&f.dx, f.in.In(), dx.Cols)
	f.rows(func(in, out int) { copy(f.dx.Data[in*dx.Stride:][:f.in.W*dx.Stride], dx.Data[out*dx.Stride:]) })
	return f.dx
}

// rows calls g for each row of the input with its first cell, and that cell with the
// frame.
func (f *frame) rows(g func(in, out int)) {
	for c := range f.in.C {
		for h := range f.in.H {
			g((c*f.in.H+h)*f.in.W, (c*f.padded.H+h+f.before)*f.padded.W+f.before)
		}
	}
}

// MaxPool takes the largest value of each window; padding is never the largest.
type MaxPool struct {
	parameterless
	frame frame
	y     slots
	arg   [][]uint8 // where in its window each maximum was, by slot
	dx    kernel.Mat
}

// Forward takes x, C*H*W x N, to C*OH*OW x N.
func (l *MaxPool) Forward(x kernel.Mat, m Mode) kernel.Mat {
	s := l.frame.padded
	y := l.y.get(m.Slot, s.Out(), x.Cols)
	for len(l.arg) <= m.Slot {
		l.arg = append(l.arg, nil)
	}
	if len(l.arg[m.Slot]) != len(y.Data) {
		l.arg[m.Slot] = make([]uint8, len(y.Data))
	}
	kernel.MaxPool(y.Data, l.arg[m.Slot], l.frame.around(x, float32(math.Inf(-1))).Data, s)
	return *y
}

// Backward passes each gradient to where the maximum was.
func (l *MaxPool) Backward(dy kernel.Mat, m Mode) kernel.Mat {
	fit(&l.dx, l.frame.padded.In(), dy.Cols)
	kernel.MaxPoolGrad(l.dx.Data, dy.Data, l.arg[m.Slot], l.frame.padded)
	return l.frame.within(l.dx)
}

// AvgPool takes the mean of each window, over its cells within the plane or, where
// the padding counts, within the plane and its padding.
type AvgPool struct {
	parameterless
	frame frame
	scale []float32 // cells of a window by those that count, for each window of a plane; nil: 1
	y     slots
	dx    kernel.Mat
}

// newAvgPool makes the layer of a node.
func newAvgPool(n node) *AvgPool {
	l := &AvgPool{frame: newFrame(n)}
	if l.frame.none() {
		return l
	}
	beyond := 0 // cells around the plane that count
	if n.CountPadding {
		beyond = n.Padding
	}
	count := func(i, side int) int {
		lo := i*n.Stride - n.Padding
		return min(lo+n.Kernel, side+beyond) - max(lo, -beyond)
	}
	for h := range n.out.H {
		for w := range n.out.W {
			l.scale = append(l.scale, float32(n.Kernel*n.Kernel)/float32(count(h, n.in.H)*count(w, n.in.W)))
		}
	}
	return l
}

// Forward takes x, C*H*W x N, to C*OH*OW x N.
func (l *AvgPool) Forward(x kernel.Mat, m Mode) kernel.Mat {
	s := l.frame.padded
	y := l.y.get(m.Slot, s.Out(), x.Cols)
	kernel.AvgPool(y.Data, l.frame.around(x, 0).Data, s)
	l.rescale(*y)
	return *y
}

// Backward spreads each gradient evenly over the cells of its window that count.
func (l *AvgPool) Backward(dy kernel.Mat, m Mode) kernel.Mat {
	fit(&l.dx, l.frame.padded.In(), dy.Cols)
	l.rescale(dy)
	kernel.AvgPoolGrad(l.dx.Data, dy.Data, l.frame.padded)
	return l.frame.within(l.dx)
}

// rescale multiplies each window of y by its scale.
func (l *AvgPool) rescale(y kernel.Mat) {
	if l.scale == nil {
		return
	}
	for i := range y.Rows {
		scale, row := l.scale[i%len(l.scale)], y.Data[i*y.Stride:(i+1)*y.Stride]
		for j := range row {
			row[j] *= scale
		}
	}
}

// GlobalAvgPool takes the mean of each channel: C*H*W x N to C x N.
type GlobalAvgPool struct {
	parameterless
	channels, cells int
	y               slots
	dx              kernel.Mat
}

// Forward computes y[c] = mean over h, w of x[c][h][w].
func (l *GlobalAvgPool) Forward(x kernel.Mat, m Mode) kernel.Mat {
	y := l.y.get(m.Slot, l.channels, x.Cols)
	scale := 1 / float32(l.cells)
	for c := range l.channels {
		sum := y.Data[c*y.Stride : (c+1)*y.Stride]
		clear(sum)
		for p := range l.cells {
			for j, v := range x.Data[(c*l.cells+p)*x.Stride:][:x.Stride] {
				sum[j] += v
			}
		}
		for j := range sum {
			sum[j] *= scale
		}
	}
	return *y
}

// Backward computes dx[c][h][w] = dy[c] / (H W).
func (l *GlobalAvgPool) Backward(dy kernel.Mat, _ Mode) kernel.Mat {
	fit(&l.dx, l.channels*l.cells, dy.Cols)
	scale := 1 / float32(l.cells)
	for c := range l.channels {
		d := dy.Data[c*dy.Stride : (c+1)*dy.Stride]
		for j := range d {
			d[j] *= scale
		}
		for p := range l.cells {
			copy(l.dx.Data[(c*l.cells+p)*dy.Stride:], d)
		}
	}
	return l.dx
}
