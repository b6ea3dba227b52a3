package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/internal/fixtures"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
	"prunelab/model/regularizer"
	"prunelab/model/rng"
)

// run is a made-up study; correct gives the images that are classified rightly.
func run(name string, seeds []uint64, correct func(fixtures.At) int) Run {
	p, o := fixtures.Build(fixtures.Config{
		Arms: []string{"L2", "L1"}, Seeds: seeds, Correct: correct,
		Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5, 0.9), fixtures.One("fc1", false, 0.5)},
	})
	return Run{Name: name, Plan: p, Outcomes: o}
}

// noise is a study's accuracies with a scatter over seeds of 0.3 pp.
func noise(name string) func(fixtures.At) int {
	return func(a fixtures.At) int {
		r := rng.Stream(a.Seed, name, a.Arm, a.Target, a.Stage, fmt.Sprint(a.Ratio))
		return 900 + int(math.Round(3*r.NormFloat64()))
	}
}

// epochs makes it another recipe: the same settings with other trials.
func (r Run) epochs(n int) Run {
	keys := map[trial.Key]trial.Key{}
	change := func(s trial.Spec) trial.Spec {
		old := s.Key()
		s.Train.Epochs = n
		keys[old] = s.Key()
		return s
	}
	for i := range r.Plan.Trials {
		r.Plan.Trials[i] = change(r.Plan.Trials[i])
	}
	for i := range r.Plan.Cells {
		r.Plan.Cells[i].Key = keys[r.Plan.Cells[i].Key]
	}
	for i := range r.Outcomes {
		r.Outcomes[i].Spec = change(r.Outcomes[i].Spec)
		r.Outcomes[i].Key = r.Outcomes[i].Spec.Key()
	}
	return r
}

func seeds(from, to uint64) []uint64 {
	var s []uint64
	for ; from <= to; from++ {
		s = append(s, from)
	}
	return s
}

