package kernel

import (
	"math"
	"testing"
)

func TestAdditions(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(6)
		for _, n := range lengths {
			a, b, y, rectified := random(r, n, 1), random(r, n, 2), newGuarded(n, 0), newGuarded(n, 1)
			if n > 1 {
				a.data[1] = nan32
			}
			Add(y.data, a.data, b.data)
			AddReLU(rectified.data, a.data, b.data)
			for i, v := range a.data {
				want := v + b.data[i]
				if got := y.data[i]; got != want && want == want {
					t.Fatalf("n = %d: sum %d is %v, want %v", n, i, got, want)
				}
				if got := rectified.data[i]; got != max(0, want) && want == want || (got == got) != (want == want) {
					t.Fatalf("n = %d: rectified sum %d is %v, want %v", n, i, got, max(0, want))
				}
			}
			Add(a.data, a.data, b.data)
			equal(t, "in place", a.data, y.data)
			for _, g := range []guarded[float32]{a, b, y, rectified} {
				g.check(t)
			}
		}
	})
}

// TestAddReLUGrad wants the bits of the two passes that it stands for.
func TestAddReLUGrad(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(12)
		for _, n := range lengths {
			a, b, y, dx, want := random(r, n, 0), random(r, n, 1), random(r, n, 2), newGuarded(n, 3), make([]float32, n)
			ReLU(y.data, y.data)
			if n > 1 {
				y.data[1] = nan32
			}
			Add(want, a.data, b.data)
			ReLUGrad(want, want, y.data)
			AddReLUGrad(dx.data, a.data, b.data, y.data)
			equal(t, "dx", dx.data, want)
			AddReLUGrad(a.data, a.data, b.data, y.data)
			equal(t, "dx in place", a.data, want)
			for _, g := range []guarded[float32]{a, b, y, dx} {
				g.check(t)
			}
		}
	})
}

// TestScaleShiftAdd wants the bits of the passes that ScaleShiftAdd stands for, and those
// of a convolution over a batch normalisation that was written.
func TestScaleShiftAdd(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(9)
		for _, run := range []int{0, 16, 48, 24 * 16} {
			const n = 3
			x, z, y, want := random(r, n*run, 0), random(r, n*run, 1), newGuarded(n*run, 2), make([]float32, n*run)
			a, b := random(r, n, 0), random(r, n, 1)
			for _, relu := range []bool{false, true} {
				ScaleShift(want, x.data, run, a.data, b.data)
				if relu {
					AddReLU(want, want, z.data)
					ScaleShiftAddReLU(y.data, x.data, z.data, run, a.data, b.data)
				} else {
					Add(want, want, z.data)
					ScaleShiftAdd(y.data, x.data, z.data, run, a.data, b.data)
				}
				equal(t, "sum", y.data, want)
			}
			for _, g := range []guarded[float32]{x, z, y, a, b} {
				g.check(t)
			}
		}
	})
}

