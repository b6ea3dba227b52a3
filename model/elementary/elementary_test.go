package elementary_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"runtime"
	"testing"

	"golang.org/x/sys/cpu"

	"prunelab/model/elementary"
	"prunelab/model/rng"
)

// What was published was computed with package math on such processors.
func TestBitsOfMath(t *testing.T) {
	if runtime.GOARCH != "amd64" || !cpu.X86.HasFMA {
		t.Skip("package math has other bits on this processor")
	}
	r := rng.Stream(1, "elementary")
	for range 300_000 {
		x := math.Ldexp(r.Float64()-0.5, r.IntN(11)) // beyond 709, math.Exp of amd64 is infinite too soon
		if got, want := elementary.Exp(x), math.Exp(x); got != want {
			t.Fatalf("exp(%v) = %v, want %v", x, got, want)
		}
		u := math.Ldexp(1+r.Float64(), r.IntN(2000)-1000)
		if got, want := elementary.Log(u), math.Log(u); got != want {
			t.Fatalf("log(%v) = %v, want %v", u, got, want)
		}
		u, y := 1+10*r.Float64(), 6*(r.Float64()-0.5)
		if got, want := elementary.Pow(u, y), math.Pow(u, y); got != want {
			t.Fatalf("pow(%v, %v) = %v, want %v", u, y, got, want)
		}
	}
}

func TestEdges(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	same := func(a, b float64) bool { return a == b || a != a && b != b }
	for _, c := range []struct{ x, exp, log float64 }{
		{0, 1, -inf}, {1, math.E, 0}, {inf, inf, inf}, {-inf, 0, nan}, {nan, nan, nan}, {-1, 1 / math.E, nan},
		{709.7, 1.6549840276802644e308, math.Log(709.7)}, {710, inf, math.Log(710)}, {-745, 5e-324, nan}, {-800, 0, nan}, {1e300, inf, math.Log(1e300)}, {-1e300, 0, nan},
	} {
		if got := elementary.Exp(c.x); !same(got, c.exp) && math.Abs(got/c.exp-1) > 1e-15 {
			t.Errorf("exp(%v) = %v, want %v", c.x, got, c.exp)
		}
		if got := elementary.Log(c.x); !same(got, c.log) && math.Abs(got-c.log) > 1e-15*math.Abs(c.log) {
			t.Errorf("log(%v) = %v, want %v", c.x, got, c.log)
		}
	}
}

// The reference is the Taylor series in 200 bits: math.Sin is itself off by one and a half
// units in the last place at -0.79875.
func TestSin(t *testing.T) {
	exact := func(x float64) float64 {
		number := func(v float64) *big.Float { return new(big.Float).SetPrec(200).SetFloat64(v) }
		square := number(x)
		square.Mul(square, square)
		term, sum := number(x), number(x)
		for n := 2.0; n < 60; n += 2 {
			term.Quo(term.Mul(term, square), number(-n*(n+1)))
			sum.Add(sum, term)
		}
		v, _ := sum.Float64()
		return v
	}
	for i := range 20001 {
		x := math.Pi / 2 * (float64(i)/10000 - 1)
		if got, want := elementary.Sin(x), exact(x); math.Abs(got-want) > 3e-16*math.Abs(want) {
			t.Fatalf("sin(%v) = %v, want %v", x, got, want)
		}
	}
}

// The digest was made of package math on amd64.
func TestBitsEverywhere(t *testing.T) {
	h := sha256.New()
	for i := range 2000 {
		z := math.Ldexp(1+float64(i%100)/100, i/100-10)
		for _, v := range []float64{elementary.Exp(-z), elementary.Log(1 + z), elementary.Pow(1+z, -0.75)} {
			_ = binary.Write(h, binary.LittleEndian, v)
		}
	}
	if got := fmt.Sprintf("%x", h.Sum(nil))[:16]; got != "df6e563bbe0cd0d7" {
		t.Errorf("digest %s, was df6e563bbe0cd0d7", got)
	}
}
