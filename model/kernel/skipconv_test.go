package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// thin sets all but a part of the values to zero.
func thin(r *rand.Rand, v []float32, density float64) {
	for i := range v {
		if r.Float64() >= density {
			v[i] = 0
		}
	}
}

// Zero-skipping gives the bits that are made of all values.
func TestConvSkip(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		shapes := append([]ConvShape{
			{C: 20, H: 12, W: 12, O: 50, KH: 5, KW: 5, Stride: 1},
			{C: 96, H: 4, W: 4, O: 6, KH: 3, KW: 3, Stride: 1, Pad: 1},
			{C: 6, H: 5, W: 4, O: 70, KH: 3, KW: 3, Stride: 1, Pad: 1},
			{C: 32, H: 8, W: 8, O: 7, KH: 5, KW: 5, Stride: 1, Pad: 2},
		}, convShapes...)
		for _, s := range shapes {
			for _, density := range []float64{0, 0.02, 0.25, 1} {
				t.Run(fmt.Sprintf("%+v/%v", s, density), func(t *testing.T) {
					r := newRand(8)
					x, gx := randomMat(r, s.In(), Lanes)
					dy, gdy := randomMat(r, s.Out(), Lanes)
					thin(r, dy.Data, density)
					c := NewConv(s)
					for range 2 {
						w := random(r, s.O*s.K(), 0)
						c.Load(w.data)
						want, got := random(r, s.O*s.K(), 1), random(r, s.O*s.K(), 1)
						copy(got.data, want.data)
						in := c.input.of(c.v, x.Data, nil)
						c.addDots(want.data, dy.Data, c.oh*c.ow*Lanes, in)
						c.skip().addWeightGrad(c, got.data, dy.Data, in)
						equalOrNear(t, "dw", got.data, want.data)

						dx, gdx := randomMat(r, s.In(), Lanes)
						wantX, _ := randomMat(r, s.In(), Lanes)
						c.multiplyTaps(wantX.Data, c.output.of(c.v, dy.Data, nil))
						c.skip().inputGrad(c, dx.Data, dy.Data)
						equalOrNear(t, "dx", dx.Data, wantX.Data)
						for _, g := range []guarded[float32]{gx, gdy, gdx, got, w} {
							g.check(t)
						}
					}
				})
			}
		}
	})
}

// equalOrNear asks for the same bits where the variant skips.
func equalOrNear(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if current.skips {
		equal(t, what, got, want)
		return
	}
	wide := make([]float64, len(want))
	for i, v := range want {
		wide[i] = float64(v)
	}
	near(t, what, got, wide, 1000)
}

// BenchmarkConvSkip times the gradients of a convolution below a max pooling of
// 2 x 2, beside what they take from all of dy. The rates count the multiply-adds
// of the latter.
func BenchmarkConvSkip(b *testing.B) {
	for _, s := range benchConv {
		r := newRand(1)
		x, _ := randomMat(r, s.In(), Lanes)
		dx := NewMat(s.In(), Lanes)
		dy := NewMat(s.Out(), Lanes)
		h, w := s.OH(), s.OW()
		for o := range s.O {
			for i := 0; i+1 < h; i += 2 {
				for j := 0; j+1 < w; j += 2 {
					for l := range Lanes {
						at := (o*h+i+r.IntN(2))*w + j + r.IntN(2)
						dy.Data[at*Lanes+l] = float32(r.NormFloat64())
					}
				}
			}
		}
		dw, weights := Alloc(s.O*s.K()), random(r, s.O*s.K(), 0).data
		for _, part := range []struct {
			name string
			call func(c *Conv)
		}{
			{"weightgrad/all", func(c *Conv) { c.addDots(dw, dy.Data, c.oh*c.ow*Lanes, c.input.of(c.v, x.Data, nil)) }},
			{"weightgrad/skip", func(c *Conv) { c.skip().addWeightGrad(c, dw, dy.Data, c.input.of(c.v, x.Data, nil)) }},
			{"inputgrad/all", func(c *Conv) { c.multiplyTaps(dx.Data, c.output.of(c.v, dy.Data, nil)) }},
			{"inputgrad/skip", func(c *Conv) { c.skip().inputGrad(c, dx.Data, dy.Data) }},
		} {
			benchVariants(b, s.name+"/"+part.name, func(b *testing.B) {
				c := NewConv(s.ConvShape)
				c.Load(weights)
				for b.Loop() {
					part.call(c)
				}
				report(b, connections(s.ConvShape)*Lanes)
			})
		}
	}
}
