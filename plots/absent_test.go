package plots

import (
	"image/color"
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/curve"
)

func inLegend(f Figure, word string) bool {
	return slices.ContainsFunc(f.page.legend, func(e entry) bool { return e.word == word })
}

// says reports whether a sentence stands on the figure and in its caption.
func says(t *testing.T, f Figure, want string) {
	t.Helper()
	if !strings.Contains(joined(f.page.note), want) || !strings.Contains(f.Caption, want) {
		t.Errorf("%s: %q is not both on the figure and in its caption: %s", f.Name, want, f.Caption)
	}
}

func TestAnArmWithoutAnyNumberIsNamed(t *testing.T) {
	for name, alter := range map[string]func(*curve.Curve){
		"points without numbers": func(*curve.Curve) {},
		"no points at all":       func(c *curve.Curve) { c.Points = nil },
	} {
		in := lostSample().input()
		want := "Missing: L1→L2 (seeds 0, 1 diverged)."
		for i := range in.Curves {
			if c := &in.Curves[i]; c.Arm == "L1→L2" {
				alter(c)
				if len(c.Points) == 0 {
					want = "Missing: L1→L2."
				}
			}
		}
		for _, draw := range []func(Input) (Figure, error){Tradeoff, Accuracy, LayerCurves, Pareto} {
			f, err := draw(in)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			says(t, f, want)
			if !inLegend(f, "L1→L2") {
				t.Errorf("%s, %s: the arm is not in the legend", name, f.Name)
			}
			for _, r := range rowsOf(f) {
				if r["arm"] == "L1→L2" && (r["n"] != "0" || r["accuracy"]+r["accuracy_change"] != "") {
					t.Errorf("%s, %s: the arm has a number: %v", name, f.Name, r)
				}
			}
		}
		f, err := Training(in)
		if err != nil {
			t.Fatal(err)
		}
		says(t, f, "Missing: L1→L2 (seeds 0, 1 diverged).")
		if !inLegend(f, "L1→L2") {
			t.Errorf("%s: the arm is not in the legend of the training curves", name)
		}
		if f, err = Retraining(in); err != nil {
			t.Fatal(err)
		}
		says(t, f, want)
		weights, err := Weights(in)
		if err != nil {
			t.Fatal(err)
		}
		says(t, weights, want)
	}
}

func TestAStageWithoutAnyNumberIsNamed(t *testing.T) {
	s := quickSample()
	s.broken, s.seeds = false, 2
	in := s.input()
	for i := range in.Curves {
		c := &in.Curves[i]
		if c.Arm != "L1→L2" || c.Stage != curve.Retrained {
			continue
		}
		for j := range c.Points {
			p := &c.Points[j]
			p.Accuracy.N, p.Loss.N, p.Seeds = 0, 0, nil
			p.Missing = []curve.Missing{{Seed: 1, Reason: "diverged"}, {Seed: 2, Reason: "diverged"}}
		}
	}
	f, err := Tradeoff(in)
	if err != nil {
		t.Fatal(err)
	}
	says(t, f, "Missing: L1→L2 retrained (seeds 1, 2 diverged).")
	if strings.Contains(f.Caption, "Crosses") {
		t.Errorf("what is missing as a whole is named by its points too: %s", f.Caption)
	}
	if len(f.page.rows[0].panels[1].misses) == 0 {
		t.Error("no crosses")
	}
	f, err = Pareto(in)
	if err != nil {
		t.Fatal(err)
	}
	says(t, f, "Missing: L1→L2 (seeds 1, 2 diverged).")
}

// drawnIntervals counts the bands and error bars of a panel.
func drawnIntervals(p *panel) (bands, bars int) {
	for _, m := range p.marks {
		g, _ := m.(named)
		for _, m := range g.marks {
			switch m.(type) {
			case polygon:
				bands++
			case whiskers:
				bars++
			}
		}
	}
	return bands, bars
}

