package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"prunelab/analysis/course"
	"prunelab/analysis/curve"
	"prunelab/analysis/proxy"
	"prunelab/experiments/figure"
	"prunelab/experiments/trial"
)

// StyleName names a way to draw a figure.
type StyleName = figure.Style

// The styles.
const (
	Paper   = figure.Paper
	Screen  = figure.Screen
	Han2015 = figure.Han2015
)

// Style is how a figure is drawn. Its zero value, but for the name, changes nothing.
type Style struct {
	Name          StyleName
	Width, Height vg.Length  // of the page; of each row of panels; 0: the figure's own
	X, Y          [2]float64 // ranges in the units of the labels, as percent and pp; equal ends: the figure's own
	Linear        bool       // both axes
	FontSize      vg.Length  // of labels; 0: the figure's own
	Palette       []color.NRGBA
	DPI           int               // of a PNG, at the printed size; 0: 300
	Words         map[string]string // texts of the figure in another language
	Title         string            // above the figure; "": none
	NoNote        bool
	NoLegend      bool
}

// StyleOf is the style that a look asks for.
func StyleOf(l figure.Look) Style {
	return Style{Name: l.Style, Width: vg.Length(l.Width), Height: vg.Length(l.Height), X: l.X, Y: l.Y, Linear: l.Linear,
		FontSize: vg.Length(l.FontSize), Palette: l.Palette, DPI: l.DPI, Title: l.Title, NoNote: l.NoNote, NoLegend: l.NoLegend}
}

// narrowestPage is the least width of a page that words have room on.
const narrowestPage = 40 * mm

// largestPage is the largest side of a page that PDF has (PDF 1.7, annex C).
const largestPage = 14400 * vg.Length(1)

// leastRow is the least height of a row of panels.
const leastRow = 10 * mm

// apply draws a figure's page in a style. The numbers stay what they are.
func (s Style) apply(f Figure) (Figure, error) {
	p := f.page
	by := vg.Length(1)
	if s.FontSize > 0 {
		by = s.FontSize / labelSize
		p.scale = float64(by)
	}
	width := s.Width
	if width == 0 {
		width = p.width
	}
	p.width = width / by
	if p.width < narrowestPage || s.Height != 0 && s.Height < leastRow*by {
		return Figure{}, refused("figure %s: letters of %.3g pt need a width of at least %.0f mm and a height of rows of at least %.0f mm", f.Name, labelSize*by, narrowestPage*by/mm, leastRow*by/mm)
	}
	if s.NoNote || s.Name == Screen {
		p.note = nil
	}
	if s.NoLegend {
		p.legend = nil
	}
	rows := make([]row, len(p.rows))
	for i, r := range p.rows {
		rows[i] = row{r.height, slices.Clone(r.panels)}
		if s.Height > 0 {
			rows[i].height = s.Height / by
		}
		for j, old := range r.panels {
			if old == nil {
				continue
			}
			pan := *old
			if s.NoLegend {
				pan.legend = nil
			}
			if !pan.bare {
				var err error
				if pan.x, err = pan.x.restyled(s.X, s.Linear); err != nil {
					return Figure{}, refused("figure %s, x axis: %w", f.Name, err)
				}
				if pan.y, err = pan.y.restyled(s.Y, s.Linear); err != nil {
					return Figure{}, refused("figure %s, y axis: %w", f.Name, err)
				}
			}
			rows[i].panels[j] = &pan
		}
	}
	p.rows = rows
	if s.Title != "" {
		p.heading = s.Title
		f.Title = s.Title
	}
	if on := p.goesOn(); on != "" && len(p.note) > 0 && !slices.Contains(p.note, on) {
		p.note = append(slices.Clone(p.note), on)
	}
	if s.X[0] != s.X[1] || s.Y[0] != s.Y[1] {
		f.Caption = strings.Replace(f.Caption, paperRanges, "", 1)
	}
	if s.X[0] != s.X[1] || s.Y[0] != s.Y[1] || s.Linear {
		if err := p.ranged(f.page, s); err != nil {
			return Figure{}, err
		}
	}
	f.page, f.dpi = p, s.DPI
	if w, h, _ := p.printed(); s.sized() && max(w, h) > largestPage {
		return Figure{}, refused("figure %s: a page of %.0f by %.0f mm, and %.0f mm are the most; make it smaller", f.Name, w/mm, h/mm, largestPage/mm)
	}
	return f, nil
}

// sized reports whether a style asks for a size.
func (s Style) sized() bool { return s.Width > 0 || s.Height > 0 || s.FontSize > 0 }

