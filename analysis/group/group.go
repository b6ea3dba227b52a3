// Package group puts the trials of a study into cells over seeds.
//
//  1. The plan's cells that differ in nothing but the seed form one Cell; its
//     members are the seeds.
//  2. A member has the outcome of its trial, or the reason why it has none. A
//     trial without a number is never a number.
//  3. What does not place a trial in a cell is its residue. Members whose
//     residues differ in more than the seed are not alike; the cell says in what.
//     Where one seed has several such trials, the cell is split.
//
// The order of the plan's cells and of the outcomes does not matter.
package group

import (
	"cmp"
	"fmt"
	"slices"

	"prunelab/experiments/trial"
)

// Reason says why a trial has no number.
type Reason string

// The reasons.
const (
	Diverged  Reason = "diverged"
	Failed    Reason = "failed"
	NotRun    Reason = "not run yet"
	StartLost Reason = "the network it starts from diverged or failed"
)

// Study is a plan with its outcomes.
type Study struct {
	Plan     trial.Plan
	Cells    []Cell   // sorted: arm, target, method, parameter, retraining, requested, round, role
	Warnings []string // for the reader of any number of this study
	specs    map[trial.Key]trial.Spec
	outcomes map[trial.Key]*trial.Outcome
}

// Labels are what the members of a cell have in common.
type Labels struct {
	trial.Series
	Requested float64
	Round     int
	Retrain   bool
	Role      trial.Role
}

// Cell is one setting over its seeds.
type Cell struct {
	Labels
	Members []Member // ascending by seed, each seed once
	Again   []Member // other seeds of a network that is the same for all of them: no replicates
}

// Member is one seed of a cell.
type Member struct {
	Seed    uint64
	Key     trial.Key
	Spec    trial.Spec
	Outcome *trial.Outcome // nil when it was not run
}

// New places the outcomes in the plan's cells. Outcomes that the plan does not
// know are left out, with a warning. An outcome that contradicts itself or
// another one of the same trial is an error.
func New(p trial.Plan, outs []trial.Outcome) (*Study, error) {
	s := &Study{Plan: p, Warnings: slices.Clone(p.Warnings), specs: map[trial.Key]trial.Spec{}, outcomes: map[trial.Key]*trial.Outcome{}}
	for _, spec := range p.Trials {
		s.specs[spec.Key()] = spec
	}
	strangers := 0
	for i := range outs {
		o := &outs[i]
		if _, known := s.specs[o.Key]; !known {
			strangers++
			continue
		}
		if err := check(o); err != nil {
			return nil, fmt.Errorf("outcome of trial %s: %w", o.Key.Short(), err)
		}
		if other := s.outcomes[o.Key]; other != nil && !sameResult(o, other) {
			return nil, fmt.Errorf("trial %s has two outcomes that differ: the numerics are not deterministic; move one of them away", o.Key.Short())
		}
		s.outcomes[o.Key] = o
	}
	switch {
	case strangers == 1:
		s.Warnings = append(s.Warnings, "an outcome that belongs to no trial of the plan was left out")
	case strangers > 1:
		s.Warnings = append(s.Warnings, fmt.Sprintf("%d outcomes belong to no trial of the plan and were left out", strangers))
	}
	if err := s.fill(); err != nil {
		return nil, err
	}
	return s, nil
}

// Spec returns the plan's trial of that key.
func (s *Study) Spec(k trial.Key) (trial.Spec, bool) {
	spec, ok := s.specs[k]
	return spec, ok
}

// Outcome returns the outcome of a trial, nil when it was not run.
func (s *Study) Outcome(k trial.Key) *trial.Outcome { return s.outcomes[k] }

// Why says why the trial has no number where one is wanted.
func (s *Study) Why(k trial.Key) Reason {
	if o := s.outcomes[k]; o != nil {
		if o.Status == trial.Diverged {
			return Diverged
		}
		return Failed
	}
	for spec := s.specs[k]; len(spec.Levels) > 0; {
		spec = spec.Start()
		if o := s.outcomes[spec.Key()]; o != nil && o.Status != trial.Done {
			return StartLost
		}
	}
	return NotRun
}

