package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

const (
	bandDraws   = 9999 // simulated experiments behind a band
	directSeeds = 16   // the most that are drawn one by one
)

// drawnT is the level's quantile c of max_j |t_j| over simulated experiments of
// n seeds whose points are normal with the correlation of the columns, a column
// a point (the parametric bootstrap of the max-t statistic; for known
// correlation, Hothorn, Bretz and Westfall 2008). Columns that do not vary do not
// count. c lies between Student's quantile, which it equals for one point, and
// Bonferroni's.
//
// Of up to directSeeds every seed is drawn, in draws x n² x points steps; of more the
// mean and the covariance of an experiment are, which have the same distribution, in
// draws x points³ / 6 however many seeds there are (wishart.go).
func drawnT(columns [][]float64, level float64) (below, above float64) {
	var moving [][]float64
	for _, column := range columns {
		if mean, sd := meanSD(column); sd > 0 {
			moving = append(moving, standardize(column, mean, sd))
		}
	}
	c := maxT(moving, len(columns[0]), level)
	return c, c
}

// standardize returns the residuals of x divided by sd sqrt(n-1): of length 1.
func standardize(x []float64, mean, sd float64) []float64 {
	z := make([]float64, len(x))
	scale := 1 / (sd * math.Sqrt(float64(len(x)-1)))
	for i, v := range x {
		z[i] = (v - mean) * scale
	}
	return z
}

// maxT is the quantile of the largest |t| of an experiment with n seeds at
// correlated points. z is points x n; a row of standard normal g gives one
// seed's points as z*g, whose correlation is that of the data.
func maxT(z [][]float64, n int, level float64) float64 {
	one := tQuantile(level, n-1)
	if len(z) <= 1 {
		return one
	}
	r := stream("band", z...)
	largest := make([]float64, bandDraws)
	if n > directSeeds {
		newExperiment(z, n).largest(largest, r)
	} else {
		drawSeeds(z, n, largest, r)
	}
	slices.Sort(largest)
	bonferroni := tQuantile(1-(1-level)/float64(len(z)), n-1)
	return min(max(quantile(largest, level), one), bonferroni)
}

// drawSeeds draws the largest |t| of experiments, seed by seed.
func drawSeeds(z [][]float64, n int, largest []float64, r *rand.Rand) {
	g := make([]float64, n*n)
	for draw := range largest {
		for i := range g {
			g[i] = r.NormFloat64()
		}
		for _, row := range z {
			largest[draw] = max(largest[draw], absT(row, g, n))
		}
	}
}

// absT is |t| of the n simulated seeds at one point.
func absT(row, g []float64, n int) float64 {
	var sum, squares float64
	for i := range n {
		var v float64
		for k, w := range row {
			v += w * g[i*n+k]
		}
		sum += v
		squares += v * v
	}
	m := float64(n)
	variance := (squares - sum*sum/m) / (m - 1)
	return math.Abs(sum/m) / math.Sqrt(variance/m)
}
