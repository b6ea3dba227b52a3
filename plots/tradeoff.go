package plots

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
)

// Tradeoff is the trade-off of Han et al. (2015), Figure 5: the change of accuracy
// against the fraction of parameters pruned away, without retraining on the left and
// with it on the right of one axis. Colours are arms, and ways of pruning have
// markers of their own; of a single arm they are the ways of pruning. Where several arms
// have layers pruned alone and nothing else, it is of the first of these layers.
func Tradeoff(in Input) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	all, layer := in.traded()
	if blank(all) {
		return Figure{}, in.noLoss()
	}
	label, pruned := "Parameters pruned away (%)", "the whole network"
	if layer != "" {
		label, pruned = "Weights of "+layer+" pruned away (%)", layer+" alone"
	}
	data := curveTable("sparsity", "accuracy_change")
	pg := page{width: pageWidth, shareX: true, shareY: true, rows: []row{{height: 60 * mm}}}
	var shown []series
	parts := stageParts(all)
	for _, of := range parts {
		interleave(of)
		crowd(of)
		shown = append(shown, of...)
	}
	x, y := sparsityAxis(shown, label), changeAxis(shown, "Change of accuracy (pp)")
	ys, explained := []axis{y, y}, changeScaleNote(y)
	if len(parts) == 2 && worst(parts[0]) > apartAxes*worst(parts[1]) {
		pg.shareY = false // on one axis the smaller losses would be flat
		ys = []axis{changeAxis(parts[0], y.label), changeAxis(parts[1], y.label)}
		explained = joined([]string{"The panels have vertical axes of their own.", explained})
		if ys[0].scale != ys[1].scale {
			explained = "The panels have vertical axes of their own; that of a is linear to 1 pp and logarithmic beyond."
		}
	}
	for i, of := range parts {
		p := &panel{x: x, y: ys[i], marks: []mark{zero()}}
		if len(parts) > 1 {
			p.title = stagePanel(i, of[0].Stage)
		}
		p.show(of)
		pg.rows[0].panels = append(pg.rows[0].panels, p)
		data.record(string(of[0].Stage), of)
	}
	if len(parts) == 1 {
		pg.width = columnWidth
	}
	pg.legend = in.comparedLegend(all)
	note, caption := in.describe("Change of accuracy against the network that was not pruned: the dense one before retraining, "+
		"the retrained control after it; same arm, same seed.", shown, explained, pg.goesOn(), in.sharedNote(parts...))
	pg.note = note
	if len(parts) == 1 {
		pg.note = append([]string{stageOf(parts[0][0].Stage)}, note...)
	}
	return Figure{Name: "tradeoff", Title: "What pruning " + pruned + " costs", Caption: caption, page: pg, data: data}, nil
}

// apartAxes is how many times larger the losses of one panel have to be for both to
// have axes of their own.
const apartAxes = 8

// worst is the largest mean loss.
func worst(all []series) float64 {
	most := 0.0
	gather(all, func(d datum) { most = max(most, -d.y.Value) })
	return most
}

// traded are the series that prune all layers or, where several arms have no target but
// single layers, the first of these, which is named then.
func (in Input) traded() (all []series, layer string) {
	more := func(c curve.Curve) bool { return len(c.Layers) != 1 }
	if len(in.arms()) > 1 && len(in.Curves) > 0 && len(in.Plan.Layers) > 1 && !slices.ContainsFunc(in.Curves, more) {
		layer = in.widest()
		return in.pruning(layer, prunedFraction), layer
	}
	return in.pruning("", wholeFraction), ""
}

// pruning are the series that prune a layer, or all layers without one. Of several arms they
// are those by magnitude, in one step and on a schedule; of a single one all ways of pruning.
func (in Input) pruning(layer string, at func(curve.Point) (float64, place)) []series {
	single := in.singleArm(nil)
	var all []series
	for _, arm := range in.arms() {
		own := in.of(arm)
		target := cmp.Or(layer, own.widest())
		place := 0
		for i, method := range in.methods() {
			if i > 0 && !single && !scheduled(method) {
				continue // other criteria and scopes: see Accuracy
			}
			found := false
			for _, stage := range stages {
				if method.Schedule.Kind == trial.Iterative && stage == curve.Pruned {
					continue // a round starts from the retrained network of the round before
				}
				c, ok := in.curve(arm, target, method, stage)
				if !ok || layer == "" && len(c.Layers) < len(own.Plan.Layers) {
					continue // a part of the network is drawn over its own weights
				}
				l := in.methodLook(in.armLook(arm), method)
				if single {
					l = in.lookAt(place)
				}
				found = true
				all = append(all, changes(c, at, in.seriesName(arm, method), l))
			}
			place += b2i(found)
		}
	}
	return all
}

// singleArm reports whether a study, or some series of it, are of one arm.
func (in Input) singleArm(all []series) bool {
	if all == nil {
		return len(in.arms()) == 1
	}
	return !slices.ContainsFunc(all, func(s series) bool { return s.Arm != all[0].Arm })
}

// stageParts are the series before retraining, then those after it; a stage of which
// nothing can be drawn is left out.
func stageParts(all []series) [][]series {
	var parts [][]series
	for _, stage := range stages {
		part := slices.DeleteFunc(slices.Clone(all), func(s series) bool { return s.Stage != stage })
		if !blank(part) {
			parts = append(parts, part)
		}
	}
	return parts
}