// unit is that of an axis's label.
func (a axis) unit() float64 {
	if strings.HasSuffix(a.label, "(%)") || strings.HasSuffix(a.label, "(pp)") {
		return hundredth
	}
	return 1
}

// restyled is an axis over another range, given in the unit of its label, or linear.
func (a axis) restyled(to [2]float64, straight bool) (axis, error) {
	ranged := to[0] != to[1]
	if !ranged && !straight {
		return a, nil
	}
	if ranged {
		lo, hi := to[0]*a.unit(), to[1]*a.unit()
		if math.IsNaN(lo+hi) || math.IsInf(lo+hi, 0) {
			return a, fmt.Errorf("a range of two numbers is needed")
		}
		if (a.from > a.to) != (lo > hi) { // falling axes stay falling
			lo, hi = hi, lo
		}
		a.from, a.to = lo, hi
	}
	if straight {
		a.scale = linear{}
	}
	switch a.scale.(type) {
	case logarithmic:
		if a.from <= 0 || a.to <= 0 {
			return a, fmt.Errorf("it is logarithmic and has no place for 0; give another range, or make it linear")
		}
		write := plain
		if a.unit() == hundredth {
			write = percent
		}
		a.ticks = logTicks(a.from, a.to, write)
	case complement:
		if a.from >= 1 || a.to >= 1 {
			return a, fmt.Errorf("it is logarithmic in what is left and has no place for 100 %%; give another range, or make it linear")
		}
		a.ticks = complementTicks(a.from, a.to)
	case changing:
		a.ticks = changeTicks(changeScale, a.from, a.to)
	default:
		a.ticks = linearTicks(a.from, a.to, 6, a.unit())
	}
	if !slices.ContainsFunc(a.ticks, func(t tick) bool { return t.label != "" && a.within(t.at) }) { // a range between two round numbers
		a.ticks = linearTicks(a.from, a.to, 6, a.unit())
	}
	return a, nil
}

// Only is what a study found of some arms, layers pruned alone and stages; none named:
// of all. Colours stay those that the study gives.
func (in Input) Only(arms, layers []string, stages []curve.Stage) Input {
	in.Curves = slices.DeleteFunc(slices.Clone(in.Curves), func(c curve.Curve) bool {
		return len(arms) > 0 && !slices.Contains(arms, c.Arm) || len(stages) > 0 && !slices.Contains(stages, c.Stage) ||
			len(layers) > 0 && len(c.Layers) == 1 && !slices.Contains(layers, c.Layers[0])
	})
	if len(arms) > 0 {
		in.Courses = slices.DeleteFunc(slices.Clone(in.Courses), func(c course.Course) bool { return !slices.Contains(arms, c.Arm) })
		in.Proxies = slices.DeleteFunc(slices.Clone(in.Proxies), func(p proxy.Ranking) bool { return !slices.Contains(arms, p.Arm) })
	}
	return in
}

// hanFigure5 is Figure 5 of Han et al. (2015): the change of accuracy over the
// parameters pruned away, both linear and over the paper's ranges, of five curves: L2
// and L1 without retraining, L1 and L2 with it, and L2 pruned and retrained in rounds.
// The first two arms of the study that are called so, or that are left, stand for L2
// and L1.
func hanFigure5(in Input) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	l2, l1 := in.hanArm("L2", 0), in.hanArm("L1", 1)
	target := in.widest()
	wanted := []struct {
		arm, word string
		stage     curve.Stage
		rounds    bool
		look      look
	}{
		{l2, l2 + " without retraining", curve.Pruned, false, in.lookAt(0)},
		{l1, l1 + " without retraining", curve.Pruned, false, in.lookAt(1)},
		{l1, l1 + " with retraining", curve.Retrained, false, in.lookAt(1)},
		{l2, l2 + " with retraining", curve.Retrained, false, in.lookAt(0)},
		{l2, l2 + " with iterative pruning and retraining", curve.Retrained, true, in.lookAt(4)},
	}
	var all []series
	var absent []string
	for _, w := range wanted {
		found := false
		for _, m := range in.methods() {
			if found || w.rounds != (m.Schedule.Kind == trial.Iterative) || !w.rounds && !m.Plain() {
				continue
			}
			c, ok := in.curve(w.arm, target, m, w.stage)
			if found = ok && len(c.Layers) == len(in.Plan.Layers); found {
				s := changes(c, wholeFraction, w.word, w.look)
				all = append(all, s)
			}
		}
		if !found {
			absent = append(absent, w.word)
		}
	}
	if blank(all) {
		return Figure{}, in.noLoss()
	}
	crowd(all)
	for i := range all {
		all[i].aside = 0 // as in the paper; error bars of equal ratios are told apart by their colours
	}
	x := axis{label: "Parameters pruned away (%)", scale: linear{}, from: 0.4, to: 1, ticks: linearTicks(0.4, 1, 6, hundredth)}
	y := axis{label: "Accuracy loss (pp)", scale: linear{}, from: -0.045, to: 0.005, ticks: linearTicks(-0.045, 0.005, 10, hundredth)}
	p := &panel{x: x, y: y, marks: []mark{zero()}}
	p.show(all)
	data := curveTable("sparsity", "accuracy_change")
	data.record("figure 5", all)
	pg := page{width: columnWidth, rows: []row{{60 * mm, []*panel{p}}}}
	for _, s := range all {
		pg.legend = append(pg.legend, lineEntry(s.name, s.look))
	}
	var more []string
	if len(absent) > 0 {
		more = append(more, "Not in the study: "+strings.Join(absent, ", ")+".")
	}
	var others []string
	for _, arm := range in.arms() {
		drawn := func(c curve.Curve) bool { return c.Arm == arm && c.Target == target }
		if arm != l2 && arm != l1 && slices.ContainsFunc(in.Curves, drawn) {
			others = append(others, arm)
		}
	}
	if len(others) > 0 {
		more = append(more, "The paper's figure has no place for "+strings.Join(others, ", ")+".")
	}
	note, caption := in.describe("Change of accuracy against the network that was not pruned, as Figure 5 of Han et al. (2015) has it"+paperRanges+".", all, append(more, pg.goesOn())...)
	pg.note = note
	return Figure{Name: "tradeoff", Title: "Figure 5 of Han et al. (2015)", Caption: caption, page: pg, data: data}, nil
}

