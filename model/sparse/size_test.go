package sparse_test

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"prunelab/model/sparse"
)

func sizeOf(t *testing.T, f sparse.Format, rows, cols, stored int, w sparse.Widths) sparse.Size {
	t.Helper()
	s, err := sparse.SizeOf(f, rows, cols, stored, w)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Numbers by Han, Mao, Dally (2016), section 2: 2a + n + 1, where n is rows for
// CSR and columns for CSC, which only a matrix that is not square tells apart.
func TestNumbersOfRectangularMatrices(t *testing.T) {
	for _, c := range []struct {
		format           sparse.Format
		rows, cols, a    int
		numbers, byBytes int64
	}{
		{sparse.FormatDense, 300, 784, 18816, 235_200, 940_800},
		{sparse.FormatCSR, 300, 784, 18816, 2*18816 + 301, 4 * (2*18816 + 301)},
		{sparse.FormatCSC, 300, 784, 18816, 2*18816 + 785, 4 * (2*18816 + 785)},
		{sparse.FormatCSR, 784, 300, 18816, 2*18816 + 785, 4 * (2*18816 + 785)},
		{sparse.FormatCSC, 784, 300, 18816, 2*18816 + 301, 4 * (2*18816 + 301)},
		{sparse.FormatCOO, 300, 784, 18816, 3 * 18816, 12 * 18816},
		{sparse.FormatBitmap, 300, 784, 18816, 18816 + 235_200, 4*18816 + 29_400},
		{sparse.FormatBitmap, 3, 3, 2, 2 + 9, 8 + 2},
		{sparse.FormatCSR, 0, 5, 0, 1, 4},
		{sparse.FormatCSC, 0, 5, 0, 6, 24},
		{sparse.FormatRelative, 10, 10, 100, 200, 400 + 63}, // no filler when nothing is pruned
		{sparse.FormatRelative, 10, 10, 0, 0, 0},
	} {
		s := sizeOf(t, c.format, c.rows, c.cols, c.a, sparse.FileWidths(5))
		if s.Numbers != c.numbers || s.Bytes != c.byBytes {
			t.Errorf("%s of %d x %d with %d: %d numbers, %d bytes, want %d and %d", c.format, c.rows, c.cols, c.a, s.Numbers, s.Bytes, c.numbers, c.byBytes)
		}
		if want := int64(4 * c.rows * c.cols); s.Original != want {
			t.Errorf("%s: the original has %d bytes, want %d, the dense matrix", c.format, s.Original, want)
		}
	}
}

// With narrower numbers the original stays what it was.
func TestWidths(t *testing.T) {
	w := sparse.Widths{Value: 5, Index: 10, Pointer: 15, Code: 5}
	s := sizeOf(t, sparse.FormatCSR, 300, 784, 18816, w)
	if want := int64(18816*5/8 + 18816*10/8 + (301*15+7)/8); s.Bytes != want || s.Original != 4*235_200 {
		t.Errorf("%d bytes of %d, want %d of %d", s.Bytes, s.Original, want, 4*235_200)
	}
	if got, want := s.Compression(), 4*235_200/float64(s.Bytes); got != want {
		t.Errorf("%v times smaller, want %v", got, want)
	}
	for name, c := range map[string]struct {
		format sparse.Format
		w      sparse.Widths
	}{
		"column 783 in 9 bits":       {sparse.FormatCSR, sparse.Widths{Value: 5, Index: 9, Pointer: 32}},
		"row 299 in 8 bits":          {sparse.FormatCSC, sparse.Widths{Value: 5, Index: 8, Pointer: 32}},
		"coordinate 783 in 9 bits":   {sparse.FormatCOO, sparse.Widths{Value: 5, Index: 9}},
		"18816 weights in 14 bits":   {sparse.FormatCSR, sparse.Widths{Value: 5, Index: 32, Pointer: 14}},
		"no values":                  {sparse.FormatBitmap, sparse.Widths{}},
		"values of 65 bits":          {sparse.FormatBitmap, sparse.Widths{Value: 65}},
		"no codes":                   {sparse.FormatRelative, sparse.Widths{Value: 32}},
		"codes of 17 bits":           {sparse.FormatRelative, sparse.FileWidths(17)},
		"a format that is not there": {"bsr", sparse.FileWidths(5)},
	} {
		if s, err := sparse.SizeOf(c.format, 300, 784, 18816, c.w); err == nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
	for _, c := range []struct {
		format sparse.Format
		w      sparse.Widths
	}{
		{sparse.FormatCSR, sparse.Widths{Value: 1, Index: 10, Pointer: 15}},
		{sparse.FormatCSC, sparse.Widths{Value: 1, Index: 9, Pointer: 15}},
		{sparse.FormatCOO, sparse.Widths{Value: 1, Index: 10}},
		{sparse.FormatBitmap, sparse.Widths{Value: 1}},
		{sparse.FormatRelative, sparse.Widths{Value: 1, Code: 1}},
		{sparse.FormatDense, sparse.Widths{Value: 1}},
	} {
		sizeOf(t, c.format, 300, 784, 18816, c.w) // no width more than it needs
	}
	for _, stored := range []int{-1, 300*784 + 1} {
		if s, err := sparse.SizeOf(sparse.FormatCSR, 300, 784, stored, sparse.FileWidths(5)); err == nil {
			t.Errorf("%d weights stored: %+v", stored, s)
		}
	}
	if s, err := sparse.Sizes(worked(t), sparse.Widths{Value: 32, Index: 32, Pointer: 32}); err == nil {
		t.Errorf("sizes without codes: %+v", s)
	}
}

// The bytes are those of the arrays in a file, of every format.
func TestSizesAreThoseOfTheArrays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := matrix(rt)
		k := rapid.IntRange(1, sparse.MaxCodeBits).Draw(rt, "k")
		sizes, err := sparse.Sizes(d, sparse.FileWidths(k))
		if err != nil {
			rt.Fatal(err)
		}
		for i, f := range sparse.Formats() {
			m, err := sparse.As(d, f, k)
			if err != nil {
				rt.Fatal(err)
			}
			var bytes int64
			for _, e := range sparse.Entries(m) {
				switch e.Name {
				case "format", "shape", "mask", "k", "origin": // what Size says it leaves out
				default:
					bytes += int64(len(e.Data))
				}
			}
			if s := sizes[i]; s.Format != f || s.Bytes != bytes || s.Original != int64(4*len(d.Val)) {
				rt.Errorf("%s: %+v, the arrays have %d bytes", f, s, bytes)
			}
			if f == sparse.FormatRelative {
				continue
			}
			if s, err := sparse.SizeOf(f, d.Rows, d.Cols, d.Stored(), sparse.FileWidths(k)); err != nil || s != sizes[i] {
				rt.Errorf("%s: %+v by counts, %+v by the matrix, %v", f, s, sizes[i], err)
			}
		}
	})
}

