package stats

import (
	"flag"
	"math"
	"math/rand/v2"
	"testing"
)

// In full: go test ./analysis/stats ./analysis/finding -run Simulation -simulations 10000 -v
var simulations = flag.Int("simulations", 2000, "experiments behind each simulated rate")

func draws(n int, draw func() float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = draw()
	}
	return x
}

// rate is a simulated probability with four standard errors of room.
func rate(t *testing.T, what string, hits, of int, lo, hi float64) {
	t.Helper()
	p := float64(hits) / float64(of)
	room := 4 * math.Sqrt(0.05*0.95/float64(of))
	t.Logf("%s: %.4f of %d", what, p, of)
	if p < lo-room || p > hi+room {
		t.Errorf("%s: %.4f, want it in [%.3f, %.3f] ± %.3f", what, p, lo, hi, room)
	}
}

func TestSimulationCoverageOfStudentT(t *testing.T) {
	for _, c := range []struct {
		n      int
		lo, hi float64 // on exponential data
	}{{5, .87, .89}, {6, .88, .90}, {10, .89, .91}} {
		r := stream("coverage", []float64{float64(c.n)})
		normal, skewed := 0, 0
		for range *simulations {
			if e, _ := Mean(draws(c.n, r.NormFloat64), .95); e.Lo <= 0 && 0 <= e.Hi {
				normal++
			}
			if e, _ := Mean(draws(c.n, r.ExpFloat64), .95); e.Lo <= 1 && 1 <= e.Hi {
				skewed++
			}
		}
		rate(t, "normal", normal, *simulations, .95, .95)
		rate(t, "exponential", skewed, *simulations, c.lo, c.hi)
	}
}

// At three seeds 1.96 standard errors, from the deviation over n, cover no more
// than P(|t| < 1.96 sqrt(2/3)) = 74.9 %, t of two degrees of freedom: c / sqrt(2 + c^2).
func TestSimulationCoverageAtThreeSeeds(t *testing.T) {
	const n = 3
	r := stream("three seeds")
	ours, customary := 0, 0
	for range *simulations {
		e, err := Mean(draws(n, r.NormFloat64), .95)
		if err != nil {
			t.Fatal(err)
		}
		if e.Lo <= 0 && 0 <= e.Hi {
			ours++
		}
		if math.Abs(e.Value) <= 1.96*e.SD*math.Sqrt((n-1.)/n)/math.Sqrt(n) {
			customary++
		}
	}
	rate(t, "Student t, three seeds", ours, *simulations, .95, .95)
	rate(t, "1.96 standard errors, three seeds", customary, *simulations, .74, .76)
}

// Ten seeds, twelve claims: the chance of any false verdict, and of finding an
// effect of two standard deviations.
func TestSimulationFamily(t *testing.T) {
	const n, claims = 10, 12
	r := stream("family")
	runs := *simulations
	falseAny, found := 0, 0
	for range runs {
		for _, planted := range []float64{0, 2} {
			family := make([]float64, claims)
			for i := range family {
				effect := 0.0
				if i == 0 {
					effect = planted
				}
				test, err := SignFlip(draws(n, func() float64 { return r.NormFloat64() + effect }), TwoSided)
				if err != nil {
					t.Fatal(err)
				}
				family[i] = test.P
			}
			adjusted := Holm(family)
			if planted > 0 {
				if adjusted[0] <= .05 {
					found++
				}
				continue
			}
			for _, p := range adjusted {
				if p <= .05 {
					falseAny++
					break
				}
			}
		}
	}
	rate(t, "family-wise error", falseAny, runs, 0, .05)
	rate(t, "power at two standard deviations", found, runs, .9, 1)
}

func TestSimulationDetectableIsDetected(t *testing.T) {
	r := stream("detectable")
	for _, claims := range []int{1, 6} {
		const n = 10
		alpha := .05 / float64(claims)
		effect, ok := Detectable(1, n, alpha, .8)
		if !ok {
			t.Fatal("ten seeds detect nothing")
		}
		found := 0
		for range *simulations {
			test, _ := SignFlip(draws(n, func() float64 { return r.NormFloat64() + effect }), TwoSided)
			if test.P <= alpha {
				found++
			}
		}
		rate(t, "sign-flip power at the detectable effect", found, *simulations, .76, .82)
	}
}

func TestSimulationBandHoldsEverywhere(t *testing.T) {
	runs := *simulations / 20
	for _, c := range []struct {
		n      int
		shared float64 // part of the variance that the points of a seed share
	}{{5, 0}, {5, .8}, {10, .5}} {
		const points = 5
		r := stream("band coverage", []float64{float64(c.n), c.shared})
		hits := 0
		for range runs {
			if bandCovers(t, r, c.n, points, c.shared) {
				hits++
			}
		}
		rate(t, "simultaneous coverage", hits, runs, .93, .985)
	}
}

func bandCovers(t *testing.T, r *rand.Rand, n, points int, shared float64) bool {
	x := make([][]float64, n)
	for i := range x {
		common := math.Sqrt(shared) * r.NormFloat64()
		x[i] = draws(points, func() float64 { return common + math.Sqrt(1-shared)*r.NormFloat64() })
	}
	band, err := bandOf(x, .95)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range band {
		if e.Lo > 0 || e.Hi < 0 {
			return false
		}
	}
	return true
}
