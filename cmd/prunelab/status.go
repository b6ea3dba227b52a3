package main

import (
	"fmt"

	"prunelab/cmd/prunelab/internal/state"
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
	st.Notice = s.notice
	now, plan, outcomes, err := state.Of(st)
	if err != nil {
		return err
	}
	for _, doubt := range state.Doubts(st) {
		s.notice(doubt)
	}
	fmt.Fprintf(s.stdout, "study      %s, %s\n", now.Study, trial.Counted(now.Trials, "trial"))
	fmt.Fprintf(s.stdout, "done       %d\n", now.Done)
	fmt.Fprintf(s.stdout, "diverged   %d\n", now.Diverged)
	fmt.Fprintf(s.stdout, "failed     %d\n", now.Failed)
	fmt.Fprintf(s.stdout, "remaining  %d\n", now.Remaining)
	for _, j := range now.Jobs {
		if j.Dead {
			fmt.Fprintf(s.stdout, "abandoned  job %s by %s, process %d, which is gone; the next run takes it over\n", j.What, j.Host, j.PID)
			continue
		}
		fmt.Fprintf(s.stdout, "running    job %s on %s, process %d, at beat %d (%s)\n", j.What, j.Host, j.PID, j.Beats, state.Duration(j.For()))
	}
	if now.Left > 0 {
		fmt.Fprintf(s.stdout, "time left  about %s with %d at work\n", state.Duration(now.Left), now.Workers())
	}
	return s.missing(st, plan, outcomes)
}
