package trial

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"prunelab/model/train"
)

// In JSON a cell has the words of its method. What they stand for is read off
// the trials, so the words may be anything, as long as cells of one method share
// them:
//
//  1. The criterion, the scope and the kind of the schedule are those of a trial.
//  2. Specs do not tell all: whether the amounts 0.5 and 0.75 were listed or come
//     of a rate of 0.5, at which rate a single round of 0.3 was meant, and what a
//     sweep set of its retraining otherwise than its arm. Of what the trials
//     allow, what gives the plan's words is taken.
//  3. Where nothing gives them, the words become the method's Name, and a warning
//     says what the trials did. The retraining is then compared with the arm's
//     first one.

// UnmarshalJSON reads a plan.
func (p *Plan) UnmarshalJSON(text []byte) error {
	type plain Plan // without this method
	if err := json.Unmarshal(text, (*plain)(p)); err != nil {
		return err
	}
	p.nameMethods()
	return nil
}

// witness is what the trials of a method, as a plan calls it, have in common.
type witness struct {
	name    string
	cells   []Cell // points of its first seed
	specs   map[Key]Spec
	retrain *train.Config
	arm     string // of retrain
	frozen  bool   // some trial freezes layers, or all prune all
	deepest Spec
	layers  []string // of the network, with weights
}

// nameMethods gives cells that have words for their methods the methods.
func (p *Plan) nameMethods() {
	witnesses := p.witnesses()
	methods := map[string]Method{}
	schedules := []Schedule{} // of rounds, for what was retrained as often
	for _, kind := range []ScheduleKind{Iterative, OneShot, EqualSteps} {
		for _, w := range witnesses {
			if w.kind() != kind {
				continue
			}
			m, ok := w.read(schedules)
			if ok {
				methods[w.name] = m
			}
			if kind == Iterative {
				schedules = append(schedules, m.Schedule)
			}
		}
	}
	own := p.ownRetraining(witnesses, methods)
	for _, w := range witnesses {
		if _, ok := methods[w.name]; ok || w.name == "" {
			continue
		}
		m := w.candidates(schedules)[0]
		if w.retrain != nil {
			m.Retrain = difference(*w.retrain, own[w.arm])
		}
		p.Warnings = append(p.Warnings, fmt.Sprintf("the plan calls a way of pruning %q; its trials say %q, and that is what counts", w.name, m))
		m.Name = w.name
		methods[w.name] = m
	}
	for i, c := range p.Cells {
		if m, ok := methods[c.Method.Name]; ok {
			p.Cells[i].Method = m
		}
	}
}

// witnesses collects the trials of each method, in the plan's order.
func (p *Plan) witnesses() []*witness {
	var all []*witness
	by := map[string]*witness{}
	var keys []Key
	for _, c := range p.Cells {
		name := c.Method.Name
		if c.Role != Point {
			continue
		}
		w := by[name]
		if w == nil {
			w = &witness{name: name, layers: p.Layers}
			by[name], all = w, append(all, w)
		}
		if len(w.cells) == 0 || w.cells[0].Seed == c.Seed {
			w.cells, keys = append(w.cells, c), append(keys, c.Key)
		}
	}
	specs := p.specs(keys)
	for _, w := range all {
		w.specs = specs
		whole := true
		for _, c := range w.cells {
			spec := specs[c.Key]
			if len(spec.Levels) == 0 {
				continue // a plan that is damaged
			}
			if len(spec.Levels) > len(w.deepest.Levels) {
				w.deepest = spec
			}
			last := spec.Levels[len(spec.Levels)-1]
			if last.Retrain != nil {
				if w.retrain == nil {
					w.retrain, w.arm = last.Retrain, c.Arm
				}
				w.frozen = w.frozen || len(last.Retrain.Frozen) > 0
			}
			whole = whole && slices.Equal(spec.Levels[0].Prune.Layers, p.Layers)
		}
		w.frozen = w.frozen || whole
	}
	return slices.DeleteFunc(all, func(w *witness) bool { return len(w.deepest.Levels) == 0 })
}

