package plots

import (
	"errors"
	"image/color"
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/finding"
	"prunelab/analysis/stats"
)

func difference(name string, value, half float64, n int) stats.Comparison {
	e := stats.Estimate{Value: value, Lo: value - half, Hi: value + half, Level: 0.95, N: n, Method: "Student t"}
	return stats.Comparison{Name: name, Difference: e, Family: 3}
}

// sampleFindings are invented: a claim of each verdict, of one comparison and of
// many, with a margin and without, and two that no figure can show.
func sampleFindings() []finding.Finding {
	p := 0.004
	return []finding.Finding{
		{ID: "l2-better-after", Claim: "After retraining, networks trained and retrained with L2 lose less accuracy than those with L1",
			Pairs: "L1 − L2", Direction: "above 0", Verdict: finding.Refuted, Adjusted: &p, Evidence: []stats.Comparison{difference("L1 − L2", -0.0031, 0.0012, 10)}},
		{ID: "half-free", Claim: "Half of the weights can be removed without retraining at no loss of accuracy, to within the margin",
			Pairs: "pruned − dense", Direction: "below the margin", Margin: 0.001, Verdict: finding.Inconclusive,
			Evidence: []stats.Comparison{difference("pruned − dense", 0.0006, 0.0009, 10)}},
		{ID: "conv1-most-sensitive", Claim: "The first convolutional layer loses more accuracy than every other layer when pruned alone and retrained",
			Pairs: "conv1 − each other layer", Direction: "above 0 against every layer", Verdict: finding.Supported, Adjusted: &p,
			Evidence: []stats.Comparison{difference("conv1 − conv2", 0.012, 0.004, 10), difference("conv1 − fc1", 0.018, 0.003, 10), difference("conv1 − fc2", 0.0005, 0.0004, 9)}},
		{ID: "order-of-layers", Claim: "Retraining changes the order of the layers by sensitivity", Verdict: finding.Descriptive},
		{ID: "iterative-better", Verdict: finding.NotStudied},
	}
}

func TestEffects(t *testing.T) {
	f, err := Effects(Input{Findings: sampleFindings()})
	if err != nil {
		t.Fatal(err)
	}
	svg, err := f.Render(SVG)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "effects.svg", svg)
	golden(t, "effects.csv", f.CSV())
	if f.page.width != pageWidth {
		t.Errorf("%v wide", f.page.width)
	}
	rows := rowsOf(f)
	if len(rows) != 5 {
		t.Fatalf("%d rows, want one for each of five comparisons", len(rows))
	}
	if r := rows[1]; r["claim"] != "half-free" || r["margin"] != "0.001" || r["lo"] != "-0.0003" || r["verdict"] != "inconclusive" || r["adjusted_p"] != "" {
		t.Errorf("half-free is %v", r)
	}
	for _, want := range []string{"+0.06 [−0.03, +0.15], 10", "claimed below 0.1 pp", "Difference of accuracy lost (pp)", "conv1 − fc2"} {
		if !strings.Contains(strings.ReplaceAll(string(svg), "\u00a0", " "), want) {
			t.Errorf("the figure does not say %q", want)
		}
	}
	for _, want := range []string{"95 % interval of the mean (Student t)", "over a family of 3"} { // the note breaks its lines where it must
		if !strings.Contains(f.Caption, want) {
			t.Errorf("the caption does not say %q: %s", want, f.Caption)
		}
	}
	for _, no := range []string{"order of the layers", "lose less accuracy than those with L1 on this network"} {
		if strings.Contains(string(svg), no) {
			t.Errorf("the figure says %q", no)
		}
	}
	var said []string
	for _, g := range groups(t, f) {
		said = append(said, g.says...)
	}
	if want := "conv1 − fc2: +0.05 [+0.01, +0.09] pp, n = 9; the claim is supported"; !slices.Contains(said, want) {
		t.Errorf("no point says %q: %q", want, said)
	}
}

// Every mean, interval, margin and zero lie on the axis, each verdict has a look
// of its own, and what is drawn of a claim is level with its numbers.
func TestEffectsAreDrawnWhereTheyAre(t *testing.T) {
	for name, scaled := range map[string]float64{"small": 0.1, "as they are": 1, "a collapse": 40} {
		fs := sampleFindings()
		for i := range fs {
			for j := range fs[i].Evidence {
				e := &fs[i].Evidence[j].Difference
				e.Value, e.Lo, e.Hi = e.Value*scaled, e.Lo*scaled, e.Hi*scaled
			}
		}
		f, err := Effects(Input{Findings: fs})
		if err != nil {
			t.Fatal(err)
		}
		p := f.page.rows[0].panels[1]
		if _, is := p.x.scale.(linear); is != (scaled < 1) {
			t.Errorf("%s: the axis is %T", name, p.x.scale)
		}
		if linear := !strings.Contains(f.Caption, "logarithmic beyond"); linear != (scaled < 1) {
			t.Errorf("%s: the caption says of the axis: %s", name, f.Caption)
		}
		for _, v := range []float64{0, 0.001, -0.001} {
			if !p.x.within(v) {
				t.Errorf("%s: %v is not on the axis", name, v)
			}
		}
		type style struct {
			shape  shape
			color  color.NRGBA
			hollow bool
		}
		looks := map[style]bool{}
		intervals, margins := 0, 0
		for _, m := range p.marks {
			switch m := m.(type) {
			case cell:
				margins++
				if m.x0 != -0.001 || m.x1 != 0.001 {
					t.Errorf("%s: a margin from %v to %v", name, m.x0, m.x1)
				}
			case named:
				for _, m := range m.marks {
					switch m := m.(type) {
					case markers:
						looks[style{m.shape, m.color, m.hollow}] = true
					case polyline:
						intervals++
						if !p.x.within(m.pts[0].x) || !p.x.within(m.pts[1].x) || m.pts[0].y != m.pts[1].y {
							t.Errorf("%s: the interval %v leaves [%v, %v]", name, m.pts, p.x.from, p.x.to)
						}
					}
				}
			}
		}
		if len(looks) != 3 || intervals != 5 || margins != 1 {
			t.Errorf("%s: %d looks, %d intervals, %d margins; want 3, 5, 1", name, len(looks), intervals, margins)
		}
	}
}

func TestEffectsOfTwoSeedsHaveNoWhiskers(t *testing.T) {
	f, err := Effects(Input{Findings: []finding.Finding{{ID: "half-free", Claim: "c", Evidence: []stats.Comparison{difference("a", 0.001, 0.3, 2)}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range f.page.rows[0].panels[1].marks {
		if g, ok := m.(named); ok && slices.ContainsFunc(g.marks, func(m mark) bool { _, line := m.(polyline); return line }) {
			t.Error("an interval is drawn")
		}
	}
	if !strings.Contains(f.Caption, "no whiskers below n = 3") || strings.Contains(f.Caption, "whiskers: ") {
		t.Error(f.Caption)
	}
}

func TestNoEffects(t *testing.T) {
	fs := slices.DeleteFunc(sampleFindings(), func(f finding.Finding) bool { return len(f.Evidence) > 0 })
	if _, err := Effects(Input{Findings: fs}); !errors.Is(err, ErrNoData) {
		t.Errorf("without evidence: %v", err)
	}
}
