package stats

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Resamples is the number of bootstrap samples behind a BCa interval.
const Resamples = 9999

// reliableBCa is the sample size below which the bootstrap covers so much less
// than it claims that it is only descriptive.
const reliableBCa = 20

// BCa returns statistic(x) with its bias-corrected and accelerated bootstrap
// interval (Efron 1987; Efron and Tibshirani 1993, chapter 14).
// statistic must not depend on the order of its argument nor keep it. Samples
// are drawn from a stream of the data, so the interval is always the same.
func BCa(x []float64, statistic func([]float64) float64, level float64) (Estimate, error) {
	checkLevel(level)
	if err := checkSample(x); err != nil {
		return Estimate{}, fmt.Errorf("bootstrap: %w", err)
	}
	x = slices.Clone(x)
	slices.Sort(x)
	value := statistic(x)
	_, sd := meanSD(x)
	e := Estimate{Value: value, Lo: value, Hi: value, N: len(x), SD: sd, Method: MethodPoint}
	if len(x) == 1 {
		e.Warnings = []Warning{"n = 1: no interval"}
		return e, nil
	}
	e.Level, e.Method = level, MethodBCa
	if allEqual(x) {
		e.Warnings = []Warning{"all values are equal: the interval has no width"}
		return e, nil
	}
	if len(x) < reliableBCa {
		e.Warnings = []Warning{Warning(fmt.Sprintf("descriptive: with n < %d a bootstrap interval covers less than it says", reliableBCa))}
	}
	draws := bootstrap(x, statistic)
	if err := checkSample(draws); err != nil {
		return Estimate{}, fmt.Errorf("bootstrap: the statistic of a resample: %w", err)
	}
	lo, hi := bcaLevels(draws, value, acceleration(x, statistic), level)
	e.Lo, e.Hi = quantile(draws, lo), quantile(draws, hi)
	return e, nil
}

// bootstrap returns the statistic of Resamples samples with replacement,
// ascending.
func bootstrap(x []float64, statistic func([]float64) float64) []float64 {
	r := stream("bootstrap", x)
	draws := make([]float64, Resamples)
	sample := make([]float64, len(x))
	for i := range draws {
		for j := range sample {
			sample[j] = x[r.IntN(len(x))]
		}
		draws[i] = statistic(sample)
	}
	slices.Sort(draws)
	return draws
}

// bcaLevels returns the two quantile levels that replace (1-level)/2 and
// (1+level)/2 after correcting for bias and acceleration a. Draws equal to the
// value count half.
func bcaLevels(draws []float64, value, a, level float64) (lo, hi float64) {
	below, equal := 0.0, 0.0
	tie := 1e-12 * (1 + math.Abs(value))
	for _, v := range draws {
		switch {
		case math.Abs(v-value) <= tie:
			equal++
		case v < value:
			below++
		}
	}
	z0 := distuv.UnitNormal.Quantile((below + equal/2) / float64(len(draws)))
	correct := func(p float64) float64 {
		z := z0 + distuv.UnitNormal.Quantile(p)
		return distuv.UnitNormal.CDF(z0 + z/(1-a*z))
	}
	return correct((1 - level) / 2), correct((1 + level) / 2)
}

// acceleration is the jackknife estimate of the acceleration: with the
// leave-one-out values t_i and their mean m,
//
//	a = sum (m - t_i)^3 / (6 (sum (m - t_i)^2)^1.5).
func acceleration(x []float64, statistic func([]float64) float64) float64 {
	values := make([]float64, len(x))
	rest := make([]float64, 0, len(x))
	for i := range x {
		rest = append(append(rest[:0], x[:i]...), x[i+1:]...)
		values[i] = statistic(rest)
	}
	m, _ := meanSD(values)
	var squares, cubes float64
	for _, v := range values {
		squares += (m - v) * (m - v)
		cubes += (m - v) * (m - v) * (m - v)
	}
	if squares == 0 {
		return 0
	}
	return cubes / (6 * math.Pow(squares, 1.5))
}

// quantile interpolates linearly between the order statistics of an ascending
// sample (definition 7 of Hyndman and Fan 1996).
func quantile(sorted []float64, p float64) float64 {
	h := p * float64(len(sorted)-1)
	i := min(int(h), len(sorted)-1)
	if i == len(sorted)-1 {
		return sorted[i]
	}
	return sorted[i] + (h-float64(i))*(sorted[i+1]-sorted[i])
}
