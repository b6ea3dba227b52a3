package verify

import (
	"context"
	"fmt"
	"os"

	"prunelab/experiments/runner"
	"prunelab/experiments/store"
	"prunelab/experiments/trial"
	"prunelab/model/nn"
	"prunelab/model/rng"
)

// Sample chooses n finished trials and returns them as a plan, with all that
// they start from.
func (r *Run) Sample(n int, seed uint64) trial.Plan {
	var finished []trial.Spec
	for _, spec := range r.Plan.Trials {
		if _, ok := r.Outcomes[spec.Key()]; ok {
			finished = append(finished, spec)
		}
	}
	rng.Stream(seed, "verify").Shuffle(len(finished), func(i, j int) { finished[i], finished[j] = finished[j], finished[i] })
	wanted := map[trial.Key]bool{}
	for _, spec := range finished[:min(n, len(finished))] {
		wanted[spec.Key()] = true
		for len(spec.Levels) > 0 {
			spec = spec.Start()
			wanted[spec.Key()] = true
		}
	}
	again := r.Plan
	again.Trials = nil
	for _, spec := range r.Plan.Trials {
		if wanted[spec.Key()] {
			again.Trials = append(again.Trials, spec)
		}
	}
	return again
}

// Difference is a trial that gives another result than the one in the folder.
type Difference struct {
	Key    trial.Key
	Fields []string // what differs, in words
}

// Again runs trials in a folder of their own and compares the results: so many
// are equal, others differ. Trained is the network that they start from when it
// was trained elsewhere, else nil.
func (r *Run) Again(ctx context.Context, plan trial.Plan, trained *nn.Network, data runner.Data, c runner.Config, notice func(string)) (equal int, differ []Difference, err error) {
	dir, err := os.MkdirTemp("", "prunelab-verify-")
	if err != nil {
		return 0, nil, err
	}
	defer os.RemoveAll(dir)
	scratch := store.Open(dir, store.Disk{})
	scratch.Notice = notice
	if err := scratch.Prepare(); err != nil {
		return 0, nil, err
	}
	if trained != nil {
		if err := scratch.SaveTrained(trained.Write); err != nil {
			return 0, nil, err
		}
	}
	if _, err := runner.Run(ctx, plan, data, scratch, c); err != nil {
		return 0, nil, err
	}
	for _, spec := range plan.Trials {
		key := spec.Key()
		was, ok := r.Outcomes[key]
		if !ok {
			continue // what a finished one starts from, but has been lost
		}
		now, ok, err := scratch.Outcome(key)
		if err == nil && !ok {
			now, ok, err = scratch.Failure(key)
		}
		switch {
		case err != nil:
			return equal, differ, err
		case !ok:
			return equal, differ, fmt.Errorf("trial %s was not run again", key)
		case store.SameResult(was, now):
			equal++
		default:
			differ = append(differ, Difference{key, was.Differences(now, "there", "now")})
		}
	}
	return equal, differ, nil
}
