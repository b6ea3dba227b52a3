package kernel

import (
	"math"
	"testing"
)

// lengths of vectors that fill the lanes or do not.
var lengths = []int{0, 1, 7, 15, 16, 17, 31, 32, 48, 64, 65, 100, 1000}

var nan32 = float32(math.NaN())

func TestAddBias(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(1)
		for _, run := range []int{0, 1, 5, 16, 32, 80, 128, 24 * 16} {
			for _, n := range []int{0, 1, 3} {
				y, b := random(r, n*run, 0), random(r, n, 1)
				if run > 3 && n > 0 {
					y.data[3] = nan32
				}
				before := append([]float32(nil), y.data...)
				relu := append([]float32(nil), y.data...)
				AddBias(y.data, run, b.data)
				AddBiasReLU(relu, run, b.data)
				for i, v := range before {
					want := v + b.data[i/run]
					if got := y.data[i]; got != want && want == want {
						t.Fatalf("run %d: value %d is %v, want %v", run, i, got, want)
					}
					if got, want := relu[i], max(0, want); got != want && want == want || (got == got) != (want == want) {
						t.Fatalf("run %d: rectified value %d is %v, want %v", run, i, got, want)
					}
				}
				y.check(t)
			}
		}
	})
}

func TestAddBiasGrad(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(2)
		for _, run := range []int{0, 1, 5, 16, 32, 48, 80, 128, 24 * 24 * 16} {
			for _, n := range []int{0, 1, 3} {
				dy, db := random(r, n*run, 0), random(r, n, 1)
				want := make([]float64, n)
				for o := range want {
					want[o] = float64(db.data[o])
					for _, v := range dy.data[o*run:][:run] {
						want[o] += float64(v)
					}
				}
				AddBiasGrad(db.data, dy.data, run)
				near(t, "db", db.data, want, run)
				db.check(t)
			}
		}
	})
}

func TestReLU(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(3)
		for _, n := range lengths {
			x, y, dy, dx := random(r, n, 1), newGuarded(n, 2), random(r, n, 3), newGuarded(n, 0)
			if n > 2 {
				x.data[0], x.data[1], x.data[n-1] = 0, nan32, nan32
			}
			ReLU(y.data, x.data)
			ReLUGrad(dx.data, dy.data, y.data)
			for i, v := range x.data {
				want, dwant := max(0, v), float32(0)
				if v > 0 {
					dwant = dy.data[i]
				}
				if got := y.data[i]; got != want && want == want || (got == got) != (want == want) {
					t.Fatalf("n = %d: y[%d] = %v, want %v", n, i, got, want)
				}
				if dx.data[i] != dwant {
					t.Fatalf("n = %d: dx[%d] = %v, want %v", n, i, dx.data[i], dwant)
				}
			}
			ReLUGrad(dy.data, dy.data, y.data)
			equal(t, "dx in place", dy.data, dx.data)
			for _, g := range []guarded[float32]{x, y, dy, dx} {
				g.check(t)
			}
		}
	})
}

var poolShapes = []PoolShape{
	{C: 3, H: 4, W: 6, Size: 2, Stride: 2},
	{C: 2, H: 24, W: 24, Size: 2, Stride: 2},
	{C: 2, H: 5, W: 7, Size: 2, Stride: 2},
	{C: 2, H: 7, W: 9, Size: 3, Stride: 2},
	{C: 1, H: 8, W: 8, Size: 3, Stride: 2},
	{C: 2, H: 6, W: 6, Size: 3, Stride: 3},
	{C: 2, H: 5, W: 4, Size: 2, Stride: 1},
	{C: 2, H: 8, W: 8, Size: 2, Stride: 3},
	{C: 1, H: 9, W: 9, Size: 4, Stride: 3},
	{C: 2, H: 3, W: 4, Size: 1, Stride: 1},
	{C: 1, H: 3, W: 3, Size: 3, Stride: 1},
	{C: 2, H: 16, W: 16, Size: 16, Stride: 1},
}

