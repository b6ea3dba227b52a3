package plots

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
)

// HeatMap shows the change of accuracy for every layer pruned alone and every
// amount, a map for each arm before retraining and, where the study has it, after, all
// over the same amounts. Losses have perceptually uniform colours on the same scale as
// the numbers in the cells, gains a hue of their own.
func HeatMap(in Input) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	var maps []heat
	parameter := ""
	for _, arm := range in.arms() {
		if own := in.scanParameter(arm); own != "" && (parameter == "" || own == parameter) {
			parameter = own
			for _, stage := range stages {
				if m := in.heat(parameter, arm, stage); !blank(m.series) {
					maps = append(maps, m)
				}
			}
		}
	}
	if len(maps) == 0 {
		return Figure{}, fmt.Errorf("%w: no layer was pruned alone", ErrNoData)
	}
	var others, of []string
	for _, m := range maps {
		of = append(of, m.arm)
	}
	shown := maps[:0]
	stages := 1
	if slices.ContainsFunc(maps, func(m heat) bool { return m.stage != maps[0].stage }) {
		stages = 2
	}
	for i, within := range in.fair(mostMaps, stages, of) {
		if within {
			shown = append(shown, maps[i])
		} else {
			others = with(others, maps[i].arm)
		}
	}
	maps = shown
	var all []series
	var amounts []float64
	for _, m := range maps {
		all = append(all, m.series...)
		for _, a := range m.amounts {
			amounts = with(amounts, a)
		}
	}
	slices.Sort(amounts)
	worst, best := changeScale.linear, 0.0
	gather(all, func(d datum) { worst, best = max(worst, -d.y.Value), max(best, d.y.Value) })
	pg := page{width: pageWidth, shareY: true}
	data := table{header: []string{"panel", "arm", "layer", "requested", "sparsity", "accuracy_change", "lo", "hi", "level", "n", "interval", "missing"}}
	several := slices.ContainsFunc(maps, func(m heat) bool { return m.arm != maps[0].arm })
	for _, m := range maps {
		m.amounts = amounts
		p := m.panel(worst, best, parameter)
		if several {
			p.title = m.arm + ", " + strings.ToLower(p.title)
		}
		height := max(vg.Length(len(m.layers))*5.6*mm, 32*mm) // the label of the colours needs the latter
		pg.rows = append(pg.rows, row{height, []*panel{p, colourBar(worst, best)}})
		m.record(&data)
	}
	if len(maps) == 1 && len(amounts) <= 7 && longest(maps[0].layers) < 12*mm {
		pg.width = columnWidth
	}
	pg.columns = []vg.Length{0, 3 * mm}

	note := []string{fmt.Sprintf("Numbers: mean change of accuracy in pp, %s.", factsOf(all).seeds()), "Colours are linear to 1 pp and logarithmic beyond."}
	if !several {
		note = append([]string{"Arm " + maps[0].arm + "."}, note...)
	}
	if best > 0 {
		note = append(note, "Orange: gains.")
	}
	if len(others) > 0 {
		note = append(note, "Not drawn, see the tables: "+strings.Join(others, ", ")+".")
	}
	if unseen := unseenNote(all); unseen != "" {
		note = append(note, unseen)
	}
	short, full := missingNotes(all, "Crosses")
	pg.note = slices.Concat(note, short)
	caption := joined(slices.Concat([]string{"Change of accuracy while one layer alone is pruned: against the dense network before retraining, against the retrained control after it."},
		note, full, []string{in.where()}))
	return Figure{Name: "heatmap", Title: "Layers and amounts", Caption: caption, page: pg, data: data}, nil
}

// mostMaps is the largest number of maps in a figure.
const mostMaps = 6

// notVisited stands where a bisection did not go.
const notVisited = "·"

// unseenNote says what that means; "" where there is none.
func unseenNote(all []series) string {
	for _, s := range all {
		for _, d := range s.data {
			if d.unseen != "" {
				return "Dots: " + d.unseen + "."
			}
		}
	}
	return ""
}

// longest is the width of the longest name of a tick.
func longest(names []string) vg.Length {
	var wide vg.Length
	for _, n := range names {
		wide = max(wide, words{size: tickSize}.width(n))
	}
	return wide
}

// heat is one map.
type heat struct {
	arm     string
	stage   curve.Stage
	layers  []string
	amounts []float64
	series  []series // parallel to layers
}

// scanParameter is how the amounts of an arm's scans are given.
func (in Input) scanParameter(arm string) string {
	for _, layer := range in.Plan.Layers {
		for _, stage := range stages {
			if c, ok := in.layerCurve(arm, layer, stage); ok {
				return c.Parameter
			}
		}
	}
	return ""
}

