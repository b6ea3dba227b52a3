package plots

import (
	"strings"
	"testing"

	"prunelab/analysis/stats"
)

// fromFile is the input of a study of one network from a file, scored on 2000 images.
func fromFile(t *testing.T, images bool) Input {
	t.Helper()
	in := samples()[3].input()
	for i := range in.Curves {
		for j := range in.Curves[i].Points {
			p := &in.Curves[i].Points[j]
			p.Fixed = true
			if !images || p.Accuracy.N == 0 {
				continue
			}
			over := func(e stats.Estimate, method string) stats.Estimate {
				e.Lo, e.Hi, e.Level, e.Method = e.Value-0.01, e.Value+0.01, 0.95, method
				return e
			}
			p.Accuracy, p.AccuracyBand = over(p.Accuracy, stats.MethodWilson), over(p.Accuracy, stats.MethodMaxT+", "+stats.MethodWilson)
			if p.Requested > 0 {
				p.Loss, p.LossBand = over(p.Loss, stats.MethodNewcombe), over(p.Loss, stats.MethodMaxT+", "+stats.MethodNewcombe)
			}
		}
	}
	return in
}

// Of one network from a file bands and whiskers are over images, and every figure that
// has some says so; its numbers have them also where nothing is drawn.
func TestFiguresOfOneNetworkHaveIntervalsOverImages(t *testing.T) {
	in := fromFile(t, true)
	for _, c := range []struct {
		make         func() (Figure, error)
		want, method string
	}{
		{func() (Figure, error) { return Sensitivity(in) },
			"bands: 95 % interval over images, paired with the unpruned network (simultaneous max-t, Newcombe score).", "simultaneous max-t, Newcombe score"},
		{func() (Figure, error) { return LayerCurves(in) }, "bands: 95 % interval over images (simultaneous max-t, Wilson score).", "simultaneous max-t, Wilson score"},
		{func() (Figure, error) { return Pareto(in) }, "Whiskers of one network from a file: 95 % interval over images (simultaneous max-t, Wilson score).", "simultaneous max-t, Wilson score"},
		{func() (Figure, error) { return HeatMap(in) }, "one network from a file", "simultaneous max-t, Newcombe score"},
	} {
		f, err := c.make()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(f.Caption, c.want) || !strings.Contains(joined(f.page.note), c.want) {
			t.Errorf("%s: %q is not said in the note, %q, and the caption, %q", f.Name, c.want, f.page.note, f.Caption)
		}
		bounded, at := 0, map[string]int{}
		for i, head := range f.data.header {
			at[head] = i
		}
		for _, r := range f.data.rows {
			if r[at["interval"]] == c.method && r[at["lo"]] != "" && r[at["hi"]] != "" && r[at["level"]] == "0.95" {
				bounded++
			}
		}
		if bounded < 3 {
			t.Errorf("%s: %d of %d drawn numbers have an interval over images", f.Name, bounded, len(f.data.rows))
		}
	}
	s := changes(in.Curves[0], prunedFraction, "x", look{})
	drawn := 0
	for _, d := range s.data {
		drawn += b2i(s.banded(d))
	}
	if drawn == 0 {
		t.Error("no band is drawn")
	}
}

func TestANetworkThatWasNotScoredImageByImageHasNoIntervals(t *testing.T) {
	f, err := LayerCurves(fromFile(t, false))
	if err != nil {
		t.Fatal(err)
	}
	if want := "One network from a file, the same for every seed, and not scored image by image, so no intervals."; !strings.Contains(f.Caption, want) {
		t.Errorf("the caption does not say %q: %s", want, f.Caption)
	}
}
