package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// linear is what all linear maps do.
type linear interface {
	Load(w []float32)
	Forward(y, x Mat)
	AddWeightGrad(dw []float32, dy, x Mat)
	InputGrad(dx, dy Mat)
}

// An edge of a linear map: weight k multiplies input in into output out.
type edge struct{ out, in, k int }

// checkLinear compares a linear map of weights nonzero values with the sum over
// its edges.
func checkLinear(t *testing.T, r *rand.Rand, m linear, edges []edge, out, in, weights, n int) {
	t.Helper()
	x, gx := randomMat(r, in, n)
	dy, gdy := randomMat(r, out, n)
	y, gy := randomMat(r, out, n)
	dx, gdx := randomMat(r, in, n)
	w := random(r, weights, r.IntN(3))
	dw := random(r, weights, r.IntN(3))

	wantY := make([]float64, out*n)
	wantDX := make([]float64, in*n)
	wantDW := make([]float64, weights)
	for k, v := range dw.data {
		wantDW[k] = float64(v)
	}
	for _, e := range edges {
		for j := range n {
			wantY[e.out*n+j] += float64(w.data[e.k]) * float64(x.Row(e.in)[j])
			wantDX[e.in*n+j] += float64(w.data[e.k]) * float64(dy.Row(e.out)[j])
			wantDW[e.k] += float64(dy.Row(e.out)[j]) * float64(x.Row(e.in)[j])
		}
	}

	m.Load(w.data)
	m.Forward(y, x)
	m.InputGrad(dx, dy)
	m.AddWeightGrad(dw.data, dy, x)
	near(t, "y", columnsOf(y), wantY, len(edges)/out)
	near(t, "dx", columnsOf(dx), wantDX, len(edges)/in)
	near(t, "dw", dw.data, wantDW, n*len(edges)/max(weights, 1))
	for _, g := range []guarded[float32]{gx, gdy, gy, gdx, w, dw} {
		g.check(t)
	}
}

// columnsOf returns the values of m without padding.
func columnsOf(m Mat) []float32 {
	var v []float32
	for i := range m.Rows {
		v = append(v, m.Row(i)...)
	}
	return v
}

func denseEdges(out, in int) []edge {
	var es []edge
	for o := range out {
		for i := range in {
			es = append(es, edge{o, i, o*in + i})
		}
	}
	return es
}

// convEdges returns the edges of a convolution; a weight is at o*K + k.
func convEdges(s ConvShape) []edge {
	var es []edge
	for o := range s.O {
		for k := range s.K() {
			c, u, v := k/(s.KH*s.KW), k/s.KW%s.KH, k%s.KW
			for i := range s.OH() {
				for j := range s.OW() {
					h, w := i*s.Stride+u-s.Pad, j*s.Stride+v-s.Pad
					if h >= 0 && h < s.H && w >= 0 && w < s.W {
						es = append(es, edge{(o*s.OH()+i)*s.OW() + j, (c*s.H+h)*s.W + w, o*s.K() + k})
					}
				}
			}
		}
	}
	return es
}

// survivors keeps the edges of a CSR pattern over rows of the given length and
// renumbers their weights.
func survivors(es []edge, cols int, ptr, ind []int32) []edge {
	at := map[int]int{}
	for o := range len(ptr) - 1 {
		for k := ptr[o]; k < ptr[o+1]; k++ {
			at[o*cols+int(ind[k])] = int(k)
		}
	}
	var kept []edge
	for _, e := range es {
		if k, ok := at[e.k]; ok {
			kept = append(kept, edge{e.out, e.in, k})
		}
	}
	return kept
}

var denseShapes = []struct{ out, in, n int }{
	{1, 1, 1}, {1, 5, 16}, {3, 1, 17}, {10, 84, 32}, {13, 47, 5}, {12, 16, 128}, {25, 33, 50},
	{7, 30, 100}, {37, 65, 48}, {300, 20, 33}, {20, 300, 128}, {64, 64, 160}, {19, 23, 240},
	{9, 600, 20}, {600, 9, 20}, {5, 7, 0},
}

func TestDense(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		for _, s := range denseShapes {
			t.Run(fmt.Sprintf("%dx%dx%d", s.in, s.out, s.n), func(t *testing.T) {
				r := newRand(2)
				d := NewDense(s.out, s.in)
				checkLinear(t, r, d, denseEdges(s.out, s.in), s.out, s.in, s.out*s.in, s.n)
				checkLinear(t, r, d, denseEdges(s.out, s.in), s.out, s.in, s.out*s.in, s.n/2)
			})
		}
	})
}

