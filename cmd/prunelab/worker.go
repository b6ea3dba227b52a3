package main

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/experiments/runner"
	"prunelab/experiments/store"
	"prunelab/experiments/trial"
)

type workerCmd struct {
	runDir
	Arms []string `placeholder:"NAMES" sep:"none" help:"Only trials of these arms and what they start from, as L2 or L2,L1."`
	dataFlags
	crewFlags
}

func (*workerCmd) Help() string {
	return `Runs what is left of a run that was begun with prunelab run, from the study and
the plan in its folder, and renders nothing. Any number of workers, on machines
that share the folder, may be at it: each trial is claimed by one of them.

  prunelab worker results/quick
  prunelab worker /shared/layers --workers 8
  prunelab worker results/quick --arms L2 the trials of an arm alone
  prunelab report results/quick          render when all are done`
}

// Run runs trials until none is left, those that are added meanwhile too.
func (c *workerCmd) Run(s *session) error {
	crew, err := c.crew()
	if err != nil {
		return err
	}
	st := s.open(c.Dir)
	if _, err := st.Plan(); err != nil {
		return err
	}
	if err := st.Prepare(); err != nil {
		return err
	}
	ran := 0 // trials of the plan that was run
	for {
		pinned, text, err := st.Run()
		if err != nil {
			return err
		}
		if len(pinned.Trials) == ran {
			of := ""
			if len(c.Arms) > 0 {
				of = " of " + strings.Join(c.Arms, ", ")
			}
			fmt.Fprintf(s.stdout, "%s: no trial%s is left; prunelab report %s renders them\n", pinned.Study, of, st.Dir)
			outcomes, err := st.Outcomes(pinned)
			if err != nil {
				return err
			}
			return s.missing(st, pinned, outcomes)
		}
		if err := c.work(s, st, pinned, text, crew); err != nil {
			return err
		}
		ran = len(pinned.Trials)
	}
}

// work runs what is left of a plan, which has to be that of the study.
func (c *workerCmd) work(s *session, st *store.Store, pinned trial.Plan, text []byte, crew runner.Config) error {
	parsed, err := s.parseRun(st.Dir, pinned, text, nil, c.dataFlags)
	if err != nil {
		return err
	}
	plan, err := s.plan(parsed.Study, st)
	if err != nil {
		return err
	}
	if err := st.Compare(pinned, plan); err != nil {
		return err
	}
	left, err := st.Unfinished(plan)
	if err != nil || len(left) == 0 {
		return err
	}
	if len(c.Arms) > 0 {
		if _, err := parsed.Narrow(c.Arms); err != nil {
			return usageError{err}
		}
		part, err := parsed.Plan(plan.Kernel)
		if err != nil {
			return err
		}
		known := part.ByKey()
		left = slices.DeleteFunc(left, func(t trial.Spec) bool { _, ok := known[t.Key()]; return !ok })
		plan.Trials = part.Trials
	}
	return s.train(parsed, plan, left, st, crew)
}