func (in Input) heat(parameter, arm string, stage curve.Stage) heat {
	m := heat{arm: arm, stage: stage}
	for _, layer := range in.Plan.Layers {
		c, ok := in.layerCurve(arm, layer, stage)
		if !ok || c.Parameter != parameter {
			continue
		}
		anywhere := func(curve.Point) (float64, place) { return 0, onAxis }
		s := changes(c, anywhere, layer, look{})
		s.run = in.runOf(arm)
		for i, d := range s.data {
			s.data[i].x = c.Points[i].Sparsity
			if d.requested != 0 && !slices.Contains(m.amounts, d.requested) {
				m.amounts = append(m.amounts, d.requested)
			}
		}
		for _, a := range c.Unseen {
			s.data = append(s.data, datum{requested: a, unseen: c.NotVisited()})
			if !slices.Contains(m.amounts, a) {
				m.amounts = append(m.amounts, a)
			}
		}
		s.data = slices.DeleteFunc(s.data, func(d datum) bool { return d.requested == 0 })
		m.layers, m.series = append(m.layers, layer), append(m.series, s)
	}
	slices.Sort(m.amounts)
	return m
}

// panel draws a map: layers downward in the network's order, amounts to the
// right.
func (m heat) panel(worst, best float64, parameter string) *panel {
	title, label := "Before retraining", "Weights of the layer pruned away (%)"
	if m.stage == curve.Retrained {
		title = "After retraining"
	}
	write := percent
	if parameter != trial.Ratio {
		write, label = plain, strings.ToUpper(parameter[:1])+parameter[1:]
	}
	rows, columns := float64(len(m.layers)), float64(len(m.amounts))
	p := &panel{title: title, bare: true,
		x: axis{label: label, scale: linear{}, from: 0, to: columns},
		y: axis{scale: linear{}, from: rows, to: 0}}
	for i, a := range m.amounts {
		p.x.ticks = append(p.x.ticks, tick{at: float64(i) + 0.5, label: write(a)})
	}
	const gap = 0.02
	var says hints
	for j, s := range m.series {
		p.y.ticks = append(p.y.ticks, tick{at: float64(j) + 0.5, label: m.layers[j]})
		for _, d := range s.data {
			i := slices.Index(m.amounts, d.requested)
			c := cell{x0: float64(i) + gap, x1: float64(i+1) - gap, y0: float64(j) + 2*gap, y1: float64(j+1) - 2*gap, color: emptyInk, word: "×"}
			if d.unseen != "" {
				c.color, c.word = paper, notVisited
			}
			if d.y.N > 0 {
				c.color = changeColour(d.y.Value, worst, best)
				c.word = brief(d.y.Value)
			}
			p.marks = append(p.marks, c)
			says.add(xy{float64(i) + 0.5, float64(j) + 0.5}, s.hint(d))
		}
	}
	p.marks = append(p.marks, says)
	return p
}

// brief writes a change of accuracy in pp with two significant digits, at most
// two decimals.
func brief(v float64) string {
	pp := v * 100
	decimals := 0
	switch m := math.Abs(pp); {
	case m < 0.995:
		decimals = 2
	case m < 9.95:
		decimals = 1
	}
	s := fmt.Sprintf("%.*f", decimals, pp)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return minus(s)
}

func (m heat) record(t *table) {
	for j, s := range m.series {
		for _, d := range s.data {
			has, bounded := d.y.N > 0, d.y.Level > 0
			t.add(string(m.stage), m.arm, m.layers[j], number(d.requested), numberIf(has, d.x), numberIf(has, d.y.Value),
				numberIf(bounded, d.y.Lo), numberIf(bounded, d.y.Hi), numberIf(bounded, d.y.Level), fmt.Sprint(d.y.N), d.y.Method, cmp.Or(d.unseen, reasons(d.missing)))
		}
	}
}

// changeColour is the colour of a change of accuracy between the worst loss and the
// best gain.
func changeColour(v, worst, best float64) color.NRGBA {
	if v > 0 {
		return gain(changeScale.position(v) / changeScale.position(best))
	}
	return uniform(changeScale.position(-v) / changeScale.position(worst))
}

// colourBar explains the colours of a map.
func colourBar(worst, best float64) *panel {
	const steps = 100
	p := &panel{bare: true, yRight: true,
		x: axis{scale: linear{}, from: 0, to: 1},
		y: axis{label: "Change of accuracy (pp)", scale: changeScale, from: -worst, to: best, ticks: changeTicks(changeScale, -worst, best)}}
	value := func(position float64) float64 { // inverse of the position
		v := math.Abs(position)
		if v > 1 {
			v = math.Pow(10, v-1)
		}
		return math.Copysign(v*changeScale.linear, position)
	}
	lo, hi := changeScale.position(-worst), changeScale.position(best)
	for i := range steps {
		from, to := lo+(hi-lo)*float64(i)/steps, lo+(hi-lo)*float64(i+1)/steps
		under := max(lo, from-0.5*(hi-lo)/steps) // the next covers it: no seam shows
		p.marks = append(p.marks, cell{x0: 0, x1: 1, y0: value(under), y1: value(to), color: changeColour(value((from+to)/2), worst, best)})
	}
	return p
}
