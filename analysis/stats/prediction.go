package stats

import "math"

// PredictionBound is how far above its prediction a further value lies at most,
// one-sided at the given level, where a model with so many parameters was fitted to
// n values and its residuals have the standard deviation sd:
//
//	t(level, n - parameters) * sd * sqrt(1 + 1/n)
//
// This is exact for a model of a mean alone, and leaves out how uncertain further
// parameters are where they are not. It panics unless n > parameters.
func PredictionBound(sd float64, n, parameters int, level float64) float64 {
	checkLevel(level)
	if n <= parameters {
		panic("stats: no residuals are left beside the parameters")
	}
	return tQuantile(2*level-1, n-parameters) * sd * math.Sqrt(1+1/float64(n))
}
