package runner

import (
	"context"
	"fmt"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/kernel"
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
