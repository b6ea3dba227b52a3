package study

import (
	"math"
	"slices"

	"prunelab/model/prune"
	"prunelab/model/train"
)

// Sweep is a number of series: each target is pruned by each amount, in each
// of the arms.
type Sweep struct {
	Targets   []Target
	Criterion prune.Criterion
	Scope     prune.Scope
	Rule      prune.Rule
	Amounts   []float64 // ratios, qualities or thresholds, ascending; without the 0 that stands for the control
	Given     []float64 // instead: the ratio of each layer of the one target
	Arms      []int     // positions in Study.Arms, ascending
	Retrain   bool
	Control   bool                // beside what is retrained, the unpruned network with the same retraining
	Proxies   bool                // predict what each pruning costs, see trial.Proxies
	BatchNorm *train.Reestimation // of statistics of batch normalisation, after each pruning; nil: they stay as saved
	Iterative *Ladder
	Until     *Until // the amounts are those of a grid that a bisection visited; nil: they are all that there are

	retrain patch // of this sweep, over the arms' own
	source  *node // retrain, as in the file
	at      place // of the sweep
}

// Until says of which grid the ratios of a sweep are a part: that which a bisection for
// where the accuracy loss first exceeds a bound has visited.
type Until struct {
	Loss float64   // the bound, a fraction
	Grid []float64 // ascending
}

// until reads {loss: 0.05, grid: [...]}.
func (d *decoder) until(w *Sweep, n *node) {
	o := d.object(n, "loss", "grid")
	if o.n == nil {
		return
	}
	loss, grid := o.get("loss"), o.get("grid")
	if loss == nil || grid == nil || w.Rule != prune.ByRatio || w.Given != nil || w.Iterative != nil {
		d.fail(n.at, "until says of which grid the ratios of a sweep were visited, up to which accuracy loss: until: {loss: 0.05, grid: [0.5, 0.7, 0.9]}, beside targets and ratios")
		return
	}
	u := &Until{Loss: d.number(loss, 0, 1)}
	for _, it := range d.items(grid) {
		u.Grid = append(u.Grid, d.number(it, 0, 1))
	}
	if !slices.IsSorted(u.Grid) || len(slices.Compact(slices.Clone(u.Grid))) != len(u.Grid) {
		d.fail(grid.at, "a grid ascends, each ratio once")
	}
	for _, a := range w.Amounts {
		if !slices.Contains(u.Grid, a) {
			d.fail(grid.at, "the ratio %v of the sweep is not in the grid", a)
		}
	}
	w.Until = u
}

var sweepKeys = []string{
	"targets", "ratios", "quality", "threshold", "layers", "name", "criterion", "scope", "arms", "retrain", "control", "iterative", "proxies", "batchnorm", "until",
}

// sweep reads one sweep.
func (d *decoder) sweep(n *node, s *Study) Sweep {
	w := Sweep{Criterion: prune.Magnitude, Scope: prune.PerLayer, Retrain: true, Control: true, at: n.at}
	o := d.object(n, sweepKeys...)
	if o.n == nil {
		return w
	}
	if v := o.get("criterion"); v != nil {
		w.Criterion = word(d, prune.Criteria()...)(v)
	}
	if v := o.get("scope"); v != nil {
		w.Scope = word(d, prune.PerLayer, prune.Global)(v)
	}
	w.Arms = d.sweepArms(o.get("arms"), s.Arms)
	d.amounts(&w, n, o, s)
	if v := o.get("retrain"); v != nil {
		if v.kind == mapping {
			w.retrain, w.source = d.patch(v, true), v
		} else {
			w.Retrain = d.flag(v)
		}
	}
	if v := o.get("iterative"); v != nil {
		d.iterative(&w, v, o, s)
	}
	if v := o.get("control"); v != nil {
		w.Control = d.flag(v)
		if !w.Retrain {
			d.fail(v.at, "a control is the unpruned network with the same retraining; this sweep does not retrain")
		}
	}
	if v := o.get("proxies"); v != nil {
		w.Proxies = d.flag(v)
		if w.Proxies && (w.Retrain || w.Iterative != nil) {
			d.fail(v.at, "proxies are computed of prunings that are neither retrained nor iterated; add retrain: false, and a second sweep for what is retrained")
		}
	}
	if v := o.get("until"); v != nil {
		d.until(&w, v)
	}
	if v := o.get("batchnorm"); v != nil {
		w.BatchNorm = d.reestimation(v, w, s)
	}
	if w.Retrain {
		d.retrains(&w, s)
	}
	return w
}

// retrains checks that the arms of a sweep can be retrained as it says.
func (d *decoder) retrains(w *Sweep, s *Study) {
	for _, i := range w.Arms {
		a := s.Arms[i]
		if a.Retrain == nil {
			d.fail(w.at, "this sweep retrains, but arm %s has no retraining; add retrain: {epochs: 30, lr: 0.01} to the study, or retrain: false here", a.Name)
			return
		}
		r := *a.Retrain
		w.retrain.apply(&r, a.Train, 1)
		d.rewinds(w.retrain, a.Train, &r)
		d.batchFits(w.retrain.at, r.Batch, s.TrainSamples())
	}
}

