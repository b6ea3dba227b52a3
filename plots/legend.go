package plots

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg"
)

// entry explains one look: a sample and its word.
type entry struct {
	word   string
	shown  string // the word, cut to the room there is
	facet  facet  // that the entry stands for, if any
	line   bool   // a sample of the line
	marker bool   // and of the marker
	fill   bool   // a sample of an area
	width  vg.Length
	look   look
}

// lineEntry explains a curve.
func lineEntry(word string, l look) entry {
	return entry{word: word, line: true, marker: true, width: curveLine, look: l}
}

// markerEntry explains a marker alone.
func markerEntry(word string, l look) entry { return entry{word: word, marker: true, look: l} }

// ruleEntry explains a line without markers.
func ruleEntry(word string, ink color.NRGBA, width vg.Length, dash []vg.Length) entry {
	return entry{word: word, line: true, width: width, look: look{color: ink, dash: dash}}
}

// fillEntry explains an area.
func fillEntry(word string, ink color.NRGBA) entry {
	return entry{word: word, fill: true, look: look{color: ink}}
}

// facets is the one that the entry stands for, as an attribute.
func (e entry) facets() []facet {
	if e.facet.by == "" {
		return nil
	}
	return []facet{{"by", e.facet.by}, {"switches", e.facet.name}}
}

func (e entry) sample() vg.Length {
	if e.line {
		return keyLength
	}
	return 7
}

func (e entry) size() vg.Length {
	return e.sample() + keyGap + words{size: tickSize}.width(e.shown)
}

func (e entry) draw(c *canvas, at vg.Point) {
	long := e.sample()
	mid := at.Add(vg.Point{X: long / 2})
	if e.fill {
		c.area([]vg.Point{at.Add(vg.Point{Y: -2.5}), at.Add(vg.Point{X: long, Y: -2.5}), at.Add(vg.Point{X: long, Y: 2.5}), at.Add(vg.Point{Y: 2.5})}, e.look.color)
	}
	if e.line {
		c.line([]vg.Point{at, at.Add(vg.Point{X: long})}, e.width, e.look.color, e.look.dash, 0)
	}
	if e.marker {
		c.marker(e.look.shape, mid, markerRadius, e.look.color, e.look.hollow)
	}
	c.text(words{size: tickSize, color: ink}, at.Add(vg.Point{X: long + keyGap}), left, middle, e.shown)
}

// legendRows breaks entries into rows no longer than wide. Several rows stand in
// columns, as wide as the longest entry, unless that takes more rows.
func legendRows(entries []entry, wide vg.Length) (rows [][]entry, column vg.Length) {
	var used vg.Length
	for i, e := range entries {
		e.shown = words{size: tickSize}.cut(e.word, wide-e.sample()-keyGap)
		entries[i] = e
		if len(rows) == 0 || used+e.size() > wide {
			rows, used = append(rows, nil), 0
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], e)
		used += e.size() + entryGap
		column = max(column, e.size()+entryGap)
	}
	n := max(1, int((wide+entryGap)/column))
	if len(rows) < 2 || (len(entries)+n-1)/n > len(rows) {
		return rows, 0
	}
	return slices.Collect(slices.Chunk(entries, n)), column
}

const legendRow = tickSize * 1.45

// legendHeight is what drawLegend needs below its point.
func legendHeight(entries []entry, wide vg.Length) vg.Length {
	rows, _ := legendRows(slices.Clone(entries), wide)
	return vg.Length(len(rows)) * legendRow
}

// drawLegend draws entries in rows from the upper left corner at.
func drawLegend(c *canvas, entries []entry, at vg.Point, wide vg.Length) {
	rows, column := legendRows(slices.Clone(entries), wide)
	for i, row := range rows {
		x := at.X
		for _, e := range row {
			c.group("entry", e.word, e.facets(), func() {
				e.draw(c, vg.Point{X: x, Y: at.Y - legendRow*(vg.Length(i)+0.5)})
			})
			if column > 0 {
				x += column
			} else {
				x += e.size() + entryGap
			}
		}
	}
}
