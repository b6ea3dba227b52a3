package main

import (
	"errors"
	"fmt"
	"io/fs"

	"prunelab/cmd/prunelab/internal/state"
	"prunelab/experiments/cost"
	"prunelab/experiments/store"
	"prunelab/experiments/study"
	"prunelab/experiments/trial"
)

type planCmd struct {
	studyFlags
	outFlag
	workersFlag
}

func (*planCmd) Help() string {
	return `The time is an estimate: the network is trained on noise for a moment, dense and
pruned, by as many workers at once as are to run, and the trials that are left are
taken at that pace, each behind what it starts from. What else the machine does then
counts as well. A run says at its end what was predicted.

  prunelab plan regularizers-lenet-300-100
  prunelab plan my-study.yaml --set seeds=3 --workers 8`
}

func (c *planCmd) Run(s *session) error {
	workers, err := c.workers()
	if err != nil {
		return err
	}
	studies, err := c.load(s)
	if err != nil {
		return err
	}
	dirs, err := c.dirs(studies)
	if err != nil {
		return err
	}
	for i, one := range studies {
		if i > 0 {
			fmt.Fprintln(s.stdout)
		}
		if err := s.printStudy(one.Study, dirs[i], workers); err != nil {
			return err
		}
	}
	return nil
}

// printStudy says what of a study is done and what the rest needs.
func (s *session) printStudy(parsed *study.Study, dir string, workers int) error {
	st := s.open(dir)
	plan, err := s.plan(parsed, st)
	if err != nil {
		return err
	}
	left := plan.Trials
	switch _, err := st.Plan(); {
	case err == nil:
		if left, err = st.Unfinished(plan); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	e, err := cost.New(parsed, left, workers)
	if err != nil {
		return err
	}
	s.printPlan(plan, left, e, st.Dir, workers)
	return nil
}

func (s *session) printPlan(plan trial.Plan, left []trial.Spec, e *cost.Estimate, dir store.Dir, workers int) {
	dense, points, controls := 0, 0, 0
	for _, c := range plan.Cells {
		switch c.Role {
		case trial.Dense:
			dense++
		case trial.Control:
			controls++
		default:
			points++
		}
	}
	line := func(name, format string, args ...any) {
		fmt.Fprintf(s.stdout, "%-9s "+format+"\n", append([]any{name}, args...)...)
	}
	line("study", "%s, scored on the %s split", plan.Study, plan.Split)
	line("cells", "%d pruned, %s, %d dense; equal ones are one trial", points, trial.Counted(controls, "unpruned control"), dense)
	if n, same := plan.Fixed(); n > 0 && n == same && dense > len(plan.Arms) {
		line("", "of these %d are neither retrained nor drawn: the same for every seed, and run for the first", n)
	}
	line("trials", "%d, of which %d done", len(plan.Trials), len(plan.Trials)-len(left))
	if len(left) > 0 {
		format := "%.3g"
		if e.FLOP >= 999.5e12 {
			format = "%.0f"
		}
		line("work", format+" TFLOP on surviving weights, %d samples trained", e.FLOP/1e12, e.Samples)
		line("time", "about %s on %s (%.0f samples/s a worker dense, %.0f at 2 %% density)",
			state.Duration(e.Total(workers)), trial.Counted(workers, "worker"), e.Pace.Speed(1), e.Pace.Speed(0.02))
		line("disk", "about %.1f MB, with the networks that trials start from", float64(e.Disk)/1e6)
	}
	line("kernels", "%s", plan.Kernel)
	line("results", "%s", dir)
}
