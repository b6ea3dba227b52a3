package sparse_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"prunelab/model/sparse"
)

// special are the values that a careless conversion loses.
var special = []float32{
	0, float32(math.Copysign(0, -1)), 1, -1, 1e-45, math.MaxFloat32,
	float32(math.Inf(1)), float32(math.Inf(-1)), math.Float32frombits(0x7fc00001), math.Float32frombits(0xffa54321),
}

// matrix draws a dense matrix with a mask, at times without rows or columns, or
// one long row, so that distances are large; with nothing, everything or a part
// kept, and a row and a column that nothing is kept of; with ordinary values,
// special ones among them, or kept zeros alone.
func matrix(t *rapid.T) sparse.Dense {
	rows := rapid.IntRange(0, 12).Draw(t, "rows")
	cols := rapid.IntRange(0, 20).Draw(t, "cols")
	if rapid.IntRange(0, 3).Draw(t, "long") == 0 {
		rows, cols = 1, rapid.IntRange(200, 1500).Draw(t, "length")
	}
	density := rapid.SampledFrom([]float64{0, 0.005, 0.02, 0.1, 0.3, 0.7, 1}).Draw(t, "density")
	values := rapid.SampledFrom([]string{"ordinary", "special", "zero"}).Draw(t, "values")
	dead := -1
	if rapid.Bool().Draw(t, "dead row and column") {
		dead = rapid.IntRange(0, max(rows, cols)).Draw(t, "dead")
	}
	r := stream(rapid.Uint64().Draw(t, "seed"))
	d := sparse.Dense{Rows: rows, Cols: cols, Val: make([]float32, rows*cols), Mask: make([]bool, rows*cols)}
	for pos := range d.Val {
		if rows > 1 && pos/cols == dead || pos%cols == dead || r.Float64() >= density {
			continue
		}
		d.Mask[pos] = true
		switch {
		case values == "special" && r.IntN(2) == 0:
			d.Val[pos] = special[r.IntN(len(special))]
		case values != "zero":
			d.Val[pos] = r.Float32() - 0.5
		}
	}
	return d
}

// identical compares bit by bit.
func identical(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}

func same(a, b sparse.Dense) bool {
	return a.Rows == b.Rows && a.Cols == b.Cols && identical(a.Val, b.Val) && reflect.DeepEqual(a.Mask, b.Mask)
}

// each runs the test for the matrix in every format.
func each(t *rapid.T, d sparse.Dense, test func(m sparse.Matrix)) {
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	for _, f := range sparse.Formats() {
		for k := 1; k <= sparse.MaxCodeBits; k++ {
			m, err := sparse.As(d, f, k)
			if err != nil {
				t.Fatal(err)
			}
			if m.Format() != f {
				t.Fatalf("asked for %s, got %s", f, m.Format())
			}
			test(m)
			if f != sparse.FormatRelative {
				break
			}
		}
	}
}

// worked is the example of Han, Mao, Dally (2016), Figure 2: 16 weights, of
// which 3.4, 0.9 and 1.7 at 1, 4 and 15 are left.
func worked(t *testing.T) sparse.CSR {
	t.Helper()
	a, err := sparse.FromPositions(1, 16, []int32{1, 4, 15}, []float32{3.4, 0.9, 1.7})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func stream(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }
