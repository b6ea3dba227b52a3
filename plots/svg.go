package plots

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"math"
	"strconv"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// svgFonts are the families that a viewer may use: Liberation Sans, with which
// the page was laid out, others of the same widths, and then any.
const svgFonts = "'Liberation Sans', Arimo, Arial, Helvetica, sans-serif"

// renderSVG draws a figure as a file of SVG 1.1 with searchable text.
func renderSVG(f Figure) []byte {
	return append([]byte(xml.Header), drawSVG(f.page, f.Title)...)
}

// Element returns the figure as an svg element for a page of HTML, which has
// the caption below it: without the note, which says a part of the same.
func (f Figure) Element() []byte {
	p := f.page
	p.note = nil
	return drawSVG(p, f.Title)
}

func drawSVG(p page, title string) []byte {
	w, h := p.size()
	_, _, by := p.printed()
	c := newSVG(w, h, by, title)
	p.draw(&canvas{Canvas: c, inks: p.inks})
	return c.finish()
}

// svgCanvas is a vg.Canvas that writes SVG. Unlike gonum's it groups the marks
// of a series under its name, gives families to fall back on, and states the
// length of every text, so that the layout holds with any font.
type svgCanvas struct {
	states
	body bytes.Buffer
}

var (
	_ vg.Canvas = (*svgCanvas)(nil)
	_ grouper   = (*svgCanvas)(nil)
	_ anchorer  = (*svgCanvas)(nil)
	_ spotter   = (*svgCanvas)(nil)
)

// newSVG is a page that is by times as large in print as it is laid out.
func newSVG(w, h, by vg.Length, title string) *svgCanvas {
	c := &svgCanvas{states: newStates(h)}
	mm := func(l vg.Length) string { return decimal(float64(l / vg.Millimeter)) }
	class := "column"
	if w*by > columnWidth {
		class = "page"
	}
	fmt.Fprintf(&c.body, `<svg xmlns="http://www.w3.org/2000/svg" class="%s" width="%smm" height="%smm" viewBox="0 0 %s %s" role="img" font-family="%s">
<title>%s</title>
<rect width="100%%" height="100%%" fill="#ffffff"/>
`, class, mm(w*by), mm(h*by), decimal(w.Points()), decimal(h.Points()), svgFonts, html.EscapeString(title))
	vg.Initialize(c)
	return c
}

func (c *svgCanvas) finish() []byte {
	c.body.WriteString("</svg>\n")
	return c.body.Bytes()
}

func (c *svgCanvas) begin(class, name string, facets ...facet) {
	fmt.Fprintf(&c.body, `<g class="%s" data-name="%s"`, html.EscapeString(class), html.EscapeString(name))
	for _, f := range facets {
		fmt.Fprintf(&c.body, ` data-%s="%s"`, f.by, html.EscapeString(f.name))
	}
	c.body.WriteString(">\n")
}

// spots are discs that are not seen, with titles.
func (c *svgCanvas) spots(at []vg.Point, says []string) {
	c.body.WriteString("<g class=\"spots\" fill=\"none\" pointer-events=\"all\">\n")
	for i, pt := range at {
		x, y := c.place(pt)
		fmt.Fprintf(&c.body, "<circle cx=\"%s\" cy=\"%s\" r=\"3\"><title>%s</title></circle>\n", decimal(x), decimal(y), html.EscapeString(says[i]))
	}
	c.body.WriteString("</g>\n")
}

func (c *svgCanvas) end() { c.body.WriteString("</g>\n") }

func (c *svgCanvas) Stroke(p vg.Path) {
	s := c.now()
	if s.width <= 0 {
		return
	}
	fmt.Fprintf(&c.body, `<%s fill="none" stroke%s stroke-width="%s"`, c.shape(p), paint("stroke", c.shade()), decimal(s.width))
	if len(s.dash) > 0 {
		lengths := make([]string, len(s.dash))
		for i, d := range s.dash {
			lengths[i] = decimal(d.Points())
		}
		fmt.Fprintf(&c.body, ` stroke-dasharray="%s"`, strings.Join(lengths, " "))
		if s.offset != 0 {
			fmt.Fprintf(&c.body, ` stroke-dashoffset="%s"`, decimal(s.offset.Points()))
		}
	}
	c.body.WriteString("/>\n")
}

func (c *svgCanvas) Fill(p vg.Path) {
	fmt.Fprintf(&c.body, "<%s fill%s/>\n", c.shape(p), paint("fill", c.shade()))
}

func (c *svgCanvas) FillString(f font.Face, pt vg.Point, s string) {
	c.fillAnchored(f, pt, left, s, f.Width(s))
}

