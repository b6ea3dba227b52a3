package plots

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"prunelab/experiments/trial"
)

// Weights shows how the weights of every layer are distributed before pruning
// and, of the survivors, at the end of the trial (Han et al. 2015, Figure 8),
// one panel a layer and arm, on a logarithmic axis of density. The trials are
// those that prune most layers, at the amount nearest to 90 %, of the first
// seed that has them. Of many arms the first are shown, of many layers the largest.
func Weights(in Input) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	var shown []distribution
	var others []string
	for _, arm := range in.arms() {
		if d, ok := in.distribution(arm); ok && len(shown) < shownArms {
			shown = append(shown, d)
		} else if ok {
			others = append(others, arm)
		}
	}
	if len(shown) == 0 {
		return Figure{}, fmt.Errorf("%w: no trial with histograms of weights", ErrNoData)
	}
	most := shownLayers
	if len(shown) == 1 {
		most *= 2
	}
	for i := range shown {
		shown[i].layers = largest(shown[i].layers, most)
	}
	return weightsFigure(in, shown, others), nil
}

// The most arms and layers whose weights a figure shows; of one arm twice as many
// layers.
const (
	shownArms   = 3
	shownLayers = 4
)

// largest are so many of the layers with most weights, in the network's order.
func largest(layers []trial.LayerResult, n int) []trial.LayerResult {
	sizes := []int{}
	for _, l := range layers {
		sizes = append(sizes, l.Size)
	}
	slices.SortFunc(sizes, func(a, b int) int { return cmp.Compare(b, a) })
	var kept []trial.LayerResult
	for _, l := range layers {
		if len(layers) <= n || l.Size >= sizes[n-1] && len(kept) < n {
			kept = append(kept, l)
		}
	}
	return kept
}

// distribution is the weights of one trial.
type distribution struct {
	cell   trial.Cell
	layers []trial.LayerResult
}

// commonRange reports whether the survivors of a layer were counted in the bins
// that held the weights before, although retraining moves some beyond, and it
// was not recorded how many: such weights are in the outermost bins.
func (d distribution) commonRange() bool {
	return slices.ContainsFunc(d.layers, func(l trial.LayerResult) bool {
		return l.Before.Lo == l.After.Lo && l.Before.Hi == l.After.Hi && l.After.Beyond == nil
	})
}

// within is a histogram of what lies in its range alone.
func within(h trial.Histogram) trial.Histogram {
	if h.Beyond != nil {
		h.Counts = slices.Clone(h.Counts)
		h.Counts[0] -= h.Beyond[0]
		h.Counts[len(h.Counts)-1] -= h.Beyond[1]
	}
	return h
}

// mostBeyond is the largest share of a layer's survivors beyond the range, to
// two significant digits.
func mostBeyond(shown []distribution) float64 {
	most := 0.0
	for _, d := range shown {
		for _, l := range d.layers {
			if b := l.After.Beyond; b != nil && l.Size > l.Removed {
				most = max(most, float64(b[0]+b[1])/float64(l.Size-l.Removed))
			}
		}
	}
	if most == 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(most))-1)
	return math.Ceil(most/unit) * unit
}

// distribution picks the trial of an arm whose weights are shown.
func (in Input) distribution(arm string) (distribution, bool) {
	var found []distribution
	target := in.widest()
	for _, c := range in.Plan.Cells {
		if c.Arm != arm || c.Role != trial.Point || c.Target != target || c.Parameter != trial.Ratio || c.Method.Schedule.Kind == trial.Iterative {
			continue
		}
		i := slices.IndexFunc(in.Outcomes, func(o trial.Outcome) bool { return o.Key == c.Key && o.Status == trial.Done })
		if i < 0 {
			continue
		}
		d := distribution{cell: c}
		for _, l := range in.Outcomes[i].Result.Layers {
			if l.Before != nil && l.After != nil && l.Size > 0 {
				d.layers = append(d.layers, l)
			}
		}
		if len(d.layers) > 0 {
			found = append(found, d)
		}
	}
	if len(found) == 0 {
		return distribution{}, false
	}
	order := in.methods()
	return slices.MinFunc(found, func(a, b distribution) int {
		return cmp.Or(
			slices.Index(order, a.cell.Method)-slices.Index(order, b.cell.Method),
			cmp.Compare(math.Abs(a.cell.Requested-0.9), math.Abs(b.cell.Requested-0.9)),
			b2i(b.cell.Retrain)-b2i(a.cell.Retrain),
			cmp.Compare(a.cell.Seed, b.cell.Seed))
	}), true
}