// fill makes the cells.
func (s *Study) fill() error {
	members := map[Labels][]Member{}
	for _, c := range s.Plan.Cells {
		spec, ok := s.specs[c.Key]
		if !ok {
			return fmt.Errorf("the plan of study %s is damaged: the trial %s of a cell is not among its trials", s.Plan.Study, c.Key.Short())
		}
		l := Labels{c.Series, c.Requested, c.Round, c.Retrain, c.Role}
		m := Member{Seed: c.Seed, Key: c.Key, Spec: spec, Outcome: s.outcomes[c.Key]}
		if !slices.ContainsFunc(members[l], func(o Member) bool { return o.Seed == m.Seed && o.Key == m.Key }) {
			members[l] = append(members[l], m)
		}
	}
	for l, ms := range members {
		slices.SortFunc(ms, func(a, b Member) int { return cmp.Or(cmp.Compare(a.Seed, b.Seed), cmp.Compare(a.Key, b.Key)) })
		for _, c := range split(Cell{Labels: l, Members: ms}) {
			s.Cells = append(s.Cells, c.once())
		}
	}
	order := NewOrder(s.Plan)
	slices.SortFunc(s.Cells, func(a, b Cell) int { return order.compare(a.Labels, b.Labels) })
	for _, c := range s.Cells {
		if w := c.varies(); w != "" {
			s.Warnings = append(s.Warnings, w)
		}
	}
	return nil
}

// Order sorts names as a reader expects them: arms as the study has them;
// targets from the whole network over layer types and layers, in the network's
// order, to groups, by name.
type Order struct {
	arms    map[string]int
	targets map[string]rank
}

// rank is the place of a target: by its extent, then by its first layer.
type rank struct {
	extent trial.Extent
	first  int
}

// NewOrder is the order of a plan.
func NewOrder(p trial.Plan) Order {
	o := Order{map[string]int{}, map[string]rank{"": {extent: -1}}}
	for i, a := range p.Arms {
		o.arms[a] = i + 1
	}
	for name, layers := range p.Targets() {
		r := rank{extent: p.Extent(layers)}
		switch r.extent {
		case trial.Type:
			r.first = truth(p.KindOf(layers[0]) != "conv")
		case trial.Layer:
			r.first = slices.Index(p.Layers, layers[0])
		}
		o.targets[name] = r
	}
	return o
}

// Arms compares two arms.
func (o Order) Arms(a, b string) int {
	i, j := o.arms[a], o.arms[b]
	if i == 0 {
		i = len(o.arms) + 1
	}
	if j == 0 {
		j = len(o.arms) + 1
	}
	return cmp.Or(cmp.Compare(i, j), cmp.Compare(a, b))
}

// Targets compares two targets.
func (o Order) Targets(a, b string) int {
	i, j := o.rank(a), o.rank(b)
	return cmp.Or(cmp.Compare(i.extent, j.extent), cmp.Compare(i.first, j.first), cmp.Compare(a, b))
}

// rank of a target; given ratios are those of a group.
func (o Order) rank(target string) rank {
	if r, ok := o.targets[target]; ok {
		return r
	}
	return rank{extent: trial.Group}
}

// Methods compares two methods by their words, names of a plan's own last.
func Methods(a, b trial.Method) int {
	if a == b {
		return 0
	}
	nameA, nameB := a.Name, b.Name
	a.Name, b.Name = "", ""
	return cmp.Or(cmp.Compare(a.String(), b.String()), cmp.Compare(nameA, nameB))
}

func (o Order) compare(a, b Labels) int { return cmp.Or(o.Arms(a.Arm, b.Arm), o.SameArm(a, b)) }

// SameArm compares what two cells have besides their arms.
func (o Order) SameArm(a, b Labels) int {
	return cmp.Or(
		o.Targets(a.Target, b.Target),
		Methods(a.Method, b.Method), cmp.Compare(a.Parameter, b.Parameter),
		truth(a.Retrain)-truth(b.Retrain), cmp.Compare(a.Requested, b.Requested),
		cmp.Compare(a.Round, b.Round), cmp.Compare(a.Role, b.Role))
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}
