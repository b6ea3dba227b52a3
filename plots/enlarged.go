package plots

import (
	"image"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// enlarged is a canvas on which everything is so many times as large: lengths, widths of
// lines and letters.
type enlarged struct {
	vg.Canvas
	by vg.Length
}

func (e enlarged) SetLineWidth(w vg.Length) { e.Canvas.SetLineWidth(w * e.by) }

func (e enlarged) SetLineDash(dash []vg.Length, offset vg.Length) {
	longer := make([]vg.Length, len(dash))
	for i, d := range dash {
		longer[i] = d * e.by
	}
	e.Canvas.SetLineDash(longer, offset*e.by)
}

func (e enlarged) Translate(pt vg.Point) { e.Canvas.Translate(e.at(pt)) }

func (e enlarged) Stroke(p vg.Path) { e.Canvas.Stroke(e.path(p)) }

func (e enlarged) Fill(p vg.Path) { e.Canvas.Fill(e.path(p)) }

func (e enlarged) FillString(f font.Face, pt vg.Point, text string) {
	f.Font.Size *= e.by
	e.Canvas.FillString(f, e.at(pt), text)
}

func (e enlarged) DrawImage(rect vg.Rectangle, img image.Image) {
	e.Canvas.DrawImage(vg.Rectangle{Min: e.at(rect.Min), Max: e.at(rect.Max)}, img)
}

func (e enlarged) at(pt vg.Point) vg.Point { return pt.Scale(e.by) }

func (e enlarged) path(p vg.Path) vg.Path {
	out := make(vg.Path, len(p))
	for i, c := range p {
		c.Pos, c.Radius = e.at(c.Pos), c.Radius*e.by
		control := make([]vg.Point, len(c.Control))
		for j, pt := range c.Control {
			control[j] = e.at(pt)
		}
		c.Control = control
		out[i] = c
	}
	return out
}
