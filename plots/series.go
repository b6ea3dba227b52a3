package plots

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// series is one curve as it is drawn.
type series struct {
	trial.Series
	name    string // in notes, without the stage
	run     string // whose it is, where the name does not say so among those of several runs
	look    look
	change  bool      // of accuracy, not accuracy
	crowded bool      // its panel has too many curves for bands: error bars
	packed  bool      // its panel has too many curves for single seeds
	aside   vg.Length // by which it is moved, so that error bars of several curves stand apart
	data    []datum
}

// stages in the order in which they are drawn.
var stages = []curve.Stage{curve.Pruned, curve.Retrained}

// datum is one point of a series. A point without y is missing.
type datum struct {
	requested float64
	x         float64
	at        place
	y         stats.Estimate // N = 0: missing
	seeds     []seedValue
	missing   []curve.Missing
	unseen    string // why it was not visited; such a point is in maps of amounts alone
	fixed     bool   // one network from a file, the same for every seed
}

// seedValue is what one seed gave at a point.
type seedValue struct {
	seed uint64
	y    float64
}

// changes is a curve as change of accuracy against its reference: the dense
// network before retraining, the retrained control after it. Losses count
// downward, as in Han et al. (2015), Figures 5 and 6.
func changes(c curve.Curve, x abscissa, name string, l look) series {
	s := newSeries(c, name, l)
	s.change = true
	for _, p := range c.Points {
		loss := simultaneous(p.Loss, p.LossBand)
		d := datum{requested: p.Requested, y: loss, missing: p.Missing, fixed: p.Fixed}
		d.y.Value, d.y.Lo, d.y.Hi = 0-loss.Value, 0-loss.Hi, 0-loss.Lo
		d.x, d.at = x(p)
		for _, v := range p.Seeds {
			if v.HasLoss {
				d.seeds = append(d.seeds, seedValue{v.Seed, 0 - v.Loss})
			}
		}
		if p.Loss.N == 0 && p.Accuracy.N > 0 {
			d.missing = append(slices.Clone(d.missing), curve.Missing{Reason: noControl})
		}
		s.data = append(s.data, d)
	}
	return s
}

// noControl is why a point that was scored has no change of accuracy.
const noControl = "no control"

// accuracies is a curve as accuracy.
func accuracies(c curve.Curve, x abscissa, name string, l look) series {
	s := newSeries(c, name, l)
	for _, p := range c.Points {
		d := datum{requested: p.Requested, y: simultaneous(p.Accuracy, p.AccuracyBand), missing: p.Missing, fixed: p.Fixed}
		d.x, d.at = x(p)
		for _, v := range p.Seeds {
			d.seeds = append(d.seeds, seedValue{v.Seed, v.Accuracy})
		}
		s.data = append(s.data, d)
	}
	return s
}

// simultaneous is the estimate whose interval holds together with those of the
// curve's other points, where there is one: what the eye takes from a band is
// said of all of the curve.
func simultaneous(e, together stats.Estimate) stats.Estimate {
	if e.N > 0 && together.N == e.N {
		return together
	}
	return e
}

func newSeries(c curve.Curve, name string, l look) series {
	if c.Stage == curve.Pruned {
		l = l.before()
	}
	return series{Series: c.Series, name: name, look: l}
}

// called is what a note calls it, without the stage.
func (s series) called() string {
	if s.run != "" {
		return inRun(s.run, s.name)
	}
	return s.name
}

// drawn reports whether a point appears as a number.
func (d datum) drawn() bool { return d.at != nowhere && d.y.N > 0 }

// empty reports whether nothing of a series can be drawn. Such a series keeps
// its place in the legend and is named in the note.
func (s series) empty() bool {
	return !slices.ContainsFunc(s.data, datum.drawn)
}

// blank reports whether all of some series are empty, so that there is no figure.
func blank(all []series) bool {
	return !slices.ContainsFunc(all, func(s series) bool { return !s.empty() })
}

// runs are the stretches of a series without a missing point: a curve is not
// drawn across what was not measured.
func (s series) runs() [][]datum { return s.stretches(datum.drawn) }

