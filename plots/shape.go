package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
)

// shape is the form of a marker.
type shape int

// The shapes: nine that enclose an area, the others are strokes.
const (
	circle shape = iota
	square
	triangle
	diamond
	wedge // triangle standing on its tip
	pentagon
	house
	bar     // upright rectangle
	pennant // triangle pointing to the right
	star
	plus
	chevron
	hash
	saltire // for what is missing
)

// outline holds the corners of the enclosing shapes, for a radius of 1. Their
// areas are near the circle's, so that no series looks louder.
var outline = map[shape][]vg.Point{
	square:   {{X: -0.88, Y: -0.88}, {X: 0.88, Y: -0.88}, {X: 0.88, Y: 0.88}, {X: -0.88, Y: 0.88}},
	triangle: {{X: -1.15, Y: -0.8}, {X: 1.15, Y: -0.8}, {X: 0, Y: 1.25}},
	diamond:  {{X: 0, Y: -1.25}, {X: 1.25, Y: 0}, {X: 0, Y: 1.25}, {X: -1.25, Y: 0}},
	wedge:    {{X: -1.15, Y: 0.8}, {X: 1.15, Y: 0.8}, {X: 0, Y: -1.25}},
	pentagon: {{X: 0, Y: 1.15}, {X: -1.1, Y: 0.35}, {X: -0.7, Y: -0.95}, {X: 0.7, Y: -0.95}, {X: 1.1, Y: 0.35}},
	house:    {{X: -0.95, Y: -1}, {X: 0.95, Y: -1}, {X: 0.95, Y: 0.2}, {X: 0, Y: 1.3}, {X: -0.95, Y: 0.2}},
	bar:      {{X: -0.5, Y: -1.3}, {X: 0.5, Y: -1.3}, {X: 0.5, Y: 1.3}, {X: -0.5, Y: 1.3}},
	pennant:  {{X: -0.8, Y: -1.15}, {X: 1.25, Y: 0}, {X: -0.8, Y: 1.15}},
}

// strokes holds the lines of the stroked shapes, for a radius of 1.
var strokes = map[shape][][2]vg.Point{
	star:    {{{Y: -1.35}, {Y: 1.35}}, {{X: -1.17, Y: -0.68}, {X: 1.17, Y: 0.68}}, {{X: -1.17, Y: 0.68}, {X: 1.17, Y: -0.68}}},
	chevron: {{{X: -1.2, Y: -0.7}, {X: 0, Y: 0.9}}, {{X: 0, Y: 0.9}, {X: 1.2, Y: -0.7}}},
	plus:    {{{X: -1.3}, {X: 1.3}}, {{Y: -1.3}, {Y: 1.3}}},
	saltire: {{{X: -1, Y: -1}, {X: 1, Y: 1}}, {{X: -1, Y: 1}, {X: 1, Y: -1}}},
	hash:    {{{X: -1.1, Y: 0.5}, {X: 1.1, Y: 0.5}}, {{X: -1.1, Y: -0.5}, {X: 1.1, Y: -0.5}}},
}

// marker draws a shape around a point. A hollow one is white inside.
func (c *canvas) marker(s shape, at vg.Point, radius vg.Length, ink color.NRGBA, hollow bool) {
	c.SetColor(ink)
	c.SetLineDash(nil, 0)
	c.SetLineWidth(0.8)
	if lines, ok := strokes[s]; ok {
		for _, l := range lines {
			c.Stroke(vg.Path{
				{Type: vg.MoveComp, Pos: at.Add(l[0].Scale(radius))},
				{Type: vg.LineComp, Pos: at.Add(l[1].Scale(radius))},
			})
		}
		return
	}
	var p vg.Path
	if s == circle {
		p.Move(at.Add(vg.Point{X: radius}))
		p.Arc(at, radius, 0, 2*math.Pi)
	} else {
		for i, corner := range outline[s] {
			if i == 0 {
				p.Move(at.Add(corner.Scale(radius)))
			} else {
				p.Line(at.Add(corner.Scale(radius)))
			}
		}
	}
	p.Close()
	if !hollow {
		c.Fill(p)
		return
	}
	c.SetColor(paper)
	c.Fill(p)
	c.SetColor(ink)
	c.Stroke(p)
}