func TestBreakEven(t *testing.T) {
	w := sparse.FileWidths(5)
	for _, c := range []struct {
		format sparse.Format
		want   float64 // of a matrix so large that pointers do not count
	}{
		{sparse.FormatCSR, 0.5},
		{sparse.FormatCSC, 0.5},
		{sparse.FormatCOO, 1.0 / 3},
		{sparse.FormatBitmap, 31.0 / 32},
		{sparse.FormatRelative, 32.0 / 37},
	} {
		got, err := sparse.BreakEven(c.format, 4096, 8192, w)
		if err != nil || math.Abs(got-c.want) > 2e-4 {
			t.Errorf("%s breaks even at %v (%v), want about %v", c.format, got, err, c.want)
		}
	}
	if got, err := sparse.BreakEven(sparse.FormatDense, 10, 10, w); err != nil || got != 0 {
		t.Errorf("the dense matrix is smaller than itself below %v, %v", got, err)
	}
	if _, err := sparse.BreakEven("bsr", 10, 10, w); err == nil {
		t.Error("an unknown format breaks even")
	}
}

// One weight more, and the format is no longer smaller.
func TestBreakEvenIsTheLastThatIsSmaller(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows, cols := rapid.IntRange(0, 40).Draw(rt, "rows"), rapid.IntRange(0, 40).Draw(rt, "cols")
		w := sparse.FileWidths(rapid.IntRange(1, sparse.MaxCodeBits).Draw(rt, "k"))
		f := rapid.SampledFrom(sparse.Formats()).Draw(rt, "format")
		p, err := sparse.BreakEven(f, rows, cols, w)
		if err != nil {
			rt.Fatal(err)
		}
		last := int(math.Round(p * float64(rows*cols)))
		for stored := 1; stored <= rows*cols; stored++ {
			s, err := sparse.SizeOf(f, rows, cols, stored, w)
			if err != nil {
				rt.Fatal(err)
			}
			if smaller := s.Bytes < s.Original; smaller != (stored <= last) {
				rt.Fatalf("%s of %d x %d with %d weights: %d of %d bytes, and breaks even at %d", f, rows, cols, stored, s.Bytes, s.Original, last)
			}
		}
	})
}

// q^32 / (1 - q^32) in exact fractions.
func TestExpectedFillers(t *testing.T) {
	for density, want := range map[float64]float64{0.08: 0.07454805509308945, 0.02: 1.1003246990736335, 0.01: 2.6361036345632062, 1: 0, 0.5: math.Pow(0.5, 32) / (1 - math.Pow(0.5, 32))} {
		if got := sparse.ExpectedFillers(density, 5); math.Abs(got-want) > 1e-12*want {
			t.Errorf("density %v: %v fillers, want %v", density, got, want)
		}
	}
	if got := sparse.ExpectedFillers(0, 5); !math.IsInf(got, 1) {
		t.Errorf("density 0: %v fillers", got)
	}
	// Where 1-p is 1 in float64, a weight comes every 1e20 positions.
	if got := sparse.ExpectedFillers(1e-20, 5); math.Abs(got*32e-20-1) > 1e-9 {
		t.Errorf("density 1e-20: %v fillers", got)
	}
	for _, p := range []float64{-0.1, 1.1, math.NaN()} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("density %v: no panic", p)
				}
			}()
			sparse.ExpectedFillers(p, 5)
		}()
	}
}

