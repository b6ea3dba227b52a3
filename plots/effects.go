package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"prunelab/analysis/finding"
	"prunelab/analysis/stats"
)

// Sizes of Effects: its columns of words, and the lines and rows of all three.
const (
	claimWidth  = 62 * mm
	effectWidth = 59 * mm
	effectLine  = tickSize * lineSpacing
	effectGap   = 7 * vg.Length(1) // between the words of a claim and those of the next
)

// Effects sets the claims that have a verdict under one another: the words, the
// paired differences with their intervals about zero, over the margin where the
// claim has one, and the numbers. A claim of several comparisons shows all of them, one
// that climbs a ladder of ratios those up to the first that is beyond its margin;
// shape and colour are the verdict on the claim. Where no claim has one, it is those
// that show an effect.
func Effects(in Input) (Figure, error) {
	judged, others := in.tested()
	if len(judged) == 0 {
		judged = others
	}
	return in.effects("effects", "Effects and verdicts", judged)
}

// SecondaryEffects is Effects of the claims without a verdict, beside those that have
// one.
func SecondaryEffects(in Input) (Figure, error) {
	judged, others := in.tested()
	if len(judged) == 0 {
		others = nil
	}
	return in.effects("effects-secondary", "Effects without a verdict", others)
}

// tested are the claims with numbers, those with a verdict and the others.
func (in Input) tested() (judged, others []finding.Finding) {
	for _, f := range in.Findings {
		switch {
		case len(f.Evidence) == 0:
		case f.Verdict == finding.Secondary:
			others = append(others, f)
		default:
			judged = append(judged, f)
		}
	}
	return judged, others
}

// climbed is the evidence that a figure shows: of a ladder of ratios all up to the
// first whose interval is not within the margin.
func climbed(f finding.Finding) finding.Finding {
	if f.Margin == 0 || len(f.Evidence) < 2 {
		return f
	}
	for i, c := range f.Evidence {
		if c.Difference.Hi >= f.Margin {
			f.Evidence = f.Evidence[:i+1]
			break
		}
	}
	return f
}

func (in Input) effects(name, title string, shown []finding.Finding) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	var tested []finding.Finding
	for _, f := range shown {
		tested = append(tested, climbed(f))
	}
	if len(tested) == 0 {
		return Figure{}, fmt.Errorf("%w: no claim has been tested", ErrNoData)
	}
	var rows []effectRow
	var height vg.Length
	for _, f := range tested {
		r := effectRow{Finding: f, top: height, words: words{size: tickSize}.wrap(in.words.say(f.Words()), claimWidth)}
		r.small = words{size: tickSize}.wrap(in.words.say(f.Pairs+", claimed "+f.Claimed()), claimWidth)
		height += r.high()
		rows = append(rows, r)
	}
	y := axis{scale: linear{}, from: height.Points(), to: 0}
	x := effectAxis(tested)
	nothing := axis{scale: linear{}, from: 0, to: 1}
	claims := &panel{title: "Claim", bare: true, x: nothing, y: y}
	effects := &panel{title: "Difference", x: x, y: y}
	numbers := &panel{title: "Mean [interval] (pp), number of seeds", bare: true, x: nothing, y: y}
	data := table{header: []string{"claim", "verdict", "comparison", "difference", "lo", "hi", "level", "n", "interval", "claimed", "margin", "adjusted_p"}}
	effects.marks = effectMargins(rows, x)
	for i, r := range rows {
		if i > 0 {
			rule := level{y: r.top.Points(), width: gridLine, color: gridInk}
			for _, p := range []*panel{claims, effects, numbers} {
				p.marks = append(p.marks, rule)
			}
		}
	}
	effects.marks = append(effects.marks, upright{width: baselineLine, color: softInk, dash: solid})
	for _, r := range rows {
		claims.marks = append(claims.marks, r.claim())
		effects.marks = append(effects.marks, r.effects())
		numbers.marks = append(numbers.marks, r.numbers(in.words))
		r.record(&data)
	}
	pg := page{width: pageWidth, columns: []vg.Length{claimWidth, 0, effectWidth},
		rows: []row{{height, []*panel{claims, effects, numbers}}}, legend: effectLegend(tested)}
	pg.note = effectNote(tested, x)
	caption := joined(append(append([]string{"The claims that were tested and the paired differences that they rest on, in percentage points of accuracy."}, pg.note...), in.where()))
	return Figure{Name: name, Title: title, Caption: caption, page: pg, data: data}, nil
}

