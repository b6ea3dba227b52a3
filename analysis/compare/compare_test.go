package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/internal/fixtures"
	"prunelab/experiments/trial"
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
