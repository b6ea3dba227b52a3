package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Methods of an Estimate.
const (
	MethodT        = "Student t"
	MethodBCa      = "BCa bootstrap"
	MethodWilson   = "Wilson score"
	MethodNewcombe = "Newcombe score"
	MethodMaxT     = "simultaneous max-t"
	MethodPoint    = "no interval"
)

// Mean returns the mean of x with Student's t interval,
//
//	mean ± t(1-a/2, n-1) * s / sqrt(n),  a = 1 - level.
//
// A single value has no interval: Level is 0 and a warning says so.
func Mean(x []float64, level float64) (Estimate, error) {
	checkLevel(level)
	if err := checkSample(x); err != nil {
		return Estimate{}, fmt.Errorf("mean: %w", err)
	}
	mean, sd := meanSD(x)
	e := Estimate{Value: mean, Lo: mean, Hi: mean, N: len(x), SD: sd, Method: MethodPoint}
	if len(x) == 1 {
		e.Warnings = []Warning{"n = 1: no interval"}
		return e, nil
	}
	half := tQuantile(level, len(x)-1) * sd / math.Sqrt(float64(len(x)))
	e.Lo, e.Hi, e.Level, e.Method = mean-half, mean+half, level, MethodT
	if sd == 0 {
		e.Warnings = []Warning{"all values are equal: the interval has no width"}
	}
	return e, nil
}

// tQuantile is the t of a two-sided interval at the given level.
func tQuantile(level float64, df int) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: float64(df)}.Quantile(0.5 + level/2)
}

// tTail is P(T > t) of Student's t with df degrees of freedom.
func tTail(t float64, df int) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: float64(df)}.Survival(t)
}

// Average is the plain mean of x, summed in order: of what has no interval. x is
// not empty.
func Average(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
