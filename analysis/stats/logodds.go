package stats

import (
	"maps"
	"math"
	"slices"
)

// TooFew warns of an interval over so few seeds that they had better be shown
// themselves.
const TooFew Warning = "five seeds or fewer: they say more than their interval"

// fewestBand is the number of seeds from which on an interval carries no TooFew.
const fewestBand = 6

// Pair is one seed's accuracy and that of the network it is compared with.
type Pair struct{ Accuracy, Reference float64 }

// AccuracyBand returns the accuracy at the mean log odds of each point, with
// intervals that hold together at the given level: Student's for a single
// point. points[j] maps a seed to its accuracy at point j on so many images.
//
// With a the accuracies of n seeds, y = logit(a) = ln(a/(1-a)) and c as in
// Simultaneous, value and limits are
//
//	1/(1 + exp(-mean(y))),  1/(1 + exp(-(mean(y) ± c sd(y)/sqrt(n)))).
//
// They lie within [0, 1]. What is estimated is not the mean accuracy, from which
// it differs where seeds differ much: of 99, 98 and 70 % it is 95.7 %, not 89.0 %.
// A mean in percentage points rests on the worst seeds; where a few differ
// much, the intervals for it that cover were too wide to be of use (the rates
// are simulated in TestSimulationIntervals).
//
// So that logits are finite, a is (k + 1/2)/(images + 1) for k images (Haldane
// 1956; Anscombe 1956), which is undone in what is returned.
func AccuracyBand(points []map[uint64]float64, images int, level float64) ([]Estimate, error) {
	s := oddsScale(images)
	return onLogOdds(points, level,
		func(a float64) (raw, y, base float64) { return a, s.logit(a), 0 },
		func(y, _ float64) float64 { return s.accuracy(y) })
}

// LossBand returns how far the accuracy of each point is below its reference,
// with intervals that hold together at the given level.
//
// With a the accuracies and b their references, paired by seed, d = logit(b) -
// logit(a) and B the mean of logit(b), value and limits are
//
//	1/(1 + exp(-B)) - 1/(1 + exp(-(B - x))),  x = mean(d), mean(d) ± c sd(d)/sqrt(n)
//
// that is, how much an accuracy at B loses where its odds fall by a factor of
// exp(x). They lie within what B allows and exclude 0 exactly where the interval
// of mean(d) does. The value is the difference of the two of AccuracyBand.
func LossBand(points []map[uint64]Pair, images int, level float64) ([]Estimate, error) {
	s := oddsScale(images)
	return onLogOdds(points, level,
		func(p Pair) (raw, d, base float64) {
			base = s.logit(p.Reference)
			return p.Reference - p.Accuracy, base - s.logit(p.Accuracy), base
		},
		func(d, base float64) float64 { return s.accuracy(base) - s.accuracy(base-d) })
}

// onLogOdds estimates the means of what of returns second and takes them back
// with the mean of its third; the deviation is that of the first.
func onLogOdds[V any](points []map[uint64]V, level float64, of func(V) (raw, x, base float64), back func(x, base float64) float64) ([]Estimate, error) {
	odds := make([]map[uint64]float64, len(points))
	raw, base := make([][]float64, len(points)), make([]float64, len(points))
	for j, p := range points {
		odds[j] = map[uint64]float64{}
		for _, seed := range slices.Sorted(maps.Keys(p)) {
			r, x, b := of(p[seed])
			odds[j][seed] = x
			raw[j] = append(raw[j], r)
			base[j] += b / float64(len(p))
		}
	}
	es, err := simultaneous(odds, level, resampledT)
	if err != nil {
		return nil, err
	}
	for j := range es {
		e := &es[j]
		e.Value, e.Lo, e.Hi = back(e.Value, base[j]), back(e.Lo, base[j]), back(e.Hi, base[j])
		_, e.SD = meanSD(raw[j])
		if e.Level > 0 {
			e.Method += ", log odds"
		}
		if e.Level > 0 && e.N < fewestBand {
			e.Warnings = append(e.Warnings, TooFew)
		}
	}
	return es, nil
}

// oddsScale is a number of images.
type oddsScale float64

func (images oddsScale) logit(accuracy float64) float64 {
	return math.Log((accuracy*float64(images) + 0.5) / ((1-accuracy)*float64(images) + 0.5))
}

// accuracy is the inverse of logit, cut at 0 and 1.
func (images oddsScale) accuracy(y float64) float64 {
	n := float64(images)
	return min(max(((n+1)/(1+math.Exp(-y))-0.5)/n, 0), 1)
}
