package plots

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
)

// ranged checks a page whose axes were given another range or scale: there have to be
// such axes, and something has to lie within. was is the page before that.
func (p page) ranged(was page, s Style) error {
	given := false
	var data []*panel
	for _, r := range was.rows {
		for _, pan := range r.panels {
			if pan != nil && !pan.bare {
				given = true
				data = append(data, pan)
			}
		}
	}
	if !given {
		return refused("the figure has no axes of numbers; leave ranges and linear out")
	}
	for _, r := range p.rows {
		if slices.ContainsFunc(r.panels, func(pan *panel) bool { return pan != nil && !pan.bare && pan.shows() }) {
			return nil
		}
	}
	var have []string
	for _, a := range []struct {
		name string
		to   [2]float64
		of   func(*panel) (axis, func(xy) float64)
	}{
		{"x", s.X, func(p *panel) (axis, func(xy) float64) { return p.x, func(v xy) float64 { return v.x } }},
		{"y", s.Y, func(p *panel) (axis, func(xy) float64) { return p.y, func(v xy) float64 { return v.y } }},
	} {
		if a.to[0] == a.to[1] {
			continue
		}
		lo, hi, label := math.Inf(1), math.Inf(-1), ""
		for _, pan := range data {
			ax, of := a.of(pan)
			for _, pt := range pan.points() {
				if v := of(pt) / ax.unit(); !math.IsInf(v, 0) {
					lo, hi = min(lo, v), max(hi, v)
				}
			}
			label = ax.label
		}
		if lo > hi {
			return refused("the panels with axes of numbers have nothing to choose a range of %s by; leave it out", a.name)
		}
		have = append(have, fmt.Sprintf("%s from %.3g to %.3g (%s), not within %g:%g", a.name, lo, hi, label, a.to[0], a.to[1]))
	}
	if len(have) == 0 {
		return nil
	}
	return refused("nothing lies within the ranges: the data have %s", strings.Join(have, ", "))
}

// shows reports whether a curve or a marker of the panel lies within its frame, or
// passes through it.
func (p *panel) shows() bool {
	f := frame{vg.Rectangle{Max: vg.Point{X: 100, Y: 100}}, p.x, p.y}
	for _, m := range p.drawnMarks() {
		switch m := m.(type) {
		case polyline:
			if len(f.clip().ClipLinesXY(f.placeAll(m.pts))) > 0 {
				return true
			}
		case markers:
			if slices.ContainsFunc(m.pts, func(pt xy) bool { return f.x.within(pt.x) && f.y.within(pt.y) }) {
				return true
			}
		}
	}
	return false
}

// points are those of the panel's curves and markers.
func (p *panel) points() []xy {
	var all []xy
	for _, m := range p.drawnMarks() {
		switch m := m.(type) {
		case polyline:
			all = append(all, m.pts...)
		case markers:
			all = append(all, m.pts...)
		}
	}
	return all
}

// drawnMarks are the marks of the panel, those of groups one by one.
func (p *panel) drawnMarks() []mark {
	var all []mark
	for _, m := range p.marks {
		if g, is := m.(named); is {
			all = append(all, g.marks...)
		} else {
			all = append(all, m)
		}
	}
	return all
}
