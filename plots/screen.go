package plots

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot/vg"

	"prunelab/analysis/curve"
)

// facet is one of the things by which a reader at a screen switches series off:
// a series is shown as long as none of its facets is off. An entry of a legend
// stands for one facet.
type facet struct{ by, name string }

// The ways to tell series apart. They are attributes in SVG: data-arm="L2".
const (
	byArm    = "arm"
	byTarget = "target"
	byStage  = "stage"
	byMethod = "method"
	byAmount = "amount"
	byPart   = "part" // of the figure, as its dense baselines
)

// facets are those of a series of curves.
func (s series) facets() []facet {
	return []facet{{byArm, s.Arm}, {byTarget, s.Target}, {byMethod, s.Method.String()}, {byStage, string(s.Stage)}}
}

// of names the facet that an entry stands for.
func (e entry) of(by, name string) entry {
	e.facet = facet{by, name}
	return e
}

// spotter is a canvas whose format can say something where a reader points.
type spotter interface {
	spots(at []vg.Point, says []string)
}

// hints are what a drawing says at its points.
type hints struct {
	at   []xy
	says []string // parallel to at
}

func (h *hints) add(at xy, says string) { h.at, h.says = append(h.at, at), append(h.says, says) }

func (h hints) draw(c *canvas, f frame) {
	s, ok := c.Canvas.(spotter)
	if !ok {
		return
	}
	var at []vg.Point
	var says []string
	for i, p := range h.at {
		if f.x.within(p.x) && f.y.within(p.y) {
			at, says = append(at, f.place(p.x, p.y)), append(says, h.says[i])
		}
	}
	if len(at) > 0 {
		s.spots(at, says)
	}
}

// hint says what a point of a series is.
func (s series) hint(d datum) string {
	stage := map[curve.Stage]string{curve.Pruned: ", before retraining", curve.Retrained: ", retrained"}[s.Stage]
	head := fmt.Sprintf("%s%s, %s: ", s.called(), stage, amount(s.Parameter, d.requested))
	if d.unseen != "" {
		return head + d.unseen
	}
	if d.y.N == 0 {
		return head + "no result (" + reasons(d.missing) + ")"
	}
	write, unit := s.writes()
	text := head + write(d.y.Value) + unit
	if d.y.Level > 0 {
		text += fmt.Sprintf(" [%s, %s]", write(d.y.Lo), write(d.y.Hi))
	}
	return text + fmt.Sprintf(", n = %d", d.y.N)
}

// writes is how a series words its values, and their unit.
func (s series) writes() (write func(float64) string, unit string) {
	if s.change {
		return func(v float64) string { return signed(v * 100) }, " pp"
	}
	return func(v float64) string { return minus(fmt.Sprintf("%.2f", v*100)) }, " %"
}

// value is a point in words.
func (s series) value(d datum) string {
	write, unit := s.writes()
	return write(d.y.Value) + unit
}

// signed writes a change with two decimals and its sign, none at zero.
func signed(v float64) string {
	s := fmt.Sprintf("%+.2f", v)
	if strings.Trim(s, "+-0.") == "" {
		return s[1:]
	}
	return minus(s)
}

// hints are those of the means of a series.
func (s series) hints() hints {
	var h hints
	gather([]series{s}, func(d datum) { h.add(xy{d.x, d.y.Value}, s.hint(d)) })
	return h
}
