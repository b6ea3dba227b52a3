package plots

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// xy is a point in the units of a panel's axes.
type xy struct{ x, y float64 }

// named groups marks that belong to one series, and moves them aside where those of
// several would lie over one another.
type named struct {
	name   string
	marks  []mark
	facets []facet
	aside  vg.Length
}

func (n named) draw(c *canvas, f frame) {
	f.Min.X += n.aside
	f.Max.X += n.aside
	c.group("series", n.name, n.facets, func() {
		for _, m := range n.marks {
			m.draw(c, f)
		}
	})
}

// polyline is a line through points, clipped to the frame. Where it leaves
// through the floor or the ceiling, a small arrow says that it goes on.
type polyline struct {
	pts    []xy
	width  vg.Length
	color  color.NRGBA
	dash   []vg.Length
	offset vg.Length
	arrows bool
}

func (l polyline) draw(c *canvas, f frame) {
	pts := f.placeAll(l.pts)
	for _, part := range f.clip().ClipLinesXY(pts) {
		c.line(part, l.width, l.color, l.dash, l.offset)
		if !l.arrows {
			continue
		}
		for _, end := range []vg.Point{part[0], part[len(part)-1]} {
			if contains(pts, end) {
				continue
			}
			if end.Y < f.Min.Y+0.01 {
				c.pointer(end.Add(vg.Point{Y: -1}), 4, l.color)
			}
			if end.Y > f.Max.Y-0.01 {
				c.pointer(end.Add(vg.Point{Y: 1}), -4, l.color)
			}
		}
	}
}

// pointer is a small triangle with its tip at a point and its base so far above.
func (c *canvas) pointer(tip vg.Point, base vg.Length, ink color.NRGBA) {
	c.area([]vg.Point{tip, tip.Add(vg.Point{X: -1.7, Y: base}), tip.Add(vg.Point{X: 1.7, Y: base})}, ink)
}

func contains(pts []vg.Point, p vg.Point) bool {
	for _, q := range pts {
		if d := q.Sub(p); d.Dot(d) < 1e-6 {
			return true
		}
	}
	return false
}

func (f frame) placeAll(pts []xy) []vg.Point {
	out := make([]vg.Point, len(pts))
	for i, p := range pts {
		out[i] = f.place(p.x, p.y)
	}
	return out
}

// polygon is a filled area, clipped to the frame.
type polygon struct {
	pts   []xy
	color color.NRGBA
}

func (p polygon) draw(c *canvas, f frame) {
	c.area(f.clip().ClipPolygonXY(f.placeAll(p.pts)), p.color)
}

// markers are points; those outside the frame are left out.
type markers struct {
	pts    []xy
	radius vg.Length
	shape  shape
	hollow bool
	color  color.NRGBA
}

func (m markers) draw(c *canvas, f frame) {
	for _, p := range m.pts {
		if f.x.within(p.x) && f.y.within(p.y) {
			c.marker(m.shape, f.place(p.x, p.y), m.radius, m.color, m.hollow)
		}
	}
}

// whiskers are vertical intervals, clipped to the frame.
type whiskers struct {
	x, lo, hi []float64
	color     color.NRGBA
}

func (w whiskers) draw(c *canvas, f frame) {
	for i := range w.x {
		pts := []vg.Point{f.place(w.x[i], w.lo[i]), f.place(w.x[i], w.hi[i])}
		for _, part := range f.clip().ClipLinesXY(pts) {
			c.line(part, whiskerLine, w.color, solid, 0)
		}
	}
}

// cuts say at which points intervals go on beyond the frame.
type cuts whiskers

func (w cuts) draw(c *canvas, f frame) {
	for i, x := range w.x {
		if !f.x.within(x) {
			continue
		}
		if at := f.place(x, w.lo[i]); at.Y < f.Min.Y-0.01 {
			c.pointer(vg.Point{X: at.X, Y: f.Min.Y}, 3, w.color)
		}
		if at := f.place(x, w.hi[i]); at.Y > f.Max.Y+0.01 {
			c.pointer(vg.Point{X: at.X, Y: f.Max.Y}, -3, w.color)
		}
	}
}

// cut reports whether a panel has a mark of a curve or an interval that goes on
// beyond it.
func (p *panel) cut() bool {
	f := frame{vg.Rectangle{Max: vg.Point{X: 100, Y: 100}}, p.x, p.y}
	beyond := func(v float64) bool { return !math.IsNaN(v) && !f.y.within(v) }
	return slices.ContainsFunc(p.marks, func(m mark) bool {
		g, _ := m.(named)
		return slices.ContainsFunc(g.marks, func(m mark) bool {
			switch m := m.(type) {
			case cuts:
				return slices.ContainsFunc(m.lo, beyond) || slices.ContainsFunc(m.hi, beyond)
			case polyline:
				return m.arrows && slices.ContainsFunc(m.pts, func(p xy) bool { return f.x.within(p.x) && beyond(p.y) })
			}
			return false
		})
	})
}

// level is a horizontal line across the frame.
type level struct {
	y     float64
	width vg.Length
	color color.NRGBA
	dash  []vg.Length
}

func (l level) draw(c *canvas, f frame) {
	if f.y.within(l.y) {
		y := f.placeY(l.y)
		c.line([]vg.Point{{X: f.Min.X, Y: y}, {X: f.Max.X, Y: y}}, l.width, l.color, l.dash, 0)
	}
}

// upright is a vertical line across the frame.
type upright struct {
	x     float64
	width vg.Length
	color color.NRGBA
	dash  []vg.Length
}

func (u upright) draw(c *canvas, f frame) {
	if f.x.within(u.x) {
		x := f.placeX(u.x)
		c.line([]vg.Point{{X: x, Y: f.Min.Y}, {X: x, Y: f.Max.Y}}, u.width, u.color, u.dash, 0)
	}
}

// cell is a coloured rectangle with a word in its middle, where it has room.
type cell struct {
	x0, x1, y0, y1 float64
	color          color.NRGBA
	word           string
}

func (s cell) draw(c *canvas, f frame) {
	a, b := f.place(s.x0, s.y0), f.place(s.x1, s.y1)
	c.area([]vg.Point{a, {X: b.X, Y: a.Y}, b, {X: a.X, Y: b.Y}}, s.color)
	style := words{size: tickSize, color: inkOn(s.color)}
	if style.width(s.word) < b.X-a.X-1 {
		c.text(style, a.Add(b).Scale(0.5), center, middle, s.word)
	}
}