// paperRanges says that nobody gave others.
const paperRanges = ", over the same ranges"

// hanArm is the arm of a name or, where none is called so, the i-th that has curves.
func (in Input) hanArm(name string, i int) string {
	var arms []string
	for _, arm := range in.arms() {
		if slices.ContainsFunc(in.Curves, func(c curve.Curve) bool { return c.Arm == arm }) {
			arms = append(arms, arm)
		}
	}
	if slices.Contains(arms, name) || i >= len(arms) {
		return name
	}
	return arms[i]
}

// hanFigure6 is Figure 6 of Han et al. (2015): the change of accuracy over the share of
// a layer's parameters that is kept, one layer at a time and without retraining,
// convolutional layers on the left, fully connected ones on the right, both axes linear
// and over the paper's ranges.
func hanFigure6(in Input) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	scans, _ := in.layerScans(keptFraction)
	i := slices.IndexFunc(scans, func(s layerScan) bool { return s.stage == curve.Pruned })
	if i < 0 {
		return Figure{}, fmt.Errorf("%w: no layer was pruned alone and scored without retraining", ErrNoData)
	}
	s := scans[i]
	hush(in, scans[i:i+1])
	x := axis{label: "Parameters of the layer kept (%)", scale: linear{}, from: 0, to: 1, ticks: linearTicks(0, 1, 5, hundredth)}
	y := axis{label: "Accuracy loss (pp)", scale: linear{}, from: -0.2, to: 0.01, ticks: linearTicks(-0.2, 0.01, 4, hundredth)}
	data := curveTable("kept", "accuracy_change")
	pg := page{width: pageWidth, shareY: true, rows: []row{{height: 56 * mm}}}
	for _, kind := range []string{"conv", "dense"} {
		part := slices.DeleteFunc(slices.Clone(s.layers), func(l series) bool { return in.Plan.KindOf(l.name) != kind })
		if blank(part) {
			continue
		}
		for i := range part {
			part[i].look.dash, part[i].look.hollow = solid, false // the paper has no other stage to tell it from
		}
		crowd(part)
		for i := range part {
			part[i].aside = 0
		}
		p := &panel{title: map[string]string{"conv": "Convolutional layers", "dense": "Fully connected layers"}[kind], legend: layerLegend(part), x: x, y: y, marks: []mark{zero()}}
		p.show(part)
		pg.rows[0].panels = append(pg.rows[0].panels, p)
		in.recordScan(&data, kind, s, part)
	}
	if len(pg.rows[0].panels) == 1 {
		pg.width = columnWidth
	}
	note, caption := in.describe("Change of accuracy while one layer alone is pruned, without retraining, as Figure 6 of Han et al. (2015) has it"+paperRanges+"; arm "+s.arm+".", s.layers, pg.goesOn())
	pg.note = append([]string{"Arm " + s.arm + ", without retraining."}, note...)
	return Figure{Name: "sensitivity", Title: "Figure 6 of Han et al. (2015)", Caption: caption, page: pg, data: data}, nil
}
