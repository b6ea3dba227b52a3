package plots

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"prunelab/analysis/curve"
	"prunelab/analysis/sensitivity"
	"prunelab/experiments/trial"
)

// Of more layers than loudLayers, each scan tells loudest apart, the most sensitive,
// and has the others in grey.
const (
	loudLayers = 8
	loudest    = 5
)

// shownScans is the largest number of scans, each of an arm and a stage, that a
// figure of layers shows.
const shownScans = 4

// Sensitivity is Figure 6 of Han et al. (2015): the change of accuracy while one
// layer alone is pruned, over the fraction of its weights that is kept;
// convolutional layers on the left and fully connected ones on the right, a row an
// arm and stage. Of a network with one type of layer the arms stand side by side.
func Sensitivity(in Input) (Figure, error) {
	return in.sensitivity("sensitivity", "Which layer is sensitive", "Weights of the layer kept (%)", "fraction", keptFraction, percent)
}

// SensitivityByCount is Sensitivity over the number of weights that is kept: what can
// be pruned follows the size of a layer as well as its type (Ullrich et al. 2017).
func SensitivityByCount(in Input) (Figure, error) {
	return in.sensitivity("sensitivity-count", "Which layer is sensitive, over the weights kept", "Weights of the layer kept", "count", keptCount, count)
}

// layerScan is the layers of one arm at one stage, each pruned alone.
type layerScan struct {
	arm    string
	stage  curve.Stage
	layers []series
}

func (in Input) sensitivity(name, title, label, view string, x abscissa, write func(float64) string) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	scans, others := in.layerScans(x)
	if len(scans) == 0 {
		return Figure{}, fmt.Errorf("%w: no layer was pruned alone", ErrNoData)
	}
	quiet := hush(in, scans)
	var all []series
	axes := map[curve.Stage]axis{}
	kinds, arms, moments := []string{}, []string{}, []curve.Stage{}
	for _, s := range scans {
		all = append(all, s.layers...)
		for _, l := range s.layers {
			kinds = with(kinds, in.Plan.KindOf(l.name))
		}
		arms, moments = with(arms, s.arm), with(moments, s.stage)
	}
	slices.Sort(kinds) // conv before dense
	for _, stage := range moments {
		var of []series
		for _, s := range scans {
			if s.stage == stage {
				of = append(of, s.layers...)
			}
		}
		axes[stage] = changeAxis(of, "Change of accuracy (pp)")
	}
	pg := page{width: pageWidth, shareY: true, shareX: true}
	data := curveTable("kept", "accuracy_change")
	wide := keptAxis(all, label, write)
	if view == "fraction" {
		wide.ticks = withMeasured(wide.ticks, all, func(r float64) float64 { return 1 - r })
	}
	var shown []series
	for i, s := range scans {
		var panels []*panelOf
		for _, kind := range kinds {
			part := slices.DeleteFunc(slices.Clone(s.layers), func(l series) bool { return in.Plan.KindOf(l.name) != kind })
			crowd(part)
			p := &panelOf{kind, &panel{x: wide, y: axes[s.stage], marks: []mark{zero()}}}
			if len(part) == 0 {
				if slices.Contains(in.of(s.arm).Plan.Kinds, kind) {
					panels = append(panels, &panelOf{kind, nil})
				}
				continue
			}
			p.title = scanTitle(s, kind, len(kinds), len(arms), len(moments))
			if i == 0 || len(quiet) > 0 || in.memberOf(s.arm) != in.memberOf(scans[i-1].arm) {
				p.legend = layerLegend(part)
			}
			p.show(part)
			panels = append(panels, p)
			shown = append(shown, part...)
			in.recordScan(&data, view, s, part)
		}
		r := row{height: 44 * mm}
		for _, p := range panels {
			r.panels = append(r.panels, p.panel)
		}
		beside := len(kinds) == 1 && i > 0 && scans[i-1].stage == s.stage && len(pg.rows[len(pg.rows)-1].panels) < 3
		if beside {
			last := &pg.rows[len(pg.rows)-1]
			last.panels = append(last.panels, r.panels...)
		} else {
			pg.rows = append(pg.rows, r)
		}
	}
	if !slices.ContainsFunc(pg.rows, func(r row) bool { return len(r.panels) > 1 }) {
		pg.width = columnWidth
	}
	lead := "Change of accuracy while one layer alone is pruned: against the dense network before retraining, against the retrained control after it."
	var more []string
	for _, stage := range moments {
		more = with(more, changeScaleNote(axes[stage]))
	}
	if len(more) > 1 {
		more = []string{"The vertical axis that reaches beyond 2 pp is linear to 1 pp and logarithmic beyond."}
	}
	if len(quiet) > 0 {
		and := ""
		if slices.ContainsFunc(all, func(l series) bool { return in.only(l.name) }) {
			and = ", and one that is the only one of its type"
		}
		more = append(more, fmt.Sprintf("In colour: the %d layers that lose most, in this order%s; grey: the others.", loudest, and))
	}
	if len(others) > 0 {
		more = append(more, "Not drawn, see the tables: "+strings.Join(others, ", ")+".")
	}
	note, caption := in.describe(lead, shown, append(more, pg.goesOn())...)
	where := []string{}
	if len(arms) == 1 {
		where = append(where, "Arm "+arms[0]+".")
	}
	if len(moments) == 1 {
		where = append(where, stageOf(moments[0]))
	}
	pg.note = slices.Concat(where, note)
	return Figure{Name: name, Title: title, Caption: joined(append([]string{caption}, where...)), page: pg, data: data}, nil
}