// stretches are the points in a row that have something; curve.Joined says whether that
// without pruning goes before the first.
func (s series) stretches(has func(datum) bool) [][]datum {
	var runs [][]datum
	open := false
	for i, d := range s.data {
		if i > 0 && s.data[i-1].requested == 0 && s.Parameter == trial.Ratio && !curve.Joined(d.requested) {
			open = false
		}
		if s.Parameter == trial.Given { // ratios of a network's layers: nothing lies between two such points
			open = false
		}
		if has(d) {
			if !open {
				runs = append(runs, nil)
			}
			runs[len(runs)-1] = append(runs[len(runs)-1], d)
		}
		open = has(d)
	}
	return runs
}

// seedsShown is the largest number of seeds whose single values are drawn.
const seedsShown = 5

// bandSeeds is the least number of seeds for which a band is drawn; fewer show
// themselves.
const bandSeeds = seedsShown + 1

// whiskerSeeds is the least number of seeds for which a single t interval is drawn:
// with two it is some nine standard errors wide on either side.
const whiskerSeeds = 3

// bandCurves is the largest number of curves in a panel whose intervals are drawn as
// bands; of more they are error bars.
const bandCurves = 3

// seedCurves is the largest number of curves in a panel whose single seeds are drawn.
const seedCurves = 6

// asideStep is how far error bars of neighbouring curves stand apart, asideMost how
// far those of a whole panel.
const (
	asideStep = 1.7 * vg.Length(1)
	asideMost = 7 * vg.Length(1)
)

// bounded reports whether a point's interval is drawn. That of one network from a file is
// over images, of which there are many.
func (s series) bounded(d datum) bool {
	return d.drawn() && d.y.Level > 0 && (d.y.N >= bandSeeds || d.y.OverImages()) && !s.look.quiet
}

// banded and barred report whether it is part of a band or an error bar.
func (s series) banded(d datum) bool { return s.bounded(d) && !s.crowded }
func (s series) barred(d datum) bool { return s.bounded(d) && s.crowded }

// dotted reports whether a point's single seeds are drawn, in place of a band.
func (s series) dotted(d datum) bool {
	return d.drawn() && d.y.N > 1 && d.y.N < bandSeeds && !s.packed && !s.look.quiet
}

// crowd marks the series of a panel that has too many for bands, and moves them a
// little aside, equal ones together.
func crowd(panel []series) {
	curves, bounded := 0, 0
	places := make([]int, len(panel))
	shared := map[int]int{}
	for _, group := range equals(panel) {
		for _, i := range group[1:] {
			shared[i] = group[0]
		}
	}
	for i, s := range panel {
		if first, is := shared[i]; is {
			places[i] = places[first]
			continue
		}
		places[i] = curves
		curves += b2i(!s.empty())
		bounded += b2i(slices.ContainsFunc(s.data, s.bounded))
	}
	for i := range panel {
		panel[i].packed = curves > seedCurves
		if panel[i].crowded = bounded > bandCurves; panel[i].crowded {
			step := min(asideStep, asideMost/vg.Length(curves-1))
			panel[i].aside = step * (vg.Length(places[i]) - vg.Length(curves-1)/2)
		}
	}
}

// replicates is the largest number of seeds at any point.
func (s series) replicates() int {
	n := 0
	for _, d := range s.data {
		n = max(n, d.y.N)
	}
	return n
}

// intervals are the area of the intervals, or their error bars, with what says where
// they are cut.
func (s series) intervals() []mark {
	var marks []mark
	for _, run := range s.stretches(s.bounded) {
		w := whiskers{color: faded(s.look.color, pastAlpha)}
		for _, d := range run {
			w.x, w.lo, w.hi = append(w.x, d.x), append(w.lo, d.y.Lo), append(w.hi, d.y.Hi)
		}
		if s.crowded || len(run) == 1 {
			marks = append(marks, w, cuts(w))
			continue
		}
		var over, under []xy
		for i := range run {
			over, under = append(over, xy{w.x[i], w.hi[i]}), append(under, xy{w.x[i], w.lo[i]})
		}
		slices.Reverse(under)
		marks = append(marks, polygon{append(over, under...), faded(s.look.color, bandAlpha)}, cuts(w))
	}
	return marks
}

