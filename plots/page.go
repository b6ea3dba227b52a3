package plots

import (
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
)

// page arranges panels in rows and columns, with a legend above and a note
// below. Room for words is measured, so the height follows from what is said.
type page struct {
	heading string // above everything; "": none
	width   vg.Length
	legend  []entry
	rows    []row
	columns []vg.Length // widths of the panels of a column; 0 or absent: an equal share of what is left
	shareX  bool        // the panels of a column have the same x axis, labelled at the lowest
	shareY  bool        // the panels of a row have the same y axis, labelled at the first
	note    []string    // sentences, set one after the other
	scale   float64     // of what is printed to what is laid out; 0: 1
	inks    inks        // for the codes that it is drawn in; nil: it is drawn in colours
}

// row is panels side by side; nil leaves a place empty.
type row struct {
	height vg.Length
	panels []*panel
}

// strip reports whether a panel of the page has points without a number. Then
// all have the strip for them, so that they stay comparable.
func (p *page) strip() bool {
	return slices.ContainsFunc(p.rows, func(r row) bool {
		return slices.ContainsFunc(r.panels, func(pan *panel) bool { return pan != nil && len(pan.misses) > 0 })
	})
}

// layout is where everything on a page lies. Heights are measured from the top
// of the page downward, as they are found.
type layout struct {
	frames [][]vg.Rectangle
	heads  []vg.Length // top of each row's head
	feet   []vg.Length // top of each row's axis label
	note   vg.Length
	lines  []string
	height vg.Length
}

// unbroken keeps numbers together with what belongs to them.
var unbroken = strings.NewReplacer(" %", "\u00a0%", " × ", "\u00a0×\u00a0", " = ", "\u00a0=\u00a0", " pp", "\u00a0pp")

// size is the size of the page as it is laid out.
func (p *page) size() (w, h vg.Length) { return p.width, p.layout().height }

// printed is its size in print, and by how much that is larger.
func (p *page) printed() (w, h, by vg.Length) {
	by = 1
	if p.scale != 0 {
		by = vg.Length(p.scale)
	}
	w, h = p.size()
	return w * by, h * by, by
}

// on draws the page on a canvas of its printed size.
func (p *page) on(c vg.Canvas) {
	if p.scale != 0 {
		c = enlarged{c, vg.Length(p.scale)}
	}
	p.draw(&canvas{Canvas: c, inks: p.inks})
}

func (p *page) layout() layout {
	var l layout
	lefts, widths := p.across()
	y := margin + p.headingHeight()
	if len(p.legend) > 0 {
		y += legendHeight(p.legend, p.inner(lefts)) + headGap
	}
	for r, row := range p.rows {
		if r > 0 {
			y += rowGap
		}
		l.heads = append(l.heads, y)
		y += p.headHeight(row, widths)
		frames := make([]vg.Rectangle, len(row.panels))
		for c := range row.panels {
			frames[c] = vg.Rectangle{
				Min: vg.Point{X: lefts[c], Y: y + row.height},
				Max: vg.Point{X: lefts[c] + widths[c], Y: y},
			}
		}
		l.frames = append(l.frames, frames)
		y += row.height + p.tickRoom(r)
		l.feet = append(l.feet, y)
		if p.rowHasLabel(r) {
			y += labelGap + labelSize
		}
	}
	if note := joined(p.note); note != "" {
		l.lines = words{size: noteSize}.wrap(unbroken.Replace(note), p.width-2*margin)
	}
	l.note = y
	if len(l.lines) > 0 {
		y += noteGap + vg.Length(len(l.lines))*noteSize*lineSpacing
	}
	l.height = y + margin
	return l
}

// headingLines are those of the heading, headingHeight what they need.
func (p *page) headingLines() []string {
	if p.heading == "" {
		return nil
	}
	return words{size: titleSize, bold: true}.wrap(p.heading, p.width-2*margin)
}

func (p *page) headingHeight() vg.Length {
	if n := len(p.headingLines()); n > 0 {
		return vg.Length(n)*titleSize*lineSpacing + headGap
	}
	return 0
}