func weightsFigure(in Input, shown []distribution, others []string) Figure {
	data := table{header: []string{"arm", "layer", "seed", "requested", "when", "from", "to", "count", "density"}}
	y := densityAxis(shown)
	pg := page{width: pageWidth, shareX: true, shareY: true}
	columns, height := min(len(shown[0].layers), 4), 27*mm
	for _, d := range shown {
		var panels []*panel
		for j, l := range d.layers {
			p := &panel{title: l.Name + ", " + d.cell.Arm, x: weightAxis(shown, j), y: y}
			if len(shown) == 1 {
				p.title = l.Name
			}
			if l.Removed == 0 {
				p.title += " (not pruned)"
			}
			hue := in.armLook(d.cell.Arm).color
			p.marks = append(p.marks, named{"before", []mark{steps{*l.Before, l.Size, emptyInk, softInk}}, []facet{{byPart, "before"}}, 0})
			if l.Removed > 0 {
				p.marks = append(p.marks, named{"after", []mark{steps{within(*l.After), l.Size, faded(hue, bandAlpha*2), hue}}, []facet{{byArm, d.cell.Arm}}, 0})
			}
			if l.Threshold != nil && *l.Threshold > 0 {
				for _, x := range []float64{-*l.Threshold, *l.Threshold} {
					p.marks = append(p.marks, upright{x, baselineLine, ink, baselineDash})
				}
			}
			panels = append(panels, p)
			recordHistogram(&data, d, l, "before", *l.Before)
			recordHistogram(&data, d, l, "after", *l.After)
		}
		for len(panels) > 0 {
			n := min(columns, len(panels))
			pg.rows = append(pg.rows, row{height, panels[:n]})
			panels = panels[n:]
		}
	}
	if len(shown) == 1 && len(pg.rows) > 1 {
		pg.shareX = false // other layers stand below one another, with ranges of their own
		for i := range pg.rows[:len(pg.rows)-1] {
			for _, p := range pg.rows[i].panels {
				p.x.label = ""
			}
		}
	}
	pg.legend = []entry{fillEntry("before pruning", emptyInk).of(byPart, "before")}
	for _, d := range shown {
		hue := in.armLook(d.cell.Arm).color
		pg.legend = append(pg.legend, fillEntry("survivors at the end, "+d.cell.Arm, faded(hue, bandAlpha*3)).of(byArm, d.cell.Arm))
	}
	pg.legend = append(pg.legend, ruleEntry("threshold", ink, baselineLine, baselineDash))
	note := []string{"Density: share of the layer's weights in a bin over the bin's width, logarithmic."}
	switch {
	case slices.ContainsFunc(shown, distribution.commonRange):
		note = append(note, "The outermost bins count the weights beyond them, too.")
	case mostBeyond(shown) > 0:
		note = append(note, fmt.Sprintf("Not drawn: weights that retraining moved beyond the range before, at most %s %% of a layer's survivors.", plain(100*mostBeyond(shown))))
	}
	var trials []string
	for _, d := range shown {
		when := "retrained"
		if !d.cell.Retrain {
			when = "not retrained"
		}
		trials = append(trials, fmt.Sprintf("target %s at %s, seed %d, %s.", d.cell.Target, amount(d.cell.Parameter, d.cell.Requested), d.cell.Seed, when))
	}
	if len(slices.Compact(slices.Clone(trials))) == 1 {
		note = append(note, "T"+trials[0][1:])
	} else {
		for i, d := range shown {
			note = append(note, d.cell.Arm+": "+trials[i])
		}
	}
	if len(others) > 0 {
		note = append(note, "Not drawn: "+strings.Join(others, ", ")+".")
	}
	if n := len(in.Plan.Layers); len(shown[0].layers) < n {
		note = append(note, fmt.Sprintf("The %d largest of %d layers.", len(shown[0].layers), n))
	}
	note = append(note, in.lostArms(func(arm string) bool {
		_, ok := in.distribution(arm)
		return ok
	}))
	pg.note = note
	caption := joined(slices.Concat([]string{"Distribution of each layer's weights before pruning and of the survivors at the end of the trial; dotted: the largest magnitude that was removed."}, note, []string{in.where()}))
	return Figure{Name: "weights", Title: "Weights before and after", Caption: caption, page: pg, data: data}
}

