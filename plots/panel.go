package plots

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panel is one pair of axes and what is drawn between them.
type panel struct {
	title  string
	legend []entry // of this panel alone, under its title
	x, y   axis
	bare   bool // neither grid nor ticks outside: for cells
	yRight bool // the y axis stands on the right
	marks  []mark
	misses []miss
	heads  bool // arrowheads stand to the right of the frame
}

// mark is anything drawn in a panel.
type mark interface {
	draw(c *canvas, f frame)
}

// miss is a point without a number: a cross in the strip at the panel's foot.
type miss struct {
	x    float64
	look look
	of   series
	says string
}

// frame is where a panel lies on the page, with its axes.
type frame struct {
	vg.Rectangle
	x, y axis
}

// place maps values to the page.
func (f frame) place(x, y float64) vg.Point {
	return vg.Point{X: f.placeX(x), Y: f.placeY(y)}
}

func (f frame) placeX(x float64) vg.Length {
	return f.Min.X + vg.Length(f.x.at(x))*(f.Max.X-f.Min.X)
}

func (f frame) placeY(y float64) vg.Length {
	return f.Min.Y + vg.Length(f.y.at(y))*(f.Max.Y-f.Min.Y)
}

// clip returns the frame as gonum's canvas, which clips lines and polygons.
func (f frame) clip() *draw.Canvas { return &draw.Canvas{Rectangle: f.Rectangle} }

// room is what a panel gets from its page, which knows the neighbours: its
// place, whether its axes carry labels, and whether there is a strip for
// crosses between the curves and the x axis.
type room struct {
	vg.Rectangle
	labelX, labelY, strip bool
}

// draw draws the panel.
func (p *panel) draw(c *canvas, at room) {
	r := at.Rectangle
	if at.strip {
		c.area([]vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, {X: r.Max.X, Y: r.Min.Y + stripHeight}, {X: r.Min.X, Y: r.Min.Y + stripHeight}}, stripInk)
		r.Min.Y += stripHeight
	}
	f := frame{r, p.x, p.y}
	if !p.bare {
		for _, t := range p.y.ticks {
			if t.label != "" {
				y := f.placeY(t.at)
				c.line([]vg.Point{{X: r.Min.X, Y: y}, {X: r.Max.X, Y: y}}, gridLine, gridInk, solid, 0)
			}
		}
	}
	for _, m := range p.marks {
		m.draw(c, f)
	}
	p.drawMisses(c, f)
	p.drawX(c, f, at.Min.Y, at.labelX)
	p.drawY(c, f, at.Min.Y, at.labelY)
}

// drawX draws the x axis at the foot of the panel.
func (p *panel) drawX(c *canvas, f frame, foot vg.Length, label bool) {
	if !p.bare {
		c.line([]vg.Point{{X: f.Min.X, Y: foot}, {X: f.Max.X, Y: foot}}, frameLine, ink, solid, 0)
	}
	shown := fitting(p.x.ticks, func(t tick) (lo, hi vg.Length) {
		half := words{size: tickSize}.width(t.label)/2 + 2
		return f.placeX(t.at) - half, f.placeX(t.at) + half
	})
	for i, t := range p.x.ticks {
		x, long := f.placeX(t.at), tickLength
		if t.label == "" {
			long = tickLength / 2
		}
		if !p.bare {
			c.line([]vg.Point{{X: x, Y: foot}, {X: x, Y: foot - long}}, frameLine, ink, solid, 0)
		}
		if label && shown[i] {
			c.text(words{size: tickSize, color: ink}, vg.Point{X: x, Y: foot - tickLength - tickGap}, center, top, t.label)
		}
	}
}

// drawY draws the y axis on its side of the panel, down to the foot.
func (p *panel) drawY(c *canvas, f frame, foot vg.Length, label bool) {
	base, away, side := f.Min.X, vg.Length(-1), 1.0
	if p.yRight {
		base, away, side = f.Max.X, 1, 0
	}
	if !p.bare {
		c.line([]vg.Point{{X: base, Y: foot}, {X: base, Y: f.Max.Y}}, frameLine, ink, solid, 0)
	}
	shown := fitting(p.y.ticks, func(t tick) (lo, hi vg.Length) {
		half := vg.Length(tickSize * 0.55)
		return f.placeY(t.at) - half, f.placeY(t.at) + half
	})
	for i, t := range p.y.ticks {
		y, long := f.placeY(t.at), tickLength
		if t.label == "" {
			long = tickLength / 2
		}
		if !p.bare {
			c.line([]vg.Point{{X: base, Y: y}, {X: base + away*long, Y: y}}, frameLine, ink, solid, 0)
		}
		if label && shown[i] {
			c.text(words{size: tickSize, color: ink}, vg.Point{X: base + away*(tickLength+tickGap), Y: y}, side, middle, t.label)
		}
	}
}

// fitting says which ticks' labels can be shown without touching: in the order
// of their ranks, each that fits beside those chosen before.
func fitting(ticks []tick, extent func(tick) (lo, hi vg.Length)) []bool {
	order := make([]int, 0, len(ticks))
	for i, t := range ticks {
		if t.label != "" {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ticks[a].rank, ticks[b].rank) })
	shown := make([]bool, len(ticks))
	type span struct{ lo, hi vg.Length }
	var taken []span
	for _, i := range order {
		lo, hi := extent(ticks[i])
		if slices.ContainsFunc(taken, func(s span) bool { return lo < s.hi && s.lo < hi }) {
			continue
		}
		shown[i] = true
		taken = append(taken, span{lo, hi})
	}
	return shown
}

// drawMisses draws the crosses of missing points in the strip, side by side
// where several series miss the same one.
func (p *panel) drawMisses(c *canvas, f frame) {
	const apart = 5.5 * vg.Length(1)
	columns := map[int][]miss{} // by place, to a tenth of a point
	var order []int
	for _, m := range p.misses {
		at := int(math.Round(float64(f.placeX(m.x)) * 10))
		if slices.ContainsFunc(columns[at], func(o miss) bool { return o.look.color == m.look.color && o.look.shape == m.look.shape }) {
			continue // one cross for both stages
		}
		if columns[at] == nil {
			order = append(order, at)
		}
		columns[at] = append(columns[at], m)
	}
	for _, at := range order {
		col := columns[at]
		middle := vg.Length(at) / 10
		half := apart * vg.Length(len(col)-1) / 2
		middle = min(max(middle, f.Min.X+half), f.Max.X-half+3)
		for i, m := range col {
			x := middle + apart*(vg.Length(i)-vg.Length(len(col)-1)/2)
			at := vg.Point{X: x, Y: f.Min.Y - stripHeight/2}
			of := slices.DeleteFunc(m.of.facets(), func(o facet) bool { return o.by == byStage }) // one cross for both
			c.group("series", m.of.label()+" missing", of, func() {
				c.marker(saltire, at, markerRadius, m.look.color, m.look.hollow)
				if s, ok := c.Canvas.(spotter); ok {
					s.spots([]vg.Point{at}, []string{m.says})
				}
			})
		}
	}
}
