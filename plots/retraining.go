package plots

import (
	"fmt"
	"slices"

	"prunelab/analysis/course"
	"prunelab/experiments/trial"
)

// Retraining shows the loss by epoch of the retrainings at every amount of
// pruning, a panel an arm, the more was pruned the darker.
func Retraining(in Input) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	target := in.widest()
	method := in.mainMethod(target)
	shown := slices.DeleteFunc(slices.Clone(in.Courses), func(c course.Course) bool {
		return c.First() || c.Target != target || c.Method != method || c.Parameter != trial.Ratio
	})
	var amounts []float64
	for _, c := range shown {
		if !slices.Contains(amounts, c.Requested) {
			amounts = append(amounts, c.Requested)
		}
	}
	slices.Sort(amounts)
	byArm := map[string][]trace{}
	var all []trace
	for _, arm := range in.arms() {
		for i, a := range amounts {
			for _, c := range shown {
				if c.Arm == arm && c.Requested == a && len(c.Runs)+len(c.Gone) > 0 {
					t := trace{Course: c, word: percent(a) + " %", color: uniform(float64(i+1) / float64(len(amounts)))}
					byArm[arm], all = append(byArm[arm], t), append(all, t)
				}
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
		if traces := byArm[arm]; traces != nil {
			p := lossCurve.panel(traces, y)
			p.title, p.x = arm, epochAxis(all)
			panels = append(panels, p)
		}
	}
	for part := range slices.Chunk(panels, 3) {
		pg.rows = append(pg.rows, row{42 * mm, part})
	}
	if len(byArm) == 1 {
		pg.width = columnWidth
	}
	for _, e := range traceLegend(all) {
		if !slices.ContainsFunc(pg.legend, func(o entry) bool { return o.word == e.word }) {
			pg.legend = append(pg.legend, e)
		}
	}
	pg.note = append([]string{"Colours: fraction of the weights pruned away, target " + target + "."}, traceNote(all)...)
	pg.note = append(pg.note, in.lostArms(func(arm string) bool { return byArm[arm] != nil }))
	caption := joined(slices.Concat([]string{"Mean cross-entropy (without the penalty) over the samples of each epoch, measured before each step."}, pg.note, []string{in.where()}))
	return Figure{Name: "retraining", Title: "Retraining", Caption: caption, page: pg, data: traceTable(all)}, nil
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