// panelOf is a panel of one type of layer.
type panelOf struct {
	kind string
	*panel
}

// recordScan adds layers of a scan, and the amounts that bisections of theirs did not
// visit.
func (in Input) recordScan(data *table, panel string, s layerScan, part []series) {
	data.record(panel, part)
	for _, l := range part {
		if c, ok := in.layerCurve(s.arm, l.name, s.stage); ok {
			data.unvisited(panel, c)
		}
	}
}

// layerScans are the scans that there are, those of the first arms, the stages of an
// arm together or, of a network with one type of layer, the arms of a stage; others
// names those that are not shown.
func (in Input) layerScans(x abscissa) (shown []layerScan, others []string) {
	var all []layerScan
	for _, arm := range in.arms() {
		for _, stage := range stages {
			s := layerScan{arm: arm, stage: stage}
			for _, layer := range in.Plan.Layers {
				if c, ok := in.layerCurve(arm, layer, stage); ok {
					l := changes(c, x, layer, in.layerLook(layer))
					l.run = in.runOf(arm)
					s.layers = append(s.layers, l)
				}
			}
			if !blank(s.layers) {
				all = append(all, s)
			}
		}
	}
	step := 1
	var of []string
	for _, s := range all {
		if of = append(of, s.arm); s.stage != all[0].stage {
			step = 2 // whole arms
		}
	}
	within := in.fair(shownScans, step, of)
	for i, s := range all {
		if !within[i] {
			others = with(others, s.arm)
			continue
		}
		shown = append(shown, s)
	}
	slices.SortStableFunc(shown, func(a, b layerScan) int {
		if in.oneKind() && a.stage != b.stage {
			return slices.Index(stages, a.stage) - slices.Index(stages, b.stage)
		}
		return 0
	})
	return shown, others
}

// oneKind reports whether all layers are of one type.
func (in Input) oneKind() bool {
	return !slices.ContainsFunc(in.Plan.Layers, func(l string) bool { return in.Plan.KindOf(l) != in.Plan.KindOf(in.Plan.Layers[0]) })
}

// hush greys the layers of scans with many but the most sensitive of each, and brings
// these to the front, the most sensitive first. quiet names the grey ones.
func hush(in Input, scans []layerScan) (quiet []string) {
	var loud []string // in the order of their colours
	for _, s := range scans {
		if len(s.layers) <= loudLayers {
			continue
		}
		for _, l := range in.loud(s) {
			loud = with(loud, l)
		}
	}
	for i, s := range scans {
		if len(s.layers) <= loudLayers {
			continue
		}
		order := in.loud(s)
		for j, l := range s.layers {
			to := look{color: quietInk, quiet: true}
			if k := slices.Index(order, l.name); k >= 0 {
				to = in.lookAt(slices.Index(loud, l.name))
			} else {
				quiet = with(quiet, l.name)
			}
			if s.stage == curve.Pruned {
				to = to.before()
			}
			scans[i].layers[j].look = to
		}
		slices.SortStableFunc(scans[i].layers, func(a, b series) int {
			return slices.Index(order, a.name) - slices.Index(order, b.name) // those that are not in it first
		})
	}
	return quiet
}

// loud are the layers of a scan that are not greyed: those that lose most, and then
// those that are alone in their panel, the only ones of their type.
func (in Input) loud(s layerScan) []string {
	names := in.mostSensitive(s)
	for _, l := range s.layers {
		if in.only(l.name) {
			names = with(names, l.name)
		}
	}
	return names
}

// only reports whether the network has no other layer of the layer's type.
func (in Input) only(layer string) bool {
	of := func(l string) bool { return in.Plan.KindOf(l) == in.Plan.KindOf(layer) && l != layer }
	return !slices.ContainsFunc(in.Plan.Layers, of)
}

// mostSensitive are the layers of a scan that lose most, as the analysis ranks them,
// or the first where it does not.
func (in Input) mostSensitive(s layerScan) []string {
	var of []sensitivity.Sensitivity
	for _, x := range in.Sensitivities {
		if slices.ContainsFunc(s.layers, func(l series) bool { return l.Series == x.Series }) {
			of = append(of, x)
		}
	}
	order, _ := sensitivity.Rank(of)
	var names []string
	for _, x := range order.Targets {
		names = append(names, x.Layers[0])
	}
	for _, l := range s.layers {
		names = with(names, l.name)
	}
	return names[:min(len(names), loudest)]
}

