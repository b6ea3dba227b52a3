package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// eachVariant runs a test in every variant of this machine.
func eachVariant(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	before := Variant()
	t.Cleanup(func() { mustUse(before) })
	for _, name := range Variants() {
		mustUse(name)
		t.Run(name, f)
	}
}

func mustUse(name string) {
	if err := Use(name); err != nil {
		panic(err)
	}
}

const guardWords = 32

var guardWord = math.Float32frombits(0x7fc5a5a5)

// A guarded slice lies between guard words, so that a write outside shows.
type guarded[T float32 | uint8] struct {
	all, data []T
	guard     T
}

// newGuarded returns n values that begin skip values after a 64-byte boundary.
func newGuarded(n, skip int) guarded[float32] {
	all := Alloc(n + skip + 2*guardWords)
	g := guarded[float32]{all: all, data: all[guardWords+skip : guardWords+skip+n : guardWords+skip+n], guard: guardWord}
	for i := range all {
		all[i] = guardWord
	}
	clear(g.data)
	return g
}

func newGuardedBytes(n int) guarded[uint8] {
	all := make([]uint8, n+2*guardWords)
	for i := range all {
		all[i] = 0xa5
	}
	return guarded[uint8]{all: all, data: all[guardWords : guardWords+n : guardWords+n], guard: 0xa5}
}

func (g guarded[T]) check(t *testing.T) {
	t.Helper()
	skip := len(g.all) - len(g.data) - guardWords
	for i, v := range g.all {
		if i >= skip && i < skip+len(g.data) {
			continue
		}
		if bits(v) != bits(g.guard) {
			t.Fatalf("guard word %d overwritten with %v", i-skip, v)
		}
	}
}

func bits[T float32 | uint8](v T) uint32 {
	if f, ok := any(v).(float32); ok {
		return math.Float32bits(f)
	}
	return uint32(v)
}

// random returns n normal variates between guard words.
func random(r *rand.Rand, n, skip int) guarded[float32] {
	g := newGuarded(n, skip)
	for i := range g.data {
		g.data[i] = float32(r.NormFloat64())
	}
	return g
}

// randomMat returns a matrix of normal variates whose padding is zero.
func randomMat(r *rand.Rand, rows, cols int) (Mat, guarded[float32]) {
	stride := Pad(cols)
	g := newGuarded(rows*stride, 0)
	m := Mat{Rows: rows, Cols: cols, Stride: stride, Data: g.data}
	for i := range rows {
		for j := range cols {
			m.Row(i)[j] = float32(r.NormFloat64())
		}
	}
	return m, g
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// near fails unless the values of got are those of want up to rounding: scale is
// the size of the terms, of which there are n to a value.
func near(t *testing.T, what string, got []float32, want []float64, n int) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	tol := 1.5e-6 * (2 + 2*math.Sqrt(float64(n)))
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - w); !(d <= tol*max(1, math.Abs(w))) {
			t.Fatalf("%s: value %d is %v, want %v", what, i, got[i], w)
		}
	}
}

// equal fails unless got and want are the same bits.
func equal(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: value %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// randomCSR returns a pattern of about density*rows*cols weights that has an
// empty row and an empty column where it can.
func randomCSR(r *rand.Rand, rows, cols int, density float64) (ptr, ind []int32) {
	ptr = []int32{0}
	for i := range rows {
		for j := range cols {
			if r.Float64() < density && (rows == 1 || i != rows/2) && (cols == 1 || j != cols/3) {
				ind = append(ind, int32(j))
			}
		}
		ptr = append(ptr, int32(len(ind)))
	}
	return ptr, ind
}

// expand returns the dense matrix of a CSR pattern with the given values.
func expand(rows, cols int, ptr, ind []int32, val []float32) []float32 {
	w := make([]float32, rows*cols)
	for i := range rows {
		for k := ptr[i]; k < ptr[i+1]; k++ {
			w[i*cols+int(ind[k])] = val[k]
		}
	}
	return w
}

func TestBlocks(t *testing.T) {
	for _, most := range []int{1, 4, 5, 6, 12} {
		for n := 1; n <= 100; n++ {
			b := blocks(n, most)
			if b[0] != 0 || b[len(b)-1] != n || len(b)-1 != (n+most-1)/most {
				t.Fatalf("blocks(%d, %d) = %v", n, most, b)
			}
			lo, hi := n, 0
			for i := range len(b) - 1 {
				lo, hi = min(lo, b[i+1]-b[i]), max(hi, b[i+1]-b[i])
			}
			if hi > most || hi-lo > 1 {
				t.Fatalf("blocks(%d, %d) = %v", n, most, b)
			}
		}
	}
}

func TestTranspose(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(1)
		for _, rows := range []int{1, 2, 3, 5, 6, 8, 10, 12, 15, 16, 17, 33} {
			for _, cols := range []int{1, 2, 4, 7, 8, 9, 15, 16, 17, 31, 32, 50} {
				lds, ldd := cols+r.IntN(3), rows+r.IntN(3)
				src := random(r, (rows-1)*lds+cols, r.IntN(4))
				dst := newGuarded((cols-1)*ldd+rows, r.IntN(4))
				for i := range dst.data {
					dst.data[i] = 7
				}
				current.transpose(dst.data, ldd, src.data, lds, rows, cols)
				for i, v := range dst.data {
					want := float32(7)
					if i%ldd < rows {
						want = src.data[i%ldd*lds+i/ldd]
					}
					if v != want {
						t.Fatalf("%dx%d: value %d is %v, want %v", rows, cols, i, v, want)
					}
				}
				dst.check(t)
			}
		}
	})
}
