package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"

	"prunelab/analysis/curve"
)

// place says where on an x axis a point belongs.
type place int

const (
	nowhere place = iota // what the axis shows is not known of it
	onAxis
	atEdge // no weights are left, which a logarithmic axis does not reach
)

// abscissa is what the x axis shows of a point of a curve, and where that lies.
type abscissa func(p curve.Point) (float64, place)

// prunedFraction is the fraction of the target's weights that is removed.
func prunedFraction(p curve.Point) (float64, place) {
	return p.Sparsity, placeOf(p.Placed, p.Sparsity < 1)
}

// wholeFraction is the fraction of all the network's weights that is removed.
func wholeFraction(p curve.Point) (float64, place) { return p.Whole, placeOf(p.Placed, p.Whole < 1) }

// keptFraction and keptCount are what is left of the target's weights.
func keptFraction(p curve.Point) (float64, place) {
	return 1 - p.Sparsity, placeOf(p.Placed, p.Sparsity < 1)
}

func keptCount(p curve.Point) (float64, place) { return p.Kept, placeOf(p.Placed, p.Kept > 0) }

// factor is by how much pruning makes something less, infinite where no weights
// are left.
func factor(of func(curve.Point) (times float64, ok bool)) abscissa {
	return func(p curve.Point) (float64, place) {
		if p.Placed && p.Whole >= 1 {
			return math.Inf(1), atEdge
		}
		times, ok := of(p)
		return times, placeOf(ok, true)
	}
}

func placeOf(known, reached bool) place {
	switch {
	case !known:
		return nowhere
	case !reached:
		return atEdge
	}
	return onAxis
}

// edged reports whether a point is drawn at the edge of its panel.
func (d datum) edged() bool { return d.at == atEdge && d.y.N > 0 }

// crossed reports whether a cross stands for a point that has no number.
func (d datum) crossed() bool { return d.at == onAxis && d.y.N == 0 }

// brought is a series with the points that the axis does not reach at its end.
func (s series) brought(x axis) series {
	data := make([]datum, len(s.data))
	for i, d := range s.data {
		if d.edged() {
			d.x = x.to
		}
		data[i] = d
	}
	s.data = data
	return s
}

// atEdgeWords explain arrowheads, before the points that have them.
const atEdgeWords = "Arrowheads at the right edge, beyond the logarithmic axis as no weights are left: "

// edged lists the points that are drawn at the edge, with their values.
func edged(all []series) lacks {
	var at lacks
	for _, s := range all {
		for _, d := range s.data {
			if d.edged() {
				at.add(all, s, d, s.value(d))
			}
		}
	}
	return at
}

// anyEdged reports whether a point of some series is drawn at the edge.
func anyEdged(all []series) bool {
	found := false
	gather(all, func(d datum) { found = found || d.edged() })
	return found
}

// edgeAir is how much farther an axis goes where points stand at its edge, as a
// share of what the last point on it has left.
const edgeAir = 0.6

// headLength is the length of an arrowhead, headGapX its distance from a marker.
const (
	headLength = 3.6 * vg.Length(1)
	headGapX   = 0.8 * vg.Length(1)
)

// arrowheads say that points at the right edge of the frame lie beyond it.
type arrowheads struct {
	pts   []xy
	color color.NRGBA
}

// heads are those of a series that was brought to an axis.
func (s series) heads() arrowheads {
	a := arrowheads{color: s.look.color}
	gather([]series{s}, func(d datum) {
		if d.edged() {
			a.pts = append(a.pts, xy{d.x, d.y.Value})
		}
	})
	return a
}

func (a arrowheads) draw(c *canvas, f frame) {
	for _, p := range a.pts {
		if !f.y.within(p.y) {
			continue
		}
		base := f.place(p.x, p.y).Add(vg.Point{X: markerRadius + headGapX})
		c.area([]vg.Point{base.Add(vg.Point{Y: 1.9}), base.Add(vg.Point{X: headLength}), base.Add(vg.Point{Y: -1.9})}, a.color)
	}
}