func (c *svgCanvas) fillAnchored(f font.Face, pt vg.Point, h float64, s string, wide vg.Length) {
	if f.Font.Size == 0 || s == "" {
		return
	}
	x, y := c.place(pt)
	fmt.Fprintf(&c.body, `<text x="%s" y="%s" font-size="%s" textLength="%s" lengthAdjust="spacingAndGlyphs" fill%s`,
		decimal(x), decimal(y), decimal(f.Font.Size.Points()), decimal(wide.Points()), paint("fill", c.shade()))
	switch h {
	case center:
		c.body.WriteString(` text-anchor="middle"`)
	case right:
		c.body.WriteString(` text-anchor="end"`)
	}
	if f.Font.Weight == xfont.WeightBold {
		c.body.WriteString(` font-weight="bold"`)
	}
	if angle := c.turned(); math.Abs(angle) > 1e-9 {
		fmt.Fprintf(&c.body, ` transform="rotate(%s %s %s)"`, decimal(angle), decimal(x), decimal(y))
	}
	fmt.Fprintf(&c.body, ">%s</text>\n", html.EscapeString(s))
}

func (c *svgCanvas) DrawImage(rect vg.Rectangle, img image.Image) {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic("plots: an image that is not encodable: " + err.Error())
	}
	x, y := c.place(vg.Point{X: rect.Min.X, Y: rect.Max.Y})
	fmt.Fprintf(&c.body, "<image x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" href=\"data:image/png;base64,%s\"/>\n",
		decimal(x), decimal(y), decimal(rect.Size().X.Points()), decimal(rect.Size().Y.Points()), base64.StdEncoding.EncodeToString(b.Bytes()))
}

// shape writes the element of a path and its geometry: a circle, of which there
// are thousands in a figure of many seeds, takes half the bytes as such.
func (c *svgCanvas) shape(p vg.Path) string {
	if len(p) == 3 && p[0].Type == vg.MoveComp && p[1].Type == vg.ArcComp && math.Abs(p[1].Angle) >= 2*math.Pi && p[2].Type == vg.CloseComp {
		x, y := c.place(p[1].Pos)
		return fmt.Sprintf(`circle cx="%s" cy="%s" r="%s"`, decimal(x), decimal(y), decimal(p[1].Radius.Points()))
	}
	return fmt.Sprintf(`path d="%s"`, c.outline(p))
}

// outline writes the data of a path (SVG 1.1, section 8.3).
func (c *svgCanvas) outline(p vg.Path) string {
	var b strings.Builder
	to := func(command string, pts ...vg.Point) {
		b.WriteString(command)
		for i, pt := range pts {
			if i > 0 {
				b.WriteByte(' ')
			}
			x, y := c.place(pt)
			b.WriteString(decimal(x) + "," + decimal(y))
		}
	}
	for _, part := range p {
		switch part.Type {
		case vg.MoveComp:
			to("M", part.Pos)
		case vg.LineComp:
			to("L", part.Pos)
		case vg.CurveComp:
			if len(part.Control) == 1 {
				to("Q", part.Control[0], part.Pos)
			} else {
				to("C", part.Control[0], part.Control[1], part.Pos)
			}
		case vg.ArcComp:
			c.arc(&b, to, part)
		case vg.CloseComp:
			b.WriteByte('Z')
		}
	}
	return b.String()
}

// arc writes an arc in pieces below half a turn: SVG cannot draw a whole
// circle as one. The page's y points down, so what turns counterclockwise in
// vg turns against SVG's positive direction.
func (c *svgCanvas) arc(b *strings.Builder, to func(string, ...vg.Point), part vg.PathComp) {
	at := func(angle float64) vg.Point {
		return part.Pos.Add(vg.Point{X: part.Radius * vg.Length(math.Cos(angle)), Y: part.Radius * vg.Length(math.Sin(angle))})
	}
	sweep := 0
	if part.Angle < 0 {
		sweep = 1
	}
	to("L", at(part.Start))
	pieces := int(math.Abs(part.Angle)/(0.99*math.Pi)) + 1
	radius := decimal(part.Radius.Points())
	for i := 1; i <= pieces; i++ {
		fmt.Fprintf(b, "A%s,%s 0 0 %d ", radius, radius, sweep)
		to("", at(part.Start+part.Angle*float64(i)/float64(pieces)))
	}
}

// paint writes a colour as the rest of an attribute, and its opacity as
// another where it is not 1.
func paint(attribute string, n color.NRGBA) string {
	s := fmt.Sprintf(`="#%02x%02x%02x"`, n.R, n.G, n.B)
	if n.A != 255 {
		s += fmt.Sprintf(` %s-opacity="%s"`, attribute, decimal(float64(n.A)/255))
	}
	return s
}

// decimal writes a length with two decimals, a 200th of a point, without
// trailing zeros.
func decimal(v float64) string {
	v = math.Round(v*100) / 100
	if v == 0 {
		return "0" // not -0
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
