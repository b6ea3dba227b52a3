package plots

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
)

// Tradeoff is the regularizer trade-off of Han et al. (2015), Figure 5: the
// change of accuracy against the fraction of parameters pruned away, dashed
// without retraining and solid with it, one colour an arm, iterative pruning
// with a marker of its own. Unlike the paper's single panel a second one shows
// the region near no change.
func Tradeoff(in Input) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	target := in.widest()
	var all []series
	for _, arm := range in.arms() {
		for i, method := range in.methods() {
			if i > 0 && !scheduled(method) {
				continue // other criteria and scopes: see Accuracy
			}
			for _, stage := range stages {
				if method.Schedule.Kind == trial.Iterative && stage == curve.Pruned {
					continue // a round starts from the retrained network of the round before
				}
				c, ok := in.curve(arm, target, method, stage)
				if !ok || len(c.Layers) < len(in.Plan.Layers) {
					continue // a part of the network is drawn over its own weights: see Accuracy
				}
				s := changes(c, wholeFraction, in.seriesName(arm, method), in.methodLook(in.armLook(arm), method))
				all = append(all, s)
			}
		}
	}
	if blank(all) {
		return Figure{}, fmt.Errorf("%w: no curve over the whole network", ErrNoData)
	}
	interleave(all)
	crowd(all)

	x := sparsityAxis(all, "Parameters pruned away (%)")
	full := &panel{x: x, y: fullChangeAxis(all), marks: []mark{zero()}}
	full.show(all)
	p := page{width: columnWidth, legend: in.seriesLegend(all), rows: []row{{56 * mm, []*panel{full}}}}
	data := curveTable("sparsity", "accuracy_change")
	data.record("full", all)
	var more []string
	if nearby := nearAxis(all); nearby.from > full.y.from/2.5 {
		full.title = "a\u00a0\u00a0Full range"
		near := &panel{title: "b\u00a0\u00a0Near no change", x: x, y: nearby, marks: []mark{zero()}}
		near.show(all)
		p.width = pageWidth
		p.rows[0].panels = append(p.rows[0].panels, near)
		data.record("near", all)
		more = append(more, "In b, arrowheads mark curves that go on below.")
	}
	more = append(more, in.sharedNote(all))
	note, caption := in.describe("Change of accuracy against the network that was not pruned: the dense one before retraining, "+
		"the retrained control after it; same arm, same seed.", all, more...)
	p.note = note
	return Figure{Name: "tradeoff", Title: "Regularizer trade-off", Caption: caption, page: p, data: data}, nil
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
			entries = append(entries, lineEntry(arm, in.armLook(arm)).of(byArm, arm))
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

// fullChangeAxis shows every mean and what it can of the intervals, linear.
func fullChangeAxis(all []series) axis {
	lo, hi := extent(all)
	lo, hi = min(lo, 0), max(hi, 0)
	pad := max(0.04*(hi-lo), 2e-4)
	from, to := lo-pad, hi+pad
	return axis{label: "Change of accuracy (pp)", scale: linear{}, from: from, to: to, ticks: linearTicks(from, to, 6, hundredth)}
}

// nearAxis shows the region around no change: down to the least of 0.2, 0.5,
// 1, 2, 5 and 10 pp that holds three quarters of the retrained means, or half
// of all means where nothing is retrained.
func nearAxis(all []series) axis {
	var drops []float64
	share, top := 0.75, 0.0
	collect := func(stage curve.Stage) {
		for _, s := range all {
			if s.Stage == stage {
				gather([]series{s}, func(d datum) {
					drops = append(drops, -d.y.Value)
					top = max(top, d.y.Value)
				})
			}
		}
	}
	if collect(curve.Retrained); len(drops) == 0 {
		share = 0.5
		collect(curve.Pruned)
	}
	depth := 0.1
	for _, d := range []float64{0.002, 0.005, 0.01, 0.02, 0.05, 0.1} {
		in := 0
		for _, v := range drops {
			if v <= d {
				in++
			}
		}
		if float64(in) >= share*float64(len(drops)) {
			depth = d
			break
		}
	}
	from, to := -depth, max(math.Min(top*1.15, depth), depth*0.12)
	return axis{label: "Change of accuracy (pp)", scale: linear{}, from: from, to: to, ticks: linearTicks(from, to, 6, hundredth)}
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