// effectRow is a claim's place: its words beside its comparisons.
type effectRow struct {
	finding.Finding
	top          vg.Length // from the panels' top
	words, small []string  // lines: the claim; what is compared
}

// high is the height of a row.
func (r effectRow) high() vg.Length {
	return vg.Length(max(len(r.words)+len(r.small), len(r.Evidence)))*effectLine + effectGap
}

// at is the middle of a line of the row, of so many in its column.
func (r effectRow) at(line, of int) float64 {
	free := r.high() - vg.Length(of)*effectLine
	return (r.top + free/2 + (vg.Length(line)+0.5)*effectLine).Points()
}

func (r effectRow) claim() mark {
	var p wording
	of := len(r.words) + len(r.small)
	for i, s := range r.words {
		p = append(p, phrase{xy{0, r.at(i, of)}, left, ink, s})
	}
	for i, s := range r.small {
		p = append(p, phrase{xy{0, r.at(len(r.words)+i, of)}, left, softInk, s})
	}
	return p
}

func (r effectRow) effects() mark {
	g := named{name: r.ID}
	m := markers{radius: markerRadius}
	l := verdictLook(r.Verdict)
	m.shape, m.hollow, m.color = l.shape, l.hollow, l.color
	var says hints
	for i, c := range r.Evidence {
		e, y := c.Difference, r.at(i, len(r.Evidence))
		if whiskered(e) {
			g.marks = append(g.marks, polyline{pts: []xy{{e.Lo, y}, {e.Hi, y}}, width: whiskerLine, color: l.color})
		}
		m.pts = append(m.pts, xy{e.Value, y})
		says.add(xy{e.Value, y}, fmt.Sprintf("%s: %s pp, n = %d; the claim is %s", c.Name, interval(e), e.N, r.Verdict))
	}
	g.marks = append(g.marks, m, says)
	return g
}

func (r effectRow) numbers(l *lexicon) mark {
	var p wording
	for i, c := range r.Evidence {
		y := r.at(i, len(r.Evidence))
		text := fmt.Sprintf("%s, %d", interval(c.Difference), c.Difference.N)
		p = append(p, phrase{xy{1, y}, right, ink, text})
		if len(r.Evidence) > 1 {
			style := words{size: tickSize}
			p = append(p, phrase{xy{0, y}, left, softInk, style.cut(l.say(c.Name), effectWidth-style.width(text)-4)})
		}
	}
	return p
}

func (r effectRow) record(t *table) {
	adjusted := ""
	if r.Adjusted != nil {
		adjusted = number(*r.Adjusted)
	}
	for _, c := range r.Evidence {
		e := c.Difference
		t.add(r.ID, string(r.Verdict), c.Name, number(e.Value), numberIf(e.Level > 0, e.Lo), numberIf(e.Level > 0, e.Hi), numberIf(e.Level > 0, e.Level),
			fmt.Sprint(e.N), e.Method, r.Direction, numberIf(r.Margin > 0, r.Margin), adjusted)
	}
}

// interval writes a difference and its interval in pp.
func interval(e stats.Estimate) string {
	s := signed(100 * e.Value)
	if e.Level > 0 {
		s += fmt.Sprintf(" [%s, %s]", signed(100*e.Lo), signed(100*e.Hi))
	}
	return s
}

// whiskered reports whether an interval is drawn: as elsewhere, not with two
// seeds, of which Student's t says next to nothing.
func whiskered(e stats.Estimate) bool { return e.Level > 0 && e.N >= whiskerSeeds }