// random keeps each weight with probability p.
func random(rows, cols int, p float64, seed uint64) sparse.CSR {
	r := stream(seed)
	var pos []int32
	var val []float32
	for i := range rows * cols {
		if r.Float64() < p {
			pos, val = append(pos, int32(i)), append(val, r.Float32()+1)
		}
	}
	a, err := sparse.FromPositions(rows, cols, pos, val)
	if err != nil {
		panic(err)
	}
	return a
}

func TestFillersAreAsExpected(t *testing.T) {
	for _, p := range []float64{0.3, 0.08, 0.02, 0.01} {
		a := random(1000, 1000, p, 7)
		for _, k := range []int{2, 4, 5, 8} {
			q := math.Pow(1-p, float64(int(1)<<k))
			n := float64(a.Stored())
			want := n * sparse.ExpectedFillers(p, k)
			deviation := math.Sqrt(n*q) / (1 - q) // of a sum of n geometric variables
			if got := float64(a.Fillers(k)); math.Abs(got-want) > 5*deviation+1 {
				t.Errorf("density %v, k = %d: %v fillers, expected %.1f with a standard deviation of %.1f", p, k, got, want, deviation)
			}
			s := sizeOf(t, sparse.FormatRelative, 1000, 1000, a.Stored(), sparse.FileWidths(k))
			if got := float64(s.Numbers)/2 - n; math.Abs(got-n*sparse.ExpectedFillers(n/1e6, k)) > 1 {
				t.Errorf("density %v, k = %d: the size has %v fillers", p, k, got)
			}
		}
	}
}

func TestBestCode(t *testing.T) {
	for _, p := range []float64{1, 0.9, 0.3, 0.08, 0.02, 0.01, 0.001, 1e-5} {
		best := sparse.BestCode(p, 32)
		cost := func(k int) float64 { return float64(32+k) / (1 - math.Pow(1-p, float64(int(1)<<k))) }
		for k := 1; k <= sparse.MaxCodeBits; k++ {
			if cost(k) < cost(best)*(1-1e-12) || k < best && cost(k) <= cost(best)*(1-1e-12) {
				t.Errorf("density %v: %d bits take %v, the best, %d, %v", p, k, cost(k), best, cost(best))
			}
		}
		if p < 0.001 {
			continue
		}
		a := random(100, 1000, p, 11)
		counted := a.BestCode(32)
		least := bytesOf(t, a, counted)
		for k := 1; k <= sparse.MaxCodeBits; k++ {
			if bytes := bytesOf(t, a, k); bytes < least || k < counted && bytes == least {
				t.Errorf("density %v: %d bytes with %d bits, %d with the best, %d", p, bytes, k, least, counted)
			}
		}
		if counted < best-1 || counted > best+1 {
			t.Errorf("density %v: %d bits are expected to be best, %d are", p, best, counted)
		}
	}
	if k := sparse.BestCode(0, 32); k != 1 {
		t.Errorf("nothing stored: %d bits", k)
	}
	if k := (sparse.CSR{Rows: 1, Cols: 1, Ptr: []int32{0, 0}}).BestCode(32); k != 1 {
		t.Errorf("an empty matrix: %d bits", k)
	}
}

func bytesOf(t *testing.T, a sparse.CSR, k int) int64 {
	t.Helper()
	sizes, err := sparse.Sizes(a, sparse.FileWidths(k))
	if err != nil {
		t.Fatal(err)
	}
	return sizes[len(sizes)-1].Bytes
}

// The table of the package comment is the one that the package computes.
func TestTableOfThePackageComment(t *testing.T) {
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	w := sparse.FileWidths(5)
	formula := map[sparse.Format]string{
		sparse.FormatDense: "mn", sparse.FormatCSR: "2a + m + 1", sparse.FormatCSC: "2a + n + 1",
		sparse.FormatCOO: "3a", sparse.FormatBitmap: "a + mn", sparse.FormatRelative: "2(a + f)",
	}
	for _, f := range sparse.Formats() {
		s := sizeOf(t, f, 300, 784, 18816, w)
		p, err := sparse.BreakEven(f, 300, 784, w)
		if err != nil {
			t.Fatal(err)
		}
		even := fmt.Sprintf("%.2f %%", 100*p)
		if f == sparse.FormatDense {
			even = "-"
		}
		line := fmt.Sprintf("//\t%-8s  %-10s  %7d  %6d  %5.2f  %8s\n", f, formula[f], s.Numbers, s.Bytes, s.Compression(), even)
		if !strings.Contains(string(source), line) {
			t.Errorf("doc.go lacks %q", line)
		}
	}
	for _, p := range []float64{0.5, 0.08, 0.02, 0.01, 0.001} {
		line := fmt.Sprintf("//\t%5.1f %%  %8.3f  %8.3f  %8.3f  %8d\n", 100*p, sparse.ExpectedFillers(p, 4), sparse.ExpectedFillers(p, 5), sparse.ExpectedFillers(p, 8), sparse.BestCode(p, 32))
		if !strings.Contains(string(source), line) {
			t.Errorf("doc.go lacks %q", line)
		}
	}
}
