package store

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/experiments/trial"
)

// Mismatch says that a folder was made by another plan.
type Mismatch struct {
	Dir         string
	Differences []string
	Adds        int  // trials that the study has and the folder has not
	Changes     bool // it also changes or drops trials, or what the plan says of them
	Part        bool // the study is a part of what the folder has
	Refused     bool // the folder was to be extended
	FileOrder   bool // the folder has a user's data in the order of the files, the study draws parts by class
}

// Error lists the differences and what to do.
func (m *Mismatch) Error() string {
	list := strings.Join(m.Differences, "\n  ")
	if m.FileOrder {
		list += "\nparts of the data were taken in the order of the files then, as all were once, and are drawn at random by class now: stratified: false in data goes on with the order of the files"
	}
	switch {
	case m.Refused && !m.Part:
		return fmt.Sprintf("%s cannot be extended to this study: an extension adds trials and changes none, and this one differs otherwise:\n  %s\n"+
			"give the study back its settings, or run it in another folder with --out DIR", m.Dir, list)
	case !m.Changes:
		return fmt.Sprintf("%s was made by a smaller version of this study:\n  %s\nadd what is new with --extend (%d of its trials), give the study back its settings, or run it in another folder with --out DIR",
			m.Dir, list, m.Adds)
	case m.Part:
		return fmt.Sprintf("%s was made by a larger version of this study, or was extended:\n  %s\nrun the study that is in the folder, %s, or run this one in another folder with --out DIR",
			m.Dir, list, Dir(m.Dir).Study())
	}
	return fmt.Sprintf("%s was made by another version of this study:\n  %s\ngive the study back its settings, or run it in another folder with --out DIR", m.Dir, list)
}

// Compare returns a *Mismatch when the folder's plan is not the other one.
func (s *Store) Compare(have, want trial.Plan) error {
	if m := compare(s.Dir, have, want); m != nil {
		return m
	}
	return nil
}

func compare(dir Dir, have, want trial.Plan) *Mismatch {
	if have.Same(want) {
		return nil
	}
	m := &Mismatch{Dir: string(dir), Differences: have.Differences(want, "in the folder", "now"), Changes: !within(have, want), Part: within(want, have)}
	fileOrder := func(s trial.Spec) bool { return !s.Data.Stratified && s.Data.Parts() }
	drawn := func(s trial.Spec) bool { return s.Data.Stratified }
	m.FileOrder = slices.ContainsFunc(have.Trials, fileOrder) && slices.ContainsFunc(want.Trials, drawn)
	old := have.ByKey()
	for k := range want.ByKey() {
		if _, ok := old[k]; !ok {
			m.Adds++
		}
	}
	return m
}

// within reports whether a plan says the same as another one and lacks some of
// its cells and trials at most.
func within(small, large trial.Plan) bool {
	trials := large.ByKey()
	for k := range small.ByKey() {
		if _, ok := trials[k]; !ok {
			return false
		}
	}
	cells := large.ByLabel()
	for label, key := range small.ByLabel() {
		if cells[label] != key {
			return false
		}
	}
	arms := large.Arms
	for _, a := range small.Arms { // in the same order: tables and colours follow it
		at := slices.Index(arms, a)
		if at < 0 {
			return false
		}
		arms = arms[at+1:]
	}
	for _, p := range []*trial.Plan{&small, &large} {
		p.Arms, p.Cells, p.Trials = nil, nil, nil
	}
	return small.Same(large)
}
