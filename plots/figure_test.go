package plots

import (
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s has changed; look at the figure, then run the tests with -update", path)
	}
}

func TestTradeoffIsAsItWas(t *testing.T) {
	f, err := Tradeoff(quickSample().input())
	if err != nil {
		t.Fatal(err)
	}
	svg, err := f.Render(SVG)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "tradeoff.svg", svg)
	golden(t, "tradeoff.csv", f.CSV())
}

func TestPNGHasThePrintedSizeAt300DotsPerInch(t *testing.T) {
	in := quickSample().input()
	for name, draw := range map[string]func(Input) (Figure, error){"page": Tradeoff, "column": Accuracy} {
		f, err := draw(in)
		if err != nil {
			t.Fatal(err)
		}
		b, err := f.Render(PNG)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int{"page": 2161, "column": 1051}[name] // 183 mm and 89 mm over 25.4, times 300
		if got := img.Bounds().Dx(); got != want {
			t.Errorf("%s: %d pixels wide, want %d", name, got, want)
		}
		_, h := f.page.size()
		if got, want := img.Bounds().Dy(), int(math.Round(float64(h)/72*300)); got != want {
			t.Errorf("%s: %d pixels high, want %d", name, got, want)
		}
		if !bytes.Contains(b[:100], []byte("pHYs\x00\x00\x2e\x23\x00\x00\x2e\x23\x01")) { // 11811 dots a metre
			t.Errorf("%s: the PNG does not state its resolution", name)
		}
	}
}

func TestEqualInputGivesEqualBytes(t *testing.T) {
	render := func(in Input) map[string][]byte {
		figures, err := All(in)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string][]byte{}
		for i, f := range figures {
			svg, err := f.Render(SVG)
			if err != nil {
				t.Fatal(err)
			}
			files[f.Name+".svg"], files[f.Name+".csv"], files[f.Name+".txt"] = svg, f.CSV(), []byte(f.Title+f.Caption)
			if i == 0 {
				if files[f.Name+".png"], err = f.Render(PNG); err != nil {
					t.Fatal(err)
				}
			}
		}
		if len(files) != 3*len(figures)+1 {
			t.Fatal("two figures have one name")
		}
		return files
	}
	in := lenetSample().input()
	want := render(in)
	shuffled := in
	shuffled.Curves, shuffled.Courses, shuffled.Outcomes = slices.Clone(in.Curves), slices.Clone(in.Courses), slices.Clone(in.Outcomes)
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(shuffled.Curves), func(i, j int) {
		shuffled.Curves[i], shuffled.Curves[j] = shuffled.Curves[j], shuffled.Curves[i]
	})
	r.Shuffle(len(shuffled.Courses), func(i, j int) {
		shuffled.Courses[i], shuffled.Courses[j] = shuffled.Courses[j], shuffled.Courses[i]
	})
	r.Shuffle(len(shuffled.Outcomes), func(i, j int) {
		shuffled.Outcomes[i], shuffled.Outcomes[j] = shuffled.Outcomes[j], shuffled.Outcomes[i]
	})
	got := render(shuffled)
	for name, b := range want {
		if !bytes.Equal(got[name], b) {
			t.Errorf("%s depends on the order of the input", name)
		}
	}
}

func TestDrawingLeavesTheInputAsItIs(t *testing.T) {
	in, twin := lenetSample().input(), lenetSample().input()
	if _, err := All(in); err != nil {
		t.Fatal(err)
	}
	for i, c := range in.Curves {
		for j, p := range c.Points {
			q := twin.Curves[i].Points[j]
			if p.Loss.Value != q.Loss.Value || p.Requested != q.Requested || len(p.Missing) != len(q.Missing) || !slices.Equal(p.Seeds, q.Seeds) {
				t.Fatalf("curve %d, point %d was changed", i, j)
			}
		}
	}
}

