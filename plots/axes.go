package plots

import (
	"math"
	"slices"

	"prunelab/experiments/trial"
)

// gather calls visit for every drawn point.
func gather(all []series, visit func(datum)) {
	for _, s := range all {
		for _, d := range s.data {
			if d.drawn() {
				visit(d)
			}
		}
	}
}

// extent is the range of the means and single seeds, and of the intervals as far as
// these do not take more than a sixth of it below and above.
func extent(all []series) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, s := range all {
		for _, v := range s.values() {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	beyond := (hi - lo) / 6
	least, most := lo-beyond, hi+beyond
	for _, s := range all {
		for _, d := range s.data {
			if s.bounded(d) {
				lo, hi = min(lo, max(d.y.Lo, least)), max(hi, min(d.y.Hi, most))
			}
		}
	}
	return lo, hi
}

// values are the means of a series and the single seeds that are drawn of it.
func (s series) values() []float64 {
	var vs []float64
	gather([]series{s}, func(d datum) {
		vs = append(vs, d.y.Value)
		if s.dotted(d) {
			for _, v := range d.seeds {
				vs = append(vs, v.y)
			}
		}
	})
	return vs
}

// measuredTicks is the largest number of ratios that get a tick each.
const measuredTicks = 20

// withMeasured adds a tick for each ratio that was measured and has none; its label
// is shown where the round ones leave room. at is where a ratio stands.
func withMeasured(ticks []tick, all []series, at func(ratio float64) float64) []tick {
	var ratios []float64
	for _, s := range all {
		gather([]series{s}, func(d datum) {
			if s.Parameter == trial.Ratio && d.at == onAxis && math.Abs(at(d.requested)-d.x) < 0.005 && !slices.Contains(ratios, d.requested) {
				ratios = append(ratios, d.requested)
			}
		})
	}
	if len(ratios) > measuredTicks {
		return ticks
	}
	slices.Sort(ratios)
	for _, r := range ratios {
		x := round(at(r))
		if !slices.ContainsFunc(ticks, func(t tick) bool { return math.Abs(t.at-x) < 1e-9 }) {
			ticks = append(ticks, tick{at: x, label: percent(x), rank: 9})
		}
	}
	return ticks
}

// sparsityAxis shows the fraction pruned away, from nothing to a little beyond
// the last point, logarithmic in what is kept: the ratios of pruning studies,
// which crowd toward 1, are about equally far apart on it.
func sparsityAxis(all []series, label string) axis {
	most := 0.5
	for _, s := range all {
		for _, d := range s.data {
			if d.at == onAxis {
				most = max(most, d.x)
			}
		}
	}
	to := 1 - (1-most)*air(all)
	ticks := withMeasured(complementTicks(0, 1-(1-most)*lastAir), all, func(r float64) float64 { return r })
	return axis{label: label, scale: complement{}, from: 0, to: to, ticks: ticks}
}

// lastAir is how far a logarithmic axis of what is left goes beyond its last point.
const lastAir = 0.93

// air is lastAir, or more where points stand at the edge, which has no tick: they are
// not at any number.
func air(all []series) float64 {
	if anyEdged(all) {
		return edgeAir
	}
	return lastAir
}

// keptAxis shows what is left, falling to the right, logarithmic.
func keptAxis(all []series, label string, write func(float64) string) axis {
	least, most := math.Inf(1), 0.0
	for _, s := range all {
		for _, d := range s.data {
			if d.at == onAxis {
				least, most = min(least, d.x), max(most, d.x)
			}
		}
	}
	if most == 0 { // nothing was measured but what stands at the edge
		least, most = 1, 1
	}
	if most == 1 {
		least = min(least, 0.5)
	}
	from, to := most, least*air(all)
	if most != 1 { // counts of several layers: air on the left as well
		from *= 1.1
	}
	return axis{label: label, scale: logarithmic{}, from: from, to: to, ticks: logTicks(from, least*lastAir, write)}
}

// accuracyAxis shows accuracies with their references. Where they reach from a
// collapse to near perfection the axis is logarithmic in the error, else it is
// linear.
func accuracyAxis(all []series, references ...float64) axis {
	lo, hi := math.Inf(1), math.Inf(-1)
	see := func(v float64) { lo, hi = min(lo, v), max(hi, v) }
	for _, s := range all {
		for _, v := range s.values() {
			see(v)
		}
	}
	for _, v := range references {
		see(v)
	}
	const label = "Accuracy (%)"
	if hi < 1-1e-6 && (1-lo)/(1-hi) > 8 {
		from, to := max(0, 1-(1-lo)*1.06), 1-(1-hi)*0.85
		return axis{label: label, scale: complement{}, from: from, to: to, ticks: complementTicks(from, to)}
	}
	bandLo, bandHi := extent(all)
	lo, hi = min(lo, bandLo), max(hi, bandHi)
	pad := max(0.04*(hi-lo), 5e-4)
	from, to := max(0, lo-pad), min(1, hi+pad)
	return axis{label: label, scale: linear{}, from: from, to: to, ticks: linearTicks(from, to, 6, hundredth)}
}

// errorScaleNote explains accuracyAxis where it is not linear.
func errorScaleNote(a axis) string {
	if _, ok := a.scale.(complement); ok {
		return "Accuracy is drawn logarithmic in the error."
	}
	return ""
}

// changeScale is linear to 1 pp.
var changeScale = changing{linear: 0.01}

// changeAxis shows changes of accuracy from the largest loss to the largest gain:
// linear to 1 pp and logarithmic beyond or, where little lies beyond, linear.
func changeAxis(all []series, label string) axis {
	lo, hi := extent(all)
	lo, hi = min(lo, 0), max(hi, 0)
	if lo >= -2*changeScale.linear && hi <= 2*changeScale.linear {
		pad := max(0.05*(hi-lo), 2e-4)
		from, to := lo-pad, hi+pad
		return axis{label: label, scale: linear{}, from: from, to: to, ticks: linearTicks(from, to, 6, hundredth)}
	}
	lo, hi = 0, 0.001
	for _, s := range all {
		for _, v := range s.values() {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	least, most := 2*lo, max(hi, 0.006) // intervals, as far as they leave the room to the curves
	for _, s := range all {
		for _, d := range s.data {
			if s.bounded(d) {
				lo, hi = min(lo, max(d.y.Lo, least)), max(hi, min(d.y.Hi, most))
			}
		}
	}
	from, to := lo*1.25, hi+0.001
	return axis{label: label, scale: changeScale, from: from, to: to, ticks: changeTicks(changeScale, from, to)}
}

// changeScaleNote explains changeAxis where it is not linear.
func changeScaleNote(a axis) string {
	if a.scale == changeScale {
		return "The vertical axis is linear to 1 pp and logarithmic beyond."
	}
	return ""
}

// zero is the line of no change.
func zero() mark { return level{y: 0, width: baselineLine, color: softInk, dash: solid} }
