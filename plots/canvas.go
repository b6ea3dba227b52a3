package plots

import (
	"image/color"
	"iter"
	"math"
	"strings"
	"unicode"

	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
)

// canvas is a page being drawn on: lengths in points from the lower left
// corner.
type canvas struct {
	vg.Canvas
	texts []textBox    // every text drawn so far and where it is
	inks  inks         // of a page in codes
	seen  map[int]bool // codes that were drawn, where they are wanted
}

// textBox is a drawn text and the rectangle it covers.
type textBox struct {
	text string
	vg.Rectangle
}

// grouper is a canvas whose format can name the parts of a drawing.
type grouper interface {
	begin(class, name string, facets ...facet)
	end()
}

// anchorer is a canvas whose format can align a text itself, so that it stays
// aligned in a viewer's other font.
type anchorer interface {
	fillAnchored(f font.Face, at vg.Point, h float64, s string, wide vg.Length)
}

// fill writes s so that at lies at the fraction h of its width, on its base. A format
// whose viewer brings the fonts gets the text also where boxes are drawn for it.
func (c *canvas) fill(w words, at vg.Point, h float64, s string) {
	drawn := w.drawable(s)
	wide := w.width(s)
	if a, ok := c.Canvas.(anchorer); ok {
		a.fillAnchored(w.face(), at, h, w.plain(s), wide)
		return
	}
	at = at.Sub(vg.Point{X: vg.Length(h) * wide})
	for _, r := range w.runs(drawn) {
		if r.font == nil {
			c.FillString(w.face(), at, r.text)
			at.X += w.width(r.text)
			continue
		}
		c.Fill(r.outline(at, w.size))
		at.X += r.length(w.size)
	}
}

// group draws a part under a name, where the format knows names.
func (c *canvas) group(class, name string, facets []facet, draw func()) {
	g, ok := c.Canvas.(grouper)
	if ok {
		g.begin(class, name, facets...)
		defer g.end()
	}
	draw()
}

// Places of a text relative to its point, as fractions of its width or of the
// height of a capital.
const (
	left, center, right = 0, 0.5, 1
	bottom, middle, top = 0, 0.5, 1
)

// capHeight and descent of Liberation Sans, in sizes.
const (
	capHeight = 0.716
	descent   = 0.212
)

// words is the style of a text.
type words struct {
	size  vg.Length
	bold  bool
	color color.NRGBA
	turn  bool // a quarter counterclockwise
}

var (
	sansRegular = sans(xfont.WeightNormal)
	sansBold    = sans(xfont.WeightBold)
)

func sans(weight xfont.Weight) font.Face {
	for _, f := range liberation.Collection() {
		if f.Font.Variant == "Sans" && f.Font.Weight == weight && f.Font.Style == xfont.StyleNormal {
			return f
		}
	}
	panic("plots: Liberation Sans is not embedded")
}

func (w words) face() font.Face {
	f := sansRegular
	if w.bold {
		f = sansBold
	}
	f.Font.Size = w.size
	return f
}

// drawable replaces what no font can show. It would be left out without a trace
// otherwise.
func (w words) drawable(s string) string {
	own := w.own()
	return strings.Map(func(r rune) rune {
		if !own(r) && others.of(r) == nil {
			return '□'
		}
		return r
	}, w.plain(s))
}

// own tells what the program's own font has, to one caller.
func (w words) own() func(rune) bool {
	f := w.face().Face
	var buf sfnt.Buffer // large: one for all characters of a text
	return func(r rune) bool {
		if ' ' <= r && r <= '~' {
			return true
		}
		i, err := f.GlyphIndex(&buf, r)
		return err == nil && i != 0
	}
}

// plain writes powers of ten without the superscript minus, which Liberation Sans does
// not have: 10⁻⁶ would be read as 10⁶.
func (w words) plain(s string) string {
	if strings.ContainsRune(s, '⁻') {
		return superscripts.Replace(s)
	}
	return s
}

var superscripts = strings.NewReplacer("⁻", "^−", "⁰", "0", "¹", "1", "²", "2", "³", "3",
	"⁴", "4", "⁵", "5", "⁶", "6", "⁷", "7", "⁸", "8", "⁹", "9")

