package sensitivity

import (
	"cmp"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
)

// Order is how targets that were pruned in one way compare: by their mean losses over
// curve.AreaRange or, where one of them was not measured over it, by their losses at the
// largest ratio that all of them were pruned at.
type Order struct {
	Ratio   float64    // at which losses are compared; 0: mean losses
	Targets []Compared // the most sensitive first
}

// Compared is a target of an Order.
type Compared struct {
	Sensitivity
	Loss   stats.Estimate // by which it stands where it stands
	Across stats.Estimate // the same over seeds and images; N = 0: none

	bySeed map[uint64]float64
}

// Rank orders targets that were pruned in one way. It reports false where they have
// nothing in common to compare.
func Rank(targets []Sensitivity) (Order, bool) {
	if o, ok := rank(targets, 0); ok {
		return o, true
	}
	for _, ratio := range commonRatios(targets) {
		if o, ok := rank(targets, ratio); ok {
			return o, true
		}
	}
	return Order{}, false
}

// commonRatios are the ratios above 0 that the first target was pruned at, the largest
// first: those that all were pruned at are among them.
func commonRatios(targets []Sensitivity) []float64 {
	var ratios []float64
	for _, t := range targets[:min(1, len(targets))] {
		for _, p := range slices.Backward(t.points) {
			if p.Requested > 0 {
				ratios = append(ratios, p.Requested)
			}
		}
	}
	return ratios
}

// rank orders by the losses at a ratio, or by mean losses where it is 0.
func rank(targets []Sensitivity, ratio float64) (Order, bool) {
	o := Order{Ratio: ratio}
	for _, t := range targets {
		c := Compared{t, t.Area, t.AreaAcross, t.areas}
		if ratio > 0 {
			c = t.at(ratio)
		}
		if c.Loss.N == 0 {
			return o, false
		}
		o.Targets = append(o.Targets, c)
	}
	slices.SortStableFunc(o.Targets, func(a, b Compared) int { return cmp.Compare(b.Loss.Value, a.Loss.Value) })
	return o, len(o.Targets) > 0
}

// at is the target by its loss at one ratio.
func (s Sensitivity) at(ratio float64) Compared {
	c := Compared{Sensitivity: s, bySeed: map[uint64]float64{}}
	for _, p := range s.points {
		if p.Requested != ratio {
			continue
		}
		c.Loss, c.Across = p.Loss, p.Across
		for _, x := range p.Seeds {
			if x.HasLoss {
				c.bySeed[x.Seed] = x.Loss
			}
		}
	}
	return c
}

// Apart reports whether two targets of the order, by their places, can be told apart: the
// interval of the difference of their losses, paired by seed, is there and lies on one
// side of 0.
func (o Order) Apart(i, j int) bool {
	e, err := stats.Mean(curve.Differences(o.Targets[i].bySeed, o.Targets[j].bySeed), curve.Level)
	return err == nil && e.Level > 0 && (e.Lo > 0 || e.Hi < 0)
}