// constructors are all that draw; each is called for the first arm.
func constructors() map[string]func(Input) error {
	one := func(f func(Input) (Figure, error)) func(Input) error {
		return func(in Input) error { _, err := f(in); return err }
	}
	return map[string]func(Input) error{
		"Tradeoff": one(Tradeoff), "Accuracy": one(Accuracy), "LayerCurves": one(LayerCurves),
		"Pareto": one(Pareto), "Effects": one(Effects), "SecondaryEffects": one(SecondaryEffects), "Training": one(Training), "Retraining": one(Retraining),
		"FirstLayer": one(FirstLayer), "HeatMap": one(HeatMap),
		"Sensitivity": one(Sensitivity), "SensitivityByCount": one(SensitivityByCount), "Weights": one(Weights),
	}
}

func TestConstructorsRefuseWhatIsNotFinite(t *testing.T) {
	for name, draw := range constructors() {
		for what, spoil := range map[string]func(*Input){
			"NaN mean":          func(in *Input) { in.Curves[0].Points[1].Accuracy.Value = math.NaN() },
			"infinite interval": func(in *Input) { in.Curves[0].Points[1].Loss.Hi = math.Inf(1) },
			"NaN sparsity":      func(in *Input) { in.Curves[0].Points[1].Sparsity = math.NaN() },
			"NaN seed":          func(in *Input) { in.Curves[0].Points[1].Seeds[0].Accuracy = math.NaN() },
			"infinite baseline": func(in *Input) { in.Curves[0].Baseline.Value = math.Inf(-1) },
			"NaN loss":          func(in *Input) { in.Courses[0].Runs[0].History[0].Loss = math.NaN() },
			"NaN difference":    func(in *Input) { in.Findings[0].Evidence[0].Difference.Value = math.NaN() },
			"NaN histogram":     func(in *Input) { in.Outcomes[1].Result.Layers[0].Before.Lo = math.NaN() },
		} {
			in := lenetSample().input()
			spoil(&in)
			if err := draw(in); err == nil || errors.Is(err, ErrNoData) {
				t.Errorf("%s with a %s: %v", name, what, err)
			}
			if _, err := All(in); err == nil {
				t.Errorf("All with a %s draws", what)
			}
		}
	}
}

func TestConstructorsRefuseEmptyInput(t *testing.T) {
	for name, draw := range constructors() {
		if err := draw(Input{}); !errors.Is(err, ErrNoData) {
			t.Errorf("%s without input: %v", name, err)
		}
	}
	if figures, err := All(Input{}); err != nil || len(figures) != 0 {
		t.Errorf("All without input: %d figures, %v", len(figures), err)
	}
}

func TestAStudyWhereNothingHasRunDrawsNothing(t *testing.T) {
	in := lenetSample().input()
	in.Outcomes, in.Courses, in.Findings = nil, nil, nil
	for i := range in.Curves {
		c := &in.Curves[i]
		c.Baseline.N = 0
		for j := range c.Points {
			p := &c.Points[j]
			p.Accuracy.N, p.Loss.N, p.Seeds = 0, 0, nil
			p.Missing = []curve.Missing{{Seed: 1, Reason: "not run yet"}}
		}
	}
	if figures, err := All(in); err != nil || len(figures) != 0 {
		t.Errorf("%d figures, %v", len(figures), err)
	}
}

func TestAllPicksWhatThereIsDataFor(t *testing.T) {
	names := func(s sampleStudy) string {
		figures, err := All(s.input())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range figures {
			names = append(names, f.Name)
		}
		return strings.Join(names, " ")
	}
	if got, want := names(quickSample()), "tradeoff sensitivity weights accuracy pareto sensitivity-count layers heatmap training retraining"; got != want {
		t.Errorf("quick: %s", got)
	}
	if got := names(lenetSample()); !strings.HasPrefix(got, "tradeoff sensitivity effects weights accuracy ") || !strings.Contains(got, " first-layer ") {
		t.Errorf("lenet: %s", got)
	}
}

