package kernel

import (
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// A sparse layer is the dense layer whose other weights are zero.
func TestSparseDenseIsDenseWithZeros(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			out, in := rapid.IntRange(1, 40).Draw(t, "out"), rapid.IntRange(1, 70).Draw(t, "in")
			n := rapid.IntRange(1, 150).Draw(t, "n")
			density := rapid.Float64Range(0, 1).Draw(t, "density")
			r := newRand(rapid.Uint64().Draw(t, "seed"))
			ptr, ind := randomCSR(r, out, in, density)
			w := random(r, len(ind), 0).data
			sameProducts(t, NewSparseDense(out, in, ptr, ind), NewDense(out, in), out, in, n, w, ptr, ind, in)
		})
	})
}

// A sparse convolution is the convolution whose other weights are zero.
func TestSparseConvIsConvWithZeros(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			s := ConvShape{
				C: rapid.IntRange(1, 4).Draw(t, "C"), O: rapid.IntRange(1, 7).Draw(t, "O"),
				H: rapid.IntRange(1, 9).Draw(t, "H"), W: rapid.IntRange(1, 18).Draw(t, "W"),
				Pad: rapid.IntRange(0, 3).Draw(t, "Pad"), Stride: rapid.IntRange(1, 3).Draw(t, "Stride"),
			}
			s.KH = rapid.IntRange(1, min(6, s.H+2*s.Pad)).Draw(t, "KH")
			s.KW = rapid.IntRange(1, min(6, s.W+2*s.Pad)).Draw(t, "KW")
			density := rapid.Float64Range(0, 1).Draw(t, "density")
			r := newRand(rapid.Uint64().Draw(t, "seed"))
			ptr, ind := randomCSR(r, s.O, s.K(), density)
			w := random(r, len(ind), 0).data
			sameProducts(t, NewSparseConv(s, ptr, ind), NewConv(s), s.Out(), s.In(), Lanes, w, ptr, ind, s.K())
		})
	})
}

// sameProducts fails unless a sparse map with the weights w of a CSR pattern and
// the dense map with zeros elsewhere give the same products.
func sameProducts(t *rapid.T, sparse, dense linear, out, in, n int, w []float32, ptr, ind []int32, cols int) {
	r := newRand(1)
	x, _ := randomMat(r, in, n)
	dy, _ := randomMat(r, out, n)
	products := func(m linear, w []float32) (y, dx Mat, dw []float32) {
		y, dx, dw = NewMat(out, n), NewMat(in, n), make([]float32, len(w))
		m.Load(w)
		m.Forward(y, x)
		m.InputGrad(dx, dy)
		m.AddWeightGrad(dw, dy, x)
		return y, dx, dw
	}
	y, dx, dw := products(sparse, w)
	full := expand(len(ptr)-1, cols, ptr, ind, w)
	wantY, wantDX, wantDW := products(dense, full)
	for k, i := range positions(cols, ptr, ind) {
		close32(t, "dw", dw[k], wantDW[i])
	}
	for i := range y.Data {
		close32(t, "y", y.Data[i], wantY.Data[i])
	}
	for i := range dx.Data {
		close32(t, "dx", dx.Data[i], wantDX.Data[i])
	}
}

// positions returns where the values of a CSR pattern lie in the dense matrix.
func positions(cols int, ptr, ind []int32) []int {
	var at []int
	for r := range len(ptr) - 1 {
		for _, c := range ind[ptr[r]:ptr[r+1]] {
			at = append(at, r*cols+int(c))
		}
	}
	return at
}

func close32(t *rapid.T, what string, got, want float32) {
	if d := got - want; !(max(d, -d) <= 1e-4*max(1, want, -want)) {
		t.Fatalf("%s is %v, want %v", what, got, want)
	}
}

// The results of a variant do not depend on the instance, the goroutine, what
// the instance did before, or where in memory the operands lie.
func TestResultsRepeat(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		const out, in, n = 37, 53, 100
		r := newRand(2)
		s := ConvShape{C: 3, H: 8, W: 8, O: 7, KH: 5, KW: 5, Stride: 1, Pad: 2}
		ptr, ind := randomCSR(r, out, in, 0.3)
		cptr, cind := randomCSR(r, s.O, s.K(), 0.3)
		for _, k := range []struct {
			make                func() linear
			out, in, n, weights int
		}{
			{func() linear { return NewDense(out, in) }, out, in, n, out * in},
			{func() linear { return NewSparseDense(out, in, ptr, ind) }, out, in, n, len(ind)},
			{func() linear { return NewConv(s) }, s.Out(), s.In(), Lanes, s.O * s.K()},
			{func() linear { return NewSparseConv(s, cptr, cind) }, s.Out(), s.In(), Lanes, len(cind)},
		} {
			x, _ := randomMat(r, k.in, k.n)
			dy, _ := randomMat(r, k.out, k.n)
			w := random(r, k.weights, 0).data
			var want []float32
			products := func(m linear, skip int) []float32 {
				y, dx := NewMat(k.out, k.n), NewMat(k.in, k.n)
				dw, moved := newGuarded(k.weights, skip).data, newGuarded(k.weights, skip).data
				copy(moved, w)
				m.Load(moved)
				m.Forward(y, x)
				m.InputGrad(dx, dy)
				m.AddWeightGrad(dw, dy, x)
				return append(append(append([]float32(nil), y.Data...), dx.Data...), dw...)
			}
			m := k.make()
			want = products(m, 0)
			equal(t, "second call", products(m, 3), want)
			var wg sync.WaitGroup
			results := make([][]float32, 4)
			for i := range results {
				m := k.make()
				wg.Go(func() { results[i] = products(m, i) })
			}
			wg.Wait()
			for _, got := range results {
				equal(t, "other goroutine", got, want)
			}
		}
	})
}

// The result for a sample depends neither on the other samples of the batch nor
// on its place there.
func TestSamplesAreIndependent(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		const out, in, n = 33, 700, 400
		r := newRand(3)
		ptr, ind := randomCSR(r, out, in, 0.1)
		for _, k := range []struct {
			linear
			weights int
		}{{NewDense(out, in), out * in}, {NewSparseDense(out, in, ptr, ind), len(ind)}} {
			x, _ := randomMat(r, in, n)
			dy, _ := randomMat(r, out, n)
			y, dx := NewMat(out, n), NewMat(in, n)
			k.Load(random(r, k.weights, 0).data)
			k.Forward(y, x)
			k.InputGrad(dx, dy)
			for _, from := range []int{0, 1, 17, 200, 399} {
				for _, m := range []int{1, 16, 33, 128, 200} {
					m = min(m, n-from)
					partY, partDX := NewMat(out, m), NewMat(in, m)
					k.Forward(partY, columnsFrom(x, from, m))
					k.InputGrad(partDX, columnsFrom(dy, from, m))
					equal(t, "y", columnsOf(partY), columnsOf(columnsFrom(y, from, m)))
					equal(t, "dx", columnsOf(partDX), columnsOf(columnsFrom(dx, from, m)))
				}
			}
		}
	})
}

// columnsFrom returns a copy of n columns of m.
func columnsFrom(m Mat, from, n int) Mat {
	part := NewMat(m.Rows, n)
	for i := range m.Rows {
		copy(part.Row(i), m.Row(i)[from:])
	}
	return part
}
