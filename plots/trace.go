package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"

	"prunelab/analysis/course"
	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// trace is the course of a training as it is drawn.
type trace struct {
	course.Course
	word   string // in the legend
	color  color.NRGBA
	dash   []vg.Length // of the mean
	offset vg.Length
}

// untrained reports whether no trace has a single epoch.
func untrained(traces []trace) bool {
	return !slices.ContainsFunc(traces, func(t trace) bool { return len(t.Runs) > 0 })
}

// facet is what tells a trace from the others of its panel.
func (t trace) facet() facet {
	if t.First() {
		return facet{byArm, t.Arm}
	}
	return facet{byAmount, t.word}
}

// quantity is what is drawn over the epochs.
type quantity struct {
	of    func(loss, accuracy float64) float64
	write func(float64) string
}

var (
	lossCurve = quantity{
		func(loss, _ float64) float64 { return loss },
		func(v float64) string { return fmt.Sprintf("cross-entropy %.3g nats", v) },
	}
	accuracyCurve = quantity{
		func(_, accuracy float64) float64 { return accuracy },
		func(v float64) string { return fmt.Sprintf("accuracy %.2f %%", v*100) },
	}
)

func (q quantity) panel(traces []trace, y axis) *panel {
	p := &panel{x: epochAxis(traces), y: y}
	for _, t := range traces {
		var marks []mark
		for _, r := range t.Runs {
			if len(t.Runs) > seedsShown && !r.Stopped {
				continue
			}
			var pts []xy
			for _, e := range r.History {
				pts = append(pts, xy{float64(e.Epoch), q.of(e.Loss, e.Accuracy)})
			}
			marks = append(marks, polyline{pts: pts, width: historyLine, color: faded(t.color, pastAlpha)})
			if r.Stopped {
				marks = append(marks, markers{pts[len(pts)-1:], 2, saltire, false, t.color})
			}
		}
		name := t.Arm
		if !t.First() {
			name += ", " + t.word
		}
		var mean []xy
		var says hints
		for _, e := range t.Mean {
			at := xy{float64(e.Epoch), q.of(e.Loss, e.Accuracy)}
			mean = append(mean, at)
			says.add(at, fmt.Sprintf("%s, epoch %v: %s", name, at.x, q.write(at.y)))
		}
		marks = append(marks, polyline{pts: mean, width: curveLine, color: t.color, dash: t.dash, offset: t.offset})
		if len(mean) == 1 {
			marks = append(marks, markers{mean, markerRadius, circle, false, t.color})
		}
		p.marks = append(p.marks, named{t.Arm + ", " + t.word, append(marks, says), []facet{t.facet()}, 0})
	}
	return p
}

// eachEpoch visits the epochs of all trainings.
func eachEpoch(traces []trace, visit func(train.Epoch)) {
	for _, t := range traces {
		for _, r := range t.Runs {
			for _, e := range r.History {
				visit(e)
			}
		}
	}
}

func epochAxis(traces []trace) axis {
	last := 2
	eachEpoch(traces, func(e train.Epoch) { last = max(last, e.Epoch) })
	to := float64(last)
	a := axis{label: "Epoch", scale: linear{}, from: 1 - 0.02*to, to: to * 1.02}
	step := max(1, niceStep(1, to, 6))
	a.ticks = []tick{{at: 1, label: "1"}}
	for v := step; v <= to; v += step {
		if v > 1 {
			a.ticks = append(a.ticks, tick{at: v, label: plain(v), rank: 1})
		}
	}
	return a
}

func lossAxis(traces []trace) axis {
	lo, hi := math.Inf(1), 0.0
	eachEpoch(traces, func(e train.Epoch) {
		if e.Loss > 0 {
			lo, hi = min(lo, e.Loss), max(hi, e.Loss)
		}
	})
	if hi == 0 {
		lo, hi = 0.1, 1
	}
	from, to := lo/1.15, hi*1.15
	return axis{label: "Cross-entropy (nats)", scale: logarithmic{}, from: from, to: to, ticks: logTicks(from, to, plain)}
}

func trainAccuracyAxis(traces []trace) axis {
	var all []float64
	eachEpoch(traces, func(e train.Epoch) { all = append(all, e.Accuracy) })
	return accuracyAxis(nil, all...)
}

func traceLegend(traces []trace) []entry {
	var entries []entry
	for _, t := range traces {
		entries = append(entries, ruleEntry(t.word, t.color, curveLine, solid).of(t.facet().by, t.facet().name))
	}
	return entries
}

func traceNote(traces []trace) []string {
	least, n, stopped := math.MaxInt, 0, 0
	for _, t := range traces {
		if len(t.Runs) > 0 {
			least, n = min(least, len(t.Runs)), max(n, len(t.Runs))
		}
		for _, r := range t.Runs {
			stopped += b2i(r.Stopped)
		}
	}
	note := []string{fmt.Sprintf("Lines: means over n = %d seeds.", n)}
	if n == 1 {
		note[0] = "One seed."
	} else if least < n {
		note[0] = fmt.Sprintf("Lines: means over n = %d to %d seeds.", least, n)
	}
	if n > 1 && least <= seedsShown {
		note = append(note, "Thin lines: single trainings.")
	}
	if stopped > 0 {
		note = append(note, fmt.Sprintf("Crosses: %s that ended early, not in the means.", trial.Counted(stopped, "training")))
	}
	var names []string
	var reasons []absence
	for _, t := range traces {
		if len(t.Gone) == 0 {
			continue
		}
		name := t.Arm
		if !t.First() {
			name += " at " + t.word
		}
		names, reasons = append(names, name), append(reasons, series{data: []datum{{missing: t.Gone}}}.whyAbsent())
	}
	if len(names) > namedMisses {
		reasons[namedMisses] = absence{}
		names = append(names[:namedMisses], fmt.Sprintf("%d more", len(names)-namedMisses))
		reasons = reasons[:namedMisses+1]
	}
	return append(note, absentSentence(names, reasons))
}

// traceTable is every epoch of every training that is drawn, and the means with
// an empty seed.
func traceTable(traces []trace) table {
	data := table{header: []string{"arm", "requested", "seed", "epoch", "cross_entropy", "accuracy", "status"}}
	for _, t := range traces {
		requested := numberIf(!t.First(), t.Requested)
		for _, e := range t.Mean {
			data.add(t.Arm, requested, "", number(float64(e.Epoch)), number(e.Loss), number(e.Accuracy), "mean")
		}
		for _, r := range t.Runs {
			if len(t.Runs) > seedsShown && !r.Stopped {
				continue
			}
			status := "done"
			if r.Stopped {
				status = "ended early"
			}
			for _, e := range r.History {
				data.add(t.Arm, requested, fmt.Sprint(r.Seed), fmt.Sprint(e.Epoch), number(e.Loss), number(e.Accuracy), status)
			}
		}
	}
	return data
}