// A report shows six figures at most, one a message; the others are asked for.
func TestMainFiguresAreFew(t *testing.T) {
	for _, s := range samples() {
		in := s.input()
		main, err := Main(in)
		if err != nil {
			t.Fatal(err)
		}
		all, err := All(in)
		if err != nil {
			t.Fatal(err)
		}
		if len(main) == 0 || len(main) > MainFigures || len(all) <= len(main) {
			t.Errorf("%s: %d of %d figures", s.name, len(main), len(all))
		}
		for i, f := range main {
			if f.Name != all[i].Name {
				t.Errorf("%s: figure %d is %s, of all it is %s", s.name, i, f.Name, all[i].Name)
			}
		}
	}
	parts := samples()[1].input() // no target of all layers: its parts
	parts.Curves = slices.DeleteFunc(slices.Clone(parts.Curves), func(c curve.Curve) bool { return len(c.Layers) == len(parts.Plan.Layers) })
	if main, err := Main(parts); err != nil || main[0].Name != "accuracy" {
		t.Errorf("without a target of all layers: %v, %v", main[0].Name, err)
	}
	given := samples()[0].input()
	c := given.Curves[0]
	c.Parameter, c.Target = trial.Given, "recommended"
	given.Curves = append(given.Curves, c)
	if main, err := Main(given); err != nil || main[1].Name != "pareto" {
		t.Errorf("with given ratios: %v, %v", main[1].Name, err)
	}
	full := samples()[1].input()
	full.Proxies = sampleRankings()
	for i := range full.Proxies {
		full.Proxies[i].Arm = full.arms()[0]
	}
	for _, in := range []Input{samples()[0].input(), given, full} { // what a bisection left out has a place
		in.Curves = slices.Clone(in.Curves)
		for i := range in.Curves {
			in.Curves[i].Unseen = []float64{0.55}
		}
		c := in.Curves[0]
		c.Parameter, c.Target = trial.Given, "recommended"
		in.Curves = append(in.Curves, c)
		main, err := Main(in)
		if err != nil || len(main) > MainFigures || !slices.ContainsFunc(main, func(f Figure) bool { return f.Name == "heatmap" && strings.Contains(f.Caption, "Dots: not visited") }) {
			t.Errorf("with a bisection: %d figures, %v", len(main), err)
		}
	}
}

func TestNamesStayApart(t *testing.T) {
	s := quickSample()
	s.arms = []string{"L1→L2", "L1-L2", "", "…/../x"}
	figures, err := All(s.input())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range figures {
		if seen[f.Name] {
			t.Errorf("%s twice", f.Name)
		}
		seen[f.Name] = true
		if strings.ContainsAny(f.Name, `/\ `) || strings.HasPrefix(f.Name, ".") || !isASCII(f.Name) {
			t.Errorf("%q is no file name", f.Name)
		}
	}
}

func TestFileNamesOfArmsStayApart(t *testing.T) {
	in := quickSample().input()
	in.Plan.Arms = []string{"L2*", "L2-2", "L2", "剪枝 0.5", "l2", "L1→L2", "无"}
	var got []string
	for _, arm := range in.Plan.Arms {
		got = append(got, in.armFile(arm))
	}
	if want := []string{"L2-4", "L2-2", "L2", "arm-4-0.5", "l2-3", "L1-L2", "arm-7"}; !slices.Equal(got, want) {
		t.Errorf("%q become %q, not %q", in.Plan.Arms, got, want)
	}
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 126 }) < 0
}

func TestCSVHoldsWhatIsDrawn(t *testing.T) {
	in := quickSample().input()
	f, err := Tradeoff(in)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(f.CSV())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	means, seeds := 0, 0
	for _, c := range in.Curves {
		if c.Target != "all" {
			continue
		}
		for _, p := range c.Points {
			for _, r := range rows[1:] {
				if r[column("arm")] != c.Arm || r[column("stage")] != string(c.Stage) || r[column("requested")] != number(p.Requested) {
					continue
				}
				if r[column("seed")] != "" {
					seeds++
					continue
				}
				means++
				if p.Loss.N == 0 {
					if r[column("accuracy_change")] != "" {
						t.Errorf("a missing point is %v", r)
					}
					continue
				}
				y, _ := strconv.ParseFloat(r[column("accuracy_change")], 64)
				lo, _ := strconv.ParseFloat(r[column("lo")], 64)
				if math.Abs(y+p.Loss.Value) > 1e-9 || math.Abs(lo+p.Loss.Hi) > 1e-9 {
					t.Errorf("%v does not hold the loss %v [%v, %v]", r, p.Loss.Value, p.Loss.Lo, p.Loss.Hi)
				}
			}
		}
	}
	if want := 3 * 2 * 6; means != want { // arms, stages, ratios
		t.Errorf("%d means, want %d", means, want)
	}
	if want := 3*2*6*3 - 2*3 - 2; seeds != want { // less one setting of L1 and one seed of L2, in both stages
		t.Errorf("%d single seeds, want %d", seeds, want)
	}
}