// recordHistogram writes the bins and, where it is known what lies beyond
// them, a row for each side without an outer edge.
func recordHistogram(t *table, d distribution, l trial.LayerResult, when string, h trial.Histogram) {
	head := []string{d.cell.Arm, l.Name, fmt.Sprint(d.cell.Seed), number(d.cell.Requested), when}
	if b := h.Beyond; b != nil {
		t.add(append(slices.Clone(head), "", number(h.Lo), fmt.Sprint(b[0]), "")...)
		defer func() { t.add(append(head, number(h.Hi), "", fmt.Sprint(b[1]), "")...) }()
	}
	h = within(h)
	for i, n := range h.Counts {
		t.add(d.cell.Arm, l.Name, fmt.Sprint(d.cell.Seed), number(d.cell.Requested), when,
			number(edge(h, i)), number(edge(h, i+1)), fmt.Sprint(n), number(density(h, i, l.Size)))
	}
}

// edge is the lower edge of a bin.
func edge(h trial.Histogram, i int) float64 {
	return h.Lo + (h.Hi-h.Lo)*float64(i)/float64(len(h.Counts))
}

// density is a bin's share of a layer's size weights over the bin's width. A
// histogram without width has none.
func density(h trial.Histogram, i, size int) float64 {
	if h.Hi <= h.Lo {
		return 0
	}
	return float64(h.Counts[i]) / float64(size) / (h.Hi - h.Lo) * float64(len(h.Counts))
}

// densityAxis shows every bin that is not empty.
func densityAxis(shown []distribution) axis {
	lo, hi := math.Inf(1), 0.0
	for _, d := range shown {
		for _, l := range d.layers {
			for _, h := range []*trial.Histogram{l.Before, l.After} {
				for i := range h.Counts {
					if v := density(*h, i, l.Size); v > 0 {
						lo, hi = min(lo, v), max(hi, v)
					}
				}
			}
		}
	}
	if hi == 0 {
		lo, hi = 0.1, 1
	}
	from, to := max(lo/1.5, hi/1e6), hi*1.6
	return axis{label: "Density", scale: logarithmic{}, from: from, to: to, ticks: logTicks(from, to, plain)}
}

// weightAxis is symmetric about 0 and holds 99.9 % of a layer's weights in
// every arm: the few beyond would squeeze the rest.
func weightAxis(shown []distribution, j int) axis {
	most := 0.0
	for _, d := range shown {
		if j < len(d.layers) {
			most = max(most, reach(*d.layers[j].Before), reach(*d.layers[j].After))
		}
	}
	if most == 0 {
		most = 1
	}
	a := axis{label: "Weight", scale: linear{}, from: -most, to: most}
	a.ticks = linearTicks(-most, most, 4, 1)
	return a
}

// reach is the magnitude below which 99.9 % of a histogram lie.
func reach(h trial.Histogram) float64 {
	total := 0
	for _, n := range h.Counts {
		total += n
	}
	beyond, most := 0, max(math.Abs(h.Lo), math.Abs(h.Hi))
	type bin struct {
		far float64
		n   int
	}
	var bins []bin
	for i, n := range h.Counts {
		bins = append(bins, bin{max(math.Abs(edge(h, i)), math.Abs(edge(h, i+1))), n})
	}
	slices.SortFunc(bins, func(a, b bin) int { return cmp.Compare(b.far, a.far) })
	for _, b := range bins {
		most = b.far
		if beyond += b.n; float64(beyond) > 0.001*float64(total) {
			break
		}
	}
	return most
}

// steps is a histogram as a filled outline.
type steps struct {
	h         trial.Histogram
	size      int
	fill, rim color.NRGBA
}

func (s steps) draw(c *canvas, f frame) {
	floor := f.y.from
	var outline []xy
	for i := range s.h.Counts {
		v := max(density(s.h, i, s.size), floor)
		outline = append(outline, xy{edge(s.h, i), v}, xy{edge(s.h, i+1), v})
	}
	closed := slices.Concat([]xy{{outline[0].x, floor}}, outline, []xy{{outline[len(outline)-1].x, floor}})
	polygon{closed, s.fill}.draw(c, f)
	for _, part := range f.clip().ClipLinesXY(f.placeAll(closed)) {
		c.line(part, baselineLine, s.rim, solid, 0)
	}
}
