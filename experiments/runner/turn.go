package runner

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"prunelab/experiments/trial"
	"prunelab/model/nn"
)

// turn claims a job and runs it, and reports whether it is finished; it is not
// when another process has claimed it.
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
