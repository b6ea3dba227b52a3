package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/finding"
	"prunelab/analysis/group"
	"prunelab/experiments/store"
	"prunelab/experiments/study"
	"prunelab/model/kernel"
)

// narrow leaves the arms in a study that the flag names and says what goes with the
// others; it also names the arms that no sweep uses.
func (s *session) narrow(one *study.Study, f armsFlag) error {
	if len(f.Arms) > 0 {
		before, err := claimed(one)
		if err != nil {
			return err
		}
		said, err := one.Narrow(f.Arms)
		if err != nil {
			return usageError{err}
		}
		after, err := claimed(one)
		if err != nil {
			return err
		}
		gone := slices.DeleteFunc(before, func(name string) bool { return slices.Contains(after, name) })
		if len(gone) > 0 {
			said = append(said, "claims that compare other arms get no verdict: "+strings.Join(gone, ", "))
		}
		for _, what := range said {
			s.notice(fmt.Sprintf("%s, by --arms: %s", one.Name, what))
		}
	}
	if idle := one.Idle(); len(idle) > 0 {
		s.notice(fmt.Sprintf("warning: no sweep of %s uses %s: nothing of it is trained", one.Name, strings.Join(idle, ", ")))
	}
	return nil
}

// claimed lists the claims that the trials of a study can speak of, whatever arms
// they are asked of.
func claimed(one *study.Study) ([]string, error) {
	plan, err := one.Plan(kernel.Variant())
	if err != nil {
		return nil, err
	}
	g, err := group.New(plan, nil)
	if err != nil {
		return nil, err
	}
	curves, err := curve.FromGroups(g)
	if err != nil {
		return nil, err
	}
	findings, err := finding.Evaluate(g, curves)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range findings {
		if f.Verdict != finding.NotStudied && !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	return names, nil
}

// ofPart explains a folder that has more arms than --arms leaves.
func (f armsFlag) ofPart(err error, dir string) error {
	var other *store.Mismatch
	if len(f.Arms) > 0 && errors.As(err, &other) && other.Part && other.Changes {
		return fmt.Errorf("%w\nthe folder has other arms, too: prunelab worker %s --arms %s runs the trials of these alone", err, dir, strings.Join(f.Arms, ","))
	}
	return err
}
