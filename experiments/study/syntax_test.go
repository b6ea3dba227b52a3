package study

import (
	"bytes"
	"encoding/json"
	"flag"
	"reflect"
	"strings"
	"testing"

	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/prune"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

var update = flag.Bool("update", false, "write golden files anew")

// everything uses the syntax that the built-in studies do not.
const everything = `# Head
#
# with a blank line, and "signs": {}
name: everything
data: {name: cifar-10, validation: 1000, split_seed: 7, train_samples: 2000, test_samples: 100, crop: 4, flip: true}
network:
  init: he
  layers:
    - {conv: {filters: 4, kernel: 5, stride: 1, padding: 2}}
    - relu
    - {maxpool: {size: 2, stride: 2}}
    - {conv: {filters: 4, kernel: 3}, name: middle}
    - relu
    - {avgpool: 2}
    - flatten
    - {dropout: 0.5}
    - {dense: 12}
    - relu
    - {dropout: {rate: 0.25}}
    - {dense: {units: 10, name: "out: put"}}
seeds: [3, 1, 18446744073709551615]
evaluate: test
train: {epochs: 4, batch: 10, optimizer: {adam: {lr: 1e-3, beta1: 0.8, epsilon: 1e-7}}, schedule: {inverse: {gamma: 1e-4, power: 0.75}}, l2: 1e-4, dropout: off}
arms:
  - {name: L2}
  - {name: proximal, train: {l1: {strength: 5e-5, proximal: true}}, retrain: {l1: 1e-5, l2: 1e-4}}
  - {name: "none: at all", train: {regularizer: none}}
retrain: {epochs: 2, lr: 1e-4, dropout: adjusted, freeze: others}
sweeps:
  - {targets: [all, conv, fc, {name: ends, layers: ["out: put", conv1]}, {name: inner, except: ["out: put", conv1]}], quality: [2, 0.5]}
  - {targets: [each], ratios: [0, 0.5], retrain: false, arms: [proximal]}
  - {targets: [middle], threshold: [0.01], retrain: {freeze: none, start: reinit}}
  - {targets: [all], scope: global, criterion: random, ratios: [0.9]}
  - {layers: {fc1: 0.95, conv1: 0.5}}
  - {name: mine, layers: {fc1: 0.95, conv1: 0.5}, criterion: random}
  - {targets: [all], arms: [L2], ratios: [0.7, 0.75], iterative: {per_round: 0.5, layers: {"out: put": 0.25}, equal_steps: true}}
  - {targets: [fc], arms: [L2], iterative: {levels: [0.5, 0.75]}, retrain: {lr: rewind, epochs: 1}}
`

func TestEverySyntaxMeansWhatItSays(t *testing.T) {
	s := mustParse(t, everything)
	equal := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v, want %+v", what, got, want)
		}
	}
	equal("comment", s.Comment, "Head\n\nwith a blank line, and \"signs\": {}")
	equal("seeds", s.Seeds, []uint64{3, 1, 18446744073709551615})
	equal("layers", s.layerNames(), []string{"conv1", "middle", "fc1", "out: put"})
	equal("init", s.Net.Init, nn.InitHe)
	equal("conv", s.Net.Layers[3], nn.LayerConfig{Kind: nn.KindConv, Name: "middle", Units: 4, Kernel: 3, Stride: 1})
	equal("pool", s.Net.Layers[5], nn.LayerConfig{Kind: nn.KindAvgPool, Kernel: 2, Stride: 2})
	equal("first training", s.Arms[0].Train, train.Config{
		Epochs: 4, Batch: 10, Dropout: train.DropoutOff,
		Optimizer:   optim.Config{Method: optim.Adam, LR: 1e-3, Beta1: 0.8, Beta2: 0.999, Epsilon: 1e-7},
		Schedule:    optim.Schedule{Kind: optim.Inverse, Gamma: 1e-4, Power: 0.75},
		Regularizer: regularizer.Config{L2: 1e-4},
	})
	r := s.Arms[0].Retrain
	equal("retraining's epochs, rate, dropout, start, freeze", []any{r.Epochs, r.Optimizer.LR, r.Optimizer.Beta1, r.Dropout, r.Start, r.FreezeOthers},
		[]any{2, 1e-4, 0.8, train.DropoutAdjusted, train.StartKeep, true})
	equal("retraining's regularizer", r.Regularizer, regularizer.Config{L2: 1e-4})
	equal("an arm's L1 in place of the study's L2", s.Arms[1].Train.Regularizer, regularizer.Config{L1: 5e-5, Proximal: true})
	equal("an arm's L1 and L2", s.Arms[1].Retrain.Regularizer, regularizer.Config{L1: 1e-5, L2: 1e-4})
	equal("no penalty", s.Arms[2].Train.Regularizer, regularizer.Config{})
	equal("no penalty, inherited", s.Arms[2].Retrain.Regularizer, regularizer.Config{})
	targets := map[string][]string{}
	for _, target := range s.Sweeps[0].Targets {
		targets[target.Name] = target.Layers
	}
	equal("targets", targets, map[string][]string{
		"all": {"conv1", "middle", "fc1", "out: put"}, "conv": {"conv1", "middle"}, "fc": {"fc1", "out: put"},
		"ends": {"conv1", "out: put"}, "inner": {"middle", "fc1"},
	})
	equal("qualities", s.Sweeps[0].Amounts, []float64{0.5, 2})
	equal("arms of a sweep", s.Sweeps[1].Arms, []int{1})
	equal("each", len(s.Sweeps[1].Targets), 4)
	equal("rule", s.Sweeps[2].Rule, prune.ByThreshold)
	equal("given", []any{s.Sweeps[4].Targets, s.Sweeps[4].Given}, []any{[]Target{{"given", []string{"conv1", "fc1"}}}, []float64{0.5, 0.95}})
	equal("given name", s.Sweeps[5].Targets[0].Name, "mine")
}