func compared(t *testing.T, a, b Run) *Comparison {
	t.Helper()
	d, err := Runs(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheSameRunTwice(t *testing.T) {
	a, b := run("a", seeds(1, 3), noise("x")), run("b", seeds(1, 3), noise("x"))
	b.Outcomes[2].Timing.Seconds, b.Outcomes[2].Provenance.Host = 9, "elsewhere" // not results
	d := compared(t, a, b)
	if d.Plan != nil || d.Same != len(a.Outcomes) || len(d.Changed) != 0 || len(d.Settings) != 0 || d.OneSided != 0 || d.Identical == 0 {
		t.Errorf("%+v", d)
	}
	if c := d.Conclusion(); !strings.Contains(c, "nothing can have moved") {
		t.Error(c)
	}
	// A trial that has another result is a bug, however small the difference.
	b.Outcomes[2].Result.Start.Loss += 1e-15
	b.Outcomes = b.Outcomes[:len(b.Outcomes)-1]
	d = compared(t, a, b)
	if len(d.Changed) != 1 || d.Changed[0].Key != a.Outcomes[2].Key || len(d.Changed[0].Fields) != 1 || !strings.Contains(d.Changed[0].Fields[0], "result.start.loss: ") {
		t.Errorf("%+v", d.Changed)
	}
	if d.Same != len(a.Outcomes)-2 || d.OnlyA != 1 || d.OnlyB != 0 {
		t.Errorf("%+v", d)
	}
}

// Of two recipes one setting is planted to be better by 2 pp: it alone moved,
// with the same seeds and with others.
func TestAPlantedDifferenceIsFound(t *testing.T) {
	better := func(name string) func(fixtures.At) int {
		return func(a fixtures.At) int {
			n := noise(name)(a)
			if a.Arm == "L1" && a.Stage == "retrained" && a.Ratio == 0.9 {
				n += 20
			}
			return n
		}
	}
	for _, c := range []struct {
		seeds  []uint64
		paired bool
		method string
	}{{seeds(1, 10), true, "exact sign-flip"}, {seeds(11, 22), false, "Welch t"}} {
		d := compared(t, run("a", seeds(1, 10), noise("x")), run("b", c.seeds, better("y")).epochs(13))
		if len(d.Plan) == 0 || c.paired && !strings.Contains(d.Plan[0], "train.epochs: 12 in a, 13 in b") {
			t.Errorf("plans: %v", d.Plan)
		}
		moved := d.Moved()
		if len(moved) != 1 || moved[0].Arm != "L1" || moved[0].Stage != "retrained" || moved[0].Requested != 0.9 || moved[0].Paired != c.paired || moved[0].Difference.Test.Method != c.method {
			t.Fatalf("moved: %+v", moved)
		}
		if e := moved[0].Difference.Difference; math.Abs(e.Value-0.02) > 0.005 || e.Lo < 0.01 || e.Hi > 0.03 {
			t.Errorf("by %+v, planted were 2 pp", e)
		}
		if s := d.Conclusion(); !strings.HasPrefix(s, fmt.Sprintf("1 of %d settings moved", len(d.Settings))) {
			t.Error(s)
		}
		table := d.Table(3)
		if len(table.Rows) != 4 || table.Rows[0][10].Text != "yes" || table.Rows[1][10].Text != "–" {
			t.Errorf("%+v", table.Rows)
		}
		if _, err := table.Txt(); err != nil {
			t.Error(err)
		}
	}
}

// Where nothing moved it says what would have been found, or how many seeds
// that takes.
func TestNothingMoved(t *testing.T) {
	for _, c := range []struct {
		a, b uint64
		want string
	}{
		{1, 12, "with probability 0.8 a difference of 0."},
		{1, 3, "of 3 paired seeds nothing could: at least 10 are needed"},
	} {
		d := compared(t, run("a", seeds(c.a, c.b), noise("x")), run("b", seeds(c.a, c.b), noise("y")).epochs(13))
		if s := d.Conclusion(); !strings.HasPrefix(s, "nothing moved beyond noise (Holm over ") || !strings.Contains(s, c.want) {
			t.Errorf("%d seeds: %s", c.b, s)
		}
	}
	// What would have been found is found.
	d := compared(t, run("a", seeds(1, 12), noise("x")), run("b", seeds(1, 12), noise("y")).epochs(13))
	for _, cell := range d.Settings {
		if cell.Difference.Detectable == nil || *cell.Difference.Detectable < 0.001 || *cell.Difference.Detectable > 0.02 {
			t.Errorf("%+v", cell.Difference)
		}
	}
}

// A setting that has numbers in one run alone is counted, never taken for 0.
func TestOneSidedSettings(t *testing.T) {
	a, b := run("a", seeds(1, 10), noise("x")), run("b", seeds(1, 10), noise("y")).epochs(13)
	for i := range b.Outcomes {
		if o := &b.Outcomes[i]; o.Result.Retrained != nil {
			o.Status, o.Error, o.Result.Retrained = trial.Diverged, "the loss was NaN", nil
		}
	}
	d := compared(t, a, b)
	if d.OneSided != 6 { // two arms: the control and two ratios, retrained
		t.Errorf("%d settings are one-sided", d.OneSided)
	}
	for _, c := range d.Settings {
		if c.Stage != "pruned" {
			t.Errorf("compared: %+v", c)
		}
	}
}

// What is pruned by a sweep without retraining and by one with it is one setting right
// after pruning, and counts once in the family.
func TestASettingOfTwoSweepsCountsOnce(t *testing.T) {
	of := func(name, noisy string) Run {
		p, o := fixtures.Build(fixtures.Config{
			Arms: []string{"L2"}, Seeds: seeds(1, 8), Correct: noise(noisy),
			Sweeps: []fixtures.Sweep{fixtures.All(false, 0.5, 0.9), fixtures.All(true, 0.5, 0.9)},
		})
		return Run{Name: name, Plan: p, Outcomes: o}
	}
	d := compared(t, of("a", "x"), of("b", "y").epochs(13))
	var got []string
	for _, c := range d.Settings {
		got = append(got, fmt.Sprint(c.Role, " ", c.Requested, " ", c.Stage))
	}
	want := []string{"dense 0 pruned", "point 0.5 pruned", "point 0.9 pruned", "control 0 retrained", "point 0.5 retrained", "point 0.9 retrained"}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("compared are %q", got)
	}
	if same := compared(t, of("a", "x"), of("b", "x")); same.Identical != len(want) {
		t.Errorf("%d settings are the same, want %d", same.Identical, len(want))
	}
}

// withL1ToL2 is a made-up study of which two arms part in retraining only.
func withL1ToL2(name, noisy string, seeds []uint64) Run {
	p, o := fixtures.Build(fixtures.Config{
		Arms: []string{"L1", "L1→L2"}, Seeds: seeds, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5, 0.9)},
		Correct: func(a fixtures.At) int {
			if a.Stage != "retrained" {
				a.Arm = "L1"
			}
			return noise(noisy)(a)
		},
	})
	fixtures.Respecify(&p, o, func(s *trial.Spec) {
		s.Train.Regularizer = regularizer.Config{L1: 1e-5}
	})
	return Run{Name: name, Plan: p, Outcomes: o}
}

