package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
)

// Store keeps outcomes and networks. It is used by several goroutines at once.
type Store interface {
	// Outcome returns the finished trial of that key, if there is one.
	Outcome(key trial.Key) (trial.Outcome, bool, error)
	// Publish stores a finished trial, for good.
	Publish(o trial.Outcome) error
	// Fail notes that a trial failed; it is not finished and will be run again.
	Fail(o trial.Outcome) error
	// HasNetwork reports whether the network that a trial ended with is kept.
	HasNetwork(key trial.Key) (bool, error)
	// LoadNetwork reads the network that a trial ended with, if it is kept.
	LoadNetwork(key trial.Key, read func(io.Reader) error) (bool, error)
	// SaveNetwork keeps the network that a trial ended with.
	SaveNetwork(key trial.Key, write func(io.Writer) error) error
	// LoadTrained reads the network, trained elsewhere, that the study starts
	// from.
	LoadTrained(read func(io.Reader) error) error
	// DropNetwork forgets a network that nothing starts from any more.
	DropNetwork(key trial.Key) error
	// LoadCheckpoint hands the latest checkpoint of a trial's training that is
	// whole to read, and one before when read refuses it; it reports whether
	// one was taken.
	LoadCheckpoint(key trial.Key, read func(io.Reader) error) (bool, error)
	// SaveCheckpoint keeps the state of a trial's training after so many steps.
	SaveCheckpoint(key trial.Key, step int, write func(io.Writer) error) error
	// DropCheckpoints forgets them: the training has ended.
	DropCheckpoints(key trial.Key) error
	// Claim takes a job for this process until release is called; release is
	// nil when another process is at it.
	Claim(job string) (release func() error, err error)
}

// Data returns a data set, split. It is called for each configuration once.
type Data func(c dataset.Config) (*dataset.Splits, error)

// Progress hears what happens, from several goroutines at once.
type Progress interface {
	Started(j Job)
	// Published is called for every outcome, failed ones and those of other
	// processes included.
	Published(o trial.Outcome)
	Finished(j Job)
}

// Config says how a plan is run.
type Config struct {
	Workers    int
	Checkpoint float64          // floating-point operations from one checkpoint of a training to the next; 0: none
	Provenance trial.Provenance // what all outcomes share; Started is filled in
	Progress   Progress
	KeepAll    bool             // keeps the network of every trial, not only of those that others start from
	Order      func(jobs []Job) // rearranges the jobs; nil: as planned. Results do not depend on it.
}

// Summary counts how the trials of a plan stand at the end of a run.
type Summary struct {
	Trials   int // in the plan
	Reused   int // finished before, or by another process meanwhile
	Done     int // finished by this run
	Diverged int // of all finished ones
	Failed   int // not finished: they panicked, or their start failed
}

// Run runs what is left of the plan. It returns early with the cause when the
// context ends, and with an error when the store fails; what was published
// until then stays.
func Run(ctx context.Context, plan trial.Plan, data Data, store Store, c Config) (Summary, error) {
	if err := suits(plan); err != nil {
		return Summary{Trials: len(plan.Trials)}, err
	}
	r := &run{store: store, data: data, config: c, splits: map[dataset.Config]*loading{}, uses: map[trial.Key]int{}}
	jobs, err := r.jobs(plan)
	if err != nil {
		return r.summary, err
	}
	if c.Order != nil {
		c.Order(jobs)
	}
	q := newQueue(jobs)
	defer q.close()
	g, ctx := errgroup.WithContext(ctx)
	stop := context.AfterFunc(ctx, q.close)
	defer stop()
	for range max(1, c.Workers) {
		g.Go(func() error { return r.work(ctx, q) })
	}
	err = g.Wait()
	return r.summary, err
}

// suits reports whether the process uses the kernels that the plan is for.
func suits(plan trial.Plan) error {
	if v := kernel.Variant(); plan.Kernel != "" && plan.Kernel != v {
		return fmt.Errorf("the plan is for the kernels %s, this process uses %s; results of different ones are not mixed", plan.Kernel, v)
	}
	return nil
}

// work takes jobs from the queue until none is left.
func (r *run) work(ctx context.Context, q *queue) error {
	for {
		j, ok := q.next()
		if !ok {
			return context.Cause(ctx)
		}
		finished, err := r.turn(ctx, j)
		if err != nil {
			return err
		}
		if finished {
			q.finish(j)
		} else {
			q.postpone(j)
		}
	}
}

// run is the state of one Run.
type run struct {
	store  Store
	data   Data
	config Config

	mu      sync.Mutex
	summary Summary
	splits  map[dataset.Config]*loading
	uses    map[trial.Key]int // jobs left that start from a network
}

// loading is a data set that is loaded when first asked for.
type loading struct {
	once   sync.Once
	splits *dataset.Splits
	err    error
}

func (r *run) load(c dataset.Config) (*dataset.Splits, error) {
	r.mu.Lock()
	l := r.splits[c]
	if l == nil {
		l = &loading{}
		r.splits[c] = l
	}
	r.mu.Unlock()
	l.once.Do(func() { l.splits, l.err = r.data(c) })
	return l.splits, l.err
}

// turn does a job unless another process is at it, and reports whether it is
// finished.
func (r *run) turn(ctx context.Context, j *Job) (finished bool, err error) {
	release, err := r.store.Claim(j.name())
	if err != nil || release == nil {
		return false, err
	}
	defer func() {
		if e := release(); err == nil {
			err = e
		}
	}()
	todo, err := r.remaining(j)
	if err != nil {
		return false, err
	}
	if len(todo.Specs) > 0 {
		r.config.Progress.Started(todo)
		err = r.job(ctx, todo)
		r.config.Progress.Finished(todo)
		if err != nil {
			return false, err
		}
	}
	return true, r.release(j)
}