// kind is how the trials come to their amounts.
func (w *witness) kind() ScheduleKind {
	prunings := 0
	for _, l := range w.deepest.Levels {
		if !l.Prune.Empty() {
			prunings++
		}
	}
	switch {
	case prunings > 1:
		return Iterative
	case len(w.deepest.Levels) > 1:
		return EqualSteps
	}
	return OneShot
}

// read returns the method that the trials allow and that has the plan's words.
func (w *witness) read(schedules []Schedule) (m Method, ok bool) {
	candidates := w.candidates(schedules)
	for _, m := range candidates {
		if rest, begins := strings.CutPrefix(w.name, m.label()); begins {
			if m.Retrain, ok = w.says(rest); ok {
				return m, true
			}
		}
	}
	return candidates[0], false
}

// says reads which settings of the retraining words name that follow those of the rest
// of a method.
func (w *witness) says(words string) (string, bool) {
	if words == "" {
		return "", true
	}
	all, begins := strings.CutPrefix(words, ", ")
	if !begins || w.retrain == nil {
		return "", false
	}
	var set Settings
	for rest, s := all+", ", Settings(1); s <= SetAll; s <<= 1 {
		if s == SetFrozen && !w.frozen {
			continue
		}
		for _, word := range s.spellings(*w.retrain) {
			if after, named := strings.CutPrefix(rest, word+", "); named {
				set, rest = set|s, after
				break
			}
		}
		if rest == "" {
			return strings.Join(set.Words(*w.retrain), ", "), true
		}
	}
	return "", false
}

// spellings are the words of a setting, and those that plans had for it before.
func (s Settings) spellings(c train.Config) []string {
	words := s.Words(c)
	if s == SetEpochs {
		words = append(words, fmt.Sprintf("%d epochs", c.Epochs)) // also of one
	}
	return words
}

// candidates are the methods without a retraining of their own that the trials
// allow, the simplest first.
func (w *witness) candidates(schedules []Schedule) []Method {
	first := w.deepest.Levels[0].Prune
	m := Method{Criterion: first.Criterion, Scope: first.Scope, BatchNorm: Statistics(w.deepest.Levels[0].BatchNorm)}
	with := func(s Schedule, kind ScheduleKind) Method {
		s.Kind = kind
		m := m
		m.Schedule = s
		return m
	}
	var all []Method
	switch w.kind() {
	case Iterative:
		all = append(all, with(Schedule{}, Iterative))
		for _, p := range w.perRound() {
			all = append(all, with(Schedule{PerRound: p, Own: w.own(p)}, Iterative))
		}
	case OneShot: // or the first of a single round
		all = append(all, with(Schedule{}, OneShot), with(Schedule{}, Iterative))
		fallthrough
	case EqualSteps:
		for _, s := range schedules {
			all = append(all, with(s, EqualSteps))
		}
		all = append(all, with(Schedule{}, EqualSteps))
	}
	if s, ok := w.stated(); ok {
		if w.kind() != EqualSteps {
			all = append(all, with(s, Iterative))
		}
		if w.kind() != Iterative {
			all = append(all, with(s, EqualSteps))
		}
	}
	return all
}

// ownRetraining is the retraining of each arm's own: that of a method that sets
// nothing, else the first in the plan.
func (p *Plan) ownRetraining(witnesses []*witness, methods map[string]Method) map[string]train.Config {
	own := map[string]train.Config{}
	for _, fits := range []func(w *witness) bool{
		func(w *witness) bool { m, ok := methods[w.name]; return ok && m.Retrain == "" },
		func(*witness) bool { return true },
	} {
		for _, w := range witnesses {
			if _, ok := own[w.arm]; !ok && w.retrain != nil && fits(w) {
				own[w.arm] = *w.retrain
			}
		}
	}
	return own
}

// difference words the settings in which a retraining is another than an arm's
// own.
func difference(c, own train.Config) string {
	var set Settings
	for s := Settings(1); s <= SetAll; s <<= 1 {
		if s == SetFrozen && len(c.Frozen) != len(own.Frozen) || s.Words(c)[0] != s.Words(own)[0] {
			set |= s
		}
	}
	return strings.Join(set.Words(c), ", ")
}
