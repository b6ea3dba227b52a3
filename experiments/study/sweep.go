package study

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/train"
)

// Target is a set of layers that are pruned together.
type Target struct {
	Name   string
	Layers []string // in the network's order
}

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
	Iterative *Ladder

	retrain patch // of this sweep, over the arms' own
	source  *node // retrain, as in the file
	at      place // of the sweep
}

// Ladder is iterative pruning: the amounts are reached by rounds of pruning
// and retraining.
type Ladder struct {
	PerRound   float64            // fraction of the weights left that a round removes; 0: the rounds are the amounts
	Own        map[string]float64 // layers that have a PerRound of their own
	EqualSteps bool               // adds one-shot pruning, retrained as often
}

// reservedTarget reports whether a word in targets means more than a layer.
func reservedTarget(word string) bool {
	return slices.Contains([]string{"all", "each", "conv", "fc"}, word)
}

var sweepKeys = []string{
	"targets", "ratios", "quality", "threshold", "layers", "name", "criterion", "scope", "arms", "retrain", "iterative",
}

// sweep reads one sweep.
func (d *decoder) sweep(n *node, s *Study) Sweep {
	w := Sweep{Criterion: prune.Magnitude, Scope: prune.PerLayer, Retrain: true, at: n.at}
	o := d.object(n, sweepKeys...)
	if o.n == nil {
		return w
	}
	if v := o.get("criterion"); v != nil {
		w.Criterion = prune.Criterion(d.choice(v, string(prune.Magnitude), string(prune.Random)))
	}
	if v := o.get("scope"); v != nil {
		w.Scope = prune.Scope(d.choice(v, string(prune.PerLayer), string(prune.Global)))
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
		if w.retrain.rewindLR && r.Epochs > a.Train.Epochs {
			d.fail(w.retrain.at, "lr: rewind repeats the end of the first training, which has %d epochs; %d are asked for", a.Train.Epochs, r.Epochs)
		}
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
			v = d.number(it, 0, 1e6)
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
	for _, t := range w.Targets {
		most, total := 0, 0
		for _, l := range t.Layers {
			size := s.layer(l).Weights
			most = max(most, size)
			total += size
		}
		if w.Scope == prune.Global {
			most = total
		}
		if math.Round(ratio*float64(most)) == 0 {
			d.fail(at.at, "%s would prune nothing: %s has %d weights", at.describe(), t.Name, most)
			return
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
	var removed, total float64
	for _, l := range s.layers {
		v := o.get(l.Name)
		total += float64(l.Weights)
		if v == nil {
			continue
		}
		r := d.ratio(v)
		count := math.Round(r * float64(l.Weights))
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
	w.Amounts = []float64{math.Round(removed/total*1e6) / 1e6}
}

// targets reads the list of what is pruned.
func (d *decoder) targets(n *node, s *Study) []Target {
	var targets []Target
	add := func(at *node, t Target) {
		for _, have := range targets {
			if have.Name == t.Name {
				d.fail(at.at, "the target %q is there twice", t.Name)
				return
			}
		}
		targets = append(targets, t)
	}
	for _, it := range d.items(n) {
		if it.kind == mapping {
			if t, ok := d.group(it, s); ok {
				add(it, t)
			}
			continue
		}
		word := d.text(it)
		switch {
		case word == "":
		case word == "each":
			for _, l := range s.layers {
				add(it, Target{Name: l.Name, Layers: []string{l.Name}})
			}
		case word == "all":
			add(it, Target{Name: word, Layers: s.layerNames()})
		case word == "conv" || word == "fc":
			kind := map[string]nn.Kind{"conv": nn.KindConv, "fc": nn.KindDense}[word]
			t := Target{Name: word}
			for _, l := range s.layers {
				if l.Kind == kind {
					t.Layers = append(t.Layers, l.Name)
				}
			}
			if len(t.Layers) == 0 {
				d.fail(it.at, "the target %s prunes nothing: the network has no such layer, it has %s", word, strings.Join(s.layerNames(), ", "))
				continue
			}
			add(it, t)
		case slices.Contains(s.layerNames(), word):
			add(it, Target{Name: word, Layers: []string{word}})
		default:
			d.fail(it.at, "the network has no layer %q%s", word, suggest(word, append(s.layerNames(), "all", "each", "conv", "fc")))
		}
	}
	return targets
}

// group reads {name, layers: [...]} or {name, except: [...]}.
func (d *decoder) group(n *node, s *Study) (Target, bool) {
	o := d.object(n, "name", "layers", "except")
	if o.n == nil {
		return Target{}, false
	}
	name, layers, except := o.get("name"), o.get("layers"), o.get("except")
	if name == nil || (layers == nil) == (except == nil) {
		d.fail(n.at, "a group needs a name and either layers or except, as {name: late, layers: [fc2, fc3]}")
		return Target{}, false
	}
	t := Target{Name: d.text(name)}
	if reservedTarget(t.Name) || slices.Contains(s.layerNames(), t.Name) && layers == nil {
		d.fail(name.at, "a group cannot be called %q, which means something else", t.Name)
	}
	named := layers
	if named == nil {
		named = except
	}
	listed := map[string]bool{}
	for _, it := range d.items(named) {
		l := d.text(it)
		switch {
		case l == "":
		case !slices.Contains(s.layerNames(), l):
			d.fail(it.at, "the network has no layer %q%s", l, suggest(l, s.layerNames()))
		case listed[l]:
			d.fail(it.at, "the layer %q is there twice", l)
		}
		listed[l] = true
	}
	for _, l := range s.layers {
		if listed[l.Name] == (layers != nil) {
			t.Layers = append(t.Layers, l.Name)
		}
	}
	if slices.Contains(s.layerNames(), t.Name) && !slices.Equal(t.Layers, []string{t.Name}) {
		d.fail(name.at, "a group cannot be called %q, which is a layer", t.Name)
	}
	if len(t.Layers) == 0 && d.err() == nil {
		d.fail(n.at, "the target %s prunes nothing: except names every layer", t.Name)
	}
	return t, len(t.Layers) > 0
}

// iterative reads how a ladder is climbed.
func (d *decoder) iterative(w *Sweep, n *node, sweep object, s *Study) {
	o := d.object(n, "per_round", "levels", "layers", "equal_steps")
	if o.n == nil {
		return
	}
	l := &Ladder{}
	w.Iterative = l
	if w.Rule != prune.ByRatio && w.Rule != "" {
		d.fail(n.at, "iterative pruning takes ratios, not a %s", w.Rule)
	}
	if !w.Retrain {
		d.fail(n.at, "iterative pruning retrains in every round; remove retrain: false or iterative")
	}
	perRound, levels := o.get("per_round"), o.get("levels")
	switch {
	case (perRound == nil) == (levels == nil):
		d.fail(n.at, "iterative needs either per_round: 0.2 or levels: [0.5, 0.8, 0.9]")
	case levels != nil && sweep.get("ratios") != nil:
		d.fail(levels.at, "levels beside ratios; the levels are the ratios")
	case perRound != nil:
		l.PerRound = d.rate(perRound)
	}
	if v := o.get("equal_steps"); v != nil {
		l.EqualSteps = d.flag(v)
	}
	if v := o.get("layers"); v != nil {
		if perRound == nil {
			d.fail(v.at, "layers with a rate of their own go with per_round")
		}
		if w.Scope == prune.Global {
			d.fail(v.at, "layers with a rate of their own do not go with scope: global")
		}
		own := d.object(v, s.layerNames()...)
		for _, name := range s.layerNames() {
			if r := own.get(name); r != nil {
				if l.Own == nil {
					l.Own = map[string]float64{}
				}
				l.Own[name] = d.rate(r)
			}
		}
	}
	if l.PerRound > 0 && len(w.Amounts) > 0 {
		if k := len(l.rounds(w.Amounts)); k > maxRounds {
			d.fail(n.at, "%d rounds to a ratio of %v; at most %d are allowed, so raise per_round", k, w.Amounts[len(w.Amounts)-1], maxRounds)
		}
	}
}

// rate reads the fraction that a round removes.
func (d *decoder) rate(n *node) float64 {
	r := d.ratio(n)
	if r < 0.001 {
		d.fail(n.at, "%s is less than 0.001: a round would prune next to nothing", n.describe())
		return 0.5
	}
	return r
}

// series names how a sweep prunes and retrains: the method of its cells.
func (w *Sweep) series() string {
	parts := []string{string(w.Criterion)}
	if w.Scope == prune.Global {
		parts[0] += " global"
	}
	if l := w.Iterative; l != nil {
		name := "iterative"
		if l.PerRound > 0 {
			name += " " + short(l.PerRound)
		}
		if parts[0] != string(prune.Magnitude) {
			name = parts[0] + " " + name
		}
		parts[0] = name
		for _, layer := range sorted(l.Own) {
			parts = append(parts, fmt.Sprintf("%s %s", layer, short(l.Own[layer])))
		}
	}
	return strings.Join(append(parts, w.retrain.words()...), ", ")
}

func sorted(m map[string]float64) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// words says what a sweep's own retraining differs in.
func (p patch) words() []string {
	var w []string
	if p.epochs != nil {
		w = append(w, fmt.Sprintf("%d epochs", *p.epochs))
	}
	if p.batch != nil {
		w = append(w, fmt.Sprintf("batch %d", *p.batch))
	}
	if p.optimizer != nil {
		w = append(w, fmt.Sprintf("%s lr %s", p.optimizer.Method, short(p.optimizer.LR)))
	}
	if p.lr != nil {
		w = append(w, "lr "+short(*p.lr))
	}
	if p.rewindLR {
		w = append(w, "lr rewound")
	}
	if p.schedule != nil {
		w = append(w, string(p.schedule.Kind)+" schedule")
	}
	if p.regularizer != nil {
		w = append(w, strength(*p.regularizer))
	}
	if p.dropout != nil {
		w = append(w, "dropout "+string(*p.dropout))
	}
	if p.start != nil && *p.start != train.StartKeep {
		w = append(w, string(*p.start))
	}
	if p.freeze != nil && *p.freeze {
		w = append(w, "others frozen")
	}
	return w
}
