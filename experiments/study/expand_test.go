package study

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"prunelab/experiments/trial"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/train"
)

const small = `
name: small
data: {name: mnist, validation: 5000}
network: lenet-300-100
seeds: 2
train: {epochs: 2, batch: 100, optimizer: {sgd: {lr: 0.1}}}
arms:
  - {name: L2, train: {l2: 5e-4}}
  - {name: L1, train: {l1: 5e-5}}
  - {name: L1→L2, train: {l1: 5e-5}, retrain: {l2: 5e-4}}
retrain: {epochs: 1, lr: 0.01, dropout: adjusted}
sweeps:
`

func planOf(t *testing.T, sweeps ...string) trial.Plan {
	t.Helper()
	return mustPlan(t, mustParse(t, small+"  - "+strings.Join(sweeps, "\n  - ")+"\n"))
}

func specs(p trial.Plan) map[trial.Key]trial.Spec {
	m := map[trial.Key]trial.Spec{}
	for _, s := range p.Trials {
		m[s.Key()] = s
	}
	return m
}

// check holds for the plan of any study.
func check(p trial.Plan) error {
	seen := map[trial.Key]bool{}
	for _, s := range p.Trials {
		if err := s.Validate(); err != nil {
			return err
		}
		key := s.Key()
		if seen[key] {
			return fmt.Errorf("trial %s is there twice", key.Short())
		}
		if start := s.StartKey(); start != "" && !seen[start] {
			return fmt.Errorf("trial %s comes before its start", key.Short())
		}
		seen[key] = true
	}
	all := specs(p)
	type series struct {
		arm, target, method, parameter string
		retrain                        bool
		seed                           uint64
		round                          int
	}
	controls := map[series]trial.Key{}
	labels := map[trial.Cell]bool{}
	of := func(c trial.Cell) series {
		return series{c.Arm, c.Target, c.Method.String(), c.Parameter, c.Retrain, c.Seed, c.Round}
	}
	dense := map[string]bool{}
	for _, c := range p.Cells {
		if labels[c] {
			return fmt.Errorf("cell %+v is there twice", c)
		}
		labels[c] = true
		s, ok := all[c.Key]
		switch {
		case !ok:
			return fmt.Errorf("cell %+v has no trial", c)
		case s.Seed != c.Seed:
			return fmt.Errorf("cell %+v has a trial of seed %d", c, s.Seed)
		case c.Role == trial.Control:
			controls[of(c)] = c.Key
			for _, l := range s.Levels {
				if !l.Prune.Empty() {
					return fmt.Errorf("the control %+v prunes", c)
				}
			}
		case c.Role == trial.Dense:
			dense[fmt.Sprint(c.Arm, c.Seed)] = true
			if len(s.Levels) > 0 {
				return fmt.Errorf("the dense network %+v has levels", c)
			}
		}
	}
	for _, c := range p.Cells {
		if !dense[fmt.Sprint(c.Arm, c.Seed)] {
			return fmt.Errorf("cell %+v has no dense network", c)
		}
		if c.Role != trial.Point || !c.Retrain {
			continue
		}
		key, ok := controls[of(c)]
		if !ok {
			return fmt.Errorf("cell %+v has no control", c)
		}
		if err := sameRetraining(all[c.Key], all[key]); err != nil {
			return fmt.Errorf("cell %+v: %w", c, err)
		}
	}
	return nil
}

// sameRetraining compares a trial with its control.
func sameRetraining(s, control trial.Spec) error {
	if s.BaseKey() != control.BaseKey() || len(s.Levels) != len(control.Levels) {
		return fmt.Errorf("%d levels, the control has %d, or another base", len(s.Levels), len(control.Levels))
	}
	for i := range s.Levels {
		a, b := *s.Levels[i].Retrain, *control.Levels[i].Retrain
		if a.Dropout == train.DropoutAdjusted {
			a.Dropout = train.DropoutSame // of an unpruned network they are the same
		}
		if !reflect.DeepEqual(a, b) {
			return fmt.Errorf("level %d is retrained with %+v, the control's with %+v", i+1, a, b)
		}
	}
	return nil
}

