package runner

import (
	"cmp"
	"slices"
	"sync"
	"time"

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
		return "scan-" + string(j.Specs[0].StartKey())
	}
	return string(j.Specs[0].Key())
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
		if n := len(s.Levels); n > 0 && s.Levels[n-1].Retrain == nil && !inside[k] && !r.config.KeepAll {
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

// queue hands out jobs whose start is there, the earliest first.
type queue struct {
	mu     sync.Mutex
	change *sync.Cond
	ready  []*Job
	left   int // not finished
	later  map[*Job]*time.Timer
	closed bool
}

func newQueue(jobs []Job) *queue {
	q := &queue{left: len(jobs), later: map[*Job]*time.Timer{}}
	q.change = sync.NewCond(&q.mu)
	gives := map[trial.Key]*Job{}
	for i := range jobs {
		if jobs[i].Keep {
			gives[jobs[i].Specs[0].Key()] = &jobs[i]
		}
	}
	for i := range jobs {
		j := &jobs[i]
		if j.needs = gives[j.Specs[0].StartKey()]; j.needs != nil {
			j.needs.then = append(j.needs.then, j)
		} else {
			q.ready = append(q.ready, j)
		}
	}
	return q
}

// next returns a job, waiting for one, or false when none is left or the queue
// was closed.
func (q *queue) next() (*Job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.ready) == 0 && q.left > 0 && !q.closed {
		q.change.Wait()
	}
	if len(q.ready) == 0 || q.closed {
		return nil, false
	}
	j := q.ready[0]
	q.ready = q.ready[1:]
	return j, true
}

// finish notes that a job has ended, so that those that need it are ready.
// They go before others: the sooner a start's series is complete, the sooner
// its network can go.
func (q *queue) finish(j *Job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left--
	slices.SortStableFunc(j.then, func(a, b *Job) int { return cmp.Compare(a.index, b.index) })
	q.ready = append(slices.Clone(j.then), q.ready...)
	q.change.Broadcast()
}

// patience is how long a job that another process is at is left alone.
const patience = time.Second

// postpone puts a job back for a while.
func (q *queue) postpone(j *Job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.later[j] = time.AfterFunc(patience, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.later, j)
		q.ready = append(q.ready, j)
		q.change.Broadcast()
	})
}

// close makes next return at once.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, t := range q.later {
		t.Stop()
	}
	q.change.Broadcast()
}
