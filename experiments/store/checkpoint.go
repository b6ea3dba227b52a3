package store

import (
	"io"
	"slices"

	"prunelab/experiments/trial"
)

// keptCheckpoints is how many checkpoints of a training are kept: one more than
// is needed, in case the last is damaged.
const keptCheckpoints = 2

// LoadCheckpoint hands the latest checkpoint of a trial's training to read and
// reports whether one was taken. One that is damaged or that read refuses is
// put aside, and the one before it is tried.
func (s *Store) LoadCheckpoint(k trial.Key, read func(io.Reader) error) (bool, error) {
	names, err := s.summed(s.Dir.Checkpoints(), k)
	if err != nil {
		return false, err
	}
	slices.Reverse(names) // by step, the latest first
	return s.readSummed(names, read, "the training goes on from an earlier one or begins anew")
}

// SaveCheckpoint keeps the state of a trial's training after so many steps, and
// the one before.
func (s *Store) SaveCheckpoint(k trial.Key, step int, write func(io.Writer) error) error {
	if err := s.fs.MkdirAll(s.Dir.Checkpoints()); err != nil {
		return s.failed("make", s.Dir.Checkpoints(), err)
	}
	if err := s.keep("a checkpoint of trial "+k.Short(), write, func(sum string) string { return s.Dir.Checkpoint(k, step, sum) }); err != nil {
		return err
	}
	names, err := s.summed(s.Dir.Checkpoints(), k)
	if err != nil {
		return err
	}
	return s.drop(names[:max(0, len(names)-keptCheckpoints)]...)
}

// DropCheckpoints removes the checkpoints of a trial's training.
func (s *Store) DropCheckpoints(k trial.Key) error {
	names, err := s.summed(s.Dir.Checkpoints(), k)
	if err != nil {
		return err
	}
	return s.drop(names...)
}