func TestSparseDense(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		for _, s := range denseShapes {
			for _, density := range []float64{0, 0.02, 0.1, 0.5, 1} {
				t.Run(fmt.Sprintf("%dx%dx%d/%v", s.in, s.out, s.n, density), func(t *testing.T) {
					r := newRand(3)
					ptr, ind := randomCSR(r, s.out, s.in, density)
					es := survivors(denseEdges(s.out, s.in), s.in, ptr, ind)
					d := NewSparseDense(s.out, s.in, ptr, ind)
					checkLinear(t, r, d, es, s.out, s.in, len(ind), s.n)
					checkLinear(t, r, d, es, s.out, s.in, len(ind), s.n/2)
				})
			}
		}
	})
}

var convShapes = []ConvShape{
	{C: 1, H: 1, W: 1, O: 1, KH: 1, KW: 1, Stride: 1},
	{C: 1, H: 12, W: 12, O: 20, KH: 5, KW: 5, Stride: 1},
	{C: 3, H: 6, W: 6, O: 10, KH: 3, KW: 3, Stride: 1, Pad: 1},
	{C: 4, H: 8, W: 8, O: 13, KH: 5, KW: 5, Stride: 1, Pad: 2},
	{C: 13, H: 4, W: 6, O: 5, KH: 3, KW: 1, Stride: 1},
	{C: 2, H: 12, W: 12, O: 5, KH: 5, KW: 5, Stride: 1},
	{C: 2, H: 5, W: 7, O: 3, KH: 5, KW: 7, Stride: 1},
	{C: 3, H: 9, W: 9, O: 4, KH: 3, KW: 3, Stride: 2},
	{C: 2, H: 10, W: 11, O: 6, KH: 4, KW: 3, Stride: 2, Pad: 1},
	{C: 2, H: 11, W: 8, O: 3, KH: 2, KW: 2, Stride: 3},
	{C: 1, H: 13, W: 13, O: 2, KH: 5, KW: 5, Stride: 4, Pad: 3},
	{C: 2, H: 3, W: 3, O: 3, KH: 5, KW: 5, Stride: 1, Pad: 2},
	{C: 1, H: 4, W: 29, O: 2, KH: 1, KW: 2, Stride: 1},
	{C: 1, H: 2, W: 3, O: 2, KH: 1, KW: 1, Stride: 1, Pad: 2},
	{C: 2, H: 6, W: 10, O: 3, KH: 2, KW: 3, Stride: 1},
	{C: 3, H: 8, W: 8, O: 4, KH: 3, KW: 3, Stride: 1, Pad: 1},
	{C: 2, H: 5, W: 16, O: 3, KH: 5, KW: 5, Stride: 1, Pad: 2},
	{C: 2, H: 4, W: 16, O: 3, KH: 3, KW: 3, Stride: 1, Pad: 1},
	{C: 1, H: 6, W: 32, O: 2, KH: 5, KW: 5, Stride: 1, Pad: 2},
	{C: 1, H: 6, W: 28, O: 2, KH: 5, KW: 5, Stride: 1},
}

func TestConv(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		for _, s := range convShapes {
			t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
				r := newRand(4)
				c := NewConv(s)
				checkLinear(t, r, c, convEdges(s), s.Out(), s.In(), s.O*s.K(), Lanes)
				checkLinear(t, r, c, convEdges(s), s.Out(), s.In(), s.O*s.K(), 5)
			})
		}
	})
}

// Blocks with a gap between their columns give the same, on every machine.
func TestConvPairs(t *testing.T) {
	before := current
	t.Cleanup(func() { current = before })
	pairs := *generic
	pairs.pairs, pairs.cols, pairs.rows = true, 2*Lanes, 5
	var gaps int
	pairs.gemm = func(p *gemm, c, a, b []float32) {
		if p.cols == Lanes {
			gemmGeneric(p, c, a, b)
			return
		}
		if p.bgap != 0 {
			gaps++
		}
		half := *p
		half.cols = Lanes
		gemmGeneric(&half, c, a, b)
		gemmGeneric(&half, c[Lanes+p.cgap:], a, b[Lanes+p.bgap:])
	}
	current = &pairs
	for _, s := range convShapes {
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
			checkLinear(t, newRand(4), NewConv(s), convEdges(s), s.Out(), s.In(), s.O*s.K(), Lanes)
		})
	}
	if gaps == 0 {
		t.Error("no block had a gap")
	}
}

// Forward multiplies every weight with what it meets of the input, once, and no padding.
func TestConvForwardMultipliesNoPadding(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		for _, s := range convShapes {
			c, done := NewConv(s), 0
			for i, o := range c.outBlocks[:len(c.outBlocks)-1] {
				for _, part := range c.forward[c.outBlocks[i+1]-o] {
					done += (c.outBlocks[i+1] - o) * part.rows * part.count * len(part.steps) * part.inner
				}
			}
			if want := connections(s); done != want {
				t.Errorf("%+v: %d products, of which %d meet the input", s, done, want)
			}
		}
	})
}