func TestPlansOfAllStudies(t *testing.T) {
	for _, name := range Builtins() {
		text, _ := Builtin(name)
		s := mustParse(t, string(text), "seeds=2")
		for i := range s.Sweeps { // what leaves them out has the same cells otherwise
			s.Sweeps[i].Control = true
		}
		if err := check(mustPlan(t, s)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := check(mustPlan(t, mustParse(t, everything))); err != nil {
		t.Error(err)
	}
}

// The test set is read where the study says so, and nowhere else.
func TestNothingIsScoredOnTheTestSetUnasked(t *testing.T) {
	splits := func(p trial.Plan) []trial.Split {
		found := []trial.Split{p.Split}
		for _, s := range p.Trials {
			if !slices.Contains(found, s.Evaluate) {
				found = append(found, s.Evaluate)
			}
		}
		return found
	}
	asked := small + "  - {targets: [each, all], ratios: [0.5]}\n"
	if got := splits(mustPlan(t, mustParse(t, asked))); !slices.Equal(got, []trial.Split{trial.Validation}) {
		t.Errorf("a study that does not say is scored on %v", got)
	}
	if got := splits(mustPlan(t, mustParse(t, asked, "evaluate=test"))); !slices.Equal(got, []trial.Split{trial.Test}) {
		t.Errorf("a study of the test set is scored on %v", got)
	}
	for _, name := range Builtins() {
		text, _ := Builtin(name)
		want := trial.Validation
		if strings.Contains(string(text), "\nevaluate: test") {
			want = trial.Test
		}
		if got := splits(mustPlan(t, mustParse(t, string(text), "seeds=1"))); !slices.Equal(got, []trial.Split{want}) {
			t.Errorf("%s is scored on %v, want %s", name, got, want)
		}
	}
}

func TestTargetsAndArmsShareTrials(t *testing.T) {
	p := planOf(t, "{targets: [each, all], ratios: [0, 0.5]}")
	count := map[string]int{}
	for _, s := range p.Trials {
		switch {
		case len(s.Levels) == 0:
			count["dense"]++
		case s.Levels[0].Prune.Empty():
			count["control"]++
		default:
			count["point"]++
		}
	}
	// Two seeds; L1 and L1→L2 share the dense network; the four targets share
	// the control of their arm.
	want := map[string]int{"dense": 2 * 2, "control": 2 * 3, "point": 2 * 3 * 4}
	if !reflect.DeepEqual(count, want) {
		t.Errorf("trials %v, want %v", count, want)
	}
	if got, want := len(p.Cells), 2*3*(1+4*2); got != want {
		t.Errorf("%d cells, want %d", got, want)
	}
	for _, c := range p.Cells {
		if c.Requested == 0 && c.Role == trial.Point {
			t.Errorf("a point that prunes nothing: %+v", c)
		}
	}
}

// each, all, conv and fc leave no layer out that has weights: of no type, of no
// shape and whatever it is called.
func TestTargetsLeaveNoLayerOut(t *testing.T) {
	networks := map[string]string{"described": `
  - {conv: {filters: 3, kernel: 7, stride: 3, padding: 2, name: stem}}
  - {conv: {filters: 5, kernel: 1}}
  - relu
  - {maxpool: {size: 3, stride: 2}}
  - {conv: {filters: 1, kernel: 2}}
  - {dense: 1}
  - relu
  - {dropout: 0.5}
  - {dense: {units: 10, name: head}}`}
	for _, name := range nn.BuiltinNames() {
		networks[name] = " " + name
	}
	for name, network := range networks {
		targets := "each, all, fc, conv"
		if name == "lenet-300-100" {
			targets = "each, all, fc" // it has no convolution
		}
		data := small
		if name == "vgg-16-bn" { // whose five poolings want 32 x 32 pixels
			data = strings.Replace(small, "name: mnist", "name: cifar-10", 1)
		}
		s := mustParse(t, strings.Replace(data, " lenet-300-100", network, 1)+"  - {targets: ["+targets+"], arms: [L2], ratios: [0.5, 0.9]}\n")
		p := mustPlan(t, s)
		byTarget := map[string][]string{}
		for _, l := range p.Trials[0].Net.Layers {
			if l.Kind != nn.KindConv && l.Kind != nn.KindDense {
				continue
			}
			byTarget[l.Name] = []string{l.Name}
			byTarget["all"] = append(byTarget["all"], l.Name)
			kind := map[nn.Kind]string{nn.KindConv: "conv", nn.KindDense: "fc"}[l.Kind]
			byTarget[kind] = append(byTarget[kind], l.Name)
		}
		if !slices.Equal(p.Layers, byTarget["all"]) {
			t.Errorf("%s: the plan names the layers %v, the network has %v", name, p.Layers, byTarget["all"])
		}
		points := map[string]int{}
		all := specs(p)
		for _, c := range p.Cells {
			if c.Role != trial.Point {
				continue
			}
			points[c.Target]++
			if got := all[c.Key].Levels[0].Prune.Layers; !slices.Equal(got, byTarget[c.Target]) {
				t.Errorf("%s: the target %s prunes %v, want %v", name, c.Target, got, byTarget[c.Target])
			}
		}
		for target := range byTarget {
			if points[target] != 2*2 { // seeds, ratios
				t.Errorf("%s: %d points of target %s, want 4", name, points[target], target)
			}
		}
	}
}

func TestScansShareTheirStart(t *testing.T) {
	p := planOf(t, "{targets: [each], ratios: [0.2, 0.8], retrain: false}")
	starts := map[trial.Key]int{}
	for _, s := range p.Trials {
		if len(s.Levels) == 1 {
			if s.Levels[0].Retrain != nil {
				t.Errorf("a scan retrains: %+v", s.Levels)
			}
			starts[s.StartKey()]++
		}
	}
	if len(starts) != 4 { // seeds x first trainings
		t.Errorf("%d starts", len(starts))
	}
	for k, n := range starts {
		if n != 6 { // L1 and L1→L2 share theirs
			t.Errorf("%d points start from %s", n, k.Short())
		}
	}
}

// The ladder is 1-(1-p)^k with the requested ratios in it; each rung starts
// from the one before.
func TestIterativeLadder(t *testing.T) {
	p := planOf(t, "{targets: [all], arms: [L2], ratios: [0.5, 0.6], iterative: {per_round: 0.2, equal_steps: true}}")
	all := specs(p)
	want := []float64{0.2, 0.36, 0.488, 0.5, 0.5904, 0.6}
	var got []float64
	var last trial.Key
	for _, c := range p.Cells {
		if c.Seed == 1 && c.Role == trial.Point && c.Method.String() == "iterative 0.2" {
			got = append(got, c.Requested)
			s := all[c.Key]
			if c.Round != len(got) || len(s.Levels) != c.Round {
				t.Errorf("round %d has %d levels", c.Round, len(s.Levels))
			}
			if last != "" && s.StartKey() != last {
				t.Errorf("round %d does not start from the one before", c.Round)
			}
			last = c.Key
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("rungs %v, want %v", got, want)
	}
	// The one-shot series: pruned once, retrained as often.
	for _, c := range p.Cells {
		if c.Role != trial.Point || c.Method.Schedule.Kind != trial.EqualSteps {
			continue
		}
		s := all[c.Key]
		if want := map[float64]int{0.5: 4, 0.6: 6}[c.Requested]; len(s.Levels) != want || c.Round != want {
			t.Errorf("one-shot %v has %d retrainings, round %d, want %d", c.Requested, len(s.Levels), c.Round, want)
		}
		for i, l := range s.Levels {
			if l.Prune.Empty() != (i > 0) || l.Retrain == nil {
				t.Errorf("one-shot %v, level %d: %+v", c.Requested, i+1, l)
			}
		}
	}
}

// A layer with a rate of its own has, at each round, removed 1-(1-q)^k.
func TestLayersWithTheirOwnRate(t *testing.T) {
	p := planOf(t, "{targets: [all], arms: [L2], ratios: [0.488], iterative: {per_round: 0.2, layers: {fc3: 0.1}}}")
	s := specs(p)[p.Cells[slices.IndexFunc(p.Cells, func(c trial.Cell) bool { return c.Role == trial.Point && c.Requested == 0.488 })].Key]
	for i, l := range s.Levels {
		k := float64(i + 1)
		for j, want := range []float64{1 - pow(0.8, k), 1 - pow(0.8, k), 1 - pow(0.9, k)} {
			if got := l.Prune.Amounts[j]; got < want-1e-6 || got > want+1e-6 {
				t.Errorf("round %v, layer %d: ratio %v, want %v", k, j+1, got, want)
			}
		}
	}
	if len(s.Levels) != 3 {
		t.Errorf("%d rounds, want 3", len(s.Levels))
	}
}

func pow(x, k float64) float64 {
	p := 1.0
	for range int(k) {
		p *= x
	}
	return p
}

func TestLaddersAreNestedAndEndAtTheTop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ratios := rapid.SliceOfNDistinct(rapid.Float64Range(0.01, 0.99), 1, 6, rapid.ID).Draw(t, "ratios")
		slices.Sort(ratios)
		l := Ladder{PerRound: rapid.Float64Range(0.05, 0.9).Draw(t, "per round"), Own: map[string]float64{"a": rapid.Float64Range(0.01, 0.9).Draw(t, "own")}}
		rungs := l.rounds(ratios)
		if rungs[len(rungs)-1] != ratios[len(ratios)-1] {
			t.Fatalf("%v ends below the largest ratio", rungs)
		}
		for _, r := range ratios {
			if !slices.Contains(rungs, r) {
				t.Fatalf("%v is not in %v", r, rungs)
			}
		}
		for i := 1; i < len(rungs); i++ {
			if rungs[i] <= rungs[i-1] || l.ratio("a", rungs[i]) < l.ratio("a", rungs[i-1]) {
				t.Fatalf("%v does not rise", rungs)
			}
			if step := 1 - (1-rungs[i])/(1-rungs[i-1]); step > l.PerRound+1e-4 {
				t.Fatalf("a round removes %v of what is left, more than %v", step, l.PerRound)
			}
		}
	})
}