// across returns the left edge and the width of each column of panels.
func (p *page) across() (lefts, widths []vg.Length) {
	n := 0
	for _, row := range p.rows {
		n = max(n, len(row.panels))
	}
	lefts, widths = make([]vg.Length, n), make([]vg.Length, n)
	rights := make([]vg.Length, n)
	free, sharing := p.width-2*margin, 0
	for c := range n {
		for r, row := range p.rows {
			if c >= len(row.panels) || row.panels[c] == nil {
				continue
			}
			room := p.sideRoom(r, c)
			rights[c] = max(rights[c], overhang(row.panels[c]))
			if row.panels[c].yRight {
				rights[c] = max(rights[c], room)
			} else {
				lefts[c] = max(lefts[c], room)
			}
		}
		free -= lefts[c] + rights[c]
		if c > 0 {
			free -= panelGap
		}
		if c < len(p.columns) && p.columns[c] > 0 {
			widths[c] = p.columns[c]
			free -= widths[c]
		} else {
			sharing++
		}
	}
	x := margin
	for c := range n {
		if widths[c] == 0 {
			widths[c] = free / vg.Length(sharing)
		}
		if c > 0 {
			x += panelGap
		}
		x += lefts[c]
		lefts[c] = x
		x += widths[c] + rights[c]
	}
	return lefts, widths
}

// inner is the width from the first panel's left edge to the margin.
func (p *page) inner(lefts []vg.Length) vg.Length { return p.width - margin - lefts[0] }

// sideRoom is what the ticks and label of a panel's y axis need beside it.
func (p *page) sideRoom(r, c int) vg.Length {
	if !p.labelsY(r, c) {
		return 0
	}
	pan := p.rows[r].panels[c]
	var wide vg.Length
	for _, t := range pan.y.ticks {
		wide = max(wide, words{size: tickSize}.width(t.label))
	}
	room := tickLength + tickGap + wide
	if pan.y.label != "" {
		room += labelGap + labelSize
	}
	return room
}

// overhang is how far the last label of the x axis, or an arrowhead, reaches
// beyond the panel.
func overhang(p *panel) vg.Length {
	var over vg.Length
	if p.heads {
		over = markerRadius + headGapX + headLength
	}
	for _, t := range p.x.ticks {
		if p.x.at(t.at) > 0.97 {
			over = max(over, words{size: tickSize}.width(t.label)/2)
		}
	}
	return over
}

// labelsY reports whether a panel's y axis carries labels.
func (p *page) labelsY(r, c int) bool {
	pan := p.rows[r].panels[c]
	return !p.shareY || c == 0 || pan.yRight
}

// labelsX reports whether a panel's x axis carries labels: with shared axes
// only where there is no panel below.
func (p *page) labelsX(r, c int) bool {
	if !p.shareX {
		return true
	}
	for _, below := range p.rows[r+1:] {
		if c < len(below.panels) && below.panels[c] != nil {
			return false
		}
	}
	return true
}

// tickRoom is what the ticks of a row's x axes need.
func (p *page) tickRoom(r int) vg.Length {
	for c, pan := range p.rows[r].panels {
		if pan != nil && p.labelsX(r, c) && len(pan.x.ticks) > 0 {
			return tickLength + tickGap + tickSize
		}
	}
	return tickLength
}

// rowHasLabel reports whether an axis label stands under a row.
func (p *page) rowHasLabel(r int) bool {
	if p.shareX && r != len(p.rows)-1 {
		return false
	}
	for _, pan := range p.rows[r].panels {
		if pan != nil && pan.x.label != "" {
			return true
		}
	}
	return false
}

// headHeight is what the titles and legends of a row's panels need.
func (p *page) headHeight(row row, widths []vg.Length) vg.Length {
	var high vg.Length
	for c, pan := range row.panels {
		if pan == nil {
			continue
		}
		h := legendHeight(pan.legend, widths[c])
		if pan.title != "" {
			h += titleSize * lineSpacing
		}
		high = max(high, h)
	}
	if high > 0 {
		high += headGap
	}
	return high
}

