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
	"prunelab/model/train"
)

// Training shows the course of the first trainings: loss and accuracy on the
// training samples by epoch, the mean over seeds of each arm, and every single
// training as a thin line when there are few.
func Training(in Input) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	var courses []course
	for _, arm := range in.arms() {
		c := course{arm: arm, word: arm, color: in.armLook(arm).color}
		in.runs(&c, func(l trial.Cell) bool { return l.Arm == arm && l.Role == trial.Dense })
		if len(c.runs) > 0 || len(c.gone) > 0 {
			courses = append(courses, c)
		}
	}
	if untrained(courses) {
		return Figure{}, fmt.Errorf("%w: no history of a first training", ErrNoData)
	}
	shared := shareDashes(courses)
	loss := coursePanel(courses, lossOf, lossWords, lossAxis(courses))
	accuracy := coursePanel(courses, accuracyOf, accuracyWords, trainAccuracyAxis(courses))
	loss.title, accuracy.title = "a\u00a0\u00a0Training loss", "b\u00a0\u00a0Training accuracy"
	pg := page{width: pageWidth, rows: []row{{48 * mm, []*panel{loss, accuracy}}}, legend: courseLegend(courses)}
	data := courseTable()
	recordCourses(&data, courses)
	note := courseNote(courses)
	pg.note = append(note, shared, errorScaleNote(accuracy.y))
	caption := joined(slices.Concat([]string{"Course of the first training: mean cross-entropy and accuracy over the samples of each epoch, measured before each step, without the penalty."}, pg.note, []string{in.where()}))
	return Figure{Name: "training", Title: "First training", Caption: caption, page: pg, data: data}, nil
}

// Retraining shows the loss by epoch of the retrainings at every amount of
// pruning, a panel an arm, the more was pruned the darker.
func Retraining(in Input) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	target := in.widest()
	var amounts []float64
	matches := func(l trial.Cell, arm string) bool {
		return l.Arm == arm && l.Target == target && l.Retrain && l.Method == in.mainMethod(target) && l.Parameter == trial.Ratio &&
			(l.Role == trial.Point || l.Role == trial.Control)
	}
	for _, l := range in.Plan.Cells {
		if matches(l, l.Arm) && !slices.Contains(amounts, l.Requested) {
			amounts = append(amounts, l.Requested)
		}
	}
	slices.Sort(amounts)
	byArm := map[string][]course{}
	var all []course
	for _, arm := range in.arms() {
		for i, a := range amounts {
			c := course{arm: arm, word: percent(a) + " %", requested: &amounts[i], color: uniform(float64(i+1) / float64(len(amounts)))}
			in.runs(&c, func(l trial.Cell) bool { return matches(l, arm) && l.Requested == a })
			if len(c.runs) > 0 || len(c.gone) > 0 {
				byArm[arm] = append(byArm[arm], c)
				all = append(all, c)
			}
		}
	}
	if untrained(all) {
		return Figure{}, fmt.Errorf("%w: no history of a retraining", ErrNoData)
	}
	y := lossAxis(all)
	pg := page{width: pageWidth, shareX: true, shareY: true}
	var panels []*panel
	for _, arm := range in.arms() {
		if courses := byArm[arm]; courses != nil {
			p := coursePanel(courses, lossOf, lossWords, y)
			p.title, p.x = arm, epochAxis(all)
			panels = append(panels, p)
		}
	}
	for len(panels) > 0 {
		n := min(len(panels), 3)
		pg.rows = append(pg.rows, row{42 * mm, panels[:n]})
		panels = panels[n:]
	}
	if len(byArm) == 1 {
		pg.width = columnWidth
	}
	for _, e := range courseLegend(all) {
		if !slices.ContainsFunc(pg.legend, func(o entry) bool { return o.word == e.word }) {
			pg.legend = append(pg.legend, e)
		}
	}
	data := courseTable()
	recordCourses(&data, all)
	pg.note = append([]string{"Colours: fraction of the weights pruned away, target " + target + "."}, courseNote(all)...)
	pg.note = append(pg.note, in.lostArms(func(arm string) bool { return byArm[arm] != nil }))
	caption := joined(slices.Concat([]string{"Course of the retraining: mean cross-entropy over the samples of each epoch, measured before each step, without the penalty."}, pg.note, []string{in.where()}))
	return Figure{Name: "retraining", Title: "Retraining", Caption: caption, page: pg, data: data}, nil
}

