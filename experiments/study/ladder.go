package study

import (
	"math"
	"slices"
)

// maxRounds bounds a ladder.
const maxRounds = 200

// rounds returns the ratio after each round of iterative pruning up to the
// largest requested one, ascending: 1-(1-p)^k for k = 1, 2, ..., with the
// requested ratios inserted, or the requested ratios alone when there is no
// rate per round.
func (l *Ladder) rounds(requested []float64) []float64 {
	if l.PerRound == 0 {
		return requested
	}
	top := requested[len(requested)-1]
	rungs := slices.Clone(requested)
	for k := 1; len(rungs) <= maxRounds+len(requested); k++ {
		r := math.Round((1-math.Pow(1-l.PerRound, float64(k)))*1e6) / 1e6
		if r >= top {
			break
		}
		rungs = append(rungs, r)
	}
	slices.Sort(rungs)
	return slices.Compact(rungs)
}

// ratio is that of a layer when the layers without a rate of their own are at
// r. A layer with its own rate q has removed 1-(1-q)^k after k rounds, and k =
// log(1-r)/log(1-p) need not be whole.
func (l *Ladder) ratio(layer string, r float64) float64 {
	q, ok := l.Own[layer]
	if !ok {
		return r
	}
	return math.Round((1-math.Pow(1-r, math.Log(1-q)/math.Log(1-l.PerRound)))*1e6) / 1e6
}
