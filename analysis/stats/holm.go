package stats

import (
	"cmp"
	"math"
	"slices"
)

// Holm returns the adjusted p values of a family of claims (Holm 1979): the
// i-th smallest of m is multiplied by m-i+1, made monotone and cut at 1. Those
// at most a may be called significant while the chance of any false one in the
// family stays at most a. A claim that could not be tested belongs in with
// p = 1. The order of the input is kept.
func Holm(p []float64) []float64 {
	order := ascending(p)
	adjusted := make([]float64, len(p))
	largest := 0.0
	for rank, i := range order {
		largest = max(largest, min(1, float64(len(p)-rank)*p[i]))
		adjusted[i] = largest
	}
	return adjusted
}

// ascending returns the places of p by rising value, equal ones in their order.
func ascending(p []float64) []int {
	order := make([]int, len(p))
	for i, v := range p {
		if !(v >= 0 && v <= 1) {
			panic("stats: p outside [0, 1]")
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	return order
}

// SeedsNeeded is the smallest number of seeds with which the sign-flip test can
// reach significance at alpha for each of a family of claims, however large the
// effects are: the smallest n with 2^(1-n) <= alpha/claims two-sided, 2^-n
// one-sided.
func SeedsNeeded(claims int, alpha float64, against Alternative) int {
	checkLevel(alpha)
	if claims < 1 {
		panic("stats: a family without claims")
	}
	n := math.Ceil(-math.Log2(alpha / float64(claims)))
	if against == TwoSided {
		n++
	}
	return int(n)
}

// Decidable is the largest family of claims for each of which n seeds can reach
// significance at alpha: 1 for six seeds at 5 % two-sided, then 3, 6, 12, and 25
// for ten. SeedsNeeded is its inverse.
func Decidable(n int, alpha float64, against Alternative) int {
	checkLevel(alpha)
	return int(alpha / smallestP(n, against))
}
