package stats

import (
	"math/rand/v2"
	"testing"
)

// The exact test finds what Detectable says with the probability that it says, also of as
// few seeds as leave it one pattern of signs.
func TestSignFlipFindsWhatIsDetectable(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	const runs = 4000
	for _, c := range []struct {
		n              int
		alpha          float64
		atLeast, below float64
	}{{6, 0.05, 0.78, 0.82}, {8, 0.05 / 4, 0.78, 0.82}, {8, 0.05 / 3, 0.72, 0.80}, {10, 0.05, 0.75, 0.81}} {
		effect, ok := Detectable(1, c.n, c.alpha, 0.8)
		if !ok {
			t.Fatalf("n = %d detects nothing", c.n)
		}
		found := 0
		d := make([]float64, c.n)
		for range runs {
			for i := range d {
				d[i] = effect + r.NormFloat64()
			}
			test, err := SignFlip(d, TwoSided)
			if err != nil {
				t.Fatal(err)
			}
			if test.P <= c.alpha {
				found++
			}
		}
		if power := float64(found) / runs; power < c.atLeast || power >= c.below {
			t.Errorf("n = %d at alpha %.4f: found with probability %.3f", c.n, c.alpha, power)
		}
	}
}
