package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
)

// rowsOf are the rows of a figure's CSV as maps from column to text.
func rowsOf(f Figure) []map[string]string {
	var rows []map[string]string
	for _, r := range f.data.rows {
		m := map[string]string{}
		for i, name := range f.data.header {
			m[name] = r[i]
		}
		rows = append(rows, m)
	}
	return rows
}

func TestTradeoffShowsIteratingAfterRetrainingOnly(t *testing.T) {
	f, err := Tradeoff(lenetSample().input())
	if err != nil {
		t.Fatal(err)
	}
	methods := map[string]bool{}
	for _, r := range rowsOf(f) {
		methods[r["method"]+" "+r["stage"]] = true
	}
	if want := map[string]bool{"magnitude pruned": true, "magnitude retrained": true, "iterative 0.2 retrained": true}; fmt.Sprint(methods) != fmt.Sprint(want) {
		t.Errorf("it shows %v", methods)
	}
}

func TestHeatMapCells(t *testing.T) {
	in := lenetSample().input()
	f, err := HeatMap(in, "L2")
	if err != nil {
		t.Fatal(err)
	}
	row := f.page.rows[0].panels
	p, worst := row[0], -row[len(row)-1].y.from // the lower end of the colour bar
	var cells []cell
	for _, m := range p.marks[:len(p.marks)-1] { // the last is what they say
		cells = append(cells, m.(cell))
	}
	if says := p.marks[len(p.marks)-1].(hints).says; len(says) != len(cells) {
		t.Errorf("%d of %d cells say what they are", len(says), len(cells))
	}
	if want := 4 * 6; len(cells) != want { // layers, ratios but 0
		t.Fatalf("%d cells, want %d", len(cells), want)
	}
	for j, layer := range in.Plan.Layers {
		c, _ := in.curve("L2", layer, trial.Plain(), curve.Pruned)
		for i, q := range c.Points[1:] {
			at := cells[j*6+i]
			if q.Loss.N == 0 {
				if at.word != "×" || at.color != emptyInk {
					t.Errorf("%s at %v is missing and drawn as %q", layer, q.Requested, at.word)
				}
				continue
			}
			if want := brief(-q.Loss.Value); at.word != want {
				t.Errorf("%s at %v says %q, want %q", layer, q.Requested, at.word, want)
			}
			if want := uniform(changeScale.position(max(q.Loss.Value, 0)) / changeScale.position(worst)); at.color != want {
				t.Errorf("%s at %v has another colour than the bar for %v", layer, q.Requested, q.Loss.Value)
			}
		}
	}
}

// A factorial study has several arms that share their first training.
func TestEqualCurvesShareTheirGaps(t *testing.T) {
	s := quickSample()
	s.broken = false
	in := s.input()
	var curves []curve.Curve
	for _, c := range in.Curves {
		if c.Arm != "L2" {
			continue
		}
		for _, arm := range []string{"L2", "L2→L1", "L2→none"} {
			c.Arm = arm
			curves = append(curves, c)
		}
	}
	in.Curves, in.Plan.Arms = curves, []string{"L2", "L2→L1", "L2→none"}
	f, err := Tradeoff(in)
	if err != nil {
		t.Fatal(err)
	}
	if want := "Before retraining L2, L2→L1 and L2→none are equal."; strings.Count(f.Caption, "equal") != 1 || !strings.Contains(f.Caption, want) {
		t.Errorf("the caption does not say %q once: %s", want, f.Caption)
	}
	var lines []polyline
	for _, m := range f.page.rows[0].panels[0].marks {
		if g, ok := m.(named); ok && strings.HasSuffix(g.name, "pruned") {
			for _, m := range g.marks {
				if l, ok := m.(polyline); ok {
					lines = append(lines, l)
				}
			}
		}
	}
	if len(lines) != 3 {
		t.Fatalf("%d dashed lines", len(lines))
	}
	period := lines[0].dash[0] + lines[0].dash[1]
	inked := func(l polyline, at float64) bool {
		return math.Mod(at+float64(l.offset), float64(period)) < float64(l.dash[0])
	}
	for at := 0.05; at < float64(period); at += 0.1 {
		n := 0
		for _, l := range lines {
			n += b2i(inked(l, at))
		}
		if n > 1 {
			t.Fatalf("%d lines are inked at %.2f of %v", n, at, period)
		}
	}
}