func TestArmsAndLayersKeepTheirLooks(t *testing.T) {
	in := alexnetSample().input()
	want := map[string]look{}
	for _, arm := range in.arms() {
		want[arm] = in.armLook(arm)
	}
	in.Curves = slices.DeleteFunc(in.Curves, func(c curve.Curve) bool { return c.Arm == "L2" }) // a study half run
	for arm, l := range want {
		if got := in.armLook(arm); got.color != l.color || got.shape != l.shape {
			t.Errorf("%s looks otherwise when another arm has not run", arm)
		}
	}
	seen := map[[2]any]int{}
	for i := range 81 {
		l := lookAt(i)
		if j, ok := seen[[2]any{l.color, l.shape}]; ok {
			t.Errorf("the looks %d and %d are the same", i, j)
		}
		seen[[2]any{l.color, l.shape}] = i
	}
}

func TestSingleSeedsAreFaintLinesWhenFew(t *testing.T) {
	lines := func(s sampleStudy) (n int) {
		f, err := Tradeoff(s.input())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range f.page.rows[0].panels[1].marks {
			g, _ := m.(named)
			for _, m := range g.marks {
				if l, ok := m.(polyline); ok && l.width == historyLine && l.color.A == seedAlpha {
					n++
				}
			}
		}
		return n
	}
	three := quickSample()
	three.broken = false
	if got, want := lines(three), 3*3; got != want { // arms, seeds
		t.Errorf("%d lines of single seeds with n = 3, want %d", got, want)
	}
	if got := lines(lenetSample()); got != 0 {
		t.Errorf("%d lines of single seeds with n = 10", got)
	}
	many := factorialSample() // nine arms: the lines would be all that one sees
	if got := lines(many); got != 0 {
		t.Errorf("%d lines of single seeds in a panel of nine curves", got)
	}
	f, err := Tradeoff(many.input())
	if err != nil {
		t.Fatal(err)
	}
	says(t, f, "Single seeds, of which panels of more than 6 curves show none, are in the CSV.")
}

// A seed that lacks a point has a line to neither side of it, and a dot where it stands
// alone.
func TestALineOfASeedHasItsGaps(t *testing.T) {
	s := series{Series: trial.Series{Parameter: trial.Ratio}}
	for i, seeds := range [][]uint64{{1, 2}, {1, 2}, {2, 3}, {1, 2}} {
		d := datum{requested: float64(i) / 10, x: float64(i), at: onAxis, y: stats.Estimate{N: 2}}
		for _, seed := range seeds {
			d.seeds = append(d.seeds, seedValue{seed, float64(seed)})
		}
		s.data = append(s.data, d)
	}
	var got []string
	for _, m := range s.singles(s.data) {
		switch m := m.(type) {
		case polyline:
			got = append(got, fmt.Sprint("line ", m.pts))
		case markers:
			got = append(got, fmt.Sprint("dots ", m.pts))
		}
	}
	if want := "line [{0 1} {1 1}], line [{0 2} {1 2} {2 2} {3 2}], dots [{3 1} {2 3}]"; strings.Join(got, ", ") != want {
		t.Errorf("%v", got)
	}
}

func TestIntervalsSayWhatTheyAre(t *testing.T) {
	for want, s := range map[string]sampleStudy{
		"bands and error bars: 95 % interval over seeds (Student t), n = 9 to 10 seeds": lenetSample(),
		"of accuracy, n = 2 to 3 seeds; no intervals below n = 6. Faint: single seeds.": quickSample(),
		"One seed, so no intervals.": samples()[3],
	} {
		f, err := Tradeoff(s.input())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(joined(f.page.note), want) || !strings.Contains(f.Caption, want) {
			t.Errorf("%s: %q is neither on the figure nor in its caption: %s", s.name, want, f.Caption)
		}
	}
}

