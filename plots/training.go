package plots

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"prunelab/analysis/course"
)

// Training shows the course of the first trainings: loss and accuracy on the
// training samples by epoch, the mean over seeds of each arm, and every single
// training as a thin line when there are few.
func Training(in Input) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	var traces []trace
	for _, arm := range in.arms() {
		for _, c := range in.Courses {
			if c.First() && c.Arm == arm && len(c.Runs)+len(c.Gone) > 0 {
				traces = append(traces, trace{Course: c, word: arm, color: in.armLook(arm).color})
			}
		}
	}
	if untrained(traces) {
		return Figure{}, fmt.Errorf("%w: no history of a first training", ErrNoData)
	}
	shared := shareDashes(traces)
	loss := lossCurve.panel(traces, lossAxis(traces))
	accuracy := accuracyCurve.panel(traces, trainAccuracyAxis(traces))
	loss.title, accuracy.title = "a\u00a0\u00a0Training cross-entropy", "b\u00a0\u00a0Training accuracy"
	pg := page{width: pageWidth, rows: []row{{48 * mm, []*panel{loss, accuracy}}}, legend: traceLegend(traces)}
	pg.note = append(traceNote(traces), shared, errorScaleNote(accuracy.y))
	caption := joined(slices.Concat([]string{"Mean cross-entropy (without the penalty) and accuracy over the samples of each epoch, measured before each step."}, pg.note, []string{in.where()}))
	return Figure{Name: "training", Title: "First training", Caption: caption, page: pg, data: traceTable(traces)}, nil
}

// shareDashes gives traces that are the same trainings, as those of arms that
// differ in their retraining, a share of one line, and names them.
func shareDashes(traces []trace) string {
	var groups []string
	for i, t := range traces {
		same := func(o trace) bool {
			return len(o.Runs) > 0 && slices.EqualFunc(t.Runs, o.Runs, func(a, b course.Run) bool { return a.Seed == b.Seed && slices.Equal(a.History, b.History) })
		}
		if slices.IndexFunc(traces, same) != i {
			continue // named with the first of its group
		}
		var names []string
		for j := range traces {
			if same(traces[j]) {
				names = append(names, traces[j].Arm)
			}
		}
		if len(names) < 2 {
			continue
		}
		k := 0
		for j := range traces {
			if same(traces[j]) { // together they are a solid line
				traces[j].dash = []vg.Length{trainedDash, trainedDash * vg.Length(len(names)-1)}
				traces[j].offset = trainedDash * vg.Length(k)
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