func TestMaxPool(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		for _, s := range poolShapes {
			r := newRand(4)
			x, y, arg := random(r, s.In()*Lanes, 0), newGuarded(s.Out()*Lanes, 0), newGuardedBytes(s.Out()*Lanes)
			for i := range x.data {
				x.data[i] = float32(r.IntN(6)) // ties are common
			}
			x.data[len(x.data)/2] = nan32
			dy, dx := random(r, s.Out()*Lanes, 0), newGuarded(s.In()*Lanes, 0)
			want := make([]float64, len(dx.data))
			for i := range dx.data {
				dx.data[i] = 9
			}
			MaxPool(y.data, arg.data, x.data, s)
			MaxPoolGrad(dx.data, dy.data, arg.data, s)

			out := 0
			for c := range s.C {
				for h := range s.OH() {
					for w := range s.OW() {
						for l := range Lanes {
							at := func(i int) int {
								return ((c*s.H+h*s.Stride+i/s.Size)*s.W+w*s.Stride+i%s.Size)*Lanes + l
							}
							best := 0
							for i := range s.Size * s.Size {
								if x.data[at(i)] > x.data[at(best)] {
									best = i
								}
							}
							got, top := y.data[out], x.data[at(best)]
							if got != top && top == top || int(arg.data[out]) != best {
								t.Fatalf("%+v: output %d is %v, %d, want %v, %d", s, out, got, arg.data[out], top, best)
							}
							want[at(best)] += float64(dy.data[out])
							out++
						}
					}
				}
			}
			near(t, "dx", dx.data, want, s.Size*s.Size)
			for _, g := range []guarded[float32]{x, y, dy, dx} {
				g.check(t)
			}
			arg.check(t)
		}
	})
}

func TestAvgPool(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		for _, s := range poolShapes {
			r := newRand(5)
			x, y := random(r, s.In()*Lanes, 0), newGuarded(s.Out()*Lanes, 0)
			dy, dx := random(r, s.Out()*Lanes, 0), random(r, s.In()*Lanes, 0)
			AvgPool(y.data, x.data, s)
			AvgPoolGrad(dx.data, dy.data, s)
			wantY, wantX := make([]float64, len(y.data)), make([]float64, len(x.data))
			n := float64(s.Size * s.Size)
			out := 0
			for c := range s.C {
				for h := range s.OH() {
					for w := range s.OW() {
						for l := range Lanes {
							for i := range s.Size * s.Size {
								at := ((c*s.H+h*s.Stride+i/s.Size)*s.W+w*s.Stride+i%s.Size)*Lanes + l
								wantY[out] += float64(x.data[at]) / n
								wantX[at] += float64(dy.data[out]) / n
							}
							out++
						}
					}
				}
			}
			near(t, "y", y.data, wantY, int(n))
			near(t, "dx", dx.data, wantX, int(n))
			for _, g := range []guarded[float32]{x, y, dy, dx} {
				g.check(t)
			}
		}
	})
}

func TestSoftmaxCrossEntropy(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		for _, n := range []int{1, 5, 16, 17, 50, 128} {
			for _, classes := range []int{1, 2, 10, 100} {
				for _, scale := range []float64{1, 50, 1e4} {
					testSoftmax(t, n, classes, scale)
				}
			}
		}
	})
}

