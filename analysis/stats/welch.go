package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// MethodWelch is the method of an Estimate and of a Test of two samples.
const MethodWelch = "Welch t"

// Welch estimates and tests the difference of the means of two samples that
// are not paired, mean(a) - mean(b), without assuming equal variances (Welch
// 1947): with s² the variances of the means, t = difference / sqrt(sa² + sb²)
// has about
//
//	(sa² + sb²)² / (sa⁴/(na-1) + sb⁴/(nb-1))
//
// degrees of freedom. Both need two values. Of samples without any scatter
// there is no test: p is 1 and a warning says so.
func Welch(name string, a, b []float64, level float64) (Comparison, error) {
	checkLevel(level)
	c := Comparison{Name: name}
	for _, x := range [][]float64{a, b} {
		if err := checkSample(x); err != nil {
			return c, fmt.Errorf("comparing %s: %w", name, err)
		}
	}
	ma, sa := meanSD(a)
	mb, sb := meanSD(b)
	n := min(len(a), len(b))
	d := ma - mb
	c.Difference = Estimate{Value: d, Lo: d, Hi: d, N: n, Method: MethodPoint}
	c.Test = Test{P: 1, N: n, Method: MethodWelch, Against: TwoSided}
	if n < 2 {
		c.Warnings = []Warning{"n = 1: no interval"}
		return c, nil
	}
	se, df := welchError(sa, sb, len(a), len(b))
	if se == 0 {
		c.Warnings = []Warning{"all values are equal: no test"}
		return c, nil
	}
	student := distuv.StudentsT{Sigma: 1, Nu: df}
	half := se * student.Quantile(0.5+level/2)
	c.Difference = Estimate{Value: d, Lo: d - half, Hi: d + half, Level: level, N: n, SD: math.Sqrt((sa*sa + sb*sb) / 2), Method: MethodWelch}
	c.Test.P = min(1, 2*student.Survival(math.Abs(d)/se))
	if effect, ok := DetectableBetween(a, b, 1-level, WantedPower); ok {
		c.Detectable = &effect
	}
	return c, nil
}

// welchError is the standard error of a difference of means, with its degrees
// of freedom.
func welchError(sa, sb float64, na, nb int) (se, df float64) {
	va, vb := sa*sa/float64(na), sb*sb/float64(nb)
	return math.Sqrt(va + vb), (va + vb) * (va + vb) / (va*va/float64(na-1) + vb*vb/float64(nb-1))
}

// DetectableBetween is Detectable for Welch's test of two samples that scatter
// as these do. ok is false without scatter, and for fewer than two values.
func DetectableBetween(a, b []float64, alpha, power float64) (effect float64, ok bool) {
	checkLevel(alpha)
	checkLevel(power)
	if min(len(a), len(b)) < 2 {
		return 0, false
	}
	_, sa := meanSD(a)
	_, sb := meanSD(b)
	se, df := welchError(sa, sb, len(a), len(b))
	if se == 0 {
		return 0, false
	}
	t := distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(1 - alpha/2)
	chance := func(shift float64) float64 { return 1 - distuv.NoncentralT{Nu: df, Mu: shift}.CDF(t) }
	lo, hi := 0.0, 4.0 // standard errors, and up: where NoncentralT is accurate
	for chance(hi) < power {
		hi *= 2
	}
	for range 60 {
		if mid := (lo + hi) / 2; chance(mid) < power {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi * se, true
}