// remaining is the job without the trials that another process has finished
// since the run began.
func (r *run) remaining(j *Job) (Job, error) {
	todo := *j
	if j.redo {
		kept, err := r.store.HasNetwork(j.Specs[0].Key())
		if kept {
			todo.Specs = nil
		}
		return todo, err
	}
	todo.Specs = nil
	for _, s := range j.Specs {
		o, done, err := r.store.Outcome(s.Key())
		if err != nil {
			return todo, err
		}
		if !done {
			todo.Specs = append(todo.Specs, s)
			continue
		}
		r.count(o, true)
		r.config.Progress.Published(o)
	}
	return todo, nil
}

// release drops the network that the job started from when it was the last to
// need it. Dense networks stay: other studies and sweeps start from them.
func (r *run) release(j *Job) error {
	s := j.Specs[0]
	if r.config.KeepAll || len(s.Levels) < 2 {
		return nil
	}
	key := s.StartKey()
	r.mu.Lock()
	r.uses[key]--
	last := r.uses[key] == 0
	r.mu.Unlock()
	if !last {
		return nil
	}
	return r.store.DropNetwork(key)
}

// job runs the trials of a job and publishes them.
func (r *run) job(ctx context.Context, j Job) error {
	began := time.Now()
	outcomes, net, err := r.outcomes(ctx, j)
	if err != nil {
		return err
	}
	for i := range outcomes {
		o := &outcomes[i]
		o.Key = o.Spec.Key()
		o.Provenance = r.config.Provenance
		o.Provenance.Started = began.UTC().Format(time.RFC3339)
		o.Timing.Seconds = time.Since(began).Seconds() / float64(len(outcomes))
		// The network first: an outcome that is there says that its network was
		// kept.
		if j.Keep && o.Status == trial.Done {
			if err := r.store.SaveNetwork(o.Key, net.Write); err != nil {
				return fmt.Errorf("keep the network of trial %s: %w", o.Key.Short(), err)
			}
		}
		publish := r.store.Publish
		if o.Status == trial.Failed {
			publish = r.store.Fail
		}
		if err := publish(*o); err != nil {
			return fmt.Errorf("publish trial %s: %w", o.Key.Short(), err)
		}
		if j.Kind == Single {
			if err := r.store.DropCheckpoints(o.Key); err != nil {
				return fmt.Errorf("clear up after trial %s: %w", o.Key.Short(), err)
			}
		}
		if !j.redo || o.Status == trial.Failed {
			r.count(*o, false)
		}
		r.config.Progress.Published(*o)
	}
	return nil
}

// outcomes runs the job. Errors of the store, the data or the context are
// returned; everything else ends up in the outcomes.
func (r *run) outcomes(ctx context.Context, j Job) ([]trial.Outcome, *nn.Network, error) {
	splits, err := r.load(j.Specs[0].Data)
	if err != nil {
		return nil, nil, err
	}
	var from start
	err = guard(func() (err error) {
		from, err = r.start(ctx, splits, j.Specs[0])
		return err
	})
	if err != nil {
		var unusable unusableStart
		var p panicked
		switch {
		case errors.As(err, &unusable):
			return ended(j.Specs, unusable.status, unusable.why), nil, nil
		case errors.As(err, &p):
			return ended(j.Specs, trial.Failed, err.Error()), nil, nil
		}
		return nil, nil, err
	}
	if j.Kind == Scan {
		outcomes, err := points(ctx, from, splits, j.Specs)
		return outcomes, nil, err
	}
	var o trial.Outcome
	var net *nn.Network
	kept := r.checkpoints(&from, j.Specs[0])
	err = guard(func() (err error) {
		o, net, err = single(ctx, from, splits, j.Specs[0])
		return err
	})
	switch {
	case err == nil:
		return []trial.Outcome{o}, net, nil
	case kept.err != nil:
		return nil, nil, err
	case ctx.Err() != nil:
		return nil, nil, context.Cause(ctx)
	}
	return ended(j.Specs, trial.Failed, err.Error()), nil, nil
}

// points runs a scan. When that fails it runs point by point, so that no trial
// is lost but those at fault.
func points(ctx context.Context, from start, d *dataset.Splits, specs []trial.Spec) ([]trial.Outcome, error) {
	var outcomes []trial.Outcome
	err := guard(func() (err error) {
		outcomes, err = scan(ctx, from, d, specs)
		return err
	})
	switch {
	case err == nil:
		return outcomes, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case len(specs) == 1:
		return ended(specs, trial.Failed, err.Error()), nil
	}
	outcomes = nil
	for i := range specs {
		one, err := points(ctx, from, d, specs[i:i+1])
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, one...)
	}
	return outcomes, nil
}

// panicked is a panic with its stack.
type panicked string

func (p panicked) Error() string { return string(p) }

// guard turns a panic into an error with its stack: it ends a trial, not the
// run.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(fmt.Sprintf("panic: %v\n\n%s", p, debug.Stack()))
		}
	}()
	return f()
}

// ended are the outcomes of trials that did not come to a result.
func ended(specs []trial.Spec, status trial.Status, why string) []trial.Outcome {
	var outcomes []trial.Outcome
	for _, s := range specs {
		outcomes = append(outcomes, trial.Outcome{Spec: s, Status: status, Error: why})
	}
	return outcomes
}

// count notes how a trial ended, here or elsewhere.
func (r *run) count(o trial.Outcome, elsewhere bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case o.Status == trial.Failed:
		r.summary.Failed++
		return
	case elsewhere:
		r.summary.Reused++
	default:
		r.summary.Done++
	}
	if o.Status == trial.Diverged {
		r.summary.Diverged++
	}
}