func TestNormalise(t *testing.T) {
	type product interface {
		linear
		Normalise(n *Norm)
		NormaliseGrad(n *NormGrad) bool
	}
	eachVariant(t, func(t *testing.T) {
		r := newRand(10)
		for _, s := range []ConvShape{
			{C: 3, H: 7, W: 5, O: 4, KH: 3, KW: 3, Stride: 1, Pad: 1},
			{C: 5, H: 8, W: 8, O: 3, KH: 3, KW: 3, Stride: 2, Pad: 1},
			{C: 2, H: 32, W: 32, O: 23, KH: 3, KW: 3, Stride: 1, Pad: 1},
			{C: 4, H: 4, W: 6, O: 7, KH: 1, KW: 1, Stride: 1},
		} {
			ptr, ind := randomCSR(r, s.O, s.K(), 0.4)
			for _, p := range []struct {
				product
				weights int
			}{{NewConv(s), s.O * s.K()}, {NewSparseConv(s, ptr, ind), len(ind)}} {
				x, gx := randomMat(r, s.In(), Lanes)
				dy, _ := randomMat(r, s.Out(), Lanes)
				norm := Norm{Scale: random(r, s.C, 0).data, Shift: random(r, s.C, 1).data}
				p.Load(random(r, p.weights, 0).data)
				for _, relu := range []bool{false, true} {
					norm.ReLU = relu
					written := NewMat(s.In(), Lanes)
					ScaleShift(written.Data, x.Data, s.H*s.W*Lanes, norm.Scale, norm.Shift)
					if relu {
						ReLU(written.Data, written.Data)
					}
					y, want := NewMat(s.Out(), Lanes), NewMat(s.Out(), Lanes)
					dw, dwant := newGuarded(p.weights, 0), make([]float32, p.weights)
					p.Forward(want, written)
					p.AddWeightGrad(dwant, dy, written)
					p.Normalise(&norm)
					p.Forward(y, x)
					p.AddWeightGrad(dw.data, dy, x)
					p.Normalise(nil)
					equal(t, "y", y.Data, want.Data)
					equal(t, "dw", dw.data, dwant)
					dw.check(t)

					// Of the gradient, for a batch that does not fill the lanes.
					out := s.OH() * s.OW() * Lanes
					z, _ := randomMat(r, s.Out(), Lanes)
					z.Cols, dy.Cols = 13, 13
					g := NormGrad{X: z, A: random(r, s.O, 2).data, B: random(r, s.O, 3).data, C: random(r, s.O, 4).data,
						Norm: Norm{random(r, s.O, 5).data, random(r, s.O, 6).data, relu}}
					made := NewMat(s.Out(), Lanes)
					if relu {
						ScaleAddShiftReLU(made.Data, dy.Data, z.Data, out, g.A, g.B, g.C, g.Scale, g.Shift)
					} else {
						ScaleAddShift(made.Data, dy.Data, z.Data, out, g.A, g.B, g.C)
					}
					for i := range made.Data {
						if i%Lanes >= dy.Cols {
							made.Data[i] = 0
						}
					}
					dx, dxwant := NewMat(s.In(), Lanes), NewMat(s.In(), Lanes)
					clear(dw.data)
					clear(dwant)
					p.AddWeightGrad(dwant, made, x)
					p.InputGrad(dxwant, made)
					if p.NormaliseGrad(&g) {
						p.AddWeightGrad(dw.data, dy, x)
						p.InputGrad(dx, dy)
						equal(t, "dw of a normalised gradient", dw.data, dwant)
						equal(t, "dx of a normalised gradient", dx.Data, dxwant.Data)
					}
					p.NormaliseGrad(nil)
					z.Cols, dy.Cols = Lanes, Lanes
				}
				gx.check(t)
			}
		}
	})
}

