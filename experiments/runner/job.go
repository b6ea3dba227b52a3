package runner

import (
	"slices"
	"strings"

	"prunelab/experiments/trial"
)

// Kind is the kind of a job.
type Kind string

// The kinds.
const (
	Single Kind = "trial"
	Scan   Kind = "scan" // prunings of one network without retraining
)

// Job is the unit of work: one goroutine runs it from beginning to end.
type Job struct {
	Kind  Kind
	Specs []trial.Spec // one, or the scan's
	Keep  bool         // its network is kept: others start from it, or all are

	redo  bool // finished before, only the network is missing
	index int  // place in the plan
	needs *Job // gives the network that this one starts from; nil: it is there, or none is needed
	then  []*Job
}

// name names the job to other processes: a scan by the trial that it starts
// from, whatever points of it are left.
func (j *Job) name() string {
	if j.Kind == Scan {
		return scanOf + string(j.Specs[0].StartKey())
	}
	return string(j.Specs[0].Key())
}

const scanOf = "scan-"

// Named is the trial in a job's name, and whether the job is a scan from it.
func Named(job string) (k trial.Key, scan bool) {
	start, scan := strings.CutPrefix(job, scanOf)
	return trial.Key(start), scan
}

// jobs groups the trials that are not finished. A start whose network is
// missing is run again.
func (r *run) jobs(plan trial.Plan) ([]Job, error) {
	r.summary.Trials = len(plan.Trials)
	specs := map[trial.Key]trial.Spec{}
	pending := map[trial.Key]bool{}
	for _, s := range plan.Trials {
		k := s.Key()
		specs[k] = s
		o, done, err := r.store.Outcome(k)
		if err != nil {
			return nil, err
		}
		if !done {
			pending[k] = true
			continue
		}
		r.summary.Reused++
		if o.Status == trial.Diverged {
			r.summary.Diverged++
		}
	}
	redo, err := r.missingStarts(plan.Trials, specs, pending)
	if err != nil {
		return nil, err
	}
	starts := map[trial.Key]bool{} // of trials that are left
	inside := map[trial.Key]bool{} // of any: never part of a scan, however much is left
	for _, s := range plan.Trials {
		inside[s.StartKey()] = true
		if pending[s.Key()] {
			starts[s.StartKey()] = true
		}
	}
	var jobs []Job
	scans := map[trial.Key]int{} // start -> index into jobs
	for i, s := range plan.Trials {
		k := s.Key()
		if !pending[k] {
			continue
		}
		if s.Scanned() && !inside[k] && !r.config.KeepAll {
			at, ok := scans[s.StartKey()]
			if !ok {
				at = len(jobs)
				scans[s.StartKey()] = at
				jobs = append(jobs, Job{Kind: Scan, index: i})
			}
			jobs[at].Specs = append(jobs[at].Specs, s)
			continue
		}
		jobs = append(jobs, Job{Kind: Single, Specs: []trial.Spec{s}, Keep: starts[k] || r.config.KeepAll, redo: redo[k], index: i})
	}
	for i := range jobs {
		r.uses[jobs[i].Specs[0].StartKey()]++
	}
	return jobs, nil
}

// missingStarts adds to pending the finished trials that pending ones start
// from but whose networks are gone, and theirs in turn, and returns them.
func (r *run) missingStarts(trials []trial.Spec, specs map[trial.Key]trial.Spec, pending map[trial.Key]bool) (map[trial.Key]bool, error) {
	redo := map[trial.Key]bool{}
	for _, s := range slices.Backward(trials) { // starts come before what starts from them
		if !pending[s.Key()] || len(s.Levels) == 0 {
			continue
		}
		k := s.StartKey()
		if pending[k] {
			continue
		}
		o, _, err := r.store.Outcome(k)
		if err != nil {
			return nil, err
		}
		if o.Status == trial.Diverged {
			continue // nothing can start from it
		}
		kept, err := r.store.HasNetwork(k)
		if err != nil {
			return nil, err
		}
		if !kept {
			pending[k] = true
			redo[k] = true
		}
	}
	return redo, nil
}