// Arms that part in retraining are the same networks before it, and count once there.
func TestArmsThatPartInRetrainingCountOnceBefore(t *testing.T) {
	d := compared(t, withL1ToL2("a", "x", seeds(1, 8)), withL1ToL2("b", "y", seeds(1, 8)).epochs(13))
	before := map[string]int{}
	for _, c := range d.Settings {
		if c.Stage == "pruned" {
			before[fmt.Sprint(c.Role, c.Requested)]++
		}
	}
	if len(before) != 3 {
		t.Errorf("before retraining are compared %v", before)
	}
	for what, n := range before {
		if n != 1 {
			t.Errorf("%s is compared %d times", what, n)
		}
	}
}

// Which run is named first does not matter to what is counted.
func TestCountsDoNotDependOnTheOrderOfTheRuns(t *testing.T) {
	p, o := fixtures.Build(fixtures.Config{Arms: []string{"another"}, Seeds: seeds(1, 8), Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5)}, Correct: noise("y")})
	a, b := withL1ToL2("a", "x", seeds(1, 8)), Run{Name: "b", Plan: p, Outcomes: o}
	there, back := compared(t, a, b), compared(t, b, a)
	if there.OneSided != back.OneSided || there.Identical != back.Identical || len(there.Settings) != len(back.Settings) || there.OneSided == 0 {
		t.Errorf("%d, %d and %d there, %d, %d and %d back", there.OneSided, there.Identical, len(there.Settings), back.OneSided, back.Identical, len(back.Settings))
	}
}

// Seeds are pairs on the same data and network alone, and what is scored on other images
// says so.
func TestSeedsOfOtherDataAreNoPairs(t *testing.T) {
	for name, c := range map[string]struct {
		change            func(*trial.Spec)
		paired, elsewhere bool
	}{
		"epochs":  {func(s *trial.Spec) { s.Train.Epochs = 13 }, true, false},
		"data":    {func(s *trial.Spec) { s.Data.Digest = "of another" }, false, true},
		"split":   {func(s *trial.Spec) { s.Data.SplitSeed = 9 }, true, true},
		"network": {func(s *trial.Spec) { s.Net.Layers[0].Units++ }, false, false},
	} {
		b := run("b", seeds(1, 10), noise("y"))
		fixtures.Respecify(&b.Plan, b.Outcomes, func(s *trial.Spec) {
			s.Net.Layers = slices.Clone(s.Net.Layers)
			c.change(s)
		})
		d := compared(t, run("a", seeds(1, 10), noise("x")), b)
		if len(d.Settings) == 0 {
			t.Fatalf("%s: nothing is compared", name)
		}
		for _, s := range d.Settings {
			if s.Paired != c.paired || s.Elsewhere != c.elsewhere {
				t.Errorf("%s: paired %t, elsewhere %t", name, s.Paired, s.Elsewhere)
			}
		}
		if strings.Contains(d.Conclusion(), "the images differ between the runs") != c.elsewhere {
			t.Errorf("%s: %s", name, d.Conclusion())
		}
	}
}

// What one run only prunes and the other goes on to retrain is one setting right after
// pruning.
func TestPrunedWithAndWithoutRetrainingIsOneSetting(t *testing.T) {
	of := func(name string, retrain bool) Run {
		p, o := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: seeds(1, 8), Sweeps: []fixtures.Sweep{fixtures.All(retrain, 0.5)}, Correct: noise(name)})
		return Run{Name: name, Plan: p, Outcomes: o}
	}
	d := compared(t, of("a", false), of("b", true).epochs(13))
	if len(d.Settings) != 2 || d.OneSided != 2 { // dense and pruned; the control and what was retrained
		t.Errorf("%d settings are compared, %d one-sided", len(d.Settings), d.OneSided)
	}
}

// What cannot be tested is not in the family, and a p is never printed as 0.
func TestWhatIsNotTestedIsNotCorrected(t *testing.T) {
	of := func(method string, p float64) Setting {
		return Setting{Difference: stats.Comparison{Test: stats.Test{P: p, Method: method}}, a: []float64{1}, b: []float64{1}}
	}
	d := &Comparison{Settings: []Setting{of(stats.MethodPoint, 1), of("exact", 0.04), of(stats.MethodPoint, 1), of("exact", 0.0001)}}
	d.correct()
	for i, want := range []string{"–", "0.040", "–", "<0.001"} {
		if c := d.Settings[i]; c.p().Text != want || c.tested() != (c.Difference.Adjusted != nil) {
			t.Errorf("setting %d: p is %q, want %q", i, c.p().Text, want)
		}
	}
	if len(d.Moved()) != 2 || !strings.HasPrefix(d.Conclusion(), "2 of 2 settings moved beyond noise (Holm over 2 settings") || !strings.Contains(d.Conclusion(), "; 2 more cannot be tested") {
		t.Error(d.Conclusion())
	}
}