// What a simultaneous band is stands in the caption in plain words, with the points
// that it holds for at once; of Student's intervals nothing is said.
func TestCaptionsSayThatABandHoldsAtOnce(t *testing.T) {
	for _, simultaneous := range []bool{false, true} {
		in := lenetSample().input()
		for i := range in.Curves {
			for j := range in.Curves[i].Points {
				p := &in.Curves[i].Points[j]
				if !simultaneous {
					continue
				}
				p.AccuracyBand, p.LossBand = p.Accuracy, p.Loss
				p.AccuracyBand.Method, p.LossBand.Method = stats.MethodMaxT+", log odds", stats.MethodMaxT+", log odds"
			}
		}
		for _, draw := range []struct {
			what string
			of   func(Input) (Figure, error)
		}{{"bands and error bars", Tradeoff}, {"whiskers", Pareto}} {
			f, err := draw.of(in)
			if err != nil {
				t.Fatal(err)
			}
			says := regexp.MustCompile("Simultaneous: " + draw.what + ` hold for a whole curve at once, over its 5 to 8 points, and are wider than an interval for one point alone\.`)
			if says.MatchString(f.Caption) != simultaneous || strings.Contains(f.Caption, "at once") != simultaneous {
				t.Errorf("%s, simultaneous %v: the caption says %s", f.Name, simultaneous, f.Caption)
			}
		}
	}
}

func TestRenderRefusesUnknownFormats(t *testing.T) {
	f, err := Tradeoff(quickSample().input())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Render("gif"); err == nil {
		t.Error("a GIF is drawn")
	}
}

func TestFrontIsWhatNoPointBeats(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		var s series
		for range 30 {
			d := datum{x: math.Round(r.Float64()*20) / 2, at: onAxis}
			d.y.N, d.y.Value = 1, math.Round(r.Float64()*20)/20
			s.data = append(s.data, d)
		}
		front := paretoFront([]series{s})
		for i, p := range front {
			if i > 0 && (p.x <= front[i-1].x || p.y >= front[i-1].y) {
				t.Fatalf("the front does not fall: %v", front)
			}
		}
		for _, d := range s.data {
			on := slices.Contains(front, xy{d.x, d.y.Value})
			beaten := slices.ContainsFunc(s.data, func(o datum) bool {
				return o.x >= d.x && o.y.Value >= d.y.Value && (o.x > d.x || o.y.Value > d.y.Value)
			})
			if on == beaten {
				t.Fatalf("(%v, %v) is beaten: %v, on the front: %v", d.x, d.y.Value, beaten, on)
			}
		}
	}
}

// Given ratios are one network each, and nothing was measured between them.
func TestGivenRatiosAreNotJoined(t *testing.T) {
	s := series{Series: trial.Series{Parameter: trial.Given}}
	for _, r := range []float64{0, 1, 2} {
		s.data = append(s.data, datum{requested: r, x: r / 3, at: onAxis, y: stats.Estimate{N: 6}})
	}
	if got := len(s.runs()); got != 3 {
		t.Errorf("three given points are %d lines", got)
	}
}

// Nothing is known of a curve between the unpruned network and a first ratio far
// from it: no line joins them.
func TestAFarFirstRatioIsNotJoined(t *testing.T) {
	of := func(ratios ...float64) series {
		s := series{Series: trial.Series{Parameter: trial.Ratio}}
		for _, r := range ratios {
			s.data = append(s.data, datum{requested: r, x: r, at: onAxis, y: stats.Estimate{N: 6}})
		}
		return s
	}
	for _, c := range []struct {
		ratios []float64
		runs   int
	}{{[]float64{0, 0.5, 0.8}, 1}, {[]float64{0, 0.8, 0.9}, 2}, {[]float64{0.8, 0.9}, 1}, {[]float64{0, 0.2, 0.9}, 1}} {
		if got := len(of(c.ratios...).runs()); got != c.runs {
			t.Errorf("ratios %v: %d lines, want %d", c.ratios, got, c.runs)
		}
	}
}
