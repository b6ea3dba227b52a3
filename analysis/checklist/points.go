package checklist

import (
	"fmt"
	"math"

	"prunelab/analysis/curve"
	"prunelab/analysis/finding"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// operatingPoints is how many compressions a report should show at least.
const operatingPoints = 5

// all are the points that have a result, or should.
func all(curves []curve.Curve) []curve.Point {
	var points []curve.Point
	for _, c := range curves {
		points = append(points, c.Points...)
	}
	return points
}

func compression(curves []curve.Curve) Item {
	c := Item{Name: "compression and theoretical speed-up (multiply-adds) are given at every point"}
	points, both := 0, 0
	for _, p := range all(curves) {
		if p.Accuracy.N > 0 {
			points++
			if p.Placed && (p.MACs > 0 || p.Whole >= 1) { // nothing is multiplied where nothing is left
				both++
			}
		}
	}
	c.Ticked = points > 0 && both == points
	c.Reason = fmt.Sprintf("weights and multiply-adds were counted at %d of %s", both, trial.Counted(points, "point"))
	return c
}

func accuracyEverywhere(curves []curve.Curve) Item {
	c := Item{Name: "raw accuracy is given at every point"}
	points, seeds, missing := 0, 0, 0
	for _, p := range all(curves) {
		points++
		seeds += len(p.Seeds)
		missing += len(p.Missing)
	}
	c.Ticked = points > 0 && missing == 0
	c.Reason = fmt.Sprintf("%d of %d results at %s", seeds, seeds+missing, trial.Counted(points, "point"))
	return c
}

// operating: enough compressions of the whole network, up to where accuracy
// clearly falls: the interval of the last loss lies above the margin.
func operating(p trial.Plan, curves []curve.Curve) Item {
	c := Item{Name: fmt.Sprintf("at least %d operating points of the whole network, up to where accuracy clearly falls", operatingPoints)}
	margin := finding.Margin(p)
	var short []string
	series, least := 0, math.Inf(1)
	for _, x := range curves {
		if len(x.Layers) != len(p.Layers) || x.Parameter == "given" || x.Stage == curve.Pruned && curve.Retrains(x, curves) {
			continue
		}
		series++
		n, most, falls, compared := 0, 1.0, false, false
		for _, q := range x.Points {
			if times, ok := q.Compression(); ok && q.Requested > 0 && q.Accuracy.N > 0 {
				n++
				if times > most {
					most, falls, compared = times, q.Loss.Level > 0 && q.Loss.Lo > margin, q.Loss.N > 0
				}
			}
		}
		least = min(least, most)
		if n < operatingPoints || !falls {
			why := "accuracy falls"
			switch {
			case falls:
			case compared || n == 0:
				why = "no clear fall"
			default:
				why = "no control to measure a fall against"
			}
			short = append(short, fmt.Sprintf("%s, %s: %s up to %.3gx, %s", x.Arm, x.Method, trial.Counted(n, "point"), most, why))
		}
	}
	switch {
	case series == 0:
		c.Reason = "no series prunes the whole network"
	case len(short) > 0:
		c.Reason = first(short)
	default:
		each := ", each"
		if series == 1 {
			each = ""
		}
		c.Ticked, c.Reason = true, fmt.Sprintf("%d series%s with %d points or more and up to %.3gx at least; there the interval of the accuracy loss lies above %g pp", series, each, operatingPoints, least, 100*margin)
	}
	return c
}

// first is the first of some texts, with the number of the others.
func first(texts []string) string {
	if len(texts) == 1 {
		return texts[0]
	}
	return fmt.Sprintf("%s; and %d more", texts[0], len(texts)-1)
}

func controlled(curves []curve.Curve) Item {
	c := Item{Name: "the unpruned control was measured and retrained the same way"}
	scores, with := 0, 0
	for _, p := range all(curves) {
		for _, s := range p.Seeds {
			scores++
			if s.HasLoss {
				with++
			}
		}
	}
	c.Ticked = scores > 0 && with == scores
	c.Reason = fmt.Sprintf("%d of %d scores have a reference of the same seed: the dense network or, after retraining, a control with identical retraining", with, scores)
	return c
}

func spread(curves []curve.Curve) Item {
	c := Item{Name: "mean and sample standard deviation over seeds, intervals with their level and method"}
	least, most, fixed := math.MaxInt, 0, false
	for _, p := range all(curves) {
		fixed = fixed || p.Fixed
		least, most = min(least, p.Accuracy.N), max(most, p.Accuracy.N)
	}
	switch {
	case most == 0:
		c.Reason = "no point has a result"
	case least < 2 && fixed:
		c.Reason = fmt.Sprintf("n = %s: the network comes from a file and is the same for every seed, so it has no standard deviation; intervals are over images", table.Span(least, most))
	case least < 2:
		c.Reason = fmt.Sprintf("n = %s: there is no standard deviation of fewer than two seeds", table.Span(least, most))
	default:
		c.Ticked, c.Reason = true, fmt.Sprintf("n = %s; every interval states its level and method; the standard deviations are in the tables dense and single-networks", table.Span(least, most))
	}
	return c
}
