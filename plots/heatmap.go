package plots

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
)

// HeatMap shows the change of accuracy for every layer pruned alone and every
// amount, for one arm: before retraining and, where the study has it, after.
// The colours are perceptually uniform on the same scale as the numbers in the
// cells.
func HeatMap(in Input, arm string) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	parameter := in.scanParameter(arm)
	var maps []heat
	for _, stage := range stages {
		if m := in.heat(parameter, arm, stage); !blank(m.series) {
			maps = append(maps, m)
		}
	}
	if len(maps) == 0 {
		return Figure{}, fmt.Errorf("%w: no layer was pruned alone in arm %s", ErrNoData, arm)
	}
	worst := 0.01 // of all arms, for one scale of colours
	gather(in.scans(stages...), func(d datum) { worst = max(worst, -d.y.Value) })
	pg := page{width: pageWidth, shareY: true}
	data := table{header: []string{"panel", "arm", "layer", "requested", "sparsity", "accuracy_change", "lo", "hi", "level", "n", "interval", "missing"}}
	var all []series
	height := max(vg.Length(len(maps[0].layers))*5.6*mm, 32*mm) // the label of the colours needs the latter
	stacked := len(maps) > 1 && len(maps[0].amounts) > 9        // side by side the numbers would not fit
	for i, m := range maps {
		if i == 0 || stacked {
			pg.rows = append(pg.rows, row{height: height})
		}
		r := &pg.rows[len(pg.rows)-1]
		r.panels = append(r.panels, m.panel(worst, parameter))
		if stacked || i == len(maps)-1 {
			r.panels = append(r.panels, colourBar(worst))
		}
		m.record(&data)
		all = append(all, m.series...)
	}
	if len(maps) == 1 && len(maps[0].amounts) <= 7 && longest(maps[0].layers) < 12*mm {
		pg.width = columnWidth
	}
	pg.columns = make([]vg.Length, len(pg.rows[0].panels))
	pg.columns[len(pg.columns)-1] = 3 * mm

	note := []string{"Arm " + arm + ".", fmt.Sprintf("Numbers: mean change of accuracy in pp, %s.", factsOf(all).seeds()),
		"Colours are linear to 1 pp and logarithmic beyond."}
	if unseen := unseenNote(all); unseen != "" {
		note = append(note, unseen)
	}
	short, full := missingNotes(all, "Crosses")
	pg.note = slices.Concat(note, short)
	caption := joined(slices.Concat([]string{"Change of accuracy while one layer alone is pruned: against the dense network before retraining, against the retrained control after it."},
		note, full, []string{in.where()}))
	return Figure{
		Name:    "heatmap-" + in.armFile(arm),
		Title:   "Layers and amounts, " + arm,
		Caption: caption, page: pg, data: data,
	}, nil
}

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
func (m heat) panel(worst float64, parameter string) *panel {
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
				c.color = uniform(changeScale.position(max(0, -d.y.Value)) / changeScale.position(worst))
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

// colourBar explains the colours of a map.
func colourBar(worst float64) *panel {
	const steps = 100
	p := &panel{bare: true, yRight: true,
		x: axis{scale: linear{}, from: 0, to: 1},
		y: axis{label: "Change of accuracy (pp)", scale: changeScale, from: -worst, to: 0, ticks: changeTicks(changeScale, -worst, 0)}}
	span := changeScale.position(worst)
	value := func(f float64) float64 { // inverse of the position
		v := f * span
		if v > 1 {
			v = math.Pow(10, v-1)
		}
		return -v * changeScale.linear
	}
	for i := range steps {
		lo, hi := float64(i)/steps, float64(i+1)/steps
		under := min(1, hi+0.5/steps) // the next covers it: no seam shows
		p.marks = append(p.marks, cell{x0: 0, x1: 1, y0: value(under), y1: value(lo), color: uniform((lo + hi) / 2)})
	}
	return p
}
