package curve

import "prunelab/analysis/stats"

// Crossing is the largest sparsity at which the mean loss is still within a
// budget, where that is known: nothing is read between no pruning and the least that
// was measured.
type Crossing struct {
	Sparsity float64 // where Under or Open, the least or the largest that was measured
	Lo, Hi   float64 // interval, see Within
	Level    float64 // 0: none
	N        int     // seeds of the point with the fewest that it rests on
	Under    bool    // over the budget wherever it was measured: the true one is smaller
	LoUnder  bool    // Lo is the least that was measured, and the true one smaller
	HiUnder  bool    // so is Hi
	Open     bool    // never over the budget: the true one is not smaller
	HiOpen   bool    // Hi is the end of what was measured
	Cut      bool    // Open because the next point has no number
	Warnings []stats.Warning
}

// Within returns the largest sparsity up to which the mean loss never exceeds
// the budget, both as fractions. The loss is read on its monotone envelope, the
// largest loss so far, so that a lucky point beyond a bad one does not count; it is
// interpolated between points.
//
// The interval holds every sparsity at which the pointwise interval of the
// loss reaches the budget: from where its upper end first does to where its
// lower end last does (inverse regression). It is the wider of Student's t over seeds and,
// where images were scored one by one, that over seeds and images. ok is false
// without any point.
func (c Curve) Within(budget float64) (x Crossing, ok bool) {
	if !(budget > 0) {
		panic("curve: a budget that is not positive")
	}
	value, ok := c.Envelope()
	if !ok {
		return Crossing{}, false
	}
	x.N = value.N
	least := value.Sparsity[1]
	x.Sparsity, x.Open = value.Within(budget)
	x.Cut = value.Cut && x.Open
	x.Sparsity, x.Under = atLeast(x.Sparsity, least)
	x.Lo, x.Hi, x.LoUnder, x.HiUnder = x.Sparsity, x.Sparsity, x.Under, x.Under
	s, low, interval := value.Sparsity, []float64{0}, true
	for _, p := range c.Points {
		if p.Sparsity > 0 && len(low) < len(s) {
			low = append(low, p.wider().Lo)
			interval = interval && p.Loss.Level > 0
		}
	}
	if interval {
		x.Level = Level
		lo, _ := c.envelope(func(p Point) float64 { return p.wider().Hi }).Within(budget)
		x.Lo, x.LoUnder = atLeast(lo, least)
		hi, open := lastWithin(s, low, budget)
		x.Hi, x.HiUnder = atLeast(hi, least)
		x.HiOpen = open
	} else {
		x.Warnings = append(x.Warnings, "n = 1: no interval")
	}
	return x, true
}

// atLeast is a sparsity, or the least that was measured where it is below.
func atLeast(sparsity, least float64) (at float64, under bool) {
	return max(sparsity, least), sparsity < least
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