// stagePanel is the title of the i-th panel, of a stage.
func stagePanel(i int, stage curve.Stage) string {
	return string(rune('a'+i)) + "\u00a0\u00a0" + strings.TrimSuffix(stageOf(stage), ".")
}

func stageOf(stage curve.Stage) string {
	if stage == curve.Retrained {
		return "After retraining."
	}
	return "Before retraining."
}

// joinedStages says which stages a figure shows.
func joinedStages(parts [][]series) string {
	if len(parts) == 2 {
		return "before and after retraining"
	}
	return strings.ToLower(strings.TrimSuffix(stageOf(parts[0][0].Stage), "."))
}

// comparedLegend explains arms by colour and methods by marker or, of a study with
// one arm, methods by colour.
func (in Input) comparedLegend(all []series) []entry {
	if !in.singleArm(nil) {
		return slices.DeleteFunc(in.seriesLegend(all), func(e entry) bool { return e.facet.by == byStage })
	}
	var entries []entry
	for _, s := range all {
		word := s.Arm
		if s.Method != in.methods()[0] || !in.singleMethod(all) {
			word = s.Method.String()
		}
		i := slices.IndexFunc(entries, func(e entry) bool { return e.word == word })
		l := s.look
		if i < 0 {
			e := lineEntry(word, l)
			e = e.of(byMethod, s.Method.String())
			if in.singleMethod(all) {
				e = e.of(byArm, s.Arm)
			}
			entries = append(entries, e)
			continue
		}
		if len(l.dash) == 0 {
			entries[i].look = l // solid where it is both
		}
	}
	return entries
}

func (in Input) singleMethod(all []series) bool {
	return !slices.ContainsFunc(all, func(s series) bool { return s.Method != all[0].Method })
}

// scheduled reports whether a method prunes in rounds, or once and is retrained
// as often, by magnitude in each layer.
func scheduled(m trial.Method) bool {
	return m.Schedule.Kind != trial.OneShot && m.Criterion == prune.Magnitude && m.Scope == prune.PerLayer
}

// seriesName is what a note calls a series of an arm.
func (in Input) seriesName(arm string, method trial.Method) string {
	if method != in.methods()[0] {
		return arm + " " + method.String()
	}
	return arm
}

// seriesLegend explains arms by colour, stages by dash, methods by marker.
func (in Input) seriesLegend(all []series) []entry {
	var entries []entry
	has := func(ok func(series) bool) bool {
		for _, s := range all {
			if ok(s) {
				return true
			}
		}
		return false
	}
	for _, arm := range in.arms() {
		if has(func(s series) bool { return s.Arm == arm }) {
			l := in.armLook(arm)
			if !has(func(s series) bool { return s.Arm == arm && s.Stage == curve.Retrained }) {
				l = l.before() // nothing of it is solid
			}
			entries = append(entries, lineEntry(arm, l).of(byArm, arm))
		}
	}
	grey := look{color: softInk, shape: circle}
	if has(func(s series) bool { return s.Stage == curve.Pruned }) {
		entries = append(entries, lineEntry("before retraining", grey.before()).of(byStage, string(curve.Pruned)))
	}
	if has(func(s series) bool { return s.Stage == curve.Retrained }) {
		entries = append(entries, lineEntry("retrained", grey).of(byStage, string(curve.Retrained)))
	}
	for i, method := range in.methods() {
		if i > 0 && has(func(s series) bool { return s.Method == method }) {
			entries = append(entries, markerEntry(method.String(), grey.as(i-1)).of(byMethod, method.String()))
		}
	}
	return entries
}

// sharedNote names arms whose networks are the same before retraining, over all
// panels in one sentence. Arms that are equal by several methods are named once.
func (in Input) sharedNote(panels ...[]series) string {
	var groups []string
	for _, all := range panels {
		for _, group := range equals(all) {
			method := all[group[0]].Method
			byArm := method == in.methods()[0] && !slices.ContainsFunc(group, func(i int) bool { return all[i].Method != method })
			var names, arms []string
			for _, i := range group {
				names, arms = append(names, all[i].name), append(arms, all[i].Arm)
			}
			if slices.Contains(groups, listed(arms)) {
				continue
			}
			if byArm {
				names = arms
			}
			if words := listed(names); !slices.Contains(groups, words) {
				groups = append(groups, words)
			}
		}
	}
	if len(groups) == 0 {
		return ""
	}
	return "Before retraining " + strings.Join(groups, "; ") + "."
}

// listed says that some names are equal.
func listed(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last] + " are equal"
}

// noLoss says why there is no change of accuracy to draw over the whole network.
func (in Input) noLoss() error {
	for _, c := range in.Curves {
		alone := func(p curve.Point) bool { return p.Requested > 0 && p.Accuracy.N > 0 && p.Loss.N == 0 }
		if len(c.Layers) == len(in.Plan.Layers) && slices.ContainsFunc(c.Points, alone) {
			return fmt.Errorf("%w: networks pruned as a whole have no result of an unpruned control to lose against; the figure accuracy has them", ErrNoData)
		}
	}
	return fmt.Errorf("%w: no curve over the whole network", ErrNoData)
}
