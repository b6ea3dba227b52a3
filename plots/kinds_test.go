package plots

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"prunelab/analysis/curve"
	"prunelab/analysis/overlap"
	"prunelab/analysis/sensitivity"
	"prunelab/analysis/stats"
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
	f, err := HeatMap(in)
	if err != nil {
		t.Fatal(err)
	}
	row := f.page.rows[0].panels
	bar := row[len(row)-1].y
	p, worst, best := row[0], -bar.from, bar.to
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
			if want := changeColour(-q.Loss.Value, worst, best); at.color != want {
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
				if l, ok := m.(polyline); ok && l.width == curveLine {
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

// Gains are no zeros: they have colours of their own, and the bar reaches to them.
func TestGainsAreDrawnAsGains(t *testing.T) {
	in := lenetSample().input()
	for i := range in.Curves {
		c := &in.Curves[i]
		if c.Target == "fc1" && c.Stage == curve.Retrained {
			for j := range c.Points {
				c.Points[j].Loss.Value = -0.004 * float64(j) / float64(len(c.Points)-1)
			}
		}
	}
	f, err := HeatMap(in)
	if err != nil {
		t.Fatal(err)
	}
	row := f.page.rows[1].panels // after retraining
	if bar := row[1].y; math.Abs(bar.to-0.004) > 1e-9 {
		t.Errorf("the colours reach to %v", bar.to)
	}
	found := false
	for _, m := range row[0].marks {
		if c, ok := m.(cell); ok && c.word == "0.40" {
			found = true
			if c.color != gainInk {
				t.Errorf("the largest gain is %v", c.color)
			}
		}
	}
	if !found || !strings.Contains(f.Caption, "Orange: gains.") {
		t.Errorf("the gain is not there, or not explained: %s", f.Caption)
	}
}

// All maps have the same amounts, so that their cells are equally wide.
func TestHeatMapsShareTheirAmounts(t *testing.T) {
	in := lenetSample().input()
	for i := range in.Curves {
		if c := &in.Curves[i]; c.Stage == curve.Retrained && len(c.Layers) == 1 {
			c.Points = c.Points[3:]
		}
	}
	f, err := HeatMap(in)
	if err != nil {
		t.Fatal(err)
	}
	for r, row := range f.page.rows {
		if got := row.panels[0].x.to; got != 6 {
			t.Errorf("row %d has %v columns, want 6", r, got)
		}
	}
}

func TestSensitivitySplitsTypesAndStages(t *testing.T) {
	in := alexnetSample().input()
	f, err := Sensitivity(in)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.page.rows) != 4 || len(f.page.rows[0].panels) != 2 { // two arms, before and after; conv and fc
		t.Fatalf("%d rows", len(f.page.rows))
	}
	says(t, f, "Not drawn, see the tables: L1→L2.")
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
	if left.title != "Convolutional, before retraining, L2" || f.page.rows[3].panels[1].title != "Fully connected, after retraining, L1" {
		t.Errorf("titles: %q, %q", left.title, f.page.rows[3].panels[1].title)
	}
	if f, err = SensitivityByCount(in); err != nil {
		t.Fatal(err)
	}
	for _, r := range rowsOf(f) {
		if r["panel"] == "count" && r["target"] == "conv1" && r["seed"] == "" && r["requested"] == "0.9" && r["kept"] != "240" {
			t.Errorf("a tenth of conv1's 2,400 weights is %s", r["kept"])
		}
	}
	fc, err := Sensitivity(quickSample().input()) // one type of layer: the arms side by side
	if err != nil {
		t.Fatal(err)
	}
	if len(fc.page.rows) != 1 || len(fc.page.rows[0].panels) != 3 || fc.page.rows[0].panels[1].title != "L1" {
		t.Errorf("of one type: %d rows of %d", len(fc.page.rows), len(fc.page.rows[0].panels))
	}
}

// Of many layers the most sensitive are told apart, as the analysis ranks them.
func TestManyLayersAreGreyButTheMostSensitive(t *testing.T) {
	s := samples()[6] // sixteen
	s.arms, s.retrain, s.broken = s.arms[:1], false, false
	in := s.input()
	for _, c := range in.Curves {
		if len(c.Layers) != 1 {
			continue
		}
		x := sensitivity.Sensitivity{Series: c.Series, Layers: c.Layers}
		x.Area = stats.Estimate{N: 5, Value: float64(len(c.Layers[0])) - float64(slices.Index(in.Plan.Layers, c.Layers[0]))/100}
		in.Sensitivities = append(in.Sensitivities, x)
	}
	f, err := Sensitivity(in)
	if err != nil {
		t.Fatal(err)
	}
	colours := map[color.NRGBA][]string{}
	for _, p := range f.page.rows[0].panels {
		for _, m := range p.marks {
			g, _ := m.(named)
			for _, m := range g.marks {
				if l, ok := m.(polyline); ok && l.color.A == 255 {
					name, _, _ := strings.Cut(strings.TrimPrefix(g.name, "L2, "), ",")
					colours[l.color] = append(colours[l.color], name)
				}
			}
		}
	}
	if len(colours) != 6 || len(colours[quietInk]) != 11 {
		t.Errorf("sixteen layers have the colours %v", colours)
	}
	// The longest names have the largest invented areas.
	for i, want := range []string{"a_layer_with_a_long_name_1", "a_layer_with_a_long_name_2", "a_layer_with_a_long_name_3", "conv10", "conv11"} {
		if got := colours[lookAt(i).color]; !slices.Equal(got, []string{want}) {
			t.Errorf("colour %d is of %v, want %s", i, got, want)
		}
	}
	says(t, f, "In colour: the 5 layers that lose most, in this order; grey: the others.")
	if rows := len(rowsOf(f)); rows < 16*6 {
		t.Errorf("%d rows: the grey ones have their numbers, too", rows)
	}
}

// The only layer of its type has a panel of its own, where grey would hide it and no name
// would be left: it keeps its colour beside many of another type.
func TestTheOnlyLayerOfItsTypeIsNotGrey(t *testing.T) {
	s := samples()[6] // sixteen
	s.arms, s.retrain, s.broken = s.arms[:1], false, false
	in := s.input()
	for i := range in.Plan.Kinds {
		in.Plan.Kinds[i] = "conv"
	}
	last := len(in.Plan.Kinds) - 1
	in.Plan.Kinds[last] = "dense"
	f, err := Sensitivity(in)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range f.page.rows[0].panels {
		for _, e := range p.legend {
			names = append(names, e.word)
		}
	}
	if !slices.Contains(names, in.Plan.Layers[last]) || slices.Contains(names, "1 other") {
		t.Errorf("the legends have %q, without %s", names, in.Plan.Layers[last])
	}
	says(t, f, "In colour: the 5 layers that lose most, in this order, and one that is the only one of its type; grey: the others.")
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

// A study that prunes no target of all layers has no trade-off over the parameters of the
// whole network, where its curves would end where they begin. Of several arms it is that of
// the first layer, over the weights of the layer.
func TestTradeoffNeedsTheWholeNetwork(t *testing.T) {
	in := samples()[0].input()
	in.Curves = slices.DeleteFunc(slices.Clone(in.Curves), func(c curve.Curve) bool { return len(c.Layers) == len(in.Plan.Layers) })
	f, err := Tradeoff(in)
	if err != nil {
		t.Fatal(err)
	}
	first := in.widest()
	if f.Title != "What pruning "+first+" alone costs" || f.page.rows[0].panels[0].x.label != "Weights of "+first+" pruned away (%)" {
		t.Errorf("%q over %q", f.Title, f.page.rows[0].panels[0].x.label)
	}
	group := slices.Clone(in.Curves)
	for i := range group { // two layers pruned together, beside layers alone
		if group[i].Target == first {
			group[i].Layers = in.Plan.Layers[:2]
		}
	}
	one, both := in.Only(in.arms()[:1], nil, nil), in
	one.Plan.Arms, both.Curves = in.arms()[:1], group
	for what, in := range map[string]Input{"one arm": one, "a group": both} {
		if _, err := Tradeoff(in); !errors.Is(err, ErrNoData) {
			t.Errorf("%s, drawn without a target of all layers: %v", what, err)
		}
	}
}

// Of one arm the colours tell its ways of pruning apart, whatever these are.
func TestTradeoffOfOneArmComparesItsWaysOfPruning(t *testing.T) {
	s := lenetSample()
	s.arms, s.broken = s.arms[:1], false
	f, err := Tradeoff(s.input())
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	colours := map[color.NRGBA]bool{}
	for _, e := range f.page.legend {
		words, colours[e.look.color] = append(words, e.word), true
	}
	if got := strings.Join(words, ", "); got != "magnitude, iterative 0.2, magnitude global, random" || len(colours) != 4 {
		t.Errorf("the legend has %s in %d colours", got, len(colours))
	}
}

// What only exists before retraining is dashed in the legend, too.
func TestALegendIsSolidWhereSomethingIs(t *testing.T) {
	in := lenetSample().input()
	in.Curves = slices.DeleteFunc(in.Curves, func(c curve.Curve) bool { return c.Stage == curve.Retrained })
	for _, draw := range []func(Input) (Figure, error){Tradeoff, Accuracy, LayerCurves} {
		f, err := draw(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range f.page.legend {
			if e.facet.by == byArm && len(e.look.dash) == 0 {
				t.Errorf("%s: the entry %s is solid, and no curve is", f.Name, e.word)
			}
		}
	}
}

// A layer that was not pruned has no survivors.
func TestALayerThatWasNotPrunedHasNoSurvivors(t *testing.T) {
	in := quickSample().input()
	for i := range in.Outcomes {
		for j := range in.Outcomes[i].Result.Layers {
			if l := &in.Outcomes[i].Result.Layers[j]; l.Name == "fc3" {
				l.Removed = 0
			}
		}
	}
	f, err := Weights(in)
	if err != nil {
		t.Fatal(err)
	}
	p := f.page.rows[0].panels[2]
	if p.title != "fc3, L2 (not pruned)" {
		t.Errorf("its title is %q", p.title)
	}
	for _, m := range p.marks {
		if g, ok := m.(named); ok && g.name == "after" {
			t.Error("survivors of it are drawn")
		}
	}
}

// Where multiply-adds shrink as the weights do, one panel says both.
func TestParetoOfADenseNetworkHasOnePanel(t *testing.T) {
	f, err := Pareto(quickSample().input())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(f.page.rows[0].panels); n != 1 || f.page.rows[0].panels[0].x.label != "Compression (weights; multiply-adds alike)" {
		t.Errorf("%d panels, over %s", n, f.page.rows[0].panels[0].x.label)
	}
	if f, err = Pareto(lenetSample().input()); err != nil || len(f.page.rows[0].panels) != 2 {
		t.Errorf("with convolutions: %d panels, %v", len(f.page.rows[0].panels), err)
	}
}

// Every ratio that was measured has a tick, with a label where it has room.
func TestMeasuredRatiosHaveTicks(t *testing.T) {
	s := quickSample()
	s.broken, s.ratios = false, []float64{0, 0.6, 0.88, 0.964}
	f, err := Tradeoff(s.input())
	if err != nil {
		t.Fatal(err)
	}
	x := f.page.rows[0].panels[0].x
	for _, r := range s.ratios {
		if !slices.ContainsFunc(x.ticks, func(k tick) bool { return math.Abs(k.at-r) < 1e-9 && k.label == percent(r) }) {
			t.Errorf("no tick at %v: %v", r, x.ticks)
		}
	}
}

// An axis of small changes is linear, and has ticks to its ends.
func TestSmallChangesAreOnALinearAxis(t *testing.T) {
	of := func(loss float64) axis {
		return changeAxis([]series{{data: []datum{{at: onAxis, y: stats.Estimate{N: 1}}, {at: onAxis, y: stats.Estimate{N: 1, Value: -loss}}}}}, "")
	}
	if a := of(0.013); a.scale != (linear{}) || len(a.ticks) < 3 {
		t.Errorf("1.3 pp: %+v", a)
	}
	if a := of(0.3); a.scale != changeScale || changeScaleNote(a) == "" {
		t.Errorf("30 pp: %+v", a)
	}
}

// Chance is a curve, which no straight line to the first measured point follows.
func TestChanceIsACurve(t *testing.T) {
	pts := overlapChance(overlap.Curve{Points: []overlap.Point{{Sparsity: 0.6, Chance: 0.25}, {Sparsity: 0.9, Chance: 1.0 / 19}}})
	if len(pts) < 20 || pts[0] != (xy{0, 1}) || math.Abs(pts[len(pts)-1].x-0.9) > 1e-9 {
		t.Errorf("%v", pts)
	}
	for _, p := range pts {
		if math.Abs(p.y-(1-p.x)/(1+p.x)) > 1e-9 {
			t.Errorf("at %v it is %v", p.x, p.y)
		}
	}
	// Layers pruned unequally: what is known are the points.
	if pts = overlapChance(overlap.Curve{Points: []overlap.Point{{Sparsity: 0.6, Chance: 0.4}}}); len(pts) != 1 {
		t.Errorf("%v", pts)
	}
}

// What retraining leaves of a collapse would be flat on the axis of the collapse.
func TestSmallLossesHaveAnAxisOfTheirOwn(t *testing.T) {
	for _, c := range []struct {
		shrink float64
		apart  bool
	}{{1, false}, {100, true}} {
		in := quickSample().input()
		for i := range in.Curves {
			if in.Curves[i].Stage != curve.Retrained {
				continue
			}
			for j := range in.Curves[i].Points {
				e := &in.Curves[i].Points[j].Loss
				e.Value, e.Lo, e.Hi = e.Value/c.shrink, e.Lo/c.shrink, e.Hi/c.shrink
			}
		}
		f, err := Tradeoff(in)
		if err != nil {
			t.Fatal(err)
		}
		a, b := f.page.rows[0].panels[0].y, f.page.rows[0].panels[1].y
		if apart := a.from != b.from; apart != c.apart || f.page.shareY == apart || strings.Contains(f.Caption, "axes of their own") != apart {
			t.Errorf("losses of 1/%v: axes from %v and %v, %s", c.shrink, a.from, b.from, f.Caption)
		}
	}
}
