package main

import (
	"fmt"
	"time"

	"prunelab/experiments/trial"
)

type statusCmd struct{ runDir }

func (*statusCmd) Help() string {
	return `Says how many trials are finished, which failed or diverged and where their
errors are, who is at work, and how long the rest takes. The estimate is what
finished trials of the same number of levels took, shared among the jobs at work;
without a finished trial there is none. Runs nothing; a damaged file of a trial
is moved to corrupt/ and named, as by every command that reads it.

  prunelab status results/quick`
}

// Run prints the state of a run.
func (c *statusCmd) Run(s *session) error {
	st := s.open(c.Dir)
	plan, err := st.Plan()
	if err != nil {
		return err
	}
	r, err := openRendering(st, plan)
	if err != nil {
		return err
	}
	held, err := st.Holdings()
	if err != nil {
		return err
	}
	count := map[trial.Status]int{}
	for _, o := range r.outcomes {
		count[o.Status]++
	}
	// A failed trial is tried again, so it is not finished.
	remaining := len(plan.Trials) - count[trial.Done] - count[trial.Diverged]
	fmt.Fprintf(s.stdout, "study      %s, %d trials\n", plan.Study, len(plan.Trials))
	fmt.Fprintf(s.stdout, "done       %d\n", count[trial.Done])
	fmt.Fprintf(s.stdout, "diverged   %d\n", count[trial.Diverged])
	fmt.Fprintf(s.stdout, "failed     %d\n", count[trial.Failed])
	fmt.Fprintf(s.stdout, "remaining  %d\n", remaining)
	working := 0
	for _, h := range held {
		state := "running"
		if h.Dead {
			state = "abandoned"
		} else {
			working++
		}
		fmt.Fprintf(s.stdout, "%-9s  job %s on %s, process %d\n", state, h.Job, h.Host, h.PID)
	}
	if left, ok := rest(plan, r.outcomes); ok && remaining > 0 {
		workers := max(1, working)
		fmt.Fprintf(s.stdout, "time left  about %s with %d at work\n", duration(left/time.Duration(workers)), workers)
	}
	return s.missing(st, r)
}

// rest estimates what the trials that are not finished take on one worker,
// from those that are; there is no estimate without any.
func rest(plan trial.Plan, outcomes []trial.Outcome) (time.Duration, bool) {
	type sum struct {
		seconds float64
		n       int
	}
	finished := map[trial.Key]bool{}
	levels := map[int]sum{}
	var all sum
	for _, o := range outcomes {
		if o.Status == trial.Failed {
			continue
		}
		finished[o.Key] = true
		if o.Status == trial.Diverged {
			continue // it ended early
		}
		l := levels[len(o.Spec.Levels)]
		levels[len(o.Spec.Levels)] = sum{l.seconds + o.Timing.Seconds, l.n + 1}
		all = sum{all.seconds + o.Timing.Seconds, all.n + 1}
	}
	if all.n == 0 {
		return 0, false
	}
	var seconds float64
	for _, spec := range plan.Trials {
		if finished[spec.Key()] {
			continue
		}
		l := levels[len(spec.Levels)]
		if l.n == 0 {
			l = all
		}
		seconds += l.seconds / float64(l.n)
	}
	return time.Duration(seconds * float64(time.Second)), true
}
