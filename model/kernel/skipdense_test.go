package kernel

import (
	"fmt"
	"testing"
)

// Zero-skipping gives the bits that are made of all values.
func TestDenseSkip(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		for _, s := range denseShapes {
			for _, density := range []float64{0, 0.02, 0.25, 1} {
				t.Run(fmt.Sprintf("%dx%dx%d/%v", s.in, s.out, s.n, density), func(t *testing.T) {
					if s.n == 0 || current.copies(s.out) {
						t.Skip("no zeros are skipped for this shape")
					}
					r := newRand(9)
					d := NewDense(s.out, s.in)
					for _, n := range []int{s.n, (s.n + 1) / 2} {
						x, gx := randomMat(r, s.in, n)
						dy, gdy := randomMat(r, s.out, n)
						thin(r, dy.Data, density)
						w := random(r, s.out*s.in, 0)
						d.Load(w.data)
						want, got := random(r, s.out*s.in, 1), random(r, s.out*s.in, 1)
						d.weightGrad(want.data, dy, x, false)
						d.s.setWeightGrad(d, got.data, dy, x)
						equal(t, "dw", got.data, want.data)

						dx, gdx := randomMat(r, s.in, n)
						wantX, _ := randomMat(r, s.in, n)
						d.multiply(wantX, dy, d.inBlocks, false)
						d.s.inputGrad(d, dx, dy)
						equal(t, "dx", dx.Data, wantX.Data)
						for _, g := range []guarded[float32]{gx, gdy, gdx, got, w} {
							g.check(t)
						}
					}
				})
			}
		}
	})
}

// BenchmarkDenseSkip times the gradients of a fully connected layer below a
// ReLU, of which one output in four is not zero, beside what they take from all
// of dy. The rates count the multiply-adds of the latter.
func BenchmarkDenseSkip(b *testing.B) {
	for _, s := range benchDense {
		r := newRand(1)
		x, _ := randomMat(r, s.in, s.n)
		dy, _ := randomMat(r, s.out, s.n)
		dx := NewMat(s.in, s.n)
		thin(r, dy.Data, 0.25)
		dw, weights := Alloc(s.out*s.in), random(r, s.out*s.in, 0).data
		for _, part := range []struct {
			name string
			call func(d *Dense)
		}{
			{"weightgrad/all", func(d *Dense) { d.weightGrad(dw, dy, x, false) }},
			{"weightgrad/skip", func(d *Dense) { d.s.setWeightGrad(d, dw, dy, x) }},
			{"inputgrad/all", func(d *Dense) { d.multiply(dx, dy, d.inBlocks, false) }},
			{"inputgrad/skip", func(d *Dense) { d.s.inputGrad(d, dx, dy) }},
		} {
			benchVariants(b, fmt.Sprintf("%dx%dx%d/%s", s.in, s.out, s.n, part.name), func(b *testing.B) {
				d := NewDense(s.out, s.in)
				d.Load(weights)
				for b.Loop() {
					part.call(d)
				}
				report(b, s.out*s.in*s.n)
			})
		}
	}
}
