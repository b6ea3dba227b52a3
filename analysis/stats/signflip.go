package stats

import (
	"fmt"
	"math"
	"slices"
)

// Alternative is what a test looks for.
type Alternative string

// The alternatives.
const (
	TwoSided Alternative = "two-sided"
	Greater  Alternative = "greater" // the mean is above 0
	Less     Alternative = "less"    // the mean is below 0
)

// Test is the result of a test of significance.
type Test struct {
	P        float64     `json:"p"`
	Smallest float64     `json:"smallest"` // p that the most extreme data of this size would have
	N        int         `json:"n"`
	Method   string      `json:"method"`
	Against  Alternative `json:"alternative"`
}

const (
	exactFlips  = 40     // largest sample whose 2^n sign patterns are all counted
	randomFlips = 99_999 // sign patterns drawn for a larger one
	flipTies    = 1e-10  // sums closer than this part of sum |d| are tied
)

// SignFlip tests whether the paired differences d are symmetric about 0
// (Fisher 1935, The Design of Experiments, section 21). Under that hypothesis
// each of the 2^n patterns of signs is equally likely, and p is the fraction of
// them whose sum is at least as extreme as the observed one, which is one of
// them. Sums that differ by rounding only are tied and count.
//
// p is exact up to n = 40: the patterns of the two halves of the sample are
// summed apart and their pairs counted in order. Beyond, it is
// (1 + b)/(1 + 99999) for b of 99999 random patterns (Phipson and Smyth 2010).
func SignFlip(d []float64, against Alternative) (Test, error) {
	if err := checkSample(d); err != nil {
		return Test{}, fmt.Errorf("sign-flip test: %w", err)
	}
	var sum, abs float64
	for _, v := range d {
		sum += v
		abs += math.Abs(v)
	}
	t := Test{N: len(d), Against: against, Smallest: smallestP(len(d), against)}
	observed := sum
	switch against {
	case Greater:
	case Less, TwoSided:
		if against == Less || sum < 0 {
			observed = -sum
		}
	default:
		panic("stats: unknown alternative")
	}
	// The sums are symmetric about 0, so one tail serves all alternatives.
	bound := observed - flipTies*abs
	if len(d) <= exactFlips {
		t.Method = "exact sign-flip"
		t.P = countTail(d, bound) / math.Exp2(float64(len(d)))
	} else {
		t.Method = fmt.Sprintf("sign-flip with %d random patterns", randomFlips)
		t.P = drawTail(d, bound)
	}
	if against == TwoSided {
		t.P = min(1, 2*t.P)
	}
	return t, nil
}

// countTail counts the sign patterns of d whose sum is at least bound.
func countTail(d []float64, bound float64) float64 {
	a, b := flipSums(d[:len(d)/2]), flipSums(d[len(d)/2:])
	count, j := 0.0, len(b)
	for _, s := range a {
		for j > 0 && s+b[j-1] >= bound {
			j--
		}
		count += float64(len(b) - j)
	}
	return count
}

// flipSums returns the sums of all sign patterns of d, ascending.
func flipSums(d []float64) []float64 {
	sums := []float64{0}
	for _, v := range d {
		next := make([]float64, 0, 2*len(sums))
		for _, s := range sums {
			next = append(next, s-v, s+v)
		}
		sums = next
	}
	slices.Sort(sums)
	return sums
}

// drawTail draws patterns, 64 signs at a time, and adds them up by the sums of every
// eight differences.
func drawTail(d []float64, bound float64) float64 {
	var sums [][256]float64
	for eight := range slices.Chunk(d, 8) {
		var of [256]float64
		for pattern := range of {
			for k, v := range eight {
				of[pattern] += v * float64(1-2*(pattern>>k&1))
			}
		}
		sums = append(sums, of)
	}
	r := stream("sign-flip", d)
	count := 1
	for range randomFlips {
		var sum float64
		var signs uint64
		for k := range sums {
			if k%8 == 0 {
				signs = r.Uint64()
			}
			sum += sums[k][signs&0xff]
			signs >>= 8
		}
		if sum >= bound {
			count++
		}
	}
	return float64(count) / (1 + randomFlips)
}

// smallestP is the p of n differences that all point the same way, the smallest
// that the test has.
func smallestP(n int, against Alternative) float64 {
	p := math.Exp2(float64(-n))
	if n > exactFlips {
		p = 1.0 / (1 + randomFlips)
	}
	if against == TwoSided {
		return 2 * p
	}
	return p
}
