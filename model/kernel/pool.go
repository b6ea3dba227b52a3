package kernel

// A PoolShape describes pooling of C planes of H x W with windows of
// Size x Size that move by Stride and lie inside the plane.
type PoolShape struct{ C, H, W, Size, Stride int }

// OH returns the height of the output planes.
func (s PoolShape) OH() int { return (s.H-s.Size)/s.Stride + 1 }

// OW returns the width of the output planes.
func (s PoolShape) OW() int { return (s.W-s.Size)/s.Stride + 1 }

// In returns the number of features of an input, C*H*W.
func (s PoolShape) In() int { return s.C * s.H * s.W }

// Out returns the number of features of an output, C*OH*OW.
func (s PoolShape) Out() int { return s.C * s.OH() * s.OW() }

// maxWindow is the most Size: a byte counts the cells of a window.
const maxWindow = 16

// check panics unless x and y hold a slice of Lanes samples.
func (s PoolShape) check(y, x []float32) {
	if min(s.C, s.H, s.W, s.Size, s.Stride) < 1 || s.Size > min(s.H, s.W, maxWindow) {
		panic(badPool)
	}
	if len(y) != s.Out()*Lanes || len(x) != s.In()*Lanes {
		panic(badLength)
	}
}

// tiles reports whether every cell lies in exactly one window.
func (s PoolShape) tiles() bool {
	return s.Stride == s.Size && s.H%s.Size == 0 && s.W%s.Size == 0
}

// MaxPool sets y to the maxima of the windows of x, on a slice of Lanes samples,
// and arg to their positions in the window, row by row. The first of equal
// maxima wins, and NaN is no maximum unless it comes first.
//
//	for each plane c, window h, w, sample l
//	    y = x at cell 0, arg = 0
//	    for each further cell i: if x at cell i > y { y = x, arg = i }
func MaxPool(y []float32, arg []uint8, x []float32, s PoolShape) {
	s.check(y, x)
	if len(arg) != len(y) {
		panic(badLength)
	}
	current.maxPool(y, arg, x, s)
}

func maxPoolGeneric(y []float32, arg []uint8, x []float32, s PoolShape) {
	s.windows(func(out, in int) {
		y, arg := (*[Lanes]float32)(y[out:]), (*[Lanes]uint8)(arg[out:])
		*y, *arg = [Lanes]float32(x[in:]), [Lanes]uint8{}
		for i := 1; i < s.Size*s.Size; i++ {
			for l, v := range (*[Lanes]float32)(x[in+s.cell(i):]) {
				if v > y[l] {
					y[l], arg[l] = v, uint8(i)
				}
			}
		}
	})
}

// MaxPoolGrad sets dx to the gradient of MaxPool: each value of dy goes to the
// cell that arg names. Where windows overlap their gradients add.
func MaxPoolGrad(dx, dy []float32, arg []uint8, s PoolShape) {
	s.check(dy, dx)
	if len(arg) != len(dy) {
		panic(badLength)
	}
	if !s.tiles() {
		clear(dx)
	}
	current.maxPoolGrad(dx, dy, arg, s)
}

func maxPoolGradGeneric(dx, dy []float32, arg []uint8, s PoolShape) {
	s.windows(func(out, in int) {
		dy, arg := (*[Lanes]float32)(dy[out:]), (*[Lanes]uint8)(arg[out:])
		for i := range s.Size * s.Size {
			for l := range (*[Lanes]float32)(dx[in+s.cell(i):]) {
				d := &dx[in+s.cell(i)+l]
				switch {
				case arg[l] != uint8(i) && s.tiles():
					*d = 0
				case arg[l] == uint8(i) && s.tiles():
					*d = dy[l]
				case arg[l] == uint8(i):
					*d += dy[l]
				}
			}
		}
	})
}

// AvgPool sets y to the means of the windows of x, on a slice of Lanes samples.
func AvgPool(y, x []float32, s PoolShape) {
	s.check(y, x)
	current.avgPool(y, x, s)
}

func avgPoolGeneric(y, x []float32, s PoolShape) {
	scale := 1 / float32(s.Size*s.Size)
	s.windows(func(out, in int) {
		y := (*[Lanes]float32)(y[out:])
		*y = [Lanes]float32{}
		for i := range s.Size * s.Size {
			for l, v := range (*[Lanes]float32)(x[in+s.cell(i):]) {
				y[l] += v
			}
		}
		for l := range y {
			y[l] *= scale
		}
	})
}

// AvgPoolGrad sets dx to the gradient of AvgPool: each value of dy is divided
// among the cells of its window.
func AvgPoolGrad(dx, dy []float32, s PoolShape) {
	s.check(dy, dx)
	clear(dx)
	current.avgPoolGrad(dx, dy, s)
}

func avgPoolGradGeneric(dx, dy []float32, s PoolShape) {
	scale := 1 / float32(s.Size*s.Size)
	s.windows(func(out, in int) {
		dy := (*[Lanes]float32)(dy[out:])
		for i := range s.Size * s.Size {
			dx := (*[Lanes]float32)(dx[in+s.cell(i):])
			for l, v := range dy {
				dx[l] += float32(v * scale)
			}
		}
	})
}

// windows calls f with the offsets of every output and of the first cell of its
// window.
func (s PoolShape) windows(f func(out, in int)) {
	out := 0
	for c := range s.C {
		for h := range s.OH() {
			for w := range s.OW() {
				f(out, ((c*s.H+h*s.Stride)*s.W+w*s.Stride)*Lanes)
				out += Lanes
			}
		}
	}
}

// cell returns the offset of the i-th cell of a window from its first.
func (s PoolShape) cell(i int) int { return (i/s.Size*s.W + i%s.Size) * Lanes }
