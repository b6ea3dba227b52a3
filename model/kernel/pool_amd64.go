//go:build !noasm

package kernel

// pool makes v pool by asm where it has the window.
func (asm *assembly) pool(v *variant) {
	v.maxPool = func(y []float32, arg []uint8, x []float32, s PoolShape) {
		f := asm.maxPool[s.Size]
		if f == nil {
			maxPoolGeneric(y, arg, x, s)
			return
		}
		s.planes(func(out, in, row int) {
			f(&y[out], &arg[out], &x[in], s.OH(), s.OW(), row, s.Stride*Lanes, s.Stride*row)
		})
	}
	v.maxPoolGrad = func(dx, dy []float32, arg []uint8, s PoolShape) {
		f := asm.maxPoolGrad[s.Size]
		if s.Stride < s.Size { // windows share cells
			f = asm.addMaxPoolGrad[s.Size]
		}
		if f == nil {
			maxPoolGradGeneric(dx, dy, arg, s)
			return
		}
		s.planes(func(out, in, row int) {
			f(&dx[in], &dy[out], &arg[out], s.OH(), s.OW(), row, s.Stride*Lanes, s.Stride*row)
		})
	}
	v.avgPool = func(y, x []float32, s PoolShape) {
		f := asm.avgPool[s.Size]
		if f == nil {
			avgPoolGeneric(y, x, s)
			return
		}
		s.planes(func(out, in, row int) {
			f(&y[out], &x[in], s.OH(), s.OW(), row, s.Stride*Lanes, s.Stride*row, 1/float32(s.Size*s.Size))
		})
	}
	v.avgPoolGrad = func(dx, dy []float32, s PoolShape) {
		f := asm.avgPoolGrad[s.Size]
		if f == nil {
			avgPoolGradGeneric(dx, dy, s)
			return
		}
		s.planes(func(out, in, row int) {
			f(&dx[in], &dy[out], s.OH(), s.OW(), row, s.Stride*Lanes, s.Stride*row, 1/float32(s.Size*s.Size))
		})
	}
}

// planes calls f for every plane with its offsets in the output and in the input,
// and the floats from one row of the input to the next.
func (s PoolShape) planes(f func(out, in, row int)) {
	row := s.W * Lanes
	for c := range s.C {
		f(c*s.OH()*s.OW()*Lanes, c*s.H*row, row)
	}
}