// width is the length of a text on one line.
func (w words) width(s string) vg.Length {
	f := w.face()
	runs := w.runs(w.drawable(s))
	total := vg.Length(0)
	for _, r := range runs {
		if r.font == nil {
			total += f.Width(r.text)
		} else {
			total += r.length(w.size)
		}
	}
	return total
}

// text writes s so that the point at lies at the fractions h of its width and
// v of the height of its capitals.
func (c *canvas) text(w words, at vg.Point, h, v float64, s string) {
	if s == "" {
		return
	}
	wide, high := w.width(s), w.size*capHeight
	dx, dy := -vg.Length(h)*wide, -vg.Length(v)*high
	c.SetColor(w.color)
	if w.turn {
		c.Push()
		c.Translate(at)
		c.Rotate(math.Pi / 2)
		c.fill(w, vg.Point{Y: dy}, h, s)
		c.Pop()
		c.texts = append(c.texts, textBox{w.drawable(s), vg.Rectangle{
			Min: vg.Point{X: at.X - dy - high, Y: at.Y + dx},
			Max: vg.Point{X: at.X - dy + descent*w.size, Y: at.Y + dx + wide},
		}})
		return
	}
	c.fill(w, vg.Point{X: at.X, Y: at.Y + dy}, h, s)
	c.texts = append(c.texts, textBox{w.drawable(s), vg.Rectangle{
		Min: vg.Point{X: at.X + dx, Y: at.Y + dy - descent*w.size},
		Max: vg.Point{X: at.X + dx + wide, Y: at.Y + dy + high},
	}})
}

// cut shortens a text to at most wide, with an ellipsis before its end: names
// that begin alike often end in what tells them apart.
func (w words) cut(s string, wide vg.Length) string {
	if w.width(s) <= wide {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		tail := n / 3
		if short := string(runes[:n-tail]) + "…" + string(runes[len(runes)-tail:]); w.width(short) <= wide {
			return short
		}
	}
	return "…"
}

// wrap breaks a text at its spaces, and between characters of scripts that have none,
// into lines no longer than wide. A single word that is longer is cut.
func (w words) wrap(s string, wide vg.Length) []string {
	var lines []string
	line := ""
	for word, space := range breakable(s) {
		word = w.cut(word, wide)
		longer := line + space + word
		if line == "" {
			longer = word
		}
		if line != "" && w.width(longer) > wide {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// breakable are the parts of a text between which a line can end, each with what stands
// before it on the same line.
func breakable(s string) iter.Seq2[string, string] {
	return func(yield func(part, space string) bool) {
		for word := range strings.SplitSeq(s, " ") {
			space, start := " ", 0
			before := rune(0)
			for i, r := range word {
				if i > 0 && (spaceless(before) || spaceless(r)) && !closes(r) && !opens(before) {
					if !yield(word[start:i], space) {
						return
					}
					space, start = "", i
				}
				before = r
			}
			if !yield(word[start:], space) {
				return
			}
		}
	}
}

// spaceless reports whether a character is of a script that is written without spaces.
func spaceless(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || strings.ContainsRune("，。、；：？！（）《》「」", r)
}

// closes and opens report whether a character does not begin, or end, a line.
func closes(r rune) bool { return strings.ContainsRune("，。、；：？！）》」,.;:?!)]%", r) }
func opens(r rune) bool  { return strings.ContainsRune("（《「([", r) }

// line strokes a polyline.
func (c *canvas) line(pts []vg.Point, width vg.Length, ink color.NRGBA, dash []vg.Length, offset vg.Length) {
	if len(pts) < 2 {
		return
	}
	c.SetColor(ink)
	c.SetLineWidth(width)
	c.SetLineDash(dash, offset)
	c.Stroke(path(pts))
}

// area fills a polygon.
func (c *canvas) area(pts []vg.Point, ink color.NRGBA) {
	if len(pts) < 3 {
		return
	}
	p := path(pts)
	p.Close()
	c.SetColor(ink)
	c.Fill(p)
}

func path(pts []vg.Point) vg.Path {
	p := make(vg.Path, 0, len(pts)+1)
	p.Move(pts[0])
	for _, pt := range pts[1:] {
		p.Line(pt)
	}
	return p
}
