package finding

import (
	"fmt"
	"math"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// onGrid is how far a point may lie from the ratio that a claim names.
const onGrid = 1e-9

// evidence is the paired differences of one comparison.
type evidence struct {
	name    string
	seeds   []uint64
	diff    []float64
	raw     []float64    // the same differences of raw errors; nil where the endpoint needs no control
	drift   [2][]float64 // after retraining: by how much each side's control is worse than its dense network
	missing []curve.Missing
	keys    []trial.Key
	fixed   bool // of a network from a file that is the same for every seed
}

// areas compares the areas under the loss from sparsity lo to hi, each averaged
// over the series of its side: a - b.
func (s *study) areas(name string, a, b []series, lo, hi float64) evidence {
	e := evidence{name: name}
	va, ra := s.meanArea(&e, a, lo, hi)
	vb, rb := s.meanArea(&e, b, lo, hi)
	da, db := s.denseErrors(a), s.denseErrors(b)
	for _, seed := range both(va, vb) {
		e.seeds = append(e.seeds, seed)
		e.diff = append(e.diff, curve.Difference(va[seed], vb[seed]))
		e.raw = append(e.raw, curve.Difference(ra[seed], rb[seed]))
		if a[0].Stage == curve.Retrained {
			e.drift[0] = append(e.drift[0], curve.Difference(ra[seed]-va[seed], da[seed]))
			e.drift[1] = append(e.drift[1], curve.Difference(rb[seed]-vb[seed], db[seed]))
		}
	}
	return e
}

// denseErrors are the raw errors of the networks that series start from, averaged
// over the series.
func (s *study) denseErrors(of []series) map[uint64]float64 {
	sum := map[uint64]float64{}
	for _, x := range of {
		for _, p := range x.Points[:1] {
			for _, m := range p.Seeds {
				spec, _ := s.g.Spec(m.Key)
				dense := spec.Base()
				if e := curve.Score(group.Member{Spec: dense, Outcome: s.g.Outcome(dense.Key())}, curve.Pruned); e != nil {
					sum[m.Seed] += (1 - e.Accuracy()) / float64(len(of))
				}
			}
		}
	}
	return sum
}

// apart says so where the controls of the two sides differ by more than chance in
// what retraining did to them, or where the difference is significant against the
// controls and not against the dense networks: then a difference of losses is not
// one of pruned networks alone.
func (e evidence) apart() string {
	if e.drift[0] == nil {
		return ""
	}
	var moved, dense []float64
	for i := range e.diff {
		moved = append(moved, curve.Difference(e.drift[0][i], e.drift[1][i]))
		dense = append(dense, curve.Difference(e.diff[i]+moved[i], 0))
	}
	alone := signFlip(e.diff) <= stats.Alpha && signFlip(dense) > stats.Alpha
	if signFlip(moved) > stats.Alpha && !alone {
		return ""
	}
	return fmt.Sprintf("the unpruned controls lose %s and %s in retraining, p = %s of their difference; against the dense networks %s is %s, against the controls %s",
		margined(e.drift[0]), margined(e.drift[1]), shortP(signFlip(moved)), e.name, margined(dense), margined(e.diff))
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

// errors compares the errors of two points, of networks that need no reference: a - b.
func (s *study) errors(name string, a, b curve.Point) evidence {
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
		e.diff = append(e.diff, curve.Difference(vb[seed], va[seed]))
	}
	score(&e, a)
	score(&e, b)
	return e
}

// losses compares the losses of two points, each against its own reference: a - b.
func (s *study) losses(name string, stage curve.Stage, a, b curve.Point) evidence {
	e := evidence{name: name}
	sides := [2]map[uint64]curve.Sample{}
	for i, p := range []curve.Point{a, b} {
		g := s.loss(name, stage, p)
		e.missing, e.keys, e.fixed = append(e.missing, g.missing...), append(e.keys, g.keys...), e.fixed || g.fixed
		sides[i] = map[uint64]curve.Sample{}
		for _, x := range p.Seeds {
			if x.HasLoss {
				sides[i][x.Seed] = x
			}
		}
	}
	for _, seed := range both(sides[0], sides[1]) {
		x, y := sides[0][seed], sides[1][seed]
		e.seeds = append(e.seeds, seed)
		e.diff = append(e.diff, curve.Difference(x.Loss, y.Loss))
		e.raw = append(e.raw, curve.Difference(y.Accuracy, x.Accuracy))
	}
	return e
}

// loss compares a point with its reference, the dense network or the control: by how
// much it is less accurate.
func (s *study) loss(name string, stage curve.Stage, p curve.Point) evidence {
	e := evidence{name: name, missing: slices.Clone(p.Missing)}
	for _, x := range p.Seeds {
		if !x.HasLoss {
			e.missing = append(e.missing, curve.Missing{Seed: x.Seed, Key: x.Key, Reason: "its reference is missing"})
			continue
		}
		e.seeds = append(e.seeds, x.Seed)
		e.diff = append(e.diff, x.Loss)
	}
	s.rest(&e, stage, p)
	return e
}

// rest adds the trials of a point and of its references.
func (s *study) rest(e *evidence, stage curve.Stage, p curve.Point) {
	e.fixed = e.fixed || p.Fixed
	for _, x := range p.Seeds {
		e.keys = append(e.keys, x.Key)
		if spec, ok := s.g.Spec(x.Key); ok && x.HasLoss {
			e.keys = append(e.keys, curve.Reference(spec, stage).Key())
		}
	}
}

// score adds the trials of a point alone.
func score(e *evidence, p curve.Point) {
	e.fixed = e.fixed || p.Fixed
	for _, x := range p.Seeds {
		e.keys = append(e.keys, x.Key)
	}
}

// both returns the seeds that two sides share, ascending.
func both[V any](a, b map[uint64]V) []uint64 {
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