func TestFrozenLayersAreThoseNotPruned(t *testing.T) {
	p := planOf(t, "{targets: [fc2, all], arms: [L2], ratios: [0.5], retrain: {freeze: others}}")
	all := specs(p)
	for _, c := range p.Cells {
		if c.Role == trial.Dense {
			continue
		}
		want := map[string][]string{"fc2": {"fc1", "fc3"}, "all": nil}[c.Target]
		if got := all[c.Key].Levels[0].Retrain.Frozen; !slices.Equal(got, want) {
			t.Errorf("%s of target %s freezes %v, want %v", c.Role, c.Target, got, want)
		}
		if c.Method.String() != "magnitude, others frozen" {
			t.Errorf("method %q", c.Method)
		}
	}
}

func TestGlobalAndGivenAmounts(t *testing.T) {
	p := planOf(t,
		"{targets: [all], arms: [L2], scope: global, ratios: [0.9]}",
		"{layers: {fc3: 0.5, fc1: 0.9}, arms: [L2], criterion: random}")
	all := specs(p)
	for _, c := range p.Cells {
		if c.Role != trial.Point {
			continue
		}
		got := all[c.Key].Levels[0].Prune
		want := prune.Config{Layers: []string{"fc1", "fc2", "fc3"}, Criterion: prune.Magnitude, Scope: prune.Global, Rule: prune.ByRatio, Amounts: []float64{0.9}}
		method := "magnitude global"
		if c.Parameter == "given" {
			want = prune.Config{Layers: []string{"fc1", "fc3"}, Criterion: prune.Random, Scope: prune.PerLayer, Rule: prune.ByRatio, Amounts: []float64{0.9, 0.5}}
			method = "random"
			if c.Requested != 0.79707 { // (211680 + 500) / 266200
				t.Errorf("given ratios remove %v of the network", c.Requested)
			}
		}
		if !reflect.DeepEqual(got, want) || c.Method.String() != method {
			t.Errorf("%s: %+v, want %+v", c.Method, got, want)
		}
	}
}