func testSoftmax(t *testing.T, n, classes int, scale float64) {
	r := newRand(6)
	z, gz := randomMat(r, classes, n)
	d, gd := randomMat(r, classes, n)
	labels := make([]uint16, n)
	var wantLoss float64
	var wantCorrect int
	want := make([]float64, classes*n)
	for j := range n {
		labels[j] = uint16(r.IntN(classes))
		for c := range classes {
			z.Row(c)[j] *= float32(scale)
		}
		if j%3 == 0 && classes > 1 { // a tie of the first two classes
			z.Row(0)[j], z.Row(1)[j] = 1e5, 1e5
		}
		top, best := float64(z.Row(0)[j]), 0
		for c := range classes {
			if v := float64(z.Row(c)[j]); v > top {
				top, best = v, c
			}
		}
		var sum float64
		for c := range classes {
			sum += math.Exp(float64(z.Row(c)[j]) - top)
		}
		wantLoss += math.Log(sum) + top - float64(z.Row(int(labels[j]))[j])
		if best == int(labels[j]) {
			wantCorrect++
		}
		for c := range classes {
			p := math.Exp(float64(z.Row(c)[j])-top) / sum
			if c == int(labels[j]) {
				p--
			}
			want[c*n+j] = p / float64(n)
		}
	}
	loss, correct := SoftmaxCrossEntropy(d, z, labels)
	if math.Abs(loss-wantLoss) > 1e-6*(float64(n)+wantLoss) {
		t.Errorf("n = %d, %d classes, scale %v: loss %v, want %v", n, classes, scale, loss, wantLoss)
	}
	if correct != wantCorrect {
		t.Errorf("n = %d, %d classes: %d correct, want %d", n, classes, correct, wantCorrect)
	}
	near(t, "dlogits", columnsOf(d), want, 1)
	for c := range classes {
		for _, v := range d.Data[c*d.Stride+n : (c+1)*d.Stride] {
			if v != 0 {
				t.Errorf("n = %d: padding of dlogits is %v", n, v)
			}
		}
	}
	gz.check(t)
	gd.check(t)
}

func TestSoftmaxOfNaN(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		for c := range 3 {
			for label := range 3 {
				z, d := NewMat(3, 2), NewMat(3, 2)
				z.Row(c)[1] = nan32
				z.Row(label)[0] = 1
				loss, correct := SoftmaxCrossEntropy(d, z, []uint16{uint16(label), uint16(label)})
				if loss == loss || correct != 1 {
					t.Errorf("NaN in class %d, label %d: loss %v, %d correct", c, label, loss, correct)
				}
			}
		}
		z, d := NewMat(2, 1), NewMat(2, 1)
		z.Row(0)[0] = float32(math.Inf(1))
		if loss, correct := SoftmaxCrossEntropy(d, z, []uint16{0}); loss == loss || correct != 0 {
			t.Errorf("infinite logit: loss %v, %d correct", loss, correct)
		}
		z.Row(0)[0], z.Row(1)[0] = 0, float32(math.Inf(-1))
		if loss, correct := SoftmaxCrossEntropy(d, z, []uint16{0}); loss != 0 || correct != 1 {
			t.Errorf("logit of minus infinity: loss %v, %d correct", loss, correct)
		}
	})
}

func TestExp(t *testing.T) {
	for x := float32(-87.3); x <= 0; x += 0.0137 {
		want := math.Exp(float64(x))
		if got := float64(exp(x)); math.Abs(got-want) > 2e-7*want {
			t.Fatalf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	if exp(0) != 1 || exp(-88) != 0 || exp(float32(math.Inf(-1))) != 0 || exp(nan32) == exp(nan32) {
		t.Error("exp of a special value")
	}
}

func TestSGDStep(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(7)
		h := SGD{LR: 0.1, Momentum: 0.9, L2: 0.05, L1: 0.02}
		for _, n := range lengths {
			w, v, g := random(r, n, 1), random(r, n, 2), random(r, n, 3)
			if n > 1 {
				w.data[0], w.data[n-1] = 0, 0
			}
			wantW, wantV := make([]float64, n), make([]float64, n)
			for i := range n {
				d := float64(g.data[i]) + float64(h.L2)*float64(w.data[i]) + float64(h.L1*sign(w.data[i]))
				wantV[i] = float64(h.Momentum)*float64(v.data[i]) + d
				wantW[i] = float64(w.data[i]) - float64(h.LR)*wantV[i]
			}
			SGDStep(w.data, v.data, g.data, h)
			near(t, "w", w.data, wantW, 1)
			near(t, "v", v.data, wantV, 1)
			w.check(t)
			v.check(t)
		}
	})
}

