package study

import (
	"slices"
	"strings"

	"prunelab/model/prune"
	"prunelab/model/train"

	"prunelab/experiments/trial"
)

// Plan expands the study into cells and trials. The kernel is the variant that
// every worker has to use. Seeds vary slowest, so that a run that was stopped
// early tends to have whole replicates; a trial stands behind the one whose
// network it starts from.
//
// Every retrained series has its control, unless the study leaves it out: the
// network that was not pruned, with the same retraining. Levels that prune nothing are empty, whatever the
// target, so that targets share controls.
//
// Nothing is trained that nothing needs: an arm that no sweep uses is left out.
func (s *Study) Plan(kernel string) (trial.Plan, error) {
	return s.plan(kernel, s.Idle(), false)
}

// PlanAs is the plan for a folder that has one already: with its kernels, with
// the arms that no sweep uses where it has those, and with points repeated for each seed
// that are the same for all, as folders of before do.
func (s *Study) PlanAs(have trial.Plan) (trial.Plan, error) {
	idle := slices.DeleteFunc(s.Idle(), func(arm string) bool { return slices.Contains(have.Arms, arm) })
	fixed, same := have.Fixed()
	return s.plan(have.Kernel, idle, fixed > same)
}

// plan expands the study without some arms. What is the same for every seed is there for
// the first one, unless it is to be repeated.
func (s *Study) plan(kernel string, idle []string, repeat bool) (trial.Plan, error) {
	if s.File != "" && s.Net.Source == "" {
		return trial.Plan{}, Faults{s.fileAt.fault("the network in %s has not been read", s.File)}
	}
	p := trial.Plan{
		Schema: trial.Schema, Study: s.Name, Kernel: kernel,
		Split: s.Evaluate, Pilot: s.Pilot, Primary: s.Primary,
	}
	for _, l := range s.layers {
		p.Layers = append(p.Layers, l.Name)
		p.Kinds = append(p.Kinds, string(l.Kind))
	}
	for _, a := range s.Arms {
		if !slices.Contains(idle, a.Name) {
			p.Arms = append(p.Arms, a.Name)
		}
	}
	for _, w := range s.Sweeps {
		for _, t := range w.Targets {
			if b := w.bisection(t); b != nil && !slices.ContainsFunc(p.Bisected, func(o trial.Bisection) bool { return o.Target == b.Target }) {
				p.Bisected = append(p.Bisected, *b)
			}
		}
	}
	slices.SortFunc(p.Bisected, func(a, b trial.Bisection) int { return strings.Compare(a.Target, b.Target) })
	e := expansion{plan: &p, first: s.Seeds[0], repeat: repeat, seen: map[trial.Key]bool{}, cells: map[trial.Cell]trial.Key{}}
	for _, seed := range s.Seeds {
		for i, arm := range s.Arms {
			if slices.Contains(idle, arm.Name) {
				continue
			}
			base := trial.Spec{Schema: trial.Schema, Data: arm.Data, Net: arm.Net, Train: arm.Train, Evaluate: s.Evaluate, Top: s.Top, Seed: seed}
			if s.File != "" {
				base.Train = train.Config{}
			}
			e.cell(place{}, trial.Cell{Series: trial.Series{Arm: arm.Name}, Role: trial.Dense}, base)
			for _, w := range s.Sweeps {
				if !slices.Contains(w.Arms, i) {
					continue
				}
				for _, t := range w.Targets {
					e.series(s, arm, w, t, base)
				}
			}
		}
	}
	if len(e.faults) > 0 {
		return trial.Plan{}, e.faults
	}
	return p, nil
}

// bisection is the grid of which a sweep of a target is a part, nil where it is none.
func (w Sweep) bisection(t Target) *trial.Bisection {
	if w.Until == nil {
		return nil
	}
	return &trial.Bisection{Target: t.Name, Grid: w.Until.Grid, Until: w.Until.Loss}
}

// expansion collects cells and trials, each once.
type expansion struct {
	plan   *trial.Plan
	first  uint64 // the first seed
	repeat bool   // also what is the same for every seed
	seen   map[trial.Key]bool
	cells  map[trial.Cell]trial.Key // labels without key -> key
	faults Faults
}

