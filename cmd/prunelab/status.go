package main

import (
	"cmp"
	"fmt"
	"time"

	"prunelab/experiments/cost"
	"prunelab/experiments/runner"
	"prunelab/experiments/store"
	"prunelab/experiments/trial"
)

type statusCmd struct{ runDir }

func (*statusCmd) Help() string {
	return `Says how many trials are finished, which failed or diverged and which files hold
their errors and stacks, who is at work on what and for how long, and how long
the rest takes. The estimate is the measured speed of the finished trials that
are most alike, shared among the jobs at work; without a finished trial there is
none. Runs nothing and writes nothing: the folder may be read-only.

  prunelab status results/quick`
}

// Run prints the state of a run.
func (c *statusCmd) Run(s *session) error {
	st := store.Inspect(c.Dir, store.Disk{}, func(name string, why error) {
		s.notice(fmt.Sprintf("%s is damaged (%v); it counts as not there", name, why))
	})
	plan, err := st.Plan()
	if err != nil {
		return err
	}
	outcomes, err := st.Outcomes(plan)
	if err != nil {
		return err
	}
	held, err := st.Holdings()
	if err != nil {
		return err
	}
	count := map[trial.Status]int{}
	for _, o := range outcomes {
		count[o.Status]++
	}
	// A failed trial is tried again, so it is not finished.
	remaining := len(plan.Trials) - count[trial.Done] - count[trial.Diverged]
	fmt.Fprintf(s.stdout, "study      %s, %s\n", plan.Study, trial.Counted(len(plan.Trials), "trial"))
	fmt.Fprintf(s.stdout, "done       %d\n", count[trial.Done])
	fmt.Fprintf(s.stdout, "diverged   %d\n", count[trial.Diverged])
	fmt.Fprintf(s.stdout, "failed     %d\n", count[trial.Failed])
	fmt.Fprintf(s.stdout, "remaining  %d\n", remaining)
	working := s.holdings(plan, held)
	if remaining > 0 {
		if left, ok := cost.Left(plan, outcomes); ok {
			workers := max(1, working)
			fmt.Fprintf(s.stdout, "time left  about %s with %d at work\n", duration(left/time.Duration(workers)), workers)
		}
	}
	return s.missing(st, plan, outcomes)
}

// holdings prints who is at which job and returns how many live.
func (s *session) holdings(plan trial.Plan, held []store.Holding) (working int) {
	if len(held) == 0 {
		return 0
	}
	names := labels(plan)
	scans := map[trial.Key]string{}
	for _, spec := range plan.Trials {
		if start := spec.StartKey(); scans[start] == "" {
			scans[start] = names[start]
		}
	}
	for _, h := range held {
		what := h.Job
		if key, scan := runner.Named(h.Job); scan {
			what = "scan of " + cmp.Or(scans[key], key.Short())
		} else if names[key] != "" {
			what = names[key]
		}
		if h.Dead {
			fmt.Fprintf(s.stdout, "abandoned  job %s by %s, process %d, which is gone; the next run takes it over\n", what, h.Host, h.PID)
			continue
		}
		working++
		fmt.Fprintf(s.stdout, "running    job %s on %s, process %d, at beat %d (%s)\n", what, h.Host, h.PID, h.Beats, duration(time.Duration(h.Beats)*store.BeatEvery))
	}
	return working
}