// effectAxis holds zero, the margins and all that is drawn. It is linear where
// that keeps small differences apart, else it is that of changes of accuracy.
func effectAxis(tested []finding.Finding) axis {
	lo, hi := 0.0, 0.0
	for _, f := range tested {
		lo, hi = min(lo, -f.Margin), max(hi, f.Margin)
		for _, c := range f.Evidence {
			e := c.Difference
			lo, hi = min(lo, e.Value), max(hi, e.Value)
			if whiskered(e) {
				lo, hi = min(lo, e.Lo), max(hi, e.Hi)
			}
		}
	}
	a := axis{label: "Difference of accuracy lost (pp)"}
	if max(-lo, hi) <= 2*changeScale.linear {
		pad := max(0.06*(hi-lo), 1e-4)
		a.scale, a.from, a.to = linear{}, lo-pad, hi+pad
		a.ticks = linearTicks(a.from, a.to, 6, hundredth)
		return a
	}
	away := func(v float64) float64 { return math.Copysign(max(1.25*math.Abs(v), changeScale.linear/5), v) }
	a.scale, a.from, a.to = changeScale, away(min(lo, -1e-9)), away(hi)
	a.ticks = changeTicks(changeScale, a.from, a.to)
	return a
}

// effectMargins are the differences that count as none, behind the rows of the
// claims that state a margin.
func effectMargins(rows []effectRow, x axis) []mark {
	var marks []mark
	for _, r := range rows {
		if r.Margin > 0 {
			marks = append(marks, cell{x0: max(-r.Margin, x.from), x1: min(r.Margin, x.to), y0: r.top.Points(), y1: (r.top + r.high()).Points(), color: marginInk})
		}
	}
	return marks
}

// verdictLook is the look of a verdict: filled where there is one.
func verdictLook(v finding.Verdict) look {
	switch v {
	case finding.Supported:
		return look{color: okabeIto[0], shape: circle}
	case finding.Refuted:
		return look{color: okabeIto[1], shape: square}
	case finding.Secondary:
		return look{color: softInk, shape: triangle, hollow: true}
	}
	return look{color: softInk, shape: diamond, hollow: true}
}

func effectLegend(tested []finding.Finding) []entry {
	var entries []entry
	for _, v := range []finding.Verdict{finding.Supported, finding.Refuted, finding.Inconclusive, finding.Secondary} {
		if slices.ContainsFunc(tested, func(f finding.Finding) bool { return f.Verdict == v }) {
			entries = append(entries, markerEntry(string(v), verdictLook(v)))
		}
	}
	for _, f := range tested {
		if f.Margin > 0 {
			return append(entries, fillEntry("margin of the claim", marginInk))
		}
	}
	return entries
}

func effectNote(tested []finding.Finding, x axis) []string {
	var all []stats.Estimate
	several, family := false, 0
	for _, f := range tested {
		several = several || len(f.Evidence) > 1
		for _, c := range f.Evidence {
			all, family = append(all, c.Difference), max(family, c.Family)
		}
	}
	note := []string{intervalKind(all)}
	if family > 0 {
		note = append(note, fmt.Sprintf("Verdicts: exact sign-flip test, two-sided, corrected by Holm’s method over a family of %d; the intervals are not corrected.", family))
	}
	if several {
		note = append(note, "A claim of several comparisons has one verdict, on all of them.")
	}
	if x.scale == changeScale {
		note = append(note, "The horizontal axis is linear to 1 pp and logarithmic beyond.")
	}
	return append(note, "Right of 0 the first named loses more, left of it the second.", "All on this network and data.")
}

// intervalKind says what the whiskers are.
func intervalKind(all []stats.Estimate) string {
	var kinds []string
	few := false
	for _, e := range all {
		few = few || e.N < whiskerSeeds
		if whiskered(e) {
			if k := strings.TrimSuffix(percent(e.Level)+" % interval of the mean ("+e.Method+")", " ()"); !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
	}
	s := "Points: mean paired differences over seeds"
	if len(kinds) > 0 {
		s += "; whiskers: " + strings.Join(kinds, ", ")
	}
	if few {
		s += fmt.Sprintf("; no whiskers below n = %d", whiskerSeeds)
	}
	return s + "."
}

// wording is words at their places in a panel.
type wording []phrase

type phrase struct {
	at    xy
	h     float64 // fraction of the width at which the place is
	color color.NRGBA
	text  string
}

func (p wording) draw(c *canvas, f frame) {
	for _, w := range p {
		c.text(words{size: tickSize, color: w.color}, f.place(w.at.x, w.at.y), w.h, middle, w.text)
	}
}
