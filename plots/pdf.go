package plots

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"time"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"codeberg.org/go-pdf/fpdf"
	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// renderPDF draws a figure as a page of PDF of its printed size, with the
// glyphs it uses of the font it was laid out with.
func renderPDF(f Figure) ([]byte, error) {
	w, h, _ := f.page.printed()
	c := newPDF(w, h, f.Title)
	f.page.on(c)
	var b bytes.Buffer
	if err := c.doc.Output(&b); err != nil {
		return nil, fmt.Errorf("plots: figure %s as PDF: %w", f.Name, err)
	}
	return b.Bytes(), nil
}

// pdfCanvas is a vg.Canvas that writes PDF. Unlike gonum's it writes any text
// that the font has, to be searched and copied, and keeps the hue of
// transparent colours. Equal drawings give equal bytes.
type pdfCanvas struct {
	states
	doc    *fpdf.Fpdf
	alpha  uint8 // as last written
	images int
}

var _ vg.Canvas = (*pdfCanvas)(nil)

// pdfFont is the family under which the font is embedded.
const pdfFont = "LiberationSans"

func newPDF(w, h vg.Length, title string) *pdfCanvas {
	doc := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: w.Points(), Ht: h.Points()}})
	doc.SetCatalogSort(true)
	doc.SetCreationDate(time.Unix(0, 0).UTC()) // the clock would make every rendering another file
	doc.SetModificationDate(time.Unix(0, 0).UTC())
	doc.SetTitle(title, true)
	doc.SetMargins(0, 0, 0)
	doc.SetAutoPageBreak(false, 0)
	doc.AddUTF8FontFromBytes(pdfFont, "", liberationsansregular.TTF)
	doc.AddUTF8FontFromBytes(pdfFont, "B", liberationsansbold.TTF)
	doc.AddPage()
	c := &pdfCanvas{states: newStates(h), doc: doc, alpha: 255}
	vg.Initialize(c)
	return c
}

func (c *pdfCanvas) Stroke(p vg.Path) {
	s := c.now()
	if s.width <= 0 {
		return
	}
	ink := c.paint()
	c.doc.SetDrawColor(ink.r, ink.g, ink.b)
	c.doc.SetLineWidth(s.width)
	dash := make([]float64, len(s.dash))
	for i, d := range s.dash {
		dash[i] = d.Points()
	}
	c.doc.SetDashPattern(dash, s.offset.Points())
	c.outline(p)
	c.doc.DrawPath("D")
}

func (c *pdfCanvas) Fill(p vg.Path) {
	ink := c.paint()
	c.doc.SetFillColor(ink.r, ink.g, ink.b)
	c.outline(p)
	c.doc.DrawPath("F")
}

func (c *pdfCanvas) FillString(f font.Face, pt vg.Point, s string) {
	if f.Font.Size == 0 || s == "" {
		return
	}
	style := ""
	if f.Font.Weight == xfont.WeightBold {
		style = "B"
	}
	c.doc.SetFont(pdfFont, style, f.Font.Size.Points())
	ink := c.paint()
	c.doc.SetTextColor(ink.r, ink.g, ink.b)
	x, y := c.place(pt)
	angle := c.turned()
	if math.Abs(angle) < 1e-9 {
		c.doc.Text(x, y, s)
		return
	}
	c.doc.TransformBegin()
	c.doc.TransformRotate(-angle, x, y)
	c.doc.Text(x, y, s)
	c.doc.TransformEnd()
}

func (c *pdfCanvas) DrawImage(rect vg.Rectangle, img image.Image) {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic("plots: an image that is not encodable: " + err.Error())
	}
	c.images++
	name := fmt.Sprint(c.images)
	options := fpdf.ImageOptions{ImageType: "png"}
	c.doc.RegisterImageOptionsReader(name, options, &b)
	x, y := c.place(vg.Point{X: rect.Min.X, Y: rect.Max.Y})
	c.doc.ImageOptions(name, x, y, rect.Size().X.Points(), rect.Size().Y.Points(), false, options, 0, "")
}

// rgb is a colour as PDF takes it.
type rgb struct{ r, g, b int }

// paint is the colour at hand; its opacity is written where it changes.
func (c *pdfCanvas) paint() rgb {
	n := c.shade()
	if n.A != c.alpha {
		c.doc.SetAlpha(float64(n.A)/255, "Normal")
		c.alpha = n.A
	}
	return rgb{int(n.R), int(n.G), int(n.B)}
}

// outline writes a path.
func (c *pdfCanvas) outline(p vg.Path) {
	for _, part := range p {
		x, y := c.place(part.Pos)
		switch part.Type {
		case vg.MoveComp:
			c.doc.MoveTo(x, y)
		case vg.LineComp:
			c.doc.LineTo(x, y)
		case vg.CurveComp:
			x0, y0 := c.place(part.Control[0])
			if len(part.Control) == 1 {
				px, py := c.doc.GetXY()
				c.doc.CurveBezierCubicTo(px+(x0-px)*2/3, py+(y0-py)*2/3, x+(x0-x)*2/3, y+(y0-y)*2/3, x, y) // a quadratic curve raised to a cubic one
			} else {
				x1, y1 := c.place(part.Control[1])
				c.doc.CurveBezierCubicTo(x0, y0, x1, y1, x, y)
			}
		case vg.ArcComp:
			c.arc(part)
		case vg.CloseComp:
			c.doc.ClosePath()
		}
	}
}

// arc writes an arc as cubic curves of at most a quarter turn, whose control
// points lie on the tangents at 4/3 tan(a/4) radii for an angle a: off the circle
// by less than 0.03 % of its radius.
func (c *pdfCanvas) arc(part vg.PathComp) {
	at := func(angle, along float64) vg.Point { // along the tangent, in radii
		sin, cos := math.Sincos(angle)
		return part.Pos.Add(vg.Point{X: part.Radius * vg.Length(cos-along*sin), Y: part.Radius * vg.Length(sin+along*cos)})
	}
	pieces := math.Ceil(math.Abs(part.Angle) / (math.Pi / 2 * 1.0001))
	step := part.Angle / pieces
	reach := 4.0 / 3 * math.Tan(step/4)
	c.doc.LineTo(c.place(at(part.Start, 0)))
	for i := range int(pieces) {
		from := part.Start + float64(i)*step
		x0, y0 := c.place(at(from, reach))
		x1, y1 := c.place(at(from+step, -reach))
		x, y := c.place(at(from+step, 0))
		c.doc.CurveBezierCubicTo(x0, y0, x1, y1, x, y)
	}
}
