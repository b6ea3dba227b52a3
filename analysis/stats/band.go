package stats

import (
	"fmt"
	"math"
	"slices"
)

// bandDraws is the number of simulated experiments behind a band.
const bandDraws = 9999

// Band returns the mean of each column of x with an interval such that all
// intervals hold together at the given level. x[i][j] is seed i at point j.
//
// The intervals are mean ± c s/sqrt(n) with one c for all points: the level's
// quantile of max_j |t_j| over simulated experiments of n seeds whose points
// are normal with the correlation of x (the parametric bootstrap of the max-t
// statistic; for known correlation, Hothorn, Bretz and Westfall 2008). c lies
// between the t quantile, which it equals for one point, and Bonferroni's.
func Band(x [][]float64, level float64) ([]Estimate, error) {
	checkLevel(level)
	columns, err := transpose(x)
	if err != nil {
		return nil, fmt.Errorf("simultaneous band: %w", err)
	}
	band := make([]Estimate, len(columns))
	var moving [][]float64 // residuals of the columns that vary, divided by s*sqrt(n-1)
	for j, column := range columns {
		if band[j], err = Mean(column, level); err != nil {
			return nil, fmt.Errorf("simultaneous band, point %d: %w", j+1, err)
		}
		if band[j].SD > 0 {
			moving = append(moving, standardize(column, band[j].Value, band[j].SD))
		}
	}
	n := len(x)
	if n < 2 {
		return band, nil
	}
	c := maxT(moving, n, level)
	for j := range band {
		half := c * band[j].SD / math.Sqrt(float64(n))
		band[j].Lo, band[j].Hi = band[j].Value-half, band[j].Value+half
		band[j].Method = MethodMaxT
	}
	return band, nil
}

// transpose turns seeds x points into points x seeds.
func transpose(x [][]float64) ([][]float64, error) {
	if len(x) == 0 || len(x[0]) == 0 {
		return nil, ErrEmpty
	}
	columns := make([][]float64, len(x[0]))
	for i, row := range x {
		if len(row) != len(columns) {
			return nil, fmt.Errorf("seed %d has %d points, the first has %d", i+1, len(row), len(columns))
		}
		for j, v := range row {
			columns[j] = append(columns[j], v)
		}
	}
	return columns, nil
}

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
	g := make([]float64, n*n)
	largest := make([]float64, bandDraws)
	for draw := range largest {
		for i := range g {
			g[i] = r.NormFloat64()
		}
		for _, row := range z {
			largest[draw] = max(largest[draw], absT(row, g, n))
		}
	}
	slices.Sort(largest)
	bonferroni := tQuantile(1-(1-level)/float64(len(z)), n-1)
	return min(max(quantile(largest, level), one), bonferroni)
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
