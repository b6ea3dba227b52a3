package recommend

import "math"

// steps is how finely a budget is divided among the layers.
const steps = 1000

// fine is the resolution of a recommended ratio.
const fine = 1e-4

// allocate returns the ratios that remove most, as the objective counts, while
// the layers' losses on their profiles are, by the joint model, no more than the
// budget.
//
// The budget's amplitude, which is what adds up over the layers, is divided into
// steps. A layer that is given b of them takes the largest ratio whose loss they
// cover; the best division among the layers is
// found layer by layer (dynamic programming: the best of the first k layers with
// b steps is the best, over the steps a of layer k, of the first k-1 with b-a).
// It is exact but for the division; a ratio is rounded down, so the sum is never
// over the budget. Of equal divisions the one that spends less is taken.
func (r *Recommendation) allocate(budget float64) []float64 {
	amplitude := r.Joint.amplitude(budget)
	best := make([]float64, steps+1) // removed by the layers so far, with at most b steps
	taken := make([][]int, len(r.Layers))
	ratio := make([][]float64, len(r.Layers))
	for i, l := range r.Layers {
		ratio[i], taken[i] = make([]float64, steps+1), make([]int, steps+1)
		for b := range ratio[i] {
			ratio[i][b] = l.within(r.Joint.ofAmplitude(amplitude * float64(b) / steps))
		}
		next := make([]float64, steps+1)
		for b := range next {
			next[b] = math.Inf(-1)
			for a := 0; a <= b; a++ {
				if v := best[b-a] + r.gain(l, ratio[i][a]); v > next[b] {
					next[b], taken[i][b] = v, a
				}
			}
		}
		best = next
	}
	left := steps
	for left > 0 && best[left-1] == best[left] {
		left--
	}
	ratios := make([]float64, len(r.Layers))
	for i := len(r.Layers) - 1; i >= 0; i-- {
		ratios[i] = ratio[i][taken[i][left]]
		left -= taken[i][left]
	}
	return ratios
}

// within is the largest ratio of a layer whose loss is within a share of the
// budget, 0 of a layer that was not pruned alone.
func (l Layer) within(share float64) float64 {
	if !l.Measured {
		return 0
	}
	s, _ := l.Profile.Within(share)
	ratio := math.Floor(s/fine+1e-6) * fine
	ratio = math.Round(ratio/fine) / math.Round(1/fine) // the decimal, not its neighbour
	if l.Removed(ratio) == 0 {
		return 0
	}
	return ratio
}

// gain is what a layer's ratio removes of what the objective counts.
func (r *Recommendation) gain(l Layer, ratio float64) float64 {
	if r.Objective == MACs {
		return ratio * float64(l.DenseMACs)
	}
	return float64(l.Removed(ratio))
}