func TestBrief(t *testing.T) {
	for v, want := range map[float64]string{0: "0.00", -0.00001: "0.00", 0.0001: "0.01", -0.00123: "−0.12", -0.0123: "−1.2", -0.00999: "−1.0", -0.0996: "−10", -0.853: "−85"} {
		if got := brief(v); got != want {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
}

func TestWeightsAreThoseAt90PercentOfTheFirstSeed(t *testing.T) {
	in := quickSample().input()
	for _, arm := range in.arms() {
		d, ok := in.distribution(arm)
		if !ok || d.cell.Requested != 0.9 || d.cell.Seed != 0 || d.cell.Arm != arm {
			t.Errorf("%s: %+v", arm, d.cell)
		}
	}
	in.Outcomes = slices.DeleteFunc(in.Outcomes, func(o trial.Outcome) bool { return strings.HasPrefix(string(o.Key), "0.9-L2-0") })
	if d, _ := in.distribution("L2"); d.cell.Requested != 0.9 || d.cell.Seed != 1 {
		t.Errorf("without the first seed: %+v", d.cell)
	}
}

func TestDensityIntegratesToTheShareOfTheWeights(t *testing.T) {
	h := trial.Histogram{Lo: -0.3, Hi: 0.1, Counts: []int{1, 5, 0, 2}}
	area := 0.0
	for i := range h.Counts {
		area += density(h, i, 16) * (edge(h, i+1) - edge(h, i))
	}
	if math.Abs(area-0.5) > 1e-12 { // 8 of 16
		t.Errorf("the area is %v, want 0.5", area)
	}
}

func TestReachHoldsAllButAThousandth(t *testing.T) {
	h := trial.Histogram{Lo: -1, Hi: 1, Counts: []int{1, 0, 0, 0, 0, 5000, 4999, 0, 0, 0}}
	if got := reach(h); math.Abs(got-0.4) > 1e-12 {
		t.Errorf("%v, want 0.4, beyond which lies one of 10,000", got)
	}
	if got := reach(trial.Histogram{Lo: -2, Hi: 1, Counts: []int{7, 7, 7}}); got != 2 {
		t.Errorf("%v, want 2", got)
	}
}

func TestCompressionIsThatOfTheWholeNetwork(t *testing.T) {
	in := lenetSample().input()
	f, err := Pareto(in)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := in.curve("L2", "conv", trial.Plain(), curve.Retrained)
	for _, p := range c.Points {
		found := false
		for _, r := range rowsOf(f) {
			if r["panel"] == "compression" && r["target"] == "conv" && r["arm"] == "L2" && r["requested"] == number(p.Requested) {
				found = true
				if want := number(1 / (1 - p.Whole)); r["factor"] != want {
					t.Errorf("conv at %v compresses %s times, want %s", p.Requested, r["factor"], want)
				}
			}
		}
		if !found {
			t.Errorf("conv at %v is not in the CSV", p.Requested)
		}
	}
}

func TestAccuracyAxisSuitsItsRange(t *testing.T) {
	of := func(vs ...float64) axis {
		var s series
		for _, v := range vs {
			d := datum{at: onAxis}
			d.y.N, d.y.Value = 1, v
			s.data = append(s.data, d)
		}
		return accuracyAxis([]series{s})
	}
	for _, c := range []struct {
		name string
		a    axis
		want scale
	}{
		{"a collapse from near perfection", of(0.1, 0.9, 0.99), complement{}},
		{"a hard data set", of(0.1, 0.7), linear{}},
		{"a narrow range", of(0.97, 0.99), linear{}},
		{"perfection", of(0.1, 1), linear{}},
	} {
		if c.a.scale != c.want {
			t.Errorf("%s: %T", c.name, c.a.scale)
		}
	}
}

func TestSensitivitySplitsTypesAndViews(t *testing.T) {
	in := alexnetSample().input()
	f, err := Sensitivity(in, "L1", curve.Retrained)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.page.rows) != 2 || len(f.page.rows[0].panels) != 2 {
		t.Fatal("not two rows of two panels")
	}
	names := func(p *panel) (s []string) {
		for _, e := range p.legend {
			s = append(s, e.word)
		}
		return s
	}
	left, right := f.page.rows[0].panels[0], f.page.rows[0].panels[1]
	if got := strings.Join(names(left), " "); got != "conv1 conv2 conv3 conv4 conv5" {
		t.Errorf("left: %s", got)
	}
	if got := strings.Join(names(right), " "); got != "fc1 fc2 fc3" {
		t.Errorf("right: %s", got)
	}
	for _, r := range rowsOf(f) {
		if r["panel"] == "count" && r["target"] == "conv1" && r["seed"] == "" && r["requested"] == "0.9" && r["kept"] != "240" {
			t.Errorf("a tenth of conv1's 2,400 weights is %s", r["kept"])
		}
	}
}

func TestPointsWithoutAControlAreMissing(t *testing.T) {
	in := quickSample().input()
	for i, c := range in.Curves {
		if c.Target == "all" && c.Stage == curve.Retrained && c.Arm == "L2" {
			p := &in.Curves[i].Points[2]
			p.Loss.N = 0
			for k := range p.Seeds {
				p.Seeds[k].HasLoss = false
			}
		}
	}
	f, err := Tradeoff(in)
	if err != nil {
		t.Fatal(err)
	}
	if want := "L2 retrained at 80 % (no control)"; !strings.Contains(f.Caption, want) {
		t.Errorf("the caption does not say %q: %s", want, f.Caption)
	}
}

func TestArmsThatShareTheirFirstTrainingShareItsLine(t *testing.T) {
	in := quickSample().input()
	for i, l := range in.Plan.Cells { // as the plan of such arms is
		for _, o := range in.Plan.Cells {
			if l.Role == trial.Dense && l.Arm == "L1→L2" && o.Role == trial.Dense && o.Arm == "L1" && o.Seed == l.Seed {
				in.Plan.Cells[i].Key = o.Key
			}
		}
	}
	in.follow()
	f, err := Training(in)
	if err != nil {
		t.Fatal(err)
	}
	if want := "L1 and L1→L2 are equal."; !strings.Contains(joined(f.page.note), want) || !strings.Contains(f.Caption, want) {
		t.Errorf("not said: %s", f.Caption)
	}
	dashes := map[string]vg.Length{}
	for _, m := range f.page.rows[0].panels[0].marks {
		g := m.(named)
		for _, m := range g.marks {
			if l, ok := m.(polyline); ok && l.width == curveLine && l.dash != nil {
				dashes[g.name] = l.offset
			}
		}
	}
	if len(dashes) != 2 || dashes["L1, L1"] == dashes["L1→L2, L1→L2"] {
		t.Errorf("the lines of the arms are dashed so: %v", dashes)
	}
}

// Figures of single arms are set side by side: their scales are the same.
func TestFiguresOfArmsShareTheirScales(t *testing.T) {
	in := lenetSample().input()
	for what, draw := range map[string]func(arm string) (Figure, error){
		"sensitivity": func(arm string) (Figure, error) { return Sensitivity(in, arm, curve.Pruned) },
		"first layer": func(arm string) (Figure, error) { return FirstLayer(in, arm) },
		"heat map":    func(arm string) (Figure, error) { return HeatMap(in, arm) },
	} {
		var scales []axis
		for _, arm := range []string{"L2", "L1"} {
			f, err := draw(arm)
			if err != nil {
				t.Fatal(err)
			}
			panels := f.page.rows[0].panels
			scales = append(scales, panels[len(panels)-1].y) // of a heat map: the colours
		}
		if scales[0].from != scales[1].from || scales[0].to != scales[1].to {
			t.Errorf("%s: [%v, %v] and [%v, %v]", what, scales[0].from, scales[0].to, scales[1].from, scales[1].to)
		}
	}
}

// A study that prunes no target of all layers has no trade-off: over the
// parameters of the whole network its curves would end where they begin.
func TestTradeoffNeedsTheWholeNetwork(t *testing.T) {
	in := samples()[0].input()
	in.Curves = slices.DeleteFunc(slices.Clone(in.Curves), func(c curve.Curve) bool { return len(c.Layers) == len(in.Plan.Layers) })
	if _, err := Tradeoff(in); !errors.Is(err, ErrNoData) {
		t.Errorf("drawn without a target of all layers: %v", err)
	}
}
