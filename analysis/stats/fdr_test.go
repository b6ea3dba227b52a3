package stats

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestBenjaminiHochbergOfTheirExample(t *testing.T) {
	// Benjamini and Hochberg 1995, section 4: 15 endpoints of a trial, of which at
	// q = 0.05 four are found, by Holm's method three.
	p := []float64{.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1}
	want := []float64{.0015, .003, .0095, .035625, .0603, .0298 * 15 / 7, .0298 * 15 / 7, .0645, .0765, .486, .4262 * 15 / 11, .714875, .6528 * 15 / 13, .7590 * 15 / 14, 1}
	order := []int{7, 0, 14, 3, 1, 9, 2, 13, 4, 5, 12, 6, 11, 8, 10}
	shuffled := make([]float64, len(p))
	for i, k := range order {
		shuffled[i] = p[k]
	}
	got := BenjaminiHochberg(shuffled)
	found := 0
	for i, k := range order {
		near(t, "adjusted", got[i], want[k], 1e-12)
		if got[i] <= .05 {
			found++
		}
	}
	if found != 4 {
		t.Errorf("%d are found, want 4", found)
	}
}

func TestBenjaminiHochbergProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 15).Draw(t, "p")
		got, holm := BenjaminiHochberg(p), Holm(p)
		for i := range p {
			if got[i] < p[i] || got[i] > holm[i]+1e-15 {
				t.Fatalf("p %v adjusted to %v, by Holm to %v", p[i], got[i], holm[i])
			}
			for j := range p {
				if p[i] < p[j] && got[i] > got[j] {
					t.Fatal("order is not kept")
				}
			}
		}
	})
}

// correction is a way to call claims found.
type correction struct {
	name string
	of   func(p []float64, n []int) []float64 // adjusted p, given the claims' seeds
}

// among corrects only the claims that keep says, by their seeds.
func among(keep func(n []int) []bool, adjust func([]float64) []float64) func(p []float64, n []int) []float64 {
	return func(p []float64, n []int) []float64 {
		var kept []float64
		kinds := keep(n)
		for i, v := range p {
			if kinds[i] {
				kept = append(kept, v)
			}
		}
		kept = adjust(kept)
		out := make([]float64, len(p))
		for i := range out {
			if out[i] = 1; kinds[i] {
				out[i], kept = kept[0], kept[1:]
			}
		}
		return out
	}
}

// decidable are the claims that could be found if they stood alone.
func decidable(n []int) []bool {
	out := make([]bool, len(n))
	for i, seeds := range n {
		out[i] = Decidable(seeds, .05, TwoSided) > 0
	}
	return out
}

// tarone are the claims that could be found among the k that could be, for the
// smallest such k (Tarone 1990).
func tarone(n []int) []bool {
	for k := 1; ; k++ {
		out, count := make([]bool, len(n)), 0
		for i, seeds := range n {
			if out[i] = Decidable(seeds, .05, TwoSided) >= k; out[i] {
				count++
			}
		}
		if count <= k {
			return out
		}
	}
}

var corrections = []correction{
	{"Holm", func(p []float64, _ []int) []float64 { return Holm(p) }},
	{"Holm, Tarone", among(tarone, Holm)},
	{"Benjamini-Yekutieli", func(p []float64, _ []int) []float64 {
		out, harmonic := BenjaminiHochberg(p), 0.0
		for i := range p {
			harmonic += 1 / float64(i+1)
		}
		for i := range out {
			out[i] *= harmonic
		}
		return out
	}},
	{"Gilbert 2005", among(tarone, BenjaminiHochberg)},
	{"Benjamini-Hochberg", func(p []float64, _ []int) []float64 { return BenjaminiHochberg(p) }},
	{"Benjamini-Hochberg of what n can decide", among(decidable, BenjaminiHochberg)},
}

// Forty claims, five a study on the same seeds, whose differences are correlated:
// what part of what is found is false, how often anything is, and what part of the
// effects of one to two standard deviations is found.
func TestSimulationAcrossStudies(t *testing.T) {
	runs := max(50, *simulations/10)
	for _, studies := range [][]int{{10, 10, 10, 10, 10, 10, 10, 10}, {8, 8, 8, 8, 8, 8, 8, 8}, {5, 6, 8, 8, 8, 10, 10, 10}} {
		for _, effects := range []float64{0, .25, .75} {
			r := stream("across studies", []float64{effects, float64(studies[0])})
			falsely, ever, power := make([]float64, len(corrections)), make([]float64, len(corrections)), make([]float64, len(corrections))
			for range runs {
				var p []float64
				var n []int
				var real []bool
				for _, seeds := range studies {
					common := draws(seeds, r.NormFloat64)
					for range 5 {
						shift := 0.0
						if r.Float64() < effects {
							shift = 1 + r.Float64()
						}
						d := make([]float64, seeds)
						for i := range d {
							d[i] = shift + math.Sqrt(.6)*common[i] + math.Sqrt(.4)*r.NormFloat64()
						}
						test, err := SignFlip(d, TwoSided)
						if err != nil {
							t.Fatal(err)
						}
						p, n, real = append(p, test.P), append(n, seeds), append(real, shift > 0)
					}
				}
				for k, c := range corrections {
					right, wrong, all := 0.0, 0.0, 0.0
					for i, adjusted := range c.of(slices.Clone(p), n) {
						found := adjusted <= .05
						switch {
						case real[i]:
							all++
							if found {
								right++
							}
						case found:
							wrong++
						}
					}
					falsely[k] += wrong / max(1, right+wrong) / float64(runs)
					ever[k] += min(1, wrong) / float64(runs)
					power[k] += right / max(1, all) / float64(runs)
				}
			}
			for k, c := range corrections {
				t.Logf("seeds %v, %.0f %% effects, %s: %.3f of the found false, any in %.3f, power %.3f", studies, 100*effects, c.name, falsely[k], ever[k], power[k])
				if room := 4 * math.Sqrt(.05*.95/float64(runs)); falsely[k] > .05+room {
					t.Errorf("%s: %.3f of what is found is false", c.name, falsely[k])
				}
			}
			if last := power[len(power)-1]; effects == .75 && last < .6 {
				t.Errorf("power %.3f", last)
			}
			if holm := power[0]; holm > 0 {
				t.Errorf("Holm's method finds %.3f: forty claims on ten seeds cannot be found", holm)
			}
		}
	}
}
