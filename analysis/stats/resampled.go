package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

const (
	resampledDraws = 9999 // experiments behind critical values, whose standard errors are then about 1 %
	noiseRows      = 1024 // rows of noise that the experiments share
	noiseWidth     = 0.5  // standard deviation of the noise over that of the data
)

// resampledT returns the critical values of a simultaneous band: in experiments
// of n seeds drawn from the data the t of some point is above the first, or below
// minus the second, with probability (1-level)/2 each (the bootstrap t of Efron
// 1982, section 10.10, equal-tailed, of all points together as in Beran 1988).
// columns are points x seeds; those that do not vary do not count. Neither value
// is below Student's, and for one point both are that.
//
// An experiment draws n seeds with replacement, each with all its points, and
// adds to each normal noise that has half the standard deviation of the points
// and their correlation (the smoothed bootstrap). Without it the few seeds there
// are, often alike, have experiments that hardly scatter, and bands that cover
// far more than they say; with much more of it the skewness of the data is lost
// and bands cover less, as those of normal data do. What bands cover with half is
// simulated in TestSimulationBand.
//
// This takes draws x n x points steps, n times fewer than drawnT.
func resampledT(columns [][]float64, level float64) (below, above float64) {
	n := len(columns[0])
	t := tQuantile(level, n-1)
	z := seedsByPoints(columns)
	if len(z[0]) <= 1 {
		return t, t
	}
	r := stream("resampled t", columns...)
	noise := correlated(z, r)
	largest, smallest := make([]float64, resampledDraws), make([]float64, resampledDraws)
	sums, squares := make([]float64, len(z[0])), make([]float64, len(z[0]))
	for draw := range largest {
		clear(sums)
		clear(squares)
		for range n {
			e := noise[r.IntN(noiseRows)]
			for j, v := range z[r.IntN(n)] {
				v += e[j]
				sums[j] += v
				squares[j] += v * v
			}
		}
		for j, sum := range sums {
			t := tOfDrawn(sum, squares[j], n)
			largest[draw], smallest[draw] = max(largest[draw], t), max(smallest[draw], -t)
		}
	}
	slices.Sort(largest)
	slices.Sort(smallest)
	scale := math.Sqrt(float64(n-1) / float64(n))
	return max(t, scale*quantile(largest, 0.5+level/2)), max(t, scale*quantile(smallest, 0.5+level/2))
}

// tOfDrawn is t over sqrt((n-1)/n) of n drawn values with a sum and a sum of squares. Few
// seeds may all be drawn alike: then rounding alone decides the sign of their variance, and
// t is infinite.
func tOfDrawn(sum, squares float64, n int) float64 {
	return sum / math.Sqrt(max(0, squares-sum*sum/float64(n)))
}

// seedsByPoints returns the residuals of the columns that vary, each of length 1, as
// seeds x points.
func seedsByPoints(columns [][]float64) [][]float64 {
	z := make([][]float64, len(columns[0]))
	for _, column := range columns {
		if mean, sd := meanSD(column); sd > 0 {
			for i, v := range standardize(column, mean, sd) {
				z[i] = append(z[i], v)
			}
		}
	}
	return z
}

// correlated draws rows of normal noise with covariance noiseWidth² z'z/n.
func correlated(z [][]float64, r *rand.Rand) [][]float64 {
	noise := make([][]float64, noiseRows)
	for m := range noise {
		noise[m] = make([]float64, len(z[0]))
		for _, row := range z {
			w := noiseWidth / math.Sqrt(float64(len(z))) * r.NormFloat64()
			for j, v := range row {
				noise[m][j] += w * v
			}
		}
	}
	return noise
}