// draw draws the page.
func (p *page) draw(c *canvas) {
	l := p.layout()
	up := func(y vg.Length) vg.Length { return l.height - y }
	lefts, widths := p.across()
	for i, line := range p.headingLines() {
		c.text(words{size: titleSize, bold: true, color: ink}, vg.Point{X: margin, Y: up(margin + vg.Length(i)*titleSize*lineSpacing)}, left, top, line)
	}
	drawLegend(c, p.legend, vg.Point{X: lefts[0], Y: up(margin + p.headingHeight())}, p.inner(lefts))
	for r, row := range p.rows {
		for i, pan := range row.panels {
			if pan == nil {
				continue
			}
			f := l.frames[r][i]
			f.Min.Y, f.Max.Y = up(f.Min.Y), up(f.Max.Y)
			at := vg.Point{X: f.Min.X, Y: up(l.heads[r])}
			if pan.title != "" {
				style := words{size: titleSize, bold: true, color: ink}
				c.text(style, at, left, top, style.cut(pan.title, widths[i]))
				at.Y -= titleSize * lineSpacing
			}
			drawLegend(c, pan.legend, at, widths[i])
			pan.draw(c, room{f, p.labelsX(r, i), p.labelsY(r, i), p.strip()})
		}
		p.drawLabelX(c, l, r)
	}
	p.drawLabelsY(c, l)
	for i, line := range l.lines {
		y := up(l.note + noteGap + vg.Length(i)*noteSize*lineSpacing)
		c.text(words{size: noteSize, color: softInk}, vg.Point{X: margin, Y: y}, left, top, line)
	}
}

// drawLabelX writes the labels of the x axes under a row: one in the middle
// where panels with a common axis have the same.
func (p *page) drawLabelX(c *canvas, l layout, r int) {
	if !p.rowHasLabel(r) {
		return
	}
	type span struct {
		label  string
		lo, hi vg.Length
	}
	var spans []span
	for i, pan := range p.rows[r].panels {
		if pan == nil || pan.x.label == "" {
			continue
		}
		f := l.frames[r][i]
		if n := len(spans); n > 0 && spans[n-1].label == pan.x.label && (p.shareX || p.shareY) {
			spans[n-1].hi = f.Max.X
			continue
		}
		spans = append(spans, span{pan.x.label, f.Min.X, f.Max.X})
	}
	if len(spans) == 1 && p.shareX {
		spans[0].hi = p.lastEdge(l)
	}
	for _, s := range spans {
		at := vg.Point{X: (s.lo + s.hi) / 2, Y: l.height - l.feet[r] - labelGap}
		c.text(words{size: labelSize, color: ink}, at, center, top, s.label)
	}
}

// lastEdge is the right edge of the panels whose x axis is not their own.
func (p *page) lastEdge(l layout) vg.Length {
	var edge vg.Length
	for r, row := range p.rows {
		for i, pan := range row.panels {
			if pan != nil && pan.x.label != "" {
				edge = max(edge, l.frames[r][i].Max.X)
			}
		}
	}
	return edge
}

// drawLabelsY writes the labels of the y axes: one in the middle of
// neighbouring rows that have the same.
func (p *page) drawLabelsY(c *canvas, l layout) {
	style := words{size: labelSize, color: ink, turn: true}
	var n int
	for _, row := range p.rows {
		n = max(n, len(row.panels))
	}
	for col := range n {
		for r := 0; r < len(p.rows); {
			if col >= len(p.rows[r].panels) || p.rows[r].panels[col] == nil || !p.labelsY(r, col) {
				r++
				continue
			}
			pan, last := p.rows[r].panels[col], r
			for last+1 < len(p.rows) && col < len(p.rows[last+1].panels) && p.rows[last+1].panels[col] != nil &&
				p.rows[last+1].panels[col].y.label == pan.y.label {
				last++
			}
			first, end := l.frames[r][col], l.frames[last][col]
			at := vg.Point{X: first.Min.X, Y: l.height - (first.Max.Y+end.Min.Y)/2}
			at.X -= p.columnRoom(col) - labelSize*capHeight
			if pan.yRight {
				at.X = first.Max.X + p.sideRoom(r, col)
			}
			c.text(style, at, center, bottom, pan.y.label)
			r = last + 1
		}
	}
}

// columnRoom is the widest sideRoom of a column, so that its labels align.
func (p *page) columnRoom(col int) vg.Length {
	var room vg.Length
	for r, row := range p.rows {
		if col < len(row.panels) && row.panels[col] != nil && !row.panels[col].yRight {
			room = max(room, p.sideRoom(r, col))
		}
	}
	return room
}