// Bands are for at most three curves in a panel, else there are error bars; both need
// six seeds, and fewer show themselves.
func TestIntervalsAreBandsOfFewCurvesAndBarsOfMany(t *testing.T) {
	two, five, three, four, nine := quickSample(), quickSample(), factorialSample(), factorialSample(), factorialSample()
	two.seeds, two.broken = 2, false
	five.seeds, five.broken = 5, false
	three.arms, three.seeds = []string{"none-none", "L1-none", "L2-none"}, 9
	four.arms, four.seeds = append([]string{"L1-L1"}, three.arms...), 9
	nine.seeds = 9
	for _, c := range []struct {
		name        string
		s           sampleStudy
		bands, bars int
		note        string
	}{
		{"two seeds", two, 0, 0, "Lines: means over seeds on the log odds of accuracy, n = 2 seeds; no intervals below n = 6. Faint: single seeds."},
		{"five seeds", five, 0, 0, "n = 5 seeds; no intervals below n = 6. Faint: single seeds."},
		{"three arms", three, 3, 0, "Lines: means over seeds on the log odds of accuracy; bands: 95 % interval over seeds (Student t), n = 9 seeds."},
		{"four arms", four, 0, 4, "; bands and error bars: 95 % interval over seeds (Student t), n = 9 seeds. Curves stand a little aside, so that their error bars are told apart."},
		{"nine arms", nine, 0, 9, "; bands and error bars: 95 % interval over seeds (Student t), n = 9 seeds."},
	} {
		f, err := Tradeoff(c.s.input())
		if err != nil {
			t.Fatal(err)
		}
		bands, bars := drawnIntervals(f.page.rows[0].panels[1])
		if bands != c.bands || bars != c.bars {
			t.Errorf("%s: %d bands and %d error bars after retraining, want %d and %d", c.name, bands, bars, c.bands, c.bars)
		}
		says(t, f, c.note)
	}
}

// Error bars of several curves stand apart, those of equal curves in one place.
func TestErrorBarsStandApart(t *testing.T) {
	s := factorialSample()
	s.seeds = 9
	f, err := Tradeoff(s.input())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{3, 9} { // before retraining three arms each share their networks
		places := map[float64]bool{}
		for _, m := range f.page.rows[0].panels[i].marks {
			if g, ok := m.(named); ok {
				places[float64(g.aside)] = true
			}
		}
		if i == 0 { // three curves have bands, so that nothing is moved
			want = 1
		}
		if len(places) != want {
			t.Errorf("panel %d: curves stand at %d places, want %d", i, len(places), want)
		}
	}
}

// A band stops where a seed too many is missing, and the single seeds stand in.
func TestSinglesOfSomePointsAreExplained(t *testing.T) {
	s := quickSample()
	s.seeds, s.broken = 8, false
	in := s.input()
	for i := range in.Curves {
		if c := &in.Curves[i]; c.Target == "all" && c.Arm == "L1" && c.Stage == curve.Retrained {
			p := &c.Points[3]
			p.Seeds = p.Seeds[:2]
			p.Accuracy, p.Loss = estimate([]float64{p.Seeds[0].Accuracy, p.Seeds[1].Accuracy}), estimate([]float64{p.Seeds[0].Loss, p.Seeds[1].Loss})
			x := changes(*c, wholeFraction, "L1", look{})
			if got := len(x.stretches(x.banded)); got != 2 {
				t.Errorf("the band has %d parts, want 2", got)
			}
		}
	}
	f, err := Tradeoff(in)
	if err != nil {
		t.Fatal(err)
	}
	says(t, f, "n = 2 to 8 seeds; no intervals below n = 6. Faint: single seeds.")

	mixed := lenetSample().input() // ten seeds, but one arm with three
	for i := range mixed.Curves {
		if c := &mixed.Curves[i]; c.Arm == "L1" {
			for j := range c.Points {
				if p := &c.Points[j]; p.Accuracy.N > 3 {
					p.Seeds, p.Accuracy.N, p.Loss.N = p.Seeds[:3], 3, 3
				}
			}
		}
	}
	if f, err = Tradeoff(mixed); err != nil {
		t.Fatal(err)
	}
	says(t, f, "Faint: single seeds.")
}

func TestNineArmsAreGroupedAndApart(t *testing.T) {
	in := factorialSample().input()
	want := "Before retraining none-none, none-L1 and none-L2 are equal; L1-none, L1-L1 and L1-L2 are equal; L2-none, L2-L1 and L2-L2 are equal."
	for _, draw := range []func(Input) (Figure, error){Tradeoff, Accuracy, LayerCurves} {
		f, err := draw(in)
		if err != nil {
			t.Fatal(err)
		}
		says(t, f, want)
		if n := strings.Count(f.Caption, "Before retraining"); n != 1 {
			t.Errorf("%s says it %d times", f.Name, n)
		}
	}
	colours, shapes := map[color.NRGBA]bool{}, map[shape]bool{}
	for _, arm := range in.arms() {
		l := in.armLook(arm)
		colours[l.color], shapes[l.shape] = true, true
	}
	if len(colours) != 9 || len(shapes) != 9 {
		t.Errorf("nine arms have %d colours and %d shapes", len(colours), len(shapes))
	}
}
