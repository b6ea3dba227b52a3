package curve

import "prunelab/analysis/stats"

// Crossing is the largest sparsity at which the mean loss is still within a
// budget.
type Crossing struct {
	Sparsity float64
	Lo, Hi   float64 // interval, see Within
	Level    float64 // 0: none
	N        int     // seeds of the point with the fewest that it rests on
	Open     bool    // never over the budget: the largest sparsity that was measured, the true one is not smaller
	HiOpen   bool    // Hi is the end of what was measured
	Cut      bool    // Open because the next point has no number
	Warnings []stats.Warning
}

// Within returns the largest sparsity up to which the mean loss never exceeds
// the budget, both as fractions. The loss is read on its monotone envelope, the
// largest loss so far, so that a lucky point beyond a bad one does not count; it
// starts at loss 0 without pruning and is interpolated between points.
//
// The interval holds every sparsity at which the pointwise t interval of the
// loss reaches the budget: from where its upper end first does to where its
// lower end last does (inverse regression). ok is false without any point.
func (c Curve) Within(budget float64) (x Crossing, ok bool) {
	if !(budget > 0) {
		panic("curve: a budget that is not positive")
	}
	value, ok := c.Envelope()
	if !ok {
		return Crossing{}, false
	}
	x.N = value.N
	x.Sparsity, x.Open = value.Within(budget)
	x.Cut = value.Cut && x.Open
	x.Lo, x.Hi = x.Sparsity, x.Sparsity
	s, low, interval := value.Sparsity, []float64{0}, true
	for _, p := range c.Points {
		if p.Sparsity > 0 && len(low) < len(s) {
			low = append(low, p.Loss.Lo)
			interval = interval && p.Loss.Level > 0
		}
	}
	if interval {
		x.Level = Level
		x.Lo, _ = c.envelope(func(l stats.Estimate) float64 { return l.Hi }).Within(budget)
		x.Hi, x.HiOpen = lastWithin(s, low, budget)
	} else {
		x.Warnings = append(x.Warnings, "a single seed: no interval")
	}
	return x, true
}

// lastWithin is where the loss is within the budget for the last time; open
// when it still is at the end.
func lastWithin(s, loss []float64, budget float64) (at float64, open bool) {
	for i := len(s) - 1; i > 0; i-- {
		if loss[i] <= budget {
			return s[i], i == len(s)-1
		}
		if loss[i-1] <= budget {
			return s[i-1] + (s[i]-s[i-1])*(budget-loss[i-1])/(loss[i]-loss[i-1]), false
		}
	}
	return s[0], false
}
