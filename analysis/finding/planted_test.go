package finding

import (
	"math"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/internal/fixtures"
	"prunelab/experiments/trial"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/prune"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

const (
	images = 10_000
	right  = 9_800 // of the dense networks and the controls
)

var (
	names = []string{"conv1", "conv2", "fc1", "fc2"}
	grid  = []float64{0.5, 0.7, 0.9, 0.95}
)

// made-up series: a study is as many of them as a claim needs.
type planned struct {
	arm, target, method string // method: what it is called
	layers              []string
	ratios              []float64
	schedule            trial.ScheduleKind
	uncontrolled        bool              // leaves the control out
	edit                func(*trial.Spec) // after the series' own settings, levels included
	lost                func(seed uint64, ratio float64, stage curve.Stage) int
}

type lab struct {
	data  string
	seeds int
	grid  []float64 // of series that name no ratios
	plan  trial.Plan
	outs  []trial.Outcome
	seen  map[trial.Key]bool
}

func newLab(seeds int) *lab {
	l := &lab{data: "mnist", seeds: seeds, grid: grid, seen: map[trial.Key]bool{}}
	l.plan = trial.Plan{Schema: trial.Schema, Study: "planted", Split: trial.Validation, Layers: names, Kinds: []string{"conv", "conv", "dense", "dense"}}
	return l
}

func (l *lab) base(seed uint64) trial.Spec {
	_, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{seed}, Correct: func(fixtures.At) int { return 0 }})
	s := outs[0].Spec
	s.Data.Name = l.data
	s.Net.Layers = append(slices.Clone(s.Net.Layers), nn.LayerConfig{Kind: nn.KindDropout})
	return s
}

// add puts a series into the study: dense networks, controls, points.
func (l *lab) add(p planned) {
	if p.layers == nil {
		p.layers = names
	}
	if p.ratios == nil {
		p.ratios = l.grid
	}
	if p.schedule == "" {
		p.schedule = trial.OneShot
	}
	if !slices.Contains(l.plan.Arms, p.arm) {
		l.plan.Arms = append(l.plan.Arms, p.arm)
	}
	for seed := uint64(1); seed <= uint64(l.seeds); seed++ {
		cell := trial.Cell{Series: trial.Series{Arm: p.arm}, Role: trial.Dense, Seed: seed}
		dense := l.base(seed)
		if p.edit != nil {
			p.edit(&dense)
		}
		dense.Levels = nil
		l.cell(cell, dense, p)
		method := trial.Plain() // whatever edit makes of it: claims look at the trials
		method.Schedule.Kind, method.Name = p.schedule, p.method
		cell = trial.Cell{Series: trial.Series{Arm: p.arm, Target: p.target, Method: method, Parameter: trial.Ratio}, Retrain: true, Seed: seed, Round: 1}
		for i, ratio := range p.ratios {
			s := l.base(seed)
			s.Levels = p.levels(i)
			if p.edit != nil {
				p.edit(&s)
			}
			cell.Round, cell.Requested, cell.Role = len(s.Levels), ratio, trial.Point
			l.cell(cell, s, p)
			if p.uncontrolled {
				continue
			}
			cell.Requested, cell.Role = 0, trial.Control
			l.cell(cell, curve.Reference(s, curve.Retrained), p)
		}
	}
}

func (p planned) levels(i int) []trial.Level {
	retrain := func() *train.Config {
		return &train.Config{Epochs: 30, Batch: 128, Start: train.StartKeep, Dropout: train.DropoutSame,
			Optimizer: optim.Config{Method: optim.SGD, LR: 0.01}, Schedule: optim.Schedule{Kind: optim.Constant}, Regularizer: regularizer.Config{L2: 5e-4}}
	}
	pruning := func(ratio float64) prune.Config {
		c := prune.Config{Layers: p.layers, Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio}
		for range p.layers {
			c.Amounts = append(c.Amounts, ratio)
		}
		return c
	}
	switch p.schedule {
	case trial.Iterative:
		var ls []trial.Level
		for _, r := range p.ratios[:i+1] {
			ls = append(ls, trial.Level{Prune: pruning(r), Retrain: retrain()})
		}
		return ls
	case trial.EqualSteps:
		ls := []trial.Level{{Prune: pruning(p.ratios[i]), Retrain: retrain()}}
		for range i {
			ls = append(ls, trial.Level{Retrain: retrain()})
		}
		return ls
	}
	return []trial.Level{{Prune: pruning(p.ratios[i]), Retrain: retrain()}}
}

func (l *lab) cell(c trial.Cell, s trial.Spec, p planned) {
	c.Key = s.Key()
	l.plan.Cells = append(l.plan.Cells, c)
	if l.seen[c.Key] {
		return
	}
	l.seen[c.Key] = true
	l.plan.Trials = append(l.plan.Trials, s)
	o := trial.Outcome{Key: c.Key, Spec: s, Status: trial.Done}
	score := func(stage curve.Stage) *train.Evaluation {
		n := right
		if c.Role == trial.Point && p.lost != nil {
			n -= p.lost(c.Seed, c.Requested, stage)
		}
		return &train.Evaluation{N: images, Loss: 0.1, Correct: n}
	}
	o.Result.Start = &train.Evaluation{N: images, Loss: 0.1, Correct: right}
	if len(s.Levels) > 0 {
		o.Result.Pruned, o.Result.Retrained = score(curve.Pruned), score(curve.Retrained)
	}
	for i, name := range names {
		r := trial.LayerResult{Name: name, Kind: nn.KindDense, Size: 10_000, NormStart: 20, NormKept: 20, NormEnd: 10}
		if i < 2 {
			r.Kind = nn.KindConv
		}
		if c.Role == trial.Point && slices.Contains(p.layers, name) {
			r.Requested = int(math.Round(c.Requested * 10_000))
			r.Removed = r.Requested
		}
		o.Result.Layers = append(o.Result.Layers, r)
	}
	o.Result.Weights = "digest of " + string(c.Key)
	l.outs = append(l.outs, o)
}

func (l *lab) findings() (map[string]Finding, error) {
	g, err := group.New(l.plan, l.outs)
	if err != nil {
		return nil, err
	}
	curves, err := curve.FromGroups(g)
	if err != nil {
		return nil, err
	}
	fs, err := Evaluate(g, curves)
	m := map[string]Finding{}
	for _, f := range fs {
		m[f.ID] = f
	}
	return m, err
}