// mainMethod is the first method that prunes a target.
func (in Input) mainMethod(target string) trial.Method {
	for _, m := range in.methods() {
		for _, l := range in.Plan.Cells {
			if l.Target == target && l.Method == m {
				return m
			}
		}
	}
	return trial.Method{}
}

// course is the trainings of one setting over its seeds.
type course struct {
	arm, word string
	requested *float64 // of a retraining
	color     color.NRGBA
	dash      []vg.Length // of the mean
	offset    vg.Length
	runs      []run
	gone      []curve.Missing // trainings that ended before their first epoch did
}

// untrained reports whether no course has a single epoch.
func untrained(courses []course) bool {
	return !slices.ContainsFunc(courses, func(c course) bool { return len(c.runs) > 0 })
}

// run is one training.
type run struct {
	seed    uint64
	history train.History
	stopped bool // it diverged or failed after its last epoch
}

// runs collects the histories of the cells that match, by seed.
func (in Input) runs(c *course, match func(trial.Cell) bool) {
	for _, l := range in.Plan.Cells {
		if !match(l) || slices.ContainsFunc(c.runs, func(r run) bool { return r.seed == l.Seed }) {
			continue
		}
		for _, o := range in.Outcomes {
			if o.Key != l.Key {
				continue
			}
			if len(o.Result.History) > 0 {
				c.runs = append(c.runs, run{l.Seed, o.Result.History, o.Status != trial.Done})
			} else if o.Status != trial.Done && !slices.ContainsFunc(c.gone, func(m curve.Missing) bool { return m.Seed == l.Seed }) {
				c.gone = append(c.gone, curve.Missing{Seed: l.Seed, Reason: string(o.Status)})
			}
			break
		}
	}
	slices.SortFunc(c.runs, func(a, b run) int { return cmp.Compare(a.seed, b.seed) })
}

// shareDashes gives courses that are the same trainings, as those of arms that
// differ in their retraining, a share of one line, and names them.
func shareDashes(courses []course) string {
	var groups []string
	for i, c := range courses {
		same := func(o course) bool {
			return len(o.runs) > 0 && slices.EqualFunc(c.runs, o.runs, func(a, b run) bool { return a.seed == b.seed && slices.Equal(a.history, b.history) })
		}
		if slices.IndexFunc(courses, same) != i {
			continue // named with the first of its group
		}
		var names []string
		for j := range courses {
			if same(courses[j]) {
				names = append(names, courses[j].arm)
			}
		}
		if len(names) < 2 {
			continue
		}
		k := 0
		for j := range courses {
			if same(courses[j]) { // together they are a solid line
				courses[j].dash = []vg.Length{trainedDash, trainedDash * vg.Length(len(names)-1)}
				courses[j].offset = trainedDash * vg.Length(k)
				k++
			}
		}
		groups = append(groups, listed(names))
	}
	if len(groups) == 0 {
		return ""
	}
	return strings.Join(groups, "; ") + "."
}

func lossOf(e train.Epoch) float64     { return e.Loss }
func accuracyOf(e train.Epoch) float64 { return e.Accuracy }

func lossWords(v float64) string     { return fmt.Sprintf("loss %.3g nat", v) }
func accuracyWords(v float64) string { return fmt.Sprintf("accuracy %.2f %%", v*100) }

// facet is what tells a course from the others of its panel.
func (c course) facet() facet {
	if c.requested == nil {
		return facet{byArm, c.arm}
	}
	return facet{byAmount, c.word}
}

// hints are those of a course's mean.
func (c course) hints(mean []xy, write func(float64) string) hints {
	name := c.arm
	if c.requested != nil {
		name += ", " + c.word
	}
	var h hints
	for _, p := range mean {
		h.add(p, fmt.Sprintf("%s, epoch %v: %s", name, p.x, write(p.y)))
	}
	return h
}

// mean is the mean by epoch over the trainings that came to their end.
func (c course) mean(of func(train.Epoch) float64) []xy {
	sums := map[int]float64{}
	n := map[int]int{}
	last := 0
	for _, r := range c.runs {
		if r.stopped {
			continue
		}
		for _, e := range r.history {
			sums[e.Epoch] += of(e)
			n[e.Epoch]++
			last = max(last, e.Epoch)
		}
	}
	var pts []xy
	for epoch := 1; epoch <= last; epoch++ {
		if n[epoch] > 0 {
			pts = append(pts, xy{float64(epoch), sums[epoch] / float64(n[epoch])})
		}
	}
	return pts
}