// curve is the line of the means with markers, and a faint line for each single seed.
func (s series) curve() []mark {
	var marks []mark
	var at []xy
	for _, run := range s.runs() {
		marks = append(marks, s.singles(run)...)
	}
	for _, run := range s.runs() {
		var pts []xy
		for _, d := range run {
			pts = append(pts, xy{d.x, d.y.Value})
		}
		marks = append(marks, polyline{pts, s.look.line(), s.look.color, s.look.dash, s.look.offset, true})
		at = append(at, pts...)
	}
	if s.look.quiet {
		return append(marks, s.hints())
	}
	return append(marks, markers{at, markerRadius, s.look.shape, s.look.hollow, s.look.color}, s.heads(), s.hints())
}

// singles are the seeds behind the points of a run, a faint line each where its
// points are neighbours, dots where one stands alone.
func (s series) singles(run []datum) []mark {
	var seeds []uint64
	for _, d := range run {
		for _, v := range d.seeds {
			if s.dotted(d) && !slices.Contains(seeds, v.seed) {
				seeds = append(seeds, v.seed)
			}
		}
	}
	slices.Sort(seeds)
	color := faded(s.look.color, seedAlpha)
	var marks []mark
	var alone []xy
	for _, seed := range seeds {
		var pts []xy
		flush := func() {
			if len(pts) > 1 {
				marks = append(marks, polyline{pts: pts, width: historyLine, color: color, arrows: true})
			} else {
				alone = append(alone, pts...)
			}
			pts = nil
		}
		for _, d := range run {
			i := slices.IndexFunc(d.seeds, func(v seedValue) bool { return v.seed == seed })
			if i < 0 || !s.dotted(d) {
				flush()
				continue
			}
			pts = append(pts, xy{d.x, d.seeds[i].y})
		}
		flush()
	}
	if len(alone) > 0 {
		marks = append(marks, markers{alone, seedRadius, circle, false, color})
	}
	return marks
}

// show puts series into a panel: all bands under all curves.
func (p *panel) show(all []series) {
	all = slices.Clone(all)
	p.heads = p.heads || anyEdged(all)
	for i, s := range all {
		all[i] = s.brought(p.x)
		p.marks = append(p.marks, named{s.label() + " interval", all[i].intervals(), s.facets(), s.aside})
	}
	for _, s := range all {
		p.marks = append(p.marks, named{s.label(), s.curve(), s.facets(), s.aside})
		for _, d := range s.data {
			if d.crossed() {
				p.misses = append(p.misses, miss{d.x, s.look, s, s.hint(d)})
			}
		}
	}
}

// label names a series for programs that read the SVG.
func (s series) label() string {
	return fmt.Sprintf("%s, %s, %s, %s", s.Arm, s.Target, s.Method, s.Stage)
}

// equals are the groups of dashed series that are equal, as those of arms that
// share their networks before retraining: the first of each group, then the
// others, as indices.
func equals(all []series) [][]int {
	var groups [][]int
	for i, s := range all {
		if len(s.look.dash) == 0 {
			continue
		}
		at := slices.IndexFunc(groups, func(g []int) bool { return same(all[g[0]], s) })
		if at < 0 {
			groups = append(groups, nil)
			at = len(groups) - 1
		}
		groups[at] = append(groups[at], i)
	}
	return slices.DeleteFunc(groups, func(g []int) bool { return len(g) < 2 })
}

// interleave lays the dashes of equal series into each other's gaps, so that
// none hides another.
func interleave(all []series) {
	for _, group := range equals(all) {
		period := sharedDash * vg.Length(len(group)) * 3 / 2
		for k, i := range group {
			all[i].look.dash = []vg.Length{sharedDash, period - sharedDash}
			all[i].look.offset = period / vg.Length(len(group)) * vg.Length(k)
		}
	}
}

// same reports whether two series have the same numbers wherever both have any,
// seed by seed, at two points or more.
func same(a, b series) bool {
	common := 0
	for _, p := range a.data {
		i := slices.IndexFunc(b.data, func(q datum) bool { return q.requested == p.requested })
		if i < 0 || !p.drawn() || !b.data[i].drawn() {
			continue
		}
		if p.y.Value != b.data[i].y.Value || !slices.Equal(p.seeds, b.data[i].seeds) {
			return false
		}
		if p.requested != 0 { // nothing pruned is no change for every arm
			common++
		}
	}
	return common > 1
}
