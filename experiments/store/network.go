package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"prunelab/experiments/trial"
)

// HasNetwork reports whether the network of a trial is in the cache. Whether
// it is undamaged shows when it is loaded.
func (s *Store) HasNetwork(k trial.Key) (bool, error) {
	names, err := s.networks(k)
	return len(names) > 0, err
}

// LoadNetwork hands the network of a trial to read and reports whether it was
// there. A damaged file counts as not there.
func (s *Store) LoadNetwork(k trial.Key, read func(io.Reader) error) (bool, error) {
	names, err := s.networks(k)
	if err != nil {
		return false, err
	}
	return s.readSummed(names, read, again)
}

// SaveNetwork puts the network of a trial into the cache.
func (s *Store) SaveNetwork(k trial.Key, write func(io.Writer) error) error {
	return s.keep("the network of trial "+k.Short(), write, func(sum string) string { return s.Dir.Network(k, sum) })
}

// SaveTrained stores the network, trained elsewhere, that the study starts from,
// so that the folder is complete by itself. It is there already when the study
// was begun before.
func (s *Store) SaveTrained(write func(io.Writer) error) error {
	return s.keep("the network that the study starts from", write, func(string) string { return s.Dir.Trained() })
}

// LoadTrained hands the network that the study starts from to read.
func (s *Store) LoadTrained(read func(io.Reader) error) error {
	text, err := s.fs.ReadFile(s.Dir.Trained(), maxNetwork)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s, the network that the study starts from, is missing; prunelab run with the study's own file puts it back", s.Dir.Trained())
	}
	if err != nil {
		return s.failed("read", s.Dir.Trained(), err)
	}
	if err := read(bytes.NewReader(text)); err != nil {
		return fmt.Errorf("%s, the network that the study starts from: %w; remove it, and prunelab run with the study's own file puts it back", s.Dir.Trained(), err)
	}
	return nil
}

// DropNetwork removes the network of a trial from the cache.
func (s *Store) DropNetwork(k trial.Key) error {
	names, err := s.networks(k)
	if err != nil {
		return err
	}
	return s.drop(names...)
}

// Clean empties the cache and removes checkpoints and what interrupted runs
// left. It returns how many files that were. Networks are trained again when a
// run needs them.
func (s *Store) Clean() (int, error) {
	held, err := s.Holdings()
	if err != nil {
		return 0, err
	}
	gone := owner.dead
	if !slices.ContainsFunc(held, func(h Holding) bool { return !h.Dead }) {
		gone = func(owner) bool { return true } // nobody is at work, on other machines neither
	}
	removed, err := s.sweepAside(gone)
	if err != nil {
		return removed, err
	}
	for _, dir := range []string{s.Dir.Cache(), s.Dir.Checkpoints()} {
		names, err := s.summed(dir, "")
		if err == nil {
			err = s.drop(names...)
		}
		if err != nil {
			return removed, err
		}
		removed += len(names)
	}
	return removed, nil
}

// networks lists the files of a trial's network; there can be several when
// damaged ones are among them.
func (s *Store) networks(k trial.Key) ([]string, error) { return s.summed(s.Dir.Cache(), k) }
