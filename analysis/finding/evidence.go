package finding

import (
	"fmt"
	"math"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
)

// onGrid is how far a point may lie from the ratio that a claim names.
const onGrid = 1e-9

// evidence is the paired differences of one comparison.
type evidence struct {
	name    string
	seeds   []uint64
	diff    []float64
	raw     []float64 // the same differences of raw errors; nil where the endpoint needs no control
	missing []curve.Missing
	keys    []trial.Key
}

// areas compares the areas under the loss from sparsity lo to hi, each averaged
// over the series of its side: a - b.
func (s *study) areas(name string, a, b []series, lo, hi float64) evidence {
	e := evidence{name: name}
	va, ra := s.meanArea(&e, a, lo, hi)
	vb, rb := s.meanArea(&e, b, lo, hi)
	for _, seed := range both(va, vb) {
		e.seeds = append(e.seeds, seed)
		e.diff = append(e.diff, curve.Difference(va[seed], vb[seed]))
		e.raw = append(e.raw, curve.Difference(ra[seed], rb[seed]))
	}
	return e
}

// meanArea averages over series the area under the loss and that under the raw
// error, of the seeds that have all of them.
func (s *study) meanArea(e *evidence, of []series, lo, hi float64) (loss, raw map[uint64]float64) {
	loss, raw = map[uint64]float64{}, map[uint64]float64{}
	count := map[uint64]int{}
	for _, x := range of {
		values, missing := x.Areas(lo, hi)
		e.missing = append(e.missing, missing...)
		for _, v := range values {
			loss[v.Seed] += v.Value / float64(len(of))
			count[v.Seed]++
		}
		values, _ = x.Errors().Areas(lo, hi)
		for _, v := range values {
			raw[v.Seed] += v.Value / float64(len(of))
		}
		for _, p := range within(x.Points, lo, hi) {
			s.rest(e, x.Stage, p)
		}
	}
	for seed, n := range count {
		if n < len(of) {
			delete(loss, seed)
		}
	}
	return loss, raw
}

// within are the points from the last at or below lo to the first at or above
// hi: those that an area rests on.
func within(points []curve.Point, lo, hi float64) []curve.Point {
	from, to := 0, len(points)
	for i, p := range points {
		slack := 0.0
		if p.Size > 0 {
			slack = 1 / float64(p.Size)
		}
		if p.Sparsity <= lo+slack {
			from = i
		}
		if p.Sparsity >= hi-slack {
			to = i + 1
			break
		}
	}
	return points[from:to]
}

// at returns a series' point at a ratio.
func (s series) at(ratio float64) (curve.Point, bool) {
	for _, p := range s.Points {
		if math.Abs(p.Requested-ratio) < onGrid {
			return p, true
		}
	}
	return curve.Point{}, false
}

// accuracies compares the accuracies of two points: a - b.
func (s *study) accuracies(name string, a, b curve.Point) evidence {
	e := evidence{name: name}
	e.missing = append(slices.Clone(a.Missing), b.Missing...)
	va, vb := map[uint64]float64{}, map[uint64]float64{}
	for _, x := range a.Seeds {
		va[x.Seed] = x.Accuracy
	}
	for _, x := range b.Seeds {
		vb[x.Seed] = x.Accuracy
	}
	for _, seed := range both(va, vb) {
		e.seeds = append(e.seeds, seed)
		e.diff = append(e.diff, curve.Difference(va[seed], vb[seed]))
	}
	score(&e, a)
	score(&e, b)
	return e
}

// gains compares a point with its reference: its accuracy less that of the
// dense network or the control.
func (s *study) gains(name string, stage curve.Stage, p curve.Point) evidence {
	e := evidence{name: name, missing: slices.Clone(p.Missing)}
	for _, x := range p.Seeds {
		if !x.HasLoss {
			e.missing = append(e.missing, curve.Missing{Seed: x.Seed, Key: x.Key, Reason: "its reference is missing"})
			continue
		}
		e.seeds = append(e.seeds, x.Seed)
		e.diff = append(e.diff, -x.Loss)
	}
	s.rest(&e, stage, p)
	return e
}

// rest adds the trials of a point and of its references.
func (s *study) rest(e *evidence, stage curve.Stage, p curve.Point) {
	for _, x := range p.Seeds {
		e.keys = append(e.keys, x.Key)
		if spec, ok := s.g.Spec(x.Key); ok && x.HasLoss {
			e.keys = append(e.keys, curve.Reference(spec, stage).Key())
		}
	}
}

// score adds the trials of a point alone.
func score(e *evidence, p curve.Point) {
	for _, x := range p.Seeds {
		e.keys = append(e.keys, x.Key)
	}
}

// both returns the seeds that two sides share, ascending.
func both(a, b map[uint64]float64) []uint64 {
	var seeds []uint64
	for seed := range a {
		if _, ok := b[seed]; ok {
			seeds = append(seeds, seed)
		}
	}
	slices.Sort(seeds)
	return seeds
}

// gaps words what is missing, by reason.
func (e evidence) gaps() string {
	seen := map[uint64]bool{}
	reason := ""
	for _, m := range e.missing {
		if seen[m.Seed] {
			continue
		}
		seen[m.Seed] = true
		if reason == "" {
			reason = m.Reason
		}
	}
	if len(seen) == 0 {
		return ""
	}
	what := "seeds"
	if len(seen) == 1 {
		what = "seed"
	}
	return fmt.Sprintf("%s: %d %s without all numbers (the first: %s)", e.name, len(seen), what, reason)
}
