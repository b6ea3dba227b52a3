package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Of values that are all alike t is infinite, whatever rounding makes of their variance.
func TestTOfValuesThatAreAlike(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	negative := 0
	for range 1000 {
		v := r.NormFloat64()
		for n := 2; n <= 5; n++ {
			var sum, squares float64
			for range n {
				sum += v
				squares += v * v
			}
			if squares-sum*sum/float64(n) < 0 {
				negative++
			}
			if got := tOfDrawn(sum, squares, n); math.Abs(got) < 1e6 || math.IsNaN(got) || math.Signbit(got) != math.Signbit(v) {
				t.Fatalf("%d times %v: t = %v", n, v, got)
			}
		}
	}
	if negative == 0 {
		t.Error("no variance was rounded below 0")
	}
}