// series adds the cells of one arm, target and way of pruning, for one seed.
func (e *expansion) series(s *Study, arm Arm, w Sweep, t Target, base trial.Spec) {
	label := trial.Cell{Series: trial.Series{Arm: arm.Name, Target: t.Name, Method: w.Method(), Parameter: string(w.Rule)}, Retrain: w.Retrain}
	if w.Given != nil {
		label.Parameter = trial.Given
	}
	var retrain, control *train.Config
	if w.Retrain {
		retrain = w.retraining(s, arm, t)
		control = ofUnpruned(*retrain)
	}
	point := func(label trial.Cell, round int, requested float64, levels []trial.Level) {
		label.Round, label.Requested, label.Role = round, requested, trial.Point
		spec := with(base, levels)
		if base.Seed != e.first && !e.repeat && !spec.Replicates() {
			return
		}
		e.cell(w.at, label, spec)
	}
	unpruned := func(label trial.Cell, round int) {
		if !w.Control {
			return
		}
		label.Round, label.Role = round, trial.Control
		e.cell(w.at, label, with(base, repeat(trial.Level{Retrain: control, BatchNorm: w.BatchNorm}, round)))
	}

	if w.Iterative == nil {
		if w.Retrain {
			unpruned(label, 1)
		}
		for _, amount := range w.Amounts {
			point(label, 1, amount, []trial.Level{{Prune: w.pruning(t, amount), Retrain: retrain, Proxies: w.Proxies, BatchNorm: w.BatchNorm}})
		}
		return
	}
	rounds := w.Iterative.rounds(w.Amounts)
	var levels []trial.Level
	for k, ratio := range rounds {
		unpruned(label, k+1)
		levels = append(levels, trial.Level{Prune: w.pruning(t, ratio), Retrain: retrain, BatchNorm: w.BatchNorm})
		point(label, k+1, ratio, slices.Clone(levels))
	}
	if !w.Iterative.EqualSteps {
		return
	}
	label.Method.Schedule.Kind = trial.EqualSteps
	for _, ratio := range w.Amounts {
		round := slices.Index(rounds, ratio) + 1
		once := repeat(trial.Level{Retrain: retrain, BatchNorm: w.BatchNorm}, round)
		once[0].Prune = w.pruning(t, ratio)
		unpruned(label, round)
		point(label, round, ratio, once)
	}
}

// with returns the trial that the levels make of a base.
func with(base trial.Spec, levels []trial.Level) trial.Spec {
	base.Levels = levels
	return base
}

func repeat(l trial.Level, n int) []trial.Level {
	return slices.Repeat([]trial.Level{l}, n)
}

// ofUnpruned is the retraining of a network that has all its weights. There
// the dropout rate that is adjusted to the connections left is the same as
// ever, so that both rules share a control.
func ofUnpruned(c train.Config) *train.Config {
	if c.Dropout == train.DropoutAdjusted {
		c.Dropout = train.DropoutSame
	}
	return &c
}

// retraining resolves the retraining of a target's series.
func (w *Sweep) retraining(s *Study, arm Arm, t Target) *train.Config {
	r := *arm.Retrain
	w.retrain.apply(&r, arm.Train, s.TrainSamples()/max(1, arm.Train.Batch))
	if r.FreezeOthers {
		for _, l := range s.layers {
			if !slices.Contains(t.Layers, l.Name) {
				r.Frozen = append(r.Frozen, l.Name)
			}
		}
	}
	return &r.Config
}

// pruning is the pruning of a target by an amount.
func (w *Sweep) pruning(t Target, amount float64) prune.Config {
	c := prune.Config{Layers: t.Layers, Criterion: w.Criterion, Scope: w.Scope, Rule: w.Rule}
	switch {
	case w.Given != nil:
		c.Amounts = w.Given
	case w.Scope == prune.Global:
		c.Amounts = []float64{amount}
	default:
		for _, l := range t.Layers {
			if w.Iterative != nil {
				c.Amounts = append(c.Amounts, w.Iterative.ratio(l, amount))
			} else {
				c.Amounts = append(c.Amounts, amount)
			}
		}
	}
	return c
}

// cell adds a cell with its trial and all that this one starts from.
func (e *expansion) cell(at place, c trial.Cell, spec trial.Spec) {
	c.Seed = spec.Seed
	key := e.add(spec)
	if have, ok := e.cells[c]; ok {
		if have != key && len(e.faults) == 0 {
			e.faults = append(e.faults, at.fault("two sweeps ask for the same point (arm %s, target %s, %s, %s %v) with different settings; "+
				"give one of them another name: or another target", c.Arm, c.Target, c.Method, c.Parameter, c.Requested))
		}
		return
	}
	e.cells[c] = key
	c.Key = key
	e.plan.Cells = append(e.plan.Cells, c)
}

func (e *expansion) add(spec trial.Spec) trial.Key {
	key := spec.Key()
	if e.seen[key] {
		return key
	}
	if len(spec.Levels) > 0 {
		e.add(spec.Start())
	}
	e.seen[key] = true
	e.plan.Trials = append(e.plan.Trials, spec)
	return key
}