func TestSweepsThatContradictEachOther(t *testing.T) {
	s := mustParse(t, small+"  - {layers: {fc1: 0.5, fc3: 0.9}}\n  - {layers: {fc1: 0.5, fc3: 0.9}}\n")
	if _, err := s.Plan(""); err != nil {
		t.Errorf("the same sweep twice: %v", err)
	}
	s = mustParse(t, small+"  - {targets: [{name: a, layers: [fc1]}], ratios: [0.5]}\n  - {targets: [{name: a, layers: [fc2]}], ratios: [0.5]}\n")
	_, err := s.Plan("")
	if err == nil || !strings.Contains(err.Error(), "study.yaml:14:5: two sweeps ask for the same point") {
		t.Errorf("two groups of one name: %v", err)
	}
}

func TestPlanIsDeterministic(t *testing.T) {
	a, b := mustPlan(t, mustParse(t, everything)), mustPlan(t, mustParse(t, everything))
	if !equalJSON(t, a, b) {
		t.Error("two expansions differ")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(valid, "train.epochs=2")
	f.Add(everything, "seeds=[1]")
	f.Add("a: &a [x, x]\nb: [*a, *a]", "a.b[0].c={d: e}")
	f.Add(strings.Repeat("[", 100), "[0]=1")
	f.Add("a: "+strings.Repeat("[", 20_000), "a="+strings.Repeat("[", 20_000))
	f.Add("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: &d [*c, *c]\ne: [*d, *d]\n", "a={<<: *a}")
	f.Add("- - - - -\n? x\n: y\n<<: z\n!!a b: |\n  c", "a[b]=&c *d")
	for _, c := range spoiled {
		f.Add(strings.Replace(valid, c.old, c.new, 1), "seeds=1")
	}
	f.Fuzz(func(t *testing.T, text, set string) {
		s, err := Parse("fuzz.yaml", []byte(text), []string{set}, lookup)
		if err != nil {
			if len(err.Error()) == 0 {
				t.Error("an error without words")
			}
			return
		}
		p, err := s.Plan("generic")
		if err != nil {
			return
		}
		if err := check(p); err != nil {
			t.Error(err)
		}
		printed := s.YAML()
		again, err := Parse("printed.yaml", printed, nil, lookup)
		if err != nil {
			t.Fatalf("the printed study is refused: %v\n%s", err, printed)
		}
		if q, err := again.Plan("generic"); err != nil || !equalJSON(t, p, q) {
			t.Errorf("the printed study has another plan (%v):\n%s", err, printed)
		}
	})
}
