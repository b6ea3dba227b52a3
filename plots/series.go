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
	look    look
	change  bool // of accuracy, not accuracy
	crowded bool // its panel has too many arms for bands
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

// bandArms is the largest number of arms in a panel whose bands are drawn.
const bandArms = 4

// banded reports whether a point's interval is drawn. That of one network from a file is
// over images, of which there are many.
func (s series) banded(d datum) bool {
	return d.drawn() && d.y.Level > 0 && (d.y.N >= bandSeeds || d.y.OverImages()) && !s.crowded
}

// dotted reports whether a point's single seeds are drawn, in place of a band.
func (s series) dotted(d datum) bool {
	return d.drawn() && d.y.N > 1 && d.y.N < bandSeeds
}

// crowd marks the series of a panel that has too many arms for bands.
func crowd(panel []series) {
	arms := map[string]bool{}
	for _, s := range panel {
		arms[s.Arm] = true
	}
	for i := range panel {
		panel[i].crowded = len(arms) > bandArms
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

// band is the area of the intervals.
func (s series) band() []mark {
	var marks []mark
	for _, run := range s.stretches(s.banded) {
		var over, under []xy
		for _, d := range run {
			over = append(over, xy{d.x, d.y.Hi})
			under = append(under, xy{d.x, d.y.Lo})
		}
		if len(over) == 1 {
			marks = append(marks, whiskers{x: []float64{over[0].x}, lo: []float64{under[0].y}, hi: []float64{over[0].y}, color: faded(s.look.color, pastAlpha)})
		}
		if len(over) > 1 {
			slices.Reverse(under)
			marks = append(marks, polygon{append(over, under...), faded(s.look.color, bandAlpha)})
		}
	}
	return marks
}

// curve is the line of the means, with markers and the single seeds.
func (s series) curve() []mark {
	var marks []mark
	var at, singles []xy
	for _, run := range s.runs() {
		var pts []xy
		for _, d := range run {
			pts = append(pts, xy{d.x, d.y.Value})
			if !s.dotted(d) {
				continue
			}
			for _, v := range d.seeds {
				singles = append(singles, xy{d.x, v.y})
			}
		}
		marks = append(marks, polyline{pts, curveLine, s.look.color, s.look.dash, s.look.offset, true})
		at = append(at, pts...)
	}
	if len(singles) > 0 {
		marks = append(marks, markers{singles, seedRadius, circle, false, faded(s.look.color, seedAlpha)})
	}
	return append(marks, markers{at, markerRadius, s.look.shape, s.look.hollow, s.look.color}, s.heads(), s.hints())
}

// show puts series into a panel: all bands under all curves.
func (p *panel) show(all []series) {
	all = slices.Clone(all)
	p.heads = p.heads || anyEdged(all)
	for i, s := range all {
		all[i] = s.brought(p.x)
		p.marks = append(p.marks, named{s.label() + " interval", all[i].band(), s.facets()})
	}
	for _, s := range all {
		p.marks = append(p.marks, named{s.label(), s.curve(), s.facets()})
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
