package stats

import (
	"errors"
	"fmt"
	"math"
	"math/bits"

	"gonum.org/v1/gonum/stat/distuv"
)

// Wilson returns k/n with Wilson's score interval (Wilson 1927; Newcombe
// 1998). It says how well one network's accuracy is known from n images; it
// says nothing about other seeds, so its N is 1.
func Wilson(k, n int, level float64) (Estimate, error) {
	checkLevel(level)
	if n < 1 || k < 0 || k > n {
		return Estimate{}, fmt.Errorf("Wilson interval: %d of %d is no proportion", k, n)
	}
	z := distuv.UnitNormal.Quantile(0.5 + level/2)
	p, m := float64(k)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	lo, hi := max(0, centre-half), min(1, centre+half)
	if k == 0 {
		lo = 0 // exactly: the difference above leaves rounding
	}
	if k == n {
		hi = 1
	}
	return Estimate{Value: p, Lo: lo, Hi: hi, Level: level, N: 1, Method: MethodWilson}, nil
}

// BinomialSE is the standard error of an accuracy p measured on n images,
// sqrt(p(1-p)/n).
func BinomialSE(p float64, n int) float64 {
	if n < 1 || !(p >= 0 && p <= 1) {
		panic("stats: no proportion")
	}
	return math.Sqrt(p * (1 - p) / float64(n))
}

// Agreement compares two networks image by image.
type Agreement struct {
	Both  int     `json:"both"`   // images that both classify correctly
	OnlyA int     `json:"only_a"` // images that only the first does
	OnlyB int     `json:"only_b"`
	None  int     `json:"none"`
	Exact float64 `json:"exact"` // two-sided p of McNemar's exact test
	MidP  float64 `json:"mid_p"` // its mid-p variant
}

// McNemar tests whether two networks are equally accurate on the same n images
// (McNemar 1947). a and b hold a bit an image, lowest first, set where the
// network was right. Given the m images on which they disagree, the number that
// one of them has right is binomial(m, 1/2): Exact is twice its smaller tail,
// MidP counts half of the observed value (Fagerland, Lydersen and Laake 2013).
func McNemar(a, b []byte, n int) (Agreement, error) {
	if n < 1 {
		return Agreement{}, fmt.Errorf("McNemar's test: %w", ErrEmpty)
	}
	if err := checkBits(n, a, b); err != nil {
		return Agreement{}, fmt.Errorf("McNemar's test: %w", err)
	}
	var g Agreement
	for i := range a {
		g.Both += bits.OnesCount8(a[i] & b[i])
		g.OnlyA += bits.OnesCount8(a[i] &^ b[i])
		g.OnlyB += bits.OnesCount8(b[i] &^ a[i])
	}
	g.None = n - g.Both - g.OnlyA - g.OnlyB
	g.Exact, g.MidP = binomialP(g.OnlyA, g.OnlyB)
	return g, nil
}

// checkBits refuses correctness bits that are not those of n images.
func checkBits(n int, of ...[]byte) error {
	for _, b := range of {
		if want := (n + 7) / 8; len(b) != want {
			return fmt.Errorf("%d bytes of correctness bits for %d images, want %d", len(b), n, want)
		}
		if b[len(b)-1]>>((n+7)%8+1) != 0 {
			return errors.New("correctness bits beyond the last image are set")
		}
	}
	return nil
}

// Difference is the accuracy of the first network less that of the second, on the
// images that they were compared on: one network each, so that N is 1. The
// interval is Newcombe's (1998, method 10): with p and q the accuracies, [l, u]
// and [m, v] their Wilson intervals and phi the correlation of the two, in whose
// numerator n/2 is taken off what is positive,
//
//	p - q - sqrt((p-l)² - 2 phi (p-l)(v-q) + (v-q)²)
//	p - q + sqrt((u-p)² - 2 phi (u-p)(q-m) + (q-m)²)
func (g Agreement) Difference(level float64) Estimate {
	n := g.Both + g.OnlyA + g.OnlyB + g.None
	a, errA := Wilson(g.Both+g.OnlyA, n, level)
	b, errB := Wilson(g.Both+g.OnlyB, n, level)
	if errA != nil || errB != nil {
		panic("stats: a difference of no images")
	}
	phi := float64(g.Both)*float64(g.None) - float64(g.OnlyA)*float64(g.OnlyB)
	if phi > 0 {
		phi = max(phi-float64(n)/2, 0)
	}
	if of := a.Value * (1 - a.Value) * b.Value * (1 - b.Value); of > 0 {
		phi /= float64(n) * float64(n) * math.Sqrt(of)
	}
	side := func(x, y float64) float64 { return math.Sqrt(max(x*x-2*phi*x*y+y*y, 0)) }
	d := float64(g.OnlyA-g.OnlyB) / float64(n)
	lo, hi := d-side(a.Value-a.Lo, b.Hi-b.Value), d+side(a.Hi-a.Value, b.Value-b.Lo)
	return Estimate{Value: d, Lo: lo, Hi: hi, Level: level, N: 1, Method: MethodNewcombe}
}

// binomialP is the two-sided p of x against y under equal chances, exact and
// mid-p.
func binomialP(x, y int) (exact, mid float64) {
	if x+y == 0 {
		return 1, 1
	}
	k := distuv.Binomial{N: float64(x + y), P: 0.5}
	low := float64(min(x, y))
	if x == y {
		return 1, 1 - k.Prob(low)/2
	}
	exact = min(1, 2*k.CDF(low))
	return exact, exact - k.Prob(low)
}
