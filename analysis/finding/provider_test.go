package finding_test

import (
	"math"
	"slices"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/finding"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/study"
	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/prune"
	"prunelab/model/train"
)

func lookup(name string, _ dataset.Reading) (dataset.Info, error) {
	i := dataset.Info{Name: name, Shape: dataset.Shape{C: 1, H: 28, W: 28}, Classes: 10, Train: 60000, Test: 10000, Digest: "digest"}
	if name == "cifar-10" {
		i.Shape, i.Train = dataset.Shape{C: 3, H: 32, W: 32}, 50000
	}
	return i, nil
}

// evaluated is what a built-in study finds on two seeds with made-up scores.
func evaluated(t *testing.T, name string) []finding.Finding {
	t.Helper()
	text, ok := study.Builtin(name)
	if !ok {
		t.Fatalf("there is no built-in study %s", name)
	}
	s, err := study.Parse(name, text, []string{"seeds=2"}, study.Lookup{Data: lookup})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Plan("generic")
	if err != nil {
		t.Fatal(err)
	}
	var outs []trial.Outcome
	for _, spec := range p.Trials {
		outs = append(outs, outcome(t, spec))
	}
	g, err := group.New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	curves, err := curve.FromGroups(g)
	if err != nil {
		t.Fatal(err)
	}
	fs, err := finding.Evaluate(g, curves)
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

// outcome makes up what running a trial gave.
func outcome(t *testing.T, s trial.Spec) trial.Outcome {
	t.Helper()
	costs, err := s.Net.Costs()
	if err != nil {
		t.Fatal(err)
	}
	o := trial.Outcome{Key: s.Key(), Spec: s, Status: trial.Done}
	lost := 0.0
	for i, c := range costs {
		l := trial.LayerResult{Name: c.Name, Kind: c.Kind, Size: c.Weights, MACs: c.MACs, DenseMACs: c.MACs, NormStart: 10, NormKept: 10, NormEnd: 8}
		for _, level := range s.Levels {
			at := slices.Index(level.Prune.Layers, c.Name)
			if at < 0 || level.Prune.Rule != prune.ByRatio {
				continue
			}
			amount := level.Prune.Amounts[0]
			if level.Prune.Scope == prune.PerLayer {
				amount = level.Prune.Amounts[at]
			}
			l.Removed = int(math.Round(amount * float64(l.Size)))
			lost += amount * amount / float64(i+5)
		}
		l.Requested = l.Removed
		o.Result.Layers = append(o.Result.Layers, l)
	}
	score := func(share float64) *train.Evaluation {
		return &train.Evaluation{N: 5000, Loss: 1, Correct: 4900 - int(share*100) - int(s.Seed%7)}
	}
	o.Result.Start = score(0)
	if n := len(s.Levels); n > 0 {
		o.Result.Pruned = score(3 * lost)
		if s.Levels[n-1].Retrain != nil {
			o.Result.Retrained = score(lost)
		}
	}
	return o
}

// fewestSeeds is how many seeds a family of claims needs before any verdict is
// possible: the smallest p of a sign-flip test of n pairs is 2^(1-n).
func fewestSeeds(claims int) int {
	n := 1
	for math.Pow(2, float64(1-n))*float64(claims) > stats.Alpha {
		n++
	}
	return n
}

// A finding that a study has no trials for names built-in studies that have
// them, with seeds enough for a verdict. No claim is without such a study.
func TestEveryClaimHasAStudy(t *testing.T) {
	// A study of a single layer has the trials of no claim but the descriptive.
	s, err := study.Parse("none", []byte(`
name: none
data: {name: mnist, validation: 5000}
network: lenet-300-100
seeds: 1
train: {epochs: 1, batch: 100, optimizer: {sgd: {lr: 0.1}}}
sweeps: [{targets: [fc1], ratios: [0.3], retrain: false}]
`), nil, study.Lookup{Data: lookup})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Plan("generic")
	if err != nil {
		t.Fatal(err)
	}
	g, err := group.New(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := finding.Evaluate(g, nil)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, claim := range claims {
		if claim.ID != "order-of-layers" {
			ids = append(ids, claim.ID)
		}
	}
	if !slices.Equal(ids, study.Claims) {
		t.Errorf("the claims are %q, a study may name %q", ids, study.Claims)
	}
	found := map[string][]finding.Finding{}
	for _, claim := range claims {
		if claim.Verdict != finding.NotStudied || len(claim.Studies) == 0 {
			t.Errorf("%s: %s, and names the studies %v", claim.ID, claim.Verdict, claim.Studies)
		}
		for _, name := range claim.Studies {
			if found[name] == nil {
				found[name] = evaluated(t, name)
			}
			i := slices.IndexFunc(found[name], func(f finding.Finding) bool { return f.ID == claim.ID })
			if f := found[name][i]; len(f.Evidence) == 0 && f.Correlation == nil {
				t.Errorf("%s: the study %s has no answer: %s: %s", claim.ID, name, f.Verdict, f.Reason)
			}
		}
	}
	for name, fs := range found {
		family := 0
		for _, f := range fs {
			if f.Adjusted != nil {
				family++
			}
		}
		text, _ := study.Builtin(name)
		s, err := study.Parse(name, text, nil, study.Lookup{Data: lookup})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Seeds) < fewestSeeds(family) {
			t.Errorf("study %s has %d seeds; its %d claims need %d before any verdict is possible", name, len(s.Seeds), family, fewestSeeds(family))
		}
	}
}

func TestFewestSeeds(t *testing.T) {
	for claims, want := range map[int]int{1: 6, 2: 7, 3: 7, 4: 8, 6: 8, 7: 9, 12: 9, 13: 10, 25: 10} {
		if got := fewestSeeds(claims); got != want {
			t.Errorf("%d claims need %d seeds, want %d", claims, got, want)
		}
	}
}

// No built-in study plans the trials of a claim so that they cannot answer it,
// as a range of ratios that does not reach over that of the claim.
func TestNoStudyAsksHalfAClaim(t *testing.T) {
	for _, name := range study.Builtins() {
		for _, f := range evaluated(t, name) {
			if f.Verdict != finding.NotStudied && len(f.Evidence) == 0 && f.Correlation == nil {
				t.Errorf("study %s: %s: %s", name, f.ID, f.Reason)
			}
		}
	}
}