func TestSoftThreshold(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(8)
		for _, n := range lengths {
			w := random(r, n, 1)
			if n > 1 {
				w.data[0] = nan32
			}
			before := append([]float32(nil), w.data...)
			SoftThreshold(w.data, 0.5)
			for i, v := range before {
				want := sign(v) * max(0, float32(math.Abs(float64(v)))-0.5)
				if got := w.data[i]; got != want && v == v || v != v && got == got {
					t.Fatalf("n = %d: %v becomes %v, want %v", n, v, got, want)
				}
			}
			w.check(t)
		}
	})
}

func TestAdamStep(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(9)
		for _, n := range lengths {
			for _, step := range []int{1, 2, 1000} {
				h := Adam{LR: 0.01, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, L2: 0.05, L1: 0.02, Step: step}
				w, m, v, g := random(r, n, 1), random(r, n, 2), random(r, n, 3), random(r, n, 0)
				for i := range v.data {
					v.data[i] *= v.data[i]
				}
				if n > 1 {
					w.data[0], w.data[n-1] = 0, 0
				}
				wantW, wantM, wantV := make([]float64, n), make([]float64, n), make([]float64, n)
				b1, b2 := float64(h.Beta1), float64(h.Beta2)
				for i := range n {
					d := float64(g.data[i]) + float64(h.L2)*float64(w.data[i]) + float64(h.L1*sign(w.data[i]))
					wantM[i] = b1*float64(m.data[i]) + (1-b1)*d
					wantV[i] = b2*float64(v.data[i]) + (1-b2)*d*d
					mhat := wantM[i] / (1 - math.Pow(b1, float64(step)))
					vhat := wantV[i] / (1 - math.Pow(b2, float64(step)))
					wantW[i] = float64(w.data[i]) - float64(h.LR)*mhat/(math.Sqrt(vhat)+float64(h.Eps))
				}
				AdamStep(w.data, m.data, v.data, g.data, h)
				near(t, "w", w.data, wantW, 4)
				near(t, "m", m.data, wantM, 1)
				near(t, "v", v.data, wantV, 1)
				for _, g := range []guarded[float32]{w, m, v, g} {
					g.check(t)
				}
			}
		}
	})
}

func TestElementwiseAllocatesNothing(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		s := PoolShape{C: 2, H: 8, W: 8, Size: 2, Stride: 2}
		x, y, arg := Alloc(s.In()*Lanes), Alloc(s.Out()*Lanes), make([]uint8, s.Out()*Lanes)
		z, d, labels := NewMat(10, 33), NewMat(10, 33), make([]uint16, 33)
		w, v, m, g := Alloc(100), Alloc(100), Alloc(100), Alloc(100)
		images, index, one := make([]uint8, 20*16), make([]int32, 20), []float32{1}
		batch := NewMat(16, 20)
		all := func() {
			MaxPool(y, arg, x, s)
			MaxPoolGrad(x, y, arg, s)
			AvgPool(y, x, s)
			AvgPoolGrad(x, y, s)
			SoftmaxCrossEntropy(d, z, labels)
			SGDStep(w, v, g, SGD{LR: 0.1})
			SoftThreshold(w, 0.1)
			AdamStep(w, m, v, g, Adam{LR: 0.1, Step: 1, Eps: 1})
			AddBias(x, 128, w[:4])
			AddBiasReLU(x, 128, w[:4])
			AddBiasGrad(w[:4], x, 128)
			ReLU(x, x)
			ReLUGrad(x, x, x)
			GatherTranspose(batch, images, index, 16, 16, one, one)
		}
		if n := testing.AllocsPerRun(10, all); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}