// scanTitle says of a panel what tells it from the others.
func scanTitle(s layerScan, kind string, kinds, arms, moments int) string {
	var parts []string
	if kinds > 1 {
		parts = append(parts, map[string]string{"conv": "Convolutional", "dense": "Fully connected"}[kind])
	}
	if moments > 1 {
		parts = append(parts, strings.ToLower(strings.TrimSuffix(stageOf(s.stage), ".")))
	}
	if arms > 1 {
		parts = append(parts, s.arm)
	}
	title := strings.Join(parts, ", ")
	if strings.HasPrefix(title, "before") || strings.HasPrefix(title, "after") {
		title = strings.ToUpper(title[:1]) + title[1:]
	}
	return title
}

// layerLegend explains the layers of a panel.
func layerLegend(part []series) []entry {
	var entries []entry
	grey := 0
	var hushed look
	for _, s := range part {
		if s.look.quiet {
			grey, hushed = grey+1, s.look
			continue
		}
		entries = append(entries, lineEntry(s.name, s.look).of(byTarget, s.Target))
	}
	if grey > 0 {
		entries = append(entries, ruleEntry(trial.Counted(grey, "other"), hushed.color, quietLine, hushed.dash))
	}
	return entries
}

// with appends what is not there yet.
func with[T comparable](all []T, more T) []T {
	if slices.Contains(all, more) {
		return all
	}
	return append(all, more)
}

// FirstLayer sets the first convolution against the fully connected layers, each
// pruned alone: before retraining on the left, after it on the right, a row an arm.
func FirstLayer(in Input) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	var layers []string
	for _, layer := range in.Plan.Layers {
		if in.Plan.KindOf(layer) == "dense" || in.Plan.KindOf(layer) == "conv" && len(layers) == 0 {
			layers = append(layers, layer)
		}
	}
	none := fmt.Errorf("%w: no convolution and fully connected layer pruned alone and retrained", ErrNoData)
	if len(layers) < 2 || in.Plan.KindOf(layers[0]) != "conv" {
		return Figure{}, none
	}
	var all []series
	var arms []string
	byArm := map[string][2][]series{}
	for _, arm := range in.arms() {
		var both [2][]series
		complete := true
		for i, stage := range stages {
			for _, layer := range layers {
				if c, ok := in.layerCurve(arm, layer, stage); ok {
					s := changes(c, prunedFraction, layer, in.layerLook(layer))
					s.run = in.runOf(arm)
					both[i] = append(both[i], s)
				}
			}
			complete = complete && len(both[i]) > 1 && !blank(both[i]) && both[i][0].name == layers[0]
			crowd(both[i])
		}
		if complete {
			arms, byArm[arm] = append(arms, arm), both
		}
	}
	if len(arms) == 0 {
		return Figure{}, none
	}
	for i, within := range in.fair(shownScans, 1, arms) {
		if !within {
			delete(byArm, arms[i])
		}
	}
	arms = slices.DeleteFunc(arms, func(arm string) bool { _, shown := byArm[arm]; return !shown })
	for _, arm := range arms {
		all = slices.Concat(all, byArm[arm][0], byArm[arm][1])
	}
	x, y := sparsityAxis(all, "Weights of the layer pruned away (%)"), changeAxis(all, "Change of accuracy (pp)")
	pg := page{width: pageWidth, shareX: true, shareY: true}
	data := curveTable("sparsity", "accuracy_change")
	for _, arm := range arms {
		r := row{height: 52 * mm / vg.Length(min(len(arms), 2)) * 1.4}
		for i, stage := range stages {
			p := &panel{x: x, y: y, marks: []mark{zero()}, title: strings.TrimSuffix(stageOf(stage), ".")}
			if len(arms) > 1 {
				p.title = arm + ", " + strings.ToLower(p.title)
			}
			p.show(byArm[arm][i])
			r.panels = append(r.panels, p)
			data.record([]string{"before", "after"}[i], byArm[arm][i])
		}
		pg.rows = append(pg.rows, r)
	}
	for _, layer := range layers {
		pg.legend = append(pg.legend, lineEntry(layer, in.layerLook(layer)).of(byTarget, layer))
	}
	note, caption := in.describe("Change of accuracy while one layer alone is pruned, the first convolution against the fully connected layers: "+
		"against the dense network before retraining, against the retrained control after it; arms: "+strings.Join(arms, ", ")+".", all, changeScaleNote(y), pg.goesOn())
	pg.note = note
	if len(arms) == 1 {
		pg.note = append([]string{"Arm " + arms[0] + "."}, note...)
	}
	return Figure{Name: "first-layer", Title: layers[0] + " against the fully connected layers", Caption: caption, page: pg, data: data}, nil
}