func TestScales(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(7)
		for _, run := range []int{0, 16, 32, 80, 128, 24 * 16} {
			for _, n := range []int{0, 1, 3} {
				x, dz, y := random(r, n*run, 0), random(r, n*run, 1), newGuarded(n*run, 2)
				a, b, c := random(r, n, 0), random(r, n, 1), random(r, n, 3)
				want, dwant := make([]float64, n*run), make([]float64, n*run)
				for i := range want {
					o := i / run
					want[i] = float64(a.data[o])*float64(x.data[i]) + float64(b.data[o])
					dwant[i] = float64(a.data[o])*float64(dz.data[i]) + float64(b.data[o])*float64(x.data[i]) + float64(c.data[o])
				}
				ScaleShift(y.data, x.data, run, a.data, b.data)
				near(t, "y", y.data, want, 1)
				ScaleAddShift(y.data, dz.data, x.data, run, a.data, b.data, c.data)
				near(t, "dx", y.data, dwant, 2)
				rectified := append([]float32(nil), dz.data...)
				for i := range rectified {
					if !(a.data[i/run]*x.data[i]+c.data[i/run] > 0) {
						rectified[i] = 0
					}
				}
				ScaleAddShift(y.data, rectified, x.data, run, a.data, b.data, c.data)
				ScaleAddShiftReLU(rectified, dz.data, x.data, run, a.data, b.data, c.data, a.data, c.data)
				equal(t, "rectified dx", rectified, y.data)
				ScaleAddShift(y.data, dz.data, x.data, run, a.data, b.data, c.data)
				ScaleAddShift(dz.data, dz.data, x.data, run, a.data, b.data, c.data)
				equal(t, "dx in place", dz.data, y.data)
				if run*n > 3 {
					x.data[3] = nan32
				}
				ScaleShift(y.data, x.data, run, a.data, b.data)
				rectified = append([]float32(nil), y.data...)
				ScaleShiftReLU(x.data, x.data, run, a.data, b.data)
				for i, v := range rectified {
					if got := x.data[i]; got != max(0, v) && v == v || (got == got) != (v == v) {
						t.Fatalf("run %d: rectified value %d is %v, want %v", run, i, got, max(0, v))
					}
				}
				for _, g := range []guarded[float32]{x, dz, y, a, b, c} {
					g.check(t)
				}
			}
		}
	})
}

// Padding counts for nothing, and a mean far from 0 costs no digits of the squares.
func TestSamples(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(8)
		for _, cols := range []int{1, 5, 16, 17, 37, 48} {
			for _, positions := range []int{1, 3, 4, 70, 300} {
				stride := Pad(cols)
				if stride != Lanes && positions > 4 {
					continue
				}
				x, dz := random(r, positions*stride, 0), random(r, positions*stride, 1)
				n, sum := 0.0, 0.0
				for p := range positions {
					for j := range stride {
						if v := &x.data[p*stride+j]; j < cols {
							*v += 100
							sum, n = sum+float64(*v), n+1
						} else {
							*v = 1e30
						}
					}
				}
				mean := sum / n
				squares, products, total, size := 0.0, 0.0, 0.0, 0.0
				for p := range positions {
					for j := range cols {
						d := float64(x.data[p*stride+j]) - mean
						squares += d * d
						products += d * float64(dz.data[p*stride+j])
						total += float64(dz.data[p*stride+j])
						size += math.Abs(d * float64(dz.data[p*stride+j]))
					}
				}
				s := Samples{Stride: stride, Cols: cols}
				if got := s.Sum(x.data); math.Abs(got-sum) > 1e-6*sum {
					t.Errorf("%d samples, %d positions: the sum is %v, want %v", cols, positions, got, sum)
				}
				if got := s.SumSquares(x.data, mean); math.Abs(got-squares) > 1e-4*(squares+1e-3) {
					t.Errorf("%d samples, %d positions: the sum of squares is %v, want %v", cols, positions, got, squares)
				}
				gotSum, got := s.GradSums(dz.data, x.data, mean)
				if math.Abs(got-products) > 1e-4*(size+1e-3) || math.Abs(gotSum-total) > 1e-4*(size+1e-3) {
					t.Errorf("%d samples, %d positions: the sums are %v and %v, want %v and %v", cols, positions, gotSum, got, total, products)
				}
				scale, shift := float32(-1.5), float32(150)
				kept := append([]float32(nil), dz.data...)
				for i, v := range x.data {
					if !(scale*v+shift > 0) {
						kept[i] = 0
					}
				}
				wantSum, want := s.GradSums(kept, x.data, mean)
				if gotSum, got := s.GradSumsReLU(dz.data, x.data, mean, scale, shift); got != want || gotSum != wantSum {
					t.Errorf("%d samples, %d positions: the rectified sums are %v and %v, want %v and %v", cols, positions, gotSum, got, wantSum, want)
				}
				x.check(t)
				dz.check(t)
			}
		}
	})
}
