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
	if want := (n + 7) / 8; len(a) != want || len(b) != want {
		return Agreement{}, fmt.Errorf("McNemar's test of %d images: %d and %d bytes of correctness bits, want %d each", n, len(a), len(b), want)
	}
	var g Agreement
	for i := range a {
		valid := byte(0xff)
		if left := n - 8*i; left < 8 {
			valid = 1<<left - 1
		}
		if (a[i]|b[i])&^valid != 0 {
			return Agreement{}, errors.New("McNemar's test: bits beyond the last image are set")
		}
		g.Both += bits.OnesCount8(a[i] & b[i])
		g.OnlyA += bits.OnesCount8(a[i] &^ b[i])
		g.OnlyB += bits.OnesCount8(b[i] &^ a[i])
	}
	g.None = n - g.Both - g.OnlyA - g.OnlyB
	g.Exact, g.MidP = binomialP(g.OnlyA, g.OnlyB)
	return g, nil
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