// sweepArms reads which arms a sweep is for; unsaid: all.
func (d *decoder) sweepArms(n *node, arms []Arm) []int {
	names := make([]string, len(arms))
	all := make([]int, len(arms))
	for i, a := range arms {
		names[i], all[i] = a.Name, i
	}
	if n == nil {
		return all
	}
	var chosen []int
	for _, it := range d.items(n) {
		name := d.text(it)
		i := slices.Index(names, name)
		switch {
		case name == "":
		case i < 0:
			d.fail(it.at, "there is no arm %q%s", name, suggest(name, names))
		case slices.Contains(chosen, i):
			d.fail(it.at, "the arm %q is there twice", name)
		default:
			chosen = append(chosen, i)
		}
	}
	slices.Sort(chosen)
	return chosen
}

// amounts reads what is pruned and how much of it.
func (d *decoder) amounts(w *Sweep, n *node, o object, s *Study) {
	if v := o.get("layers"); v != nil {
		for _, key := range []string{"targets", "ratios", "quality", "threshold", "iterative"} {
			if other := o.get(key); other != nil {
				d.fail(other.at, "%s beside given layers; a sweep has either layers with their ratios or targets with amounts", key)
			}
		}
		d.given(w, v, o.get("name"), s)
		return
	}
	if v := o.get("name"); v != nil {
		d.fail(v.at, "a name is for a sweep with given layers; elsewhere the targets name the series")
	}
	if v := o.get("targets"); v != nil {
		w.Targets = d.targets(v, s)
	} else {
		d.fail(n.at, "the sweep has no targets; say what is pruned, as targets: [all]")
	}
	rules := []prune.Rule{prune.ByRatio, prune.ByQuality, prune.ByThreshold}
	var values *node
	for i, key := range []string{"ratios", "quality", "threshold"} {
		v := o.get(key)
		if v == nil {
			continue
		}
		if values != nil {
			d.fail(v.at, "%s beside %s; a sweep has one kind of amount, write two sweeps", key, w.Rule)
			return
		}
		values, w.Rule = v, rules[i]
	}
	if values == nil {
		if levels := ladderLevels(o); levels != nil {
			values, w.Rule = levels, prune.ByRatio
		} else {
			d.fail(n.at, "the sweep does not say how much is pruned; add ratios: [0.5, 0.9], quality: [1] or threshold: [0.01]")
			return
		}
	}
	if w.Rule != prune.ByRatio && w.Scope == prune.Global {
		d.fail(o.get("scope").at, "scope: global goes with ratios; a %s acts on each layer by itself", w.Rule)
	}
	if w.Rule != prune.ByRatio && w.Criterion != prune.Magnitude {
		d.fail(o.get("criterion").at, "a %s is one of magnitudes; %s pruning takes ratios", w.Rule, w.Criterion)
	}
	seen := map[float64]bool{}
	for _, it := range d.items(values) {
		before := len(d.faults)
		var v float64
		if w.Rule == prune.ByRatio {
			v = d.ratio(it)
		} else {
			v = d.amount(it, 1e6)
		}
		if len(d.faults) > before {
			continue
		}
		if seen[v] {
			d.fail(it.at, "%s is there twice", it.describe())
		}
		seen[v] = true
		if v == 0 {
			continue // the control, which every series has
		}
		if w.Rule == prune.ByRatio {
			d.removesSomething(it, w, v, s)
		}
		w.Amounts = append(w.Amounts, v)
	}
	slices.Sort(w.Amounts)
	if len(w.Amounts) == 0 && d.err() == nil {
		d.fail(values.at, "%s would prune nothing; the unpruned control is run anyway", values.title())
	}
}

// ladderLevels finds the levels of iterative: {levels: [...]}.
func ladderLevels(o object) *node {
	it := o.get("iterative")
	if it == nil || it.kind != mapping {
		return nil
	}
	return it.get("levels")
}

// removesSomething reports a ratio that rounds to no weight at all.
func (d *decoder) removesSomething(at *node, w *Sweep, ratio float64, s *Study) {
	for _, i := range w.Arms {
		for _, t := range w.Targets {
			most, total := 0, 0
			for _, l := range t.Layers {
				size := s.Arms[i].weights(l)
				most = max(most, size)
				total += size
			}
			if w.Scope == prune.Global {
				most = total
			}
			if prune.Count(ratio, most) == 0 {
				d.fail(at.at, "%s would prune nothing: %s has %d weights", at.describe(), t.Name, most)
				return
			}
		}
	}
}

// given reads a sweep of given ratios, one a layer.
func (d *decoder) given(w *Sweep, n, name *node, s *Study) {
	w.Rule = prune.ByRatio
	t := Target{Name: "given"}
	if name != nil {
		t.Name = d.text(name)
	}
	o := d.object(n, s.layerNames()...)
	removed, total := 0, 0
	for _, l := range s.layers {
		v := o.get(l.Name)
		total += l.Weights
		if v == nil {
			continue
		}
		r := d.ratio(v)
		count := prune.Count(r, l.Weights)
		removed += count
		if count > 0 {
			t.Layers = append(t.Layers, l.Name)
			w.Given = append(w.Given, r)
		}
	}
	if removed == 0 && d.err() == nil {
		d.fail(n.at, "%s would prune nothing", n.title())
	}
	if w.Scope == prune.Global {
		d.fail(n.at, "scope: global does not go with ratios given for each layer")
	}
	w.Targets = []Target{t}
	w.Amounts = []float64{math.Round(float64(removed)/float64(total)*1e6) / 1e6}
}
