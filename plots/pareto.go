package plots

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
)

// Pareto is accuracy against the compression of the whole network and, beside
// it, against the theoretical speed-up, both logarithmic, for all series after
// retraining (before it where nothing was retrained). The staircase is the
// Pareto front of the means: for each compression the best accuracy that was
// reached with it or more.
func Pareto(in Input) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	stage := curve.Retrained
	scored := func(p curve.Point) bool { return p.Accuracy.N > 0 }
	if !slices.ContainsFunc(in.Curves, func(c curve.Curve) bool { return c.Stage == stage && slices.ContainsFunc(c.Points, scored) }) {
		stage = curve.Pruned
	}
	compression := func(string) abscissa { return factor(curve.Point.Compression) }
	speedup := func(arm string) abscissa { return factor(curve.Speedups(in.Curves, arm)) }
	views := []struct {
		name, label string
		x           func(arm string) abscissa
	}{
		{"compression", "Compression (weights, dense over kept)", compression},
		{"speedup", "Theoretical speed-up (multiply-adds)", speedup},
	}
	data := curveTable("factor", "accuracy")
	data.header = append(data.header, "on_front")
	pg := page{width: pageWidth, shareY: true, rows: []row{{height: 56 * mm}}}
	all := in.paretoSeries(stage, compression)
	if len(paretoFront(all)) == 0 {
		return Figure{}, fmt.Errorf("%w: no pruned network with a count of its weights", ErrNoData)
	}
	dense := in.baselines(all)
	y := paretoAxis(all, dense.values()) // the same networks in both views
	alike := false                       // multiply-adds shrink as the weights do: one panel says it
	for i, view := range views {
		part := in.paretoSeries(stage, view.x)
		if len(paretoFront(part)) == 0 {
			continue
		}
		if alike = i > 0 && sameFactors(all, part); alike {
			recordPareto(&data, view.name, part, paretoFront(part))
			continue
		}
		front := paretoFront(part)
		p := paretoPanel(part, front, y)
		p.x.label = view.label
		p.marks = slices.Concat(dense.marks(in), p.marks)
		pg.rows[0].panels = append(pg.rows[0].panels, p)
		recordPareto(&data, view.name, part, front)
	}
	if len(pg.rows[0].panels) == 1 {
		pg.width = columnWidth
		if alike {
			pg.rows[0].panels[0].x.label = "Compression (weights; multiply-adds alike)"
		}
	} else {
		pg.rows[0].panels[0].title = "a\u00a0\u00a0Weights"
		pg.rows[0].panels[1].title = "b\u00a0\u00a0Multiply-adds"
	}
	pg.legend = append(paretoLegend(in, all), dense.legend()...)
	for _, b := range dense {
		data.add("", b.arm, "", "", "dense", "", "", "", number(b.y), "", "", "", "", "", "", "")
	}
	when := "after retraining"
	if stage == curve.Pruned {
		when = "before retraining"
	}
	f := factsOf(all)
	note := []string{fmt.Sprintf("Networks %s; %s.", when, f.seeds())}
	switch {
	case f.level > 0 && f.few:
		note = append(note, fmt.Sprintf("Whiskers: %s; none below n = %d.", f.interval(), bandSeeds))
	case f.level > 0:
		note = append(note, "Whiskers: "+f.interval()+".")
	case f.few:
		note = append(note, fmt.Sprintf("No whiskers below n = %d.", bandSeeds))
	}
	others := "seeds"
	if f.images.level > 0 {
		note = append(note, fmt.Sprintf("Whiskers of one network from a file: %s.", f.images))
	}
	if f.fixed {
		others = "images"
	}
	note = append(note, "The front is that of the means; it was chosen among all that is drawn, so new "+others+" will tend to fall below it.", errorScaleNote(y))
	if n := below(all, y); n > 0 {
		note = append(note, fmt.Sprintf("%s below the axis: see the CSV.", trial.Counted(n, "point")))
	}
	shown := reached(all, y)
	_, full := missingNotes(shown, "")
	pg.note = append(slices.Clone(note), absentNote(all))
	if at := edged(shown); len(at) > 0 {
		pg.note = append(pg.note, atEdgeWords+at.words(namedMisses)+".")
	}
	caption := joined(slices.Concat([]string{"Accuracy against compression and theoretical speed-up of the whole network."}, note, []string{f.atOnce("whiskers")}, full, []string{in.where()}))
	return Figure{Name: "pareto", Title: "Accuracy against compression", Caption: caption, page: pg, data: data}, nil
}

// sameFactors reports whether two views have every network within a twentieth of the
// same place.
func sameFactors(a, b []series) bool {
	for i, s := range a {
		for j, d := range s.data {
			if d.drawn() && !d.edged() && (!b[i].data[j].drawn() || math.Abs(b[i].data[j].x/d.x-1) > 0.05) {
				return false
			}
		}
	}
	return true
}

