package runner

import (
	"io"

	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// CheckpointWork is a good value of Config.Checkpoint, in floating-point
// operations: dense networks train for ten seconds to a minute on one core, very
// sparse ones for some minutes.
const CheckpointWork = 1e12

// checkpoints are those of one trial in the store.
type checkpoints struct {
	store Store
	key   trial.Key
	err   error // of the store: it ends the run, not the trial
}

// checkpoints lets a trial's training go on from where it was stopped.
func (r *run) checkpoints(from *start, s trial.Spec) *checkpoints {
	c := &checkpoints{store: r.store, key: s.Key()}
	if r.config.Checkpoint > 0 {
		from.checkpoints = &train.Checkpoints{Owner: string(c.key), Every: r.config.Checkpoint, Keep: c}
	}
	return c
}

// Load implements train.Keeper.
func (c *checkpoints) Load(read func(io.Reader) error) (bool, error) {
	ok, err := c.store.LoadCheckpoint(c.key, read)
	c.err = err
	return ok, err
}

// Save implements train.Keeper.
func (c *checkpoints) Save(step int, write func(io.Writer) error) error {
	c.err = c.store.SaveCheckpoint(c.key, step, write)
	return c.err
}
