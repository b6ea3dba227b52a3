package tuning

import (
	"math"
	"strings"
	"testing"

	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
	"prunelab/model/optim"
	"prunelab/model/prune"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

func numbered(values ...float64) map[uint64]float64 {
	m := map[uint64]float64{}
	for i, v := range values {
		m[uint64(i+1)] = v
	}
	return m
}

// settingOf is a strength with these errors and dense accuracies of seeds 1, 2, ...
func settingOf(t *testing.T, family string, value float64, errors, dense map[uint64]float64) Setting {
	t.Helper()
	x := Setting{Arm: family + " " + table.Short(value), Family: family, Value: value, errors: errors, dense: dense}
	var err error
	if x.Error, err = estimateOf(errors); err != nil {
		t.Fatal(err)
	}
	if x.Dense, err = estimateOf(dense); err != nil {
		t.Fatal(err)
	}
	return x
}

// grid has three strengths of L1 and two of L2. The best of each are not
// equally accurate when dense; the second of L1 and the first of L2 are.
func grid(t *testing.T) *Grid {
	t.Helper()
	level := func(v float64) map[uint64]float64 { return numbered(v, v+0.0001, v-0.0001, v, v) }
	return &Grid{Seeds: []uint64{1, 2, 3, 4, 5}, Margin: 0.001, Chosen: true, Axis: Strength, Settings: []Setting{
		settingOf(t, "L1", 1e-6, numbered(0.030, 0.031, 0.032, 0.029, 0.030), level(0.970)),
		settingOf(t, "L1", 1e-5, numbered(0.012, 0.015, 0.011, 0.014, 0.016), numbered(0.980, 0.981, 0.979, 0.980, 0.982)),
		settingOf(t, "L1", 1e-4, numbered(0.010, 0.012, 0.011, 0.010, 0.013), level(0.960)),
		settingOf(t, "L2", 1e-4, numbered(0.020, 0.021, 0.019, 0.022, 0.020), numbered(0.9801, 0.9811, 0.9790, 0.9800, 0.9819)),
		settingOf(t, "L2", 1e-3, numbered(0.009, 0.010, 0.008, 0.009, 0.010), level(0.990)),
	}}
}

func TestTheSmallestErrorIsChosenInEachFamily(t *testing.T) {
	s := grid(t)
	if err := s.choose(); err != nil {
		t.Fatal(err)
	}
	want := []struct{ best, edge, equal bool }{{false, true, false}, {false, false, true}, {true, true, false}, {false, true, true}, {true, true, false}}
	for i, w := range want {
		x := s.Settings[i]
		if x.Best != w.best || x.Edge != w.edge || x.Equal != w.equal {
			t.Errorf("%s: best %v, edge %v, equal %v; want %v", x.Arm, x.Best, x.Edge, x.Equal, w)
		}
		if (x.Behind.N == 0) != w.best {
			t.Errorf("%s lies %+v behind", x.Arm, x.Behind)
		}
	}
	// SciPy 1.10.1: stats.t.interval(.95, 4, d.mean(), stats.sem(d)) of the
	// paired differences of L1 1e-5 and 1e-4.
	b := s.Settings[1].Behind
	for what, v := range map[string][2]float64{"mean": {b.Value, 0.0024}, "lo": {b.Lo, 0.0005169233116515579}, "hi": {b.Hi, 0.004283076688348443}} {
		if math.Abs(v[0]-v[1]) > 1e-9 {
			t.Errorf("behind, %s: %v, want %v", what, v[0], v[1])
		}
	}
}

// The best of a grid is not said to be better than what its seeds cannot tell from it.
func TestWhatCannotBeToldFromTheBestIsSaid(t *testing.T) {
	s := grid(t)
	if err := s.choose(); err != nil {
		t.Fatal(err)
	}
	const words = "do not tell from the best"
	if said := strings.Join(s.words(), " "); strings.Contains(said, words) {
		t.Errorf("all can be told apart: %s", said)
	}
	s = grid(t)
	s.Settings[1] = settingOf(t, "L1", 1e-5, numbered(0.011, 0.011, 0.012, 0.010, 0.013), s.Settings[1].dense)
	if err := s.choose(); err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(s.words(), " "); !strings.Contains(said, words+" of their family, by the 95 % interval of the difference: L1 1e-5.") {
		t.Errorf("L1 1e-5 is as good as 1e-4: %s", said)
	}
}

// A strength that lost a seed may look best for that very reason.
func TestAStrengthThatLacksASeedIsNotChosen(t *testing.T) {
	for what, spoil := range map[string]func(*Setting){
		"an error":       func(x *Setting) { x.errors = numbered(0.001, 0.001, 0.001, 0.001) },
		"a dense number": func(x *Setting) { delete(x.dense, 5) },
	} {
		s := grid(t)
		spoil(&s.Settings[2])
		if err := s.choose(); err != nil {
			t.Fatal(err)
		}
		if said := s.words()[0]; !strings.Contains(said, "as they lack results: L1 0.0001.") {
			t.Errorf("without %s: %q", what, said)
		}
		if s.Settings[2].Best || !s.Settings[1].Best {
			t.Errorf("without %s: L1 1e-4 is best %v, L1 1e-5 %v", what, s.Settings[2].Best, s.Settings[1].Best)
		}
	}
}

func TestNothingIsChosenOnTheTestSetOrWithoutAMargin(t *testing.T) {
	s := grid(t)
	s.Chosen = false
	if err := s.choose(); err != nil {
		t.Fatal(err)
	}
	for _, x := range s.Settings {
		if x.Best || x.Equal || x.Behind.N > 0 {
			t.Errorf("%s is chosen on the test set", x.Arm)
		}
	}
	s = grid(t)
	s.Margin = 0
	if err := s.choose(); err != nil {
		t.Fatal(err)
	}
	for _, x := range s.Settings {
		if x.Equal {
			t.Errorf("%s is equally accurate within no margin", x.Arm)
		}
	}
	if !s.Settings[2].Best {
		t.Error("without a margin there is no best either")
	}
}

// Equality is shown by the interval, whichever strength stands first.
func TestEquivalenceIsSymmetric(t *testing.T) {
	s := grid(t)
	inside := 0
	for i := range s.Settings {
		for j := range s.Settings {
			if i == j {
				continue
			}
			a, err := s.equivalence(&s.Settings[i], &s.Settings[j])
			if err != nil {
				t.Fatal(err)
			}
			b, err := s.equivalence(&s.Settings[j], &s.Settings[i])
			if err != nil {
				t.Fatal(err)
			}
			if a.Position != b.Position || math.Abs(a.Difference.Lo+b.Difference.Hi) > 1e-12 {
				t.Errorf("%s and %s: %+v and %+v", s.Settings[i].Arm, s.Settings[j].Arm, a, b)
			}
			if a.Position == stats.Inside {
				inside++
			}
		}
	}
	if inside != 2 {
		t.Errorf("%d ordered pairs are equal, want one pair both ways", inside)
	}
}

func TestAFamilyIsOnePenaltyThroughout(t *testing.T) {
	l1, l2 := regularizer.Config{L1: 5e-5}, regularizer.Config{L2: 5e-4}
	of := func(first regularizer.Config, later ...regularizer.Config) trial.Spec {
		s := trial.Spec{Train: train.Config{Regularizer: first}}
		for _, r := range later {
			s.Levels = append(s.Levels, trial.Level{Retrain: &train.Config{Regularizer: r}})
		}
		return s
	}
	unretrained := of(l1, l1)
	unretrained.Levels = append(unretrained.Levels, trial.Level{})
	for _, c := range []struct {
		name   string
		spec   trial.Spec
		family string
		value  float64
	}{
		{"L1", of(l1, l1, l1), "L1", 5e-5},
		{"L2", of(l2, l2), "L2", 5e-4},
		{"proximal", of(regularizer.Config{L1: 1e-5, Proximal: true}, regularizer.Config{L1: 1e-5, Proximal: true}), "proximal L1", 1e-5},
		{"L1, then L2", of(l1, l2), "", 0},
		{"L1, then weaker", of(l1, l1, regularizer.Config{L1: 1e-5}), "", 0},
		{"both", of(regularizer.Config{L1: 1e-5, L2: 1e-4}, regularizer.Config{L1: 1e-5, L2: 1e-4}), "", 0},
		{"none", of(regularizer.Config{}, regularizer.Config{}), "", 0},
		{"a level without retraining", unretrained, "", 0},
	} {
		if family, value := Strength.of(c.spec); family != c.family || value != c.value {
			t.Errorf("%s: %q %v, want %q %v", c.name, family, value, c.family, c.value)
		}
	}
}

// Trials of one frame differ in strength, seed and ratio alone.
func TestFrame(t *testing.T) {
	spec := func() trial.Spec {
		return trial.Spec{Seed: 1, Train: train.Config{Epochs: 3, Regularizer: regularizer.Config{L1: 1e-5}},
			Levels: []trial.Level{{Prune: prune.Config{Layers: []string{"fc1"}, Amounts: []float64{0.5}}, Retrain: &train.Config{Epochs: 2, Regularizer: regularizer.Config{L1: 1e-5}}}}}
	}
	want := Strength.frame(spec())
	for what, change := range map[string]struct {
		edit func(*trial.Spec)
		same bool
	}{
		"seed":      {func(s *trial.Spec) { s.Seed = 2 }, true},
		"ratio":     {func(s *trial.Spec) { s.Levels[0].Prune.Amounts = []float64{0.9} }, true},
		"strength":  {func(s *trial.Spec) { s.Train.Regularizer.L1, s.Levels[0].Retrain.Regularizer.L1 = 1, 1 }, true},
		"family":    {func(s *trial.Spec) { s.Train.Regularizer = regularizer.Config{L2: 1} }, true},
		"epochs":    {func(s *trial.Spec) { s.Train.Epochs = 4 }, false},
		"retrained": {func(s *trial.Spec) { s.Levels[0].Retrain.Epochs = 9 }, false},
		"layers":    {func(s *trial.Spec) { s.Levels[0].Prune.Layers = []string{"fc2"} }, false},
	} {
		s := spec()
		change.edit(&s)
		if got := Strength.frame(s) == want; got != change.same {
			t.Errorf("another %s: the same frame %v, want %v", what, got, change.same)
		}
	}
	s := spec()
	Strength.frame(s)
	if s.Levels[0].Retrain.Regularizer.L1 != 1e-5 || s.Levels[0].Prune.Amounts == nil {
		t.Error("the trial was changed")
	}
}

// A retraining's rate is chosen as a strength is, for each regularizer with its
// strength; its dense networks are the same.
func TestRatesAreChosen(t *testing.T) {
	l2 := regularizer.Config{L2: 2e-3}
	spec := func(rates ...float64) trial.Spec {
		s := trial.Spec{Train: train.Config{Regularizer: l2}}
		for _, lr := range rates {
			s.Levels = append(s.Levels, trial.Level{Retrain: &train.Config{Regularizer: l2, Optimizer: optim.Config{LR: lr}}})
		}
		return s
	}
	mixed := spec(0.1)
	mixed.Train.Regularizer = regularizer.Config{L1: 1e-5}
	for _, c := range []struct {
		spec   trial.Spec
		family string
		value  float64
	}{
		{spec(0.1, 0.1), "L2 0.002", 0.1},
		{spec(0.1, 0.2), "", 0},
		{spec(), "", 0},
		{mixed, "L1 1e-5, then L2 0.002", 0.1},
	} {
		if family, value := Rate.of(c.spec); family != c.family || value != c.value {
			t.Errorf("%q %v, want %q %v", family, value, c.family, c.value)
		}
	}
	if Rate.frame(spec(0.1)) != Rate.frame(spec(0.2)) || Strength.frame(spec(0.1)) == Strength.frame(spec(0.2)) {
		t.Error("rates are what alone differs along their axis, and more than that along that of strengths")
	}

	same := numbered(0.98)
	s := &Grid{Axis: Rate, Seeds: []uint64{1001}, Margin: 0.001, Chosen: true}
	for _, x := range []struct{ value, error float64 }{{0.01, 0.3}, {0.03, 0.2}, {0.05, 0.25}} {
		s.Settings = append(s.Settings, settingOf(t, "L2 0.002", x.value, numbered(x.error), same))
	}
	for _, x := range []struct{ value, error float64 }{{0.01, 0.3}, {0.03, 0.28}, {0.05, 0.25}} {
		s.Settings = append(s.Settings, settingOf(t, "L1 1e-5", x.value, numbered(x.error), same))
	}
	if err := s.choose(); err != nil {
		t.Fatal(err)
	}
	said := strings.Join(s.words(), " ")
	for _, want := range []string{
		"Learning rates of the retraining were chosen on the seed 1001 by the smallest area under the validation error after retraining (sparsity 0.5 to 0.95), from 3 rates of L2 0.002, 3 rates of L1 1e-5.",
		"Best: 0.03 for L2 0.002 (of 0.01 to 0.05); 0.05 for L1 1e-5 (of 0.01 to 0.05).",
		"The best rate for L1 1e-5 lies at the edge of its grid",
		"One seed ranks them and tells none apart.",
		"This seed is used up",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("%q lacks %q", said, want)
		}
	}
	if strings.Contains(said, "do not tell") {
		t.Errorf("one seed has no interval to tell by: %s", said)
	}
	for i := range s.Settings {
		s.Settings[i].errors, s.Settings[i].Best = nil, false
	}
	if got := s.words(); len(got) != 1 || got[0] != "None of 3 rates of L2 0.002 and 3 rates of L1 1e-5 could be chosen yet: no rate has a result for every seed." {
		t.Errorf("%q", got)
	}
	if strings.Contains(said, "dense") {
		t.Errorf("whatever the rate, dense networks are the same: %s", said)
	}
	if tab := s.Table(); tab.Name != "rates" || len(tab.Columns) != 8 || len(tab.Rows[0]) != 8 {
		t.Errorf("%+v", tab)
	}
}

// A grid of rates says nothing of where strengths come from: that has to be said all the same.
func TestARateGridDoesNotAnswerForStrengths(t *testing.T) {
	var p trial.Plan
	for _, r := range []regularizer.Config{{L1: 1e-5}, {L2: 1e-3}} {
		p.Trials = append(p.Trials, trial.Spec{Train: train.Config{Regularizer: r}})
	}
	for axis, want := range map[Axis]bool{Rate: true, Strength: false} {
		said := strings.Join(Words(p, &Grid{Axis: axis}), " ")
		if strings.Contains(said, "does not say where their strengths come from") != want {
			t.Errorf("%s: %q", axis, said)
		}
	}
}