func coursePanel(courses []course, of func(train.Epoch) float64, write func(float64) string, y axis) *panel {
	p := &panel{x: epochAxis(courses), y: y}
	for _, c := range courses {
		var marks []mark
		for _, r := range c.runs {
			if len(c.runs) > seedsShown && !r.stopped {
				continue
			}
			var pts []xy
			for _, e := range r.history {
				pts = append(pts, xy{float64(e.Epoch), of(e)})
			}
			marks = append(marks, polyline{pts: pts, width: historyLine, color: faded(c.color, pastAlpha)})
			if r.stopped {
				marks = append(marks, markers{pts[len(pts)-1:], 2, saltire, false, c.color})
			}
		}
		mean := c.mean(of)
		marks = append(marks, polyline{pts: mean, width: curveLine, color: c.color, dash: c.dash, offset: c.offset})
		if len(mean) == 1 {
			marks = append(marks, markers{mean, markerRadius, circle, false, c.color})
		}
		p.marks = append(p.marks, named{c.arm + ", " + c.word, append(marks, c.hints(mean, write)), []facet{c.facet()}})
	}
	return p
}

func epochAxis(courses []course) axis {
	last := 2
	for _, c := range courses {
		for _, r := range c.runs {
			for _, e := range r.history {
				last = max(last, e.Epoch)
			}
		}
	}
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

func lossAxis(courses []course) axis {
	lo, hi := math.Inf(1), 0.0
	for _, c := range courses {
		for _, r := range c.runs {
			for _, e := range r.history {
				if e.Loss > 0 {
					lo, hi = min(lo, e.Loss), max(hi, e.Loss)
				}
			}
		}
	}
	if hi == 0 {
		lo, hi = 0.1, 1
	}
	from, to := lo/1.15, hi*1.15
	return axis{label: "Loss (nat)", scale: logarithmic{}, from: from, to: to, ticks: logTicks(from, to, plain)}
}

func trainAccuracyAxis(courses []course) axis {
	var s series
	for _, c := range courses {
		for _, r := range c.runs {
			for _, e := range r.history {
				d := datum{hasX: true}
				d.y.N, d.y.Value = 1, e.Accuracy
				s.data = append(s.data, d)
			}
		}
	}
	return accuracyAxis([]series{s})
}

func courseLegend(courses []course) []entry {
	var entries []entry
	for _, c := range courses {
		entries = append(entries, ruleEntry(c.word, c.color, curveLine, solid).of(c.facet().by, c.facet().name))
	}
	return entries
}

func courseNote(courses []course) []string {
	n, stopped := 0, 0
	for _, c := range courses {
		n = max(n, len(c.runs))
		for _, r := range c.runs {
			stopped += b2i(r.stopped)
		}
	}
	note := []string{fmt.Sprintf("Lines: means over n = %d seeds.", n)}
	if n == 1 {
		note[0] = "One seed."
	} else if n <= seedsShown {
		note = append(note, "Thin: single trainings.")
	}
	if stopped > 0 {
		note = append(note, fmt.Sprintf("Crosses: %d training%s that ended early, not in the means.", stopped, plural(stopped)))
	}
	var names, reasons []string
	for _, c := range courses {
		if len(c.gone) == 0 {
			continue
		}
		name := c.arm
		if c.requested != nil {
			name += " at " + c.word
		}
		names, reasons = append(names, name), append(reasons, series{data: []datum{{missing: c.gone}}}.whyAbsent())
	}
	if len(names) > namedMisses {
		reasons[namedMisses] = ""
		names = append(names[:namedMisses], fmt.Sprintf("%d more", len(names)-namedMisses))
		reasons = reasons[:namedMisses+1]
	}
	return append(note, absentSentence(names, reasons))
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func courseTable() table {
	return table{header: []string{"arm", "requested", "seed", "epoch", "loss", "accuracy", "status"}}
}

// recordCourses adds every epoch of every training that is drawn, and the means
// with an empty seed.
func recordCourses(t *table, courses []course) {
	for _, c := range courses {
		requested := ""
		if c.requested != nil {
			requested = number(*c.requested)
		}
		loss, accuracy := c.mean(lossOf), c.mean(accuracyOf)
		for i := range loss {
			t.add(c.arm, requested, "", number(loss[i].x), number(loss[i].y), number(accuracy[i].y), "mean")
		}
		for _, r := range c.runs {
			if len(c.runs) > seedsShown && !r.stopped {
				continue
			}
			status := "done"
			if r.stopped {
				status = "ended early"
			}
			for _, e := range r.history {
				t.add(c.arm, requested, fmt.Sprint(r.seed), fmt.Sprint(e.Epoch), number(e.Loss), number(e.Accuracy), status)
			}
		}
	}
}