// paretoSeries are the series of all targets that are more than a layer, or of
// the layers where there are no others, with an abscissa that grows with
// pruning.
func (in Input) paretoSeries(stage curve.Stage, x func(arm string) abscissa) []series {
	var groups, layers []series
	for _, target := range in.targets() {
		for _, arm := range in.arms() {
			for _, method := range in.methods() {
				for _, parameter := range in.parameters(target) {
					c, ok := in.curveBy(parameter, arm, target, method, stage)
					if !ok {
						continue
					}
					s := accuracies(c, x(arm), arm+" "+target, in.methodLook(in.armLook(arm), method))
					s.look.dash, s.look.hollow = solid, target != in.widest()
					if in.isLayer(target) {
						layers = append(layers, s)
					} else {
						groups = append(groups, s)
					}
				}
			}
		}
	}
	if blank(groups) {
		return layers
	}
	return groups
}

// paretoFront returns the points that no other beats in both, by rising
// abscissa.
func paretoFront(all []series) []xy {
	var pts []xy
	gather(all, func(d datum) {
		if !d.edged() { // without any weights it is no choice
			pts = append(pts, xy{d.x, d.y.Value})
		}
	})
	slices.SortFunc(pts, func(a, b xy) int { return cmp.Or(cmp.Compare(b.x, a.x), cmp.Compare(b.y, a.y)) })
	var front []xy
	for _, p := range pts {
		if len(front) == 0 || p.y > front[len(front)-1].y {
			front = append(front, p)
		}
	}
	slices.Reverse(front)
	return front
}

// paretoAxis shows what is above the front's lowest point and a little below it:
// what collapsed earlier is no choice for anyone. It reaches to the dense
// networks, however far above the pruned ones they lie.
func paretoAxis(all []series, dense []float64) axis {
	front := paretoFront(all)
	floor := max(0, 1-(1-front[len(front)-1].y)*1.3)
	var near []series
	for _, s := range all {
		s.data = slices.DeleteFunc(slices.Clone(s.data), func(d datum) bool { return !d.drawn() || d.y.Value < floor })
		near = append(near, s)
	}
	return accuracyAxis(near, append(dense, floor)...)
}

func paretoPanel(all []series, front []xy, y axis) *panel {
	most := 2.0
	gather(all, func(d datum) {
		if !d.edged() {
			most = max(most, d.x)
		}
	})
	to := most * 1.1
	ticks := logTicks(1, to, times)
	edge := anyEdged(reached(all, y))
	if edge {
		to = most / edgeAir
	}
	p := &panel{heads: edge, x: axis{scale: logarithmic{}, from: 0.95, to: to, ticks: ticks}, y: y}
	stairs := []xy{{front[0].x, front[0].y}}
	for i := 1; i < len(front); i++ {
		stairs = append(stairs, xy{front[i-1].x, front[i].y}, front[i])
	}
	p.marks = append(p.marks, named{"Pareto front", []mark{polyline{pts: stairs, width: curveLine, color: ink}}, []facet{{byPart, "front"}}, 0})
	for _, s := range all {
		var w whiskers
		var at []xy
		s = s.brought(p.x)
		gather([]series{s}, func(d datum) {
			at = append(at, xy{d.x, d.y.Value})
			if s.banded(d) {
				w.x, w.lo, w.hi = append(w.x, d.x), append(w.lo, d.y.Lo), append(w.hi, d.y.Hi)
			}
		})
		w.color = faded(s.look.color, pastAlpha)
		p.marks = append(p.marks, named{s.label(), []mark{w, markers{at, markerRadius, s.look.shape, s.look.hollow, s.look.color}, s.heads(), s.hints()}, s.facets(), 0})
	}
	return p
}

func paretoLegend(in Input, all []series) []entry {
	entries := in.seriesLegend(all)
	entries = slices.DeleteFunc(entries, func(e entry) bool { return e.word == "retrained" || e.word == "before retraining" })
	for i := range entries {
		entries[i].line = false
	}
	if slices.ContainsFunc(all, func(s series) bool { return s.look.hollow }) {
		entries = append(entries, markerEntry("only a part pruned (hollow)", look{color: softInk, shape: circle, hollow: true}))
	}
	return append(entries, ruleEntry("Pareto front", ink, curveLine, solid).of(byPart, "front"))
}

// reached are the series without what stands at the edge below an axis.
func reached(all []series, y axis) []series {
	var out []series
	for _, s := range all {
		s.data = slices.DeleteFunc(slices.Clone(s.data), func(d datum) bool { return d.edged() && d.y.Value < y.from })
		out = append(out, s)
	}
	return out
}

// below counts the means under an axis.
func below(all []series, y axis) int {
	n := 0
	gather(all, func(d datum) { n += b2i(d.y.Value < y.from) })
	return n
}

func recordPareto(t *table, panel string, all []series, front []xy) {
	base := curveTable("factor", "accuracy")
	for _, s := range all {
		s.data = slices.Clone(s.data)
		for i := range s.data {
			s.data[i].seeds = nil // the figure shows means alone
		}
		base.record(panel, []series{s})
	}
	for _, r := range base.rows {
		on := ""
		for _, p := range front {
			if r[7] == number(p.x) && r[8] == number(p.y) {
				on = "1"
			}
		}
		t.rows = append(t.rows, append(r, on))
	}
}