// What the taps of a position read spreads over the first cache.
func TestPlanesLieApart(t *testing.T) {
	for _, s := range benchConv {
		p := s.apart()
		lines := s.O * s.KH * s.KW
		if got, even := s.crowd(p.plane()/Lanes), (lines+sets-1)/sets; got > max(ways, 2*even) {
			t.Errorf("%s: %d of %d lines fall into one of %d sets", s.name, got, lines, sets)
		}
		if p.plane()%Lanes != 0 || p.skew < 0 || p.skew >= sets*Lanes {
			t.Errorf("%s: %d floats between planes", s.name, p.skew)
		}
	}
}

func TestSparseConv(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		for _, s := range convShapes {
			for _, density := range []float64{0, 0.05, 0.3, 1} {
				t.Run(fmt.Sprintf("%+v/%v", s, density), func(t *testing.T) {
					r := newRand(5)
					ptr, ind := randomCSR(r, s.O, s.K(), density)
					es := survivors(convEdges(s), s.K(), ptr, ind)
					c := NewSparseConv(s, ptr, ind)
					checkLinear(t, r, c, es, s.Out(), s.In(), len(ind), Lanes)
					checkLinear(t, r, c, es, s.Out(), s.In(), len(ind), 3)
				})
			}
		}
	})
}

// Slices of a batch may come in any order and differ only in their samples.
func TestConvSlicesRepeat(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(6)
		s := ConvShape{C: 3, H: 8, W: 8, O: 7, KH: 5, KW: 5, Stride: 1, Pad: 2}
		ptr, ind := randomCSR(r, s.O, s.K(), 0.2)
		for _, m := range []struct {
			linear
			weights int
		}{{NewConv(s), s.O * s.K()}, {NewSparseConv(s, ptr, ind), len(ind)}} {
			w := random(r, m.weights, 0)
			x1, _ := randomMat(r, s.In(), Lanes)
			x2, _ := randomMat(r, s.In(), Lanes)
			dy, _ := randomMat(r, s.Out(), Lanes)
			run := func(first, second Mat) (y, dx, dw []float32) {
				ym, dxm, dw := NewMat(s.Out(), Lanes), NewMat(s.In(), Lanes), make([]float32, m.weights)
				m.Load(w.data)
				m.Forward(ym, first)
				m.Forward(ym, second)
				m.InputGrad(dxm, dy)
				m.AddWeightGrad(dw, dy, second)
				return ym.Data, dxm.Data, dw
			}
			y, dx, dw := run(x1, x2)
			y2, dx2, dw2 := run(x2, x2)
			equal(t, "y", y2, y)
			equal(t, "dx", dx2, dx)
			equal(t, "dw", dw2, dw)
		}
	})
}

func TestLinearAllocatesNothing(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(7)
		s := ConvShape{C: 2, H: 8, W: 8, O: 7, KH: 3, KW: 3, Stride: 1, Pad: 1}
		ptr, ind := randomCSR(r, 20, 40, 0.2)
		cptr, cind := randomCSR(r, s.O, s.K(), 0.2)
		for _, m := range []struct {
			linear
			out, in, weights, n int
		}{
			{NewDense(20, 40), 20, 40, 800, 128},
			{NewSparseDense(20, 40, ptr, ind), 20, 40, len(ind), 128},
			{NewConv(s), s.Out(), s.In(), s.O * s.K(), Lanes},
			{NewSparseConv(s, cptr, cind), s.Out(), s.In(), len(cind), Lanes},
		} {
			x, _ := randomMat(r, m.in, m.n)
			dy, _ := randomMat(r, m.out, m.n)
			few, _ := randomMat(r, m.out, m.n)
			thin(r, few.Data, 0.25)
			y, dx := NewMat(m.out, m.n), NewMat(m.in, m.n)
			w, dw := make([]float32, m.weights), make([]float32, m.weights)
			step := func() {
				m.Load(w)
				m.Forward(y, x)
				for _, dy := range []Mat{dy, few} {
					m.InputGrad(dx, dy)
					m.AddWeightGrad(dw, dy, x)
					if d, ok := m.linear.(*Dense); ok {
						d.SetWeightGrad(dw, dy, x)
					}
				}
			}
			step()
			if n := testing.AllocsPerRun(10, step); n != 0 {
				t.Errorf("%T: %v allocations per step", m.linear, n)
			}
		}
	})
}

// SetWeightGrad makes, of anything, what AddWeightGrad makes of zeros.
func TestSetWeightGrad(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		for _, s := range []struct{ in, out, n int }{{1, 1, 1}, {33, 13, 20}, {48, 7, 128}, {70, 9, 3}, {16, 5, 0}} {
			r := newRand(4)
			x, _ := randomMat(r, s.in, s.n)
			dy, _ := randomMat(r, s.out, s.n)
			d := NewDense(s.out, s.in)
			want, got := Alloc(s.out*s.in), random(r, s.out*s.in, 0).data
			d.AddWeightGrad(want, dy, x)
			d.SetWeightGrad(got, dy, x)
			for i := range want {
				if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
					t.Fatalf("%+v: weight %d has %v, want %v", s, i, got[i], want[i])
				}
			}
		}
	})
}
