package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// correlatedPoints are p points of n seeds, each of them following the one before by so
// much, standardized.
func correlatedPoints(n, p int, following float64) [][]float64 {
	r := rand.New(rand.NewPCG(uint64(n), uint64(p)))
	z := make([][]float64, p)
	for j := range z {
		x := make([]float64, n)
		for i := range x {
			x[i] = r.NormFloat64()
			if j > 0 {
				x[i] = following*z[j-1][i]*math.Sqrt(float64(n-1)) + math.Sqrt(1-following*following)*x[i]
			}
		}
		mean, sd := meanSD(x)
		z[j] = standardize(x, mean, sd)
	}
	return z
}

// Drawing the mean and covariance of an experiment gives the distribution of the
// largest |t| that drawing its seeds gives, for points fewer and more than seeds,
// nearly equal and nearly independent.
func TestExperimentsNeedNoSeeds(t *testing.T) {
	const draws = 30_000 // the quantiles' standard errors are about 0.5 %
	for _, c := range []struct {
		n, p      int
		following float64
	}{{20, 6, 0.3}, {20, 6, 0.95}, {18, 30, 0.6}, {60, 12, 0}} {
		z := correlatedPoints(c.n, c.p, c.following)
		z = append(z, slices.Clone(z[0])) // a point twice is one
		seeds, none := make([]float64, draws), make([]float64, draws)
		drawSeeds(z, c.n, seeds, stream("seeds"))
		newExperiment(z, c.n).largest(none, stream("none"))
		slices.Sort(seeds)
		slices.Sort(none)
		for _, level := range []float64{0.5, 0.9, 0.95} {
			if a, b := quantile(seeds, level), quantile(none, level); math.Abs(a/b-1) > 0.02 {
				t.Errorf("%d seeds, %d points that follow by %v: the %v quantile is %.3f with seeds, %.3f without", c.n, c.p, c.following, level, a, b)
			}
		}
	}
}

// Of one point, or of many that are the same, it is Student's.
func TestExperimentsOfOnePointAreStudents(t *testing.T) {
	one := correlatedPoints(17, 1, 0)
	for _, z := range [][][]float64{one, {one[0], one[0], one[0]}} {
		x := newExperiment(z, 17)
		largest := make([]float64, 50_000)
		x.largest(largest, stream("one"))
		slices.Sort(largest)
		if got, want := quantile(largest, 0.95), tQuantile(0.95, 16); x.k != 1 || math.Abs(got/want-1) > 0.015 {
			t.Errorf("%d points of rank %d: %.3f, want %.3f", len(z), x.k, got, want)
		}
	}
}

// What has many seeds gets a quantile in a moment, and one that goes on from what few
// have.
func TestManySeedsGoOnFromFew(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates")
	}
	z := func(n int) float64 { return maxT(correlatedPoints(n, 5, 0), n, 0.95) }
	few, more := z(directSeeds), z(directSeeds+1)
	if few < more-0.1 || few > more+0.25 {
		t.Errorf("of %d seeds %.3f, of one more %.3f", directSeeds, few, more)
	}
}

// The signs of many differences are fair: p of differences with a known normal tail.
func TestManySignsAreFair(t *testing.T) {
	for _, n := range []int{41, 64, 65, 100} {
		d := make([]float64, n)
		for i := range d {
			d[i] = 1
			if i%2 == 0 {
				d[i] = -1
			}
		}
		d[0] += 1.5 * math.Sqrt(float64(n))
		got, err := SignFlip(d, TwoSided)
		if err != nil {
			t.Fatal(err)
		}
		// All patterns of the others with either sign of the first, by the normal tail of
		// their n-1 equal steps, corrected for continuity.
		sum := 0.0
		for _, v := range d {
			sum += v
		}
		var want float64
		for _, first := range []float64{d[0], -d[0]} {
			for _, side := range []float64{1, -1} {
				want += math.Erfc((sum-side*first-1)/math.Sqrt(2*float64(n-1))) / 4
			}
		}
		if math.Abs(got.P-want) > 0.01 {
			t.Errorf("n = %d: p = %.4f, want about %.4f", n, got.P, want)
		}
	}
}
