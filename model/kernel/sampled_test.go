package kernel

import "testing"

// TestSampled wants the bits of sddmm.
func TestSampled(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(11)
		for _, s := range []ConvShape{
			{C: 3, H: 5, W: 8, O: 4, KH: 3, KW: 3, Stride: 1, Pad: 1},
			{C: 9, H: 3, W: 18, O: 5, KH: 3, KW: 3, Stride: 1},
			{C: 6, H: 4, W: 24, O: 3, KH: 1, KW: 1, Stride: 1},
		} {
			for _, density := range []float64{0, 0.05, 0.3, 1} {
				ptr, ind := randomCSR(r, s.O, s.K(), density)
				c := NewSparseConv(s, ptr, ind)
				m := newSampled(c.v, s, &c.grad, c.grad.run)
				if m == nil {
					t.Skip("this variant has sddmm alone")
				}
				x, gx := randomMat(r, s.In(), Lanes)
				dy, gdy := randomMat(r, s.Out(), Lanes)
				got, want := random(r, len(ind), 0), random(r, len(ind), 0)
				copy(got.data, want.data)
				for range 2 {
					in := c.input.of(c.v, x.Data, nil)
					c.v.sddmm(&c.grad, want.data, dy.Data, in)
					m.addWeightGrad(got.data, dy.Data, in)
					equal(t, "dw", got.data, want.data)
				}
				for _, g := range []guarded[float32]{gx, gdy, got, want} {
					g.check(t)
				}
			}
		}
	})
}
