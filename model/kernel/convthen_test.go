package kernel

import (
	"slices"
	"testing"
)

// ForwardThen hands over each plane once, in order, when it holds what Forward gives.
func TestForwardThen(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(9)
		for _, s := range []ConvShape{
			{C: 3, H: 9, W: 7, O: 13, KH: 3, KW: 3, Stride: 1, Pad: 1},
			{C: 5, H: 40, W: 40, O: 70, KH: 1, KW: 1, Stride: 2},
		} {
			x, _ := randomMat(r, s.In(), Lanes)
			ptr, ind := randomCSR(r, s.O, s.K(), 0.3)
			w := random(r, s.O*s.K(), 0).data
			for _, m := range []interface {
				Load(w []float32)
				Forward(y, x Mat)
				ForwardThen(y, x Mat, then func(lo, hi int))
			}{NewConv(s), NewSparseConv(s, ptr, ind)} {
				m.Load(w)
				y, want, plane, next := NewMat(s.Out(), Lanes), NewMat(s.Out(), Lanes), s.OH()*s.OW()*Lanes, 0
				m.Forward(want, x)
				m.ForwardThen(y, x, func(lo, hi int) {
					if lo != next || hi <= lo || !slices.Equal(y.Data[lo*plane:hi*plane], want.Data[lo*plane:hi*plane]) {
						t.Fatalf("%+v: planes %d to %d come after %d, or hold something else", s, lo, hi, next)
					}
					next = hi
				})
				if next != s.O {
					t.Errorf("%+v: %d of %d planes were handed over", s, next, s.O)
				}
			}
		}
	})
}
