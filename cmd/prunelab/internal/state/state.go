// Package state tells how far a run is: what is done, what failed, who is at work
// and how long the rest takes. It reads and never writes.
package state

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"prunelab/experiments/cost"
	"prunelab/experiments/runner"
	"prunelab/experiments/store"
	"prunelab/experiments/trial"
)

// State is how far a run is.
type State struct {
	Study     string
	Trials    int
	Done      int
	Diverged  int
	Failed    int
	Remaining int           // a failed trial is tried again, so it remains
	Left      time.Duration // with those at work, at least one; 0: nothing tells
	Jobs      []Job
	Missing   []Missing // trials that diverged or failed
}

// Job is what somebody works on.
type Job struct {
	What  string // the trial in words, or the scan of one
	Host  string
	PID   int
	Beats int  // since it was taken
	Dead  bool // its process is gone; the next run takes the job over
}

// For is how long the job has been worked on.
func (j Job) For() time.Duration { return time.Duration(j.Beats) * store.BeatEvery }

// Missing is a trial without a result.
type Missing struct {
	Key    trial.Key
	What   string
	Status trial.Status
	Error  string // its first line
	File   string // where all of it stands
}

// Of is the state of the run in a store, with what it was made of.
func Of(st *store.Store) (State, trial.Plan, []trial.Outcome, error) {
	plan, err := st.Plan()
	if err != nil {
		return State{}, plan, nil, err
	}
	outcomes, err := st.Outcomes(plan)
	if err != nil {
		return State{}, plan, nil, err
	}
	held, err := st.Holdings()
	if err != nil {
		return State{}, plan, nil, err
	}
	s := State{Study: plan.Study, Trials: len(plan.Trials), Jobs: jobs(plan, held), Missing: Without(st, plan, outcomes)}
	for _, o := range outcomes {
		switch o.Status {
		case trial.Done:
			s.Done++
		case trial.Diverged:
			s.Diverged++
		case trial.Failed:
			s.Failed++
		}
	}
	s.Remaining = s.Trials - s.Done - s.Diverged
	if s.Remaining > 0 {
		if left, ok := cost.Left(plan, outcomes); ok {
			s.Left = left / time.Duration(s.Workers())
		}
	}
	return s, plan, outcomes, nil
}

// Doubts say why what is told of a run may not be true of it. What the store notices of
// the study that lies there, its Notice is told.
func Doubts(st *store.Store) []string {
	err := st.Stray()
	if err == nil {
		_, err = st.Study()
	}
	if err != nil {
		return []string{err.Error()}
	}
	return nil
}

// Workers is for how many the time that is left is told: those that live, and one
// where none does.
func (s State) Workers() int {
	n := 0
	for _, j := range s.Jobs {
		if !j.Dead {
			n++
		}
	}
	return max(1, n)
}

func jobs(plan trial.Plan, held []store.Holding) (all []Job) {
	if len(held) == 0 {
		return nil
	}
	names := plan.Labels()
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
		all = append(all, Job{What: what, Host: h.Host, PID: h.PID, Beats: h.Beats, Dead: h.Dead})
	}
	return all
}

// Without lists the trials that diverged or failed.
func Without(st *store.Store, plan trial.Plan, outcomes []trial.Outcome) (all []Missing) {
	var names map[trial.Key]string
	for _, o := range outcomes {
		if o.Status == trial.Done {
			continue
		}
		if names == nil { // most runs have no such trial
			names = plan.Labels()
		}
		where := st.Where(o.Key)
		if o.Status == trial.Failed {
			where = st.Dir.Stack(o.Key)
		}
		first, _, _ := strings.Cut(o.Error, "\n")
		all = append(all, Missing{Key: o.Key, What: names[o.Key], Status: o.Status, Error: first, File: where})
	}
	return all
}

// Duration is a duration for people.
func Duration(d time.Duration) string {
	if d < time.Hour {
		d = d.Round(time.Second)
	} else {
		d = d.Round(time.Minute)
	}
	h, m, s := int(d/time.Hour), int(d/time.Minute)%60, int(d/time.Second)%60
	switch {
	case h > 0:
		return fmt.Sprintf("%d h %02d min", h, m)
	case m > 0:
		return fmt.Sprintf("%d min %02d s", m, s)
	}
	return fmt.Sprintf("%d s", s)
}
