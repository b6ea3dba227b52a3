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
	"prunelab/model/nn"
)

// Store keeps outcomes and networks. It is used by several goroutines at once.
type Store interface {
	// Outcome returns the finished trial of that key, or nil.
	Outcome(key trial.Key) (*trial.Outcome, error)
	// Publish stores a finished trial, for good.
	Publish(o trial.Outcome) error
	// Fail notes that a trial failed; it is not finished and will be run again.
	Fail(o trial.Outcome) error
	// Network opens the network that a trial ended with, or returns nil.
	Network(key trial.Key) (io.ReadCloser, error)
	// KeepNetwork stores the network that a trial ended with.
	KeepNetwork(key trial.Key, write func(io.Writer) error) error
}

// Data returns a data set, split. It is called for each configuration once.
type Data func(c dataset.Config) (*dataset.Splits, error)

// Progress hears what happens, from several goroutines at once.
type Progress interface {
	Started(j Job)
	// Published is called for every outcome, failed ones included.
	Published(o trial.Outcome)
	Finished(j Job)
}

// Config says how a plan is run.
type Config struct {
	Workers    int
	Provenance trial.Provenance // what all outcomes share; Started is filled in
	Progress   Progress
	Order      func(jobs []Job) // rearranges the jobs; nil: as planned. Results do not depend on it.
}

// Summary counts how the trials of a plan stand at the end of a run.
type Summary struct {
	Trials   int // in the plan
	Reused   int // finished before
	Done     int // finished by this run
	Diverged int // of all finished ones
	Failed   int // not finished: they panicked, or their start failed
}

// Run runs what is left of the plan. It returns early with the cause when the
// context ends, and with an error when the store fails; what was published
// until then stays.
func Run(ctx context.Context, plan trial.Plan, data Data, store Store, c Config) (Summary, error) {
	r := &run{store: store, data: data, config: c, splits: map[dataset.Config]*loading{}}
	jobs, err := r.jobs(plan)
	if err != nil {
		return r.summary, err
	}
	if c.Order != nil {
		c.Order(jobs)
	}
	q := newQueue(jobs)
	g, ctx := errgroup.WithContext(ctx)
	stop := context.AfterFunc(ctx, q.close)
	defer stop()
	for range max(1, c.Workers) {
		g.Go(func() error {
			for {
				j, ok := q.next()
				if !ok {
					return context.Cause(ctx)
				}
				c.Progress.Started(*j)
				err := r.job(ctx, j)
				c.Progress.Finished(*j)
				if err != nil {
					return err
				}
				q.finish(j)
			}
		})
	}
	err = g.Wait()
	return r.summary, err
}

// run is the state of one Run.
type run struct {
	store  Store
	data   Data
	config Config

	mu      sync.Mutex
	summary Summary
	splits  map[dataset.Config]*loading
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

// job runs the trials of a job and publishes them. A panic ends the trial, not
// the run.
func (r *run) job(ctx context.Context, j *Job) error {
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
			if err := r.store.KeepNetwork(o.Key, net.Write); err != nil {
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
		r.count(*o, j)
		r.config.Progress.Published(*o)
	}
	return nil
}

// outcomes runs the job. Errors of the store, the data or the context are
// returned; everything else ends up in the outcomes.
func (r *run) outcomes(ctx context.Context, j *Job) (outcomes []trial.Outcome, net *nn.Network, err error) {
	defer func() {
		if p := recover(); p != nil {
			outcomes, net, err = failed(j, fmt.Sprintf("panic: %v\n\n%s", p, debug.Stack())), nil, nil
		}
	}()
	splits, err := r.load(j.Specs[0].Data)
	if err != nil {
		return nil, nil, err
	}
	start, err := r.start(j.Specs[0])
	if err != nil {
		var unusable unusableStart
		if errors.As(err, &unusable) {
			return unusable.outcomes(j), nil, nil
		}
		return nil, nil, err
	}
	if j.Kind == Scan {
		outcomes, err = scan(ctx, start, splits, j.Specs)
		return outcomes, nil, err
	}
	o, net, err := single(ctx, start, splits, j.Specs[0])
	return []trial.Outcome{o}, net, err
}

// failed are the outcomes of a job none of whose trials came to an end.
func failed(j *Job, why string) []trial.Outcome {
	var outcomes []trial.Outcome
	for _, s := range j.Specs {
		outcomes = append(outcomes, trial.Outcome{Spec: s, Status: trial.Failed, Error: why})
	}
	return outcomes
}

func (r *run) count(o trial.Outcome, j *Job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case o.Status == trial.Failed:
		r.summary.Failed++
	case j.redo:
	default:
		r.summary.Done++
		if o.Status == trial.Diverged {
			r.summary.Diverged++
		}
	}
}
