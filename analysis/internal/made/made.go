// Package made makes up small studies for the tests of the analysis: a plan as
// a study resolves to it, and outcomes whose numbers the test chooses. Nothing
// was trained.
package made

import (
	"math"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/prune"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

// Images is the size of the evaluated split.
const Images = 1000

// Layers of the network: 1000 weights and 1300 multiply-adds.
var Layers = []trial.LayerResult{
	{Name: "conv1", Kind: nn.KindConv, Size: 20, DenseMACs: 320},
	{Name: "fc1", Kind: nn.KindDense, Size: 800, DenseMACs: 800},
	{Name: "fc2", Kind: nn.KindDense, Size: 180, DenseMACs: 180},
}

// Sweep is one series of every arm.
type Sweep struct {
	Target    string
	Layers    []string
	Ratios    []float64 // ascending, without 0
	Retrain   bool
	Iterative bool // the ratios are the rounds
	Random    bool // what goes is drawn
	Global    bool // one ranking over the layers
}

// All prunes every layer.
func All(retrain bool, ratios ...float64) Sweep {
	return Sweep{Target: "all", Layers: []string{"conv1", "fc1", "fc2"}, Ratios: ratios, Retrain: retrain}
}

// One prunes one layer.
func One(layer string, retrain bool, ratios ...float64) Sweep {
	return Sweep{Target: layer, Layers: []string{layer}, Ratios: ratios, Retrain: retrain}
}

// At is a moment of a trial whose score is wanted.
type At struct {
	Arm, Target string
	Ratio       float64
	Stage       string // "dense", "pruned", "retrained"
	Seed        uint64
}

// Config describes a study. Correct is the number of Images classified rightly.
type Config struct {
	Arms    []string // "L2", "L1", "L1→L2"
	Seeds   []uint64
	Sweeps  []Sweep
	Correct func(At) int
}

// Build returns the plan and the outcomes of all its trials.
func Build(c Config) (trial.Plan, []trial.Outcome) {
	b := builder{c: c, seen: map[trial.Key]bool{}}
	b.plan = trial.Plan{Schema: trial.Schema, Study: "made-up", Kernel: "generic", Arms: c.Arms, Split: trial.Validation}
	for _, l := range Layers {
		b.plan.Layers = append(b.plan.Layers, l.Name)
		b.plan.Kinds = append(b.plan.Kinds, string(l.Kind))
	}
	for _, seed := range c.Seeds {
		for _, arm := range c.Arms {
			b.cell(trial.Cell{Series: trial.Series{Arm: arm}, Role: trial.Dense, Seed: seed}, base(arm, seed))
			for _, w := range c.Sweeps {
				b.series(arm, seed, w)
			}
		}
	}
	return b.plan, b.outs
}

func base(arm string, seed uint64) trial.Spec {
	return trial.Spec{
		Schema: trial.Schema,
		Data:   dataset.Config{Name: "mnist", Digest: "0123456789abcdef", Validation: Images, SplitSeed: 1},
		Net: nn.Config{Input: dataset.Shape{C: 1, H: 28, W: 28}, Init: nn.InitHe, Layers: []nn.LayerConfig{
			{Kind: nn.KindConv, Name: "conv1", Units: 2, Kernel: 3, Stride: 1},
			{Kind: nn.KindFlatten},
			{Kind: nn.KindDense, Name: "fc1", Units: 20},
			{Kind: nn.KindReLU},
			{Kind: nn.KindDense, Name: "fc2", Units: 10},
		}},
		Train:    fit(arm == "L2", arm != "L2", 12, 0.1),
		Evaluate: trial.Validation,
		Seed:     seed,
	}
}

func fit(l2, l1 bool, epochs int, lr float64) train.Config {
	c := train.Config{Epochs: epochs, Batch: 128, Dropout: train.DropoutSame,
		Optimizer: optim.Config{Method: optim.SGD, LR: lr, Momentum: 0.9},
		Schedule:  optim.Schedule{Kind: optim.Constant}}
	if l2 {
		c.Regularizer = regularizer.Config{L2: 5e-4}
	} else if l1 {
		c.Regularizer = regularizer.Config{L1: 5e-5}
	}
	return c
}

type builder struct {
	c    Config
	plan trial.Plan
	outs []trial.Outcome
	seen map[trial.Key]bool
}

func (b *builder) series(arm string, seed uint64, w Sweep) {
	label := trial.Cell{Series: trial.Series{Arm: arm, Target: w.Target, Method: trial.Plain(), Parameter: trial.Ratio}, Retrain: w.Retrain, Seed: seed}
	if w.Iterative {
		label.Method.Schedule.Kind = trial.Iterative
	}
	if w.Random {
		label.Method.Criterion = prune.Random
	}
	if w.Global {
		label.Method.Scope = prune.Global
	}
	var retrain, control *train.Config
	if w.Retrain {
		c := fit(arm != "L1", arm == "L1", 30, 0.01)
		c.Start, c.Dropout = train.StartKeep, train.DropoutAdjusted
		retrain = &c
		same := c
		same.Dropout = train.DropoutSame
		control = &same
	}
	var rounds, unpruned []trial.Level
	for k, ratio := range w.Ratios {
		level := trial.Level{Prune: pruning(w, ratio), Retrain: retrain}
		label.Round = 1
		if w.Iterative {
			label.Round = k + 1
		} else {
			rounds, unpruned = nil, nil
		}
		rounds = append(rounds[:len(rounds):len(rounds)], level)
		unpruned = append(unpruned[:len(unpruned):len(unpruned)], trial.Level{Retrain: control})
		if w.Retrain && (w.Iterative || k == 0) {
			zero := label
			zero.Role = trial.Control
			s := base(arm, seed)
			s.Levels = unpruned
			b.cell(zero, s)
		}
		label.Requested, label.Role = ratio, trial.Point
		s := base(arm, seed)
		s.Levels = rounds
		b.cell(label, s)
		label.Requested = 0
	}
}

func pruning(w Sweep, ratio float64) prune.Config {
	c := prune.Config{Layers: w.Layers, Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio}
	if w.Random {
		c.Criterion = prune.Random
	}
	if w.Global {
		c.Scope, c.Amounts = prune.Global, []float64{ratio}
		return c
	}
	for range w.Layers {
		c.Amounts = append(c.Amounts, ratio)
	}
	return c
}

func (b *builder) cell(c trial.Cell, s trial.Spec) {
	c.Key = s.Key()
	b.plan.Cells = append(b.plan.Cells, c)
	if b.seen[c.Key] {
		return
	}
	b.seen[c.Key] = true
	b.plan.Trials = append(b.plan.Trials, s)
	b.outs = append(b.outs, b.outcome(c, s))
}

func (b *builder) outcome(c trial.Cell, s trial.Spec) trial.Outcome {
	score := func(stage string) *train.Score {
		return &train.Score{N: Images, Loss: 0.1, Correct: b.c.Correct(At{c.Arm, c.Target, c.Requested, stage, c.Seed})}
	}
	o := trial.Outcome{Key: c.Key, Spec: s, Status: trial.Done}
	o.Provenance = trial.Provenance{Version: "v1", Go: "go1.26", Kernel: "generic", Platform: "linux/amd64", CPU: "made up", Started: "2000-01-01T00:00:00Z"}
	o.Timing = trial.Timing{Seconds: 1, Samples: 1}
	o.Result.Start = score("dense")
	o.Result.History = train.History{{Epoch: 1, Loss: 0.05, Accuracy: 0.99, LR: 0.1}}
	last := trial.Level{}
	if n := len(s.Levels); n > 0 {
		last = s.Levels[n-1]
		if o.Result.Pruned = o.Result.Start; !last.Prune.Empty() {
			o.Result.Pruned = score("pruned")
		}
		if last.Retrain != nil {
			o.Result.Retrained = score("retrained")
		}
	}
	for _, l := range Layers {
		for i, name := range last.Prune.Layers {
			if name == l.Name {
				l.Requested = int(math.Round(last.Prune.Amounts[i%len(last.Prune.Amounts)] * float64(l.Size))) // global: the same of each layer
			}
		}
		l.Removed = l.Requested
		l.MACs = (l.Size - l.Removed) * (l.DenseMACs / l.Size)
		active := 0.5
		l.Active = &active
		l.NormEnd = 10
		o.Result.Layers = append(o.Result.Layers, l)
	}
	o.Result.Weights = "digest of " + string(c.Key)
	return o
}

// Respecify changes every trial of a study, and with it the keys.
func Respecify(p *trial.Plan, outs []trial.Outcome, change func(*trial.Spec)) {
	now := map[trial.Key]trial.Key{}
	for i := range p.Trials {
		before := p.Trials[i].Key()
		change(&p.Trials[i])
		now[before] = p.Trials[i].Key()
	}
	for i := range p.Cells {
		p.Cells[i].Key = now[p.Cells[i].Key]
	}
	for i := range outs {
		change(&outs[i].Spec)
		outs[i].Key = now[outs[i].Key]
	}
}
