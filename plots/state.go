package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
)

// states are the part of a vg.Canvas that no file format decides: the line, the
// colour and the transformation at hand, and those that Push saved. Their page
// has its origin in the upper left corner, as that of SVG.
type states []state

// state is what Push saves. A point (x, y) lies at (a x + c y + e,
// b x + d y + f) on the page, y downward.
type state struct {
	a, b, c, d, e, f float64
	width            float64
	dash             []vg.Length
	offset           vg.Length
	color            color.Color
}

// newStates is a page of a height, with vg's origin in the lower left corner.
func newStates(height vg.Length) states { return states{{a: 1, d: -1, f: height.Points()}} }

func (s states) now() *state { return &s[len(s)-1] }

func (s states) SetLineWidth(w vg.Length) { s.now().width = w.Points() }
func (s states) SetLineDash(d []vg.Length, offset vg.Length) {
	s.now().dash, s.now().offset = d, offset
}
func (s states) SetColor(clr color.Color) { s.now().color = clr }
func (s *states) Push()                   { *s = append(*s, *s.now()) }
func (s *states) Pop()                    { *s = (*s)[:len(*s)-1] }

func (s states) Rotate(rad float64) {
	t, sin, cos := s.now(), math.Sin(rad), math.Cos(rad)
	t.a, t.b, t.c, t.d = t.a*cos+t.c*sin, t.b*cos+t.d*sin, t.c*cos-t.a*sin, t.d*cos-t.b*sin
}

func (s states) Translate(pt vg.Point) {
	t := s.now()
	t.e, t.f = s.place(pt)
}

func (s states) Scale(x, y float64) {
	t := s.now()
	t.a, t.b, t.c, t.d = t.a*x, t.b*x, t.c*y, t.d*y
}

// place maps a point to the page.
func (s states) place(pt vg.Point) (x, y float64) {
	t := s.now()
	px, py := pt.X.Points(), pt.Y.Points()
	return t.a*px + t.c*py + t.e, t.b*px + t.d*py + t.f
}

// turned is the angle by which the page shows horizontal lines, in degrees
// clockwise.
func (s states) turned() float64 { return math.Atan2(s.now().b, s.now().a) * 180 / math.Pi }

// shade is the colour at hand, black where none was set.
func (s states) shade() color.NRGBA {
	if s.now().color == nil {
		return ink
	}
	return color.NRGBAModel.Convert(s.now().color).(color.NRGBA)
}
