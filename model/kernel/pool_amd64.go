//go:build !noasm

package kernel

func (v variant) maxPool(y []float32, arg []uint8, x []float32, s PoolShape) {
	if v == generic || !s.assembled() {
		maxPoolGeneric(y, arg, x, s)
		return
	}
	rows, cols, row, step, down := s.walk()
	for c := range s.C {
		in, out := c*s.H*row, c*rows*cols*Lanes
		y, arg, x := &y[out], &arg[out], &x[in]
		switch {
		case v == avx512 && s.Size == 2:
			zmaxPoolAVX512_2(y, arg, x, rows, cols, row, step, down)
		case v == avx512:
			zmaxPoolAVX512_3(y, arg, x, rows, cols, row, step, down)
		case s.Size == 2:
			zmaxPoolAVX2_2(y, arg, x, rows, cols, row, step, down)
		default:
			zmaxPoolAVX2_3(y, arg, x, rows, cols, row, step, down)
		}
	}
}

func (v variant) maxPoolGrad(dx, dy []float32, arg []uint8, s PoolShape) {
	if v == generic || !s.assembled() {
		maxPoolGradGeneric(dx, dy, arg, s)
		return
	}
	rows, cols, row, step, down := s.walk()
	for c := range s.C {
		in, out := c*s.H*row, c*rows*cols*Lanes
		dx, dy, arg := &dx[in], &dy[out], &arg[out]
		switch {
		case s.disjoint() && v == avx512 && s.Size == 2:
			zmaxPoolGradAVX512_2(dx, dy, arg, rows, cols, row, step, down)
		case s.disjoint() && v == avx512:
			zmaxPoolGradAVX512_3(dx, dy, arg, rows, cols, row, step, down)
		case s.disjoint() && s.Size == 2:
			zmaxPoolGradAVX2_2(dx, dy, arg, rows, cols, row, step, down)
		case s.disjoint():
			zmaxPoolGradAVX2_3(dx, dy, arg, rows, cols, row, step, down)
		case v == avx512 && s.Size == 2:
			zaddMaxPoolGradAVX512_2(dx, dy, arg, rows, cols, row, step, down)
		case v == avx512:
			zaddMaxPoolGradAVX512_3(dx, dy, arg, rows, cols, row, step, down)
		case s.Size == 2:
			zaddMaxPoolGradAVX2_2(dx, dy, arg, rows, cols, row, step, down)
		default:
			zaddMaxPoolGradAVX2_3(dx, dy, arg, rows, cols, row, step, down)
		}
	}
}

func (v variant) avgPool(y, x []float32, s PoolShape) {
	if v == generic || !s.assembled() {
		avgPoolGeneric(y, x, s)
		return
	}
	rows, cols, row, step, down := s.walk()
	scale := 1 / float32(s.Size*s.Size)
	for c := range s.C {
		y, x := &y[c*rows*cols*Lanes], &x[c*s.H*row]
		switch {
		case v == avx512 && s.Size == 2:
			zavgPoolAVX512_2(y, x, rows, cols, row, step, down, scale)
		case v == avx512:
			zavgPoolAVX512_3(y, x, rows, cols, row, step, down, scale)
		case s.Size == 2:
			zavgPoolAVX2_2(y, x, rows, cols, row, step, down, scale)
		default:
			zavgPoolAVX2_3(y, x, rows, cols, row, step, down, scale)
		}
	}
}

func (v variant) avgPoolGrad(dx, dy []float32, s PoolShape) {
	if v == generic || !s.assembled() {
		avgPoolGradGeneric(dx, dy, s)
		return
	}
	rows, cols, row, step, down := s.walk()
	scale := 1 / float32(s.Size*s.Size)
	for c := range s.C {
		dx, dy := &dx[c*s.H*row], &dy[c*rows*cols*Lanes]
		switch {
		case v == avx512 && s.Size == 2:
			zavgPoolGradAVX512_2(dx, dy, rows, cols, row, step, down, scale)
		case v == avx512:
			zavgPoolGradAVX512_3(dx, dy, rows, cols, row, step, down, scale)
		case s.Size == 2:
			zavgPoolGradAVX2_2(dx, dy, rows, cols, row, step, down, scale)
		default:
			zavgPoolGradAVX2_3(dx, dy, rows, cols, row, step, down, scale)
		}
	}
}

// disjoint reports whether no two windows share a cell.
func (s PoolShape) disjoint() bool { return s.Stride >= s.Size }

// assembled reports whether there is assembly for the windows.
func (s PoolShape) assembled() bool { return s.Size == 2 || s.Size == 3 }

// walk returns how a kernel goes through a plane: the windows, the floats from
// one row of x to the next, from one window to the next and from one row of
// windows to the next.
func (s PoolShape) walk() (rows, cols, row, step, down int) {
	row = s.W * Lanes
	return s.OH(), s.OW(), row, s.Stride * Lanes, s.Stride * row
}