func TestLineEndsAndByteOrderMarkOfOtherSystems(t *testing.T) {
	want := mustPlan(t, mustParse(t, valid))
	windows := "\ufeff" + strings.ReplaceAll(valid, "\n", "\r\n")
	s := mustParse(t, windows)
	if !equalJSON(t, want, mustPlan(t, s)) || s.Comment != "A study" {
		t.Errorf("another plan, or another comment: %q", s.Comment)
	}
}

// The penalty of a retraining is that of its arm's first training, then the
// study's retrain, then the arm's.
func TestRetrainingInheritsFromTraining(t *testing.T) {
	const text = `
name: x
data: {name: mnist, validation: 100}
network: lenet-300-100
seeds: 1
train: {epochs: 5, batch: 100, optimizer: {sgd: {lr: 0.1, momentum: 0.9}}, l2: 1e-4}
arms:
  - {name: a}
  - {name: b, train: {l1: 1e-5, epochs: 7}}
  - {name: c, train: {optimizer: {adam: {lr: 0.002}}}, retrain: {l1: 2e-5, epochs: 3, batch: 50}}
retrain: {lr: 0.01, schedule: {steps: {at: [0.5], factor: 0.1}}}
sweeps: [{targets: [all], ratios: [0.5]}]
`
	s := mustParse(t, text)
	type view struct {
		Epochs, Batch int
		Method        optim.Method
		LR, L1, L2    float64
		Schedule      optim.ScheduleKind
	}
	for i, want := range []view{
		{5, 100, optim.SGD, 0.01, 0, 1e-4, optim.Steps},
		{7, 100, optim.SGD, 0.01, 1e-5, 0, optim.Steps},
		{3, 50, optim.Adam, 0.01, 2e-5, 0, optim.Steps},
	} {
		c := s.Arms[i].Retrain
		if got := (view{c.Epochs, c.Batch, c.Optimizer.Method, c.Optimizer.LR, c.Regularizer.L1, c.Regularizer.L2, c.Schedule.Kind}); got != want {
			t.Errorf("arm %s retrains with %+v, want %+v", s.Arms[i].Name, got, want)
		}
		if s.Arms[i].Train.Schedule.Kind != optim.Constant {
			t.Errorf("arm %s: the retraining's schedule reached the first training", s.Arms[i].Name)
		}
	}
}

// Learning-rate rewinding gives, step by step, the rate of the end of the
// first training.
func TestRewoundRateIsThatOfTheLastEpochs(t *testing.T) {
	const perEpoch = 30
	for _, s := range []optim.Schedule{
		{Kind: optim.Constant},
		{Kind: optim.Steps, At: []float64{0.5, 0.8}, Factor: 0.1},
		{Kind: optim.Inverse, Gamma: 1e-2, Power: 0.75},
		{Kind: optim.Cosine},
		{Kind: optim.Cosine, From: 0.3},
	} {
		c := train.Config{Epochs: 12, Optimizer: optim.Config{LR: 0.3}, Schedule: s}
		for epochs := 1; epochs <= 12; epochs++ {
			lr, again := rewound(c, epochs, perEpoch)
			for step := range epochs * perEpoch {
				want := s.Rate(0.3, (12-epochs)*perEpoch+step, 12*perEpoch)
				if got := again.Rate(lr, step, epochs*perEpoch); got < want*(1-1e-12) || got > want*(1+1e-12) {
					t.Fatalf("%s, last %d epochs, step %d: %g, want %g", s.Kind, epochs, step, got, want)
				}
			}
		}
	}
}

func equalJSON(t *testing.T, a, b any) bool {
	t.Helper()
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(x, y)
}
