package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

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
	for _, name := range names {
		text, err := s.fs.ReadFile(name, maxNetwork)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process dropped it
		}
		if err != nil {
			return false, s.failed("read", name, err)
		}
		sum := sha256.Sum256(text)
		if s.Dir.Network(k, hex.EncodeToString(sum[:])) != name {
			if err := s.quarantine(name, errors.New("its content does not have the digest in its name")); err != nil {
				return false, err
			}
			continue
		}
		if err := read(bytes.NewReader(text)); err != nil {
			if err := s.quarantine(name, err); err != nil {
				return false, err
			}
			continue
		}
		return true, nil
	}
	return false, nil
}

// SaveNetwork puts the network of a trial into the cache.
func (s *Store) SaveNetwork(k trial.Key, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return fmt.Errorf("write the network of trial %s: %w", k.Short(), err)
	}
	sum := sha256.Sum256(b.Bytes())
	name := s.Dir.Network(k, hex.EncodeToString(sum[:]))
	if err := s.publish(name, b.Bytes()); err != nil && !errors.Is(err, fs.ErrExist) {
		return s.failed("write", name, err)
	}
	return nil
}

// SaveTrained stores the network, trained elsewhere, that the study starts from,
// so that the folder is complete by itself. It is there already when the study
// was begun before.
func (s *Store) SaveTrained(write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return fmt.Errorf("write the network that the study starts from: %w", err)
	}
	if err := s.publish(s.Dir.Trained(), b.Bytes()); err != nil && !errors.Is(err, fs.ErrExist) {
		return s.failed("write", s.Dir.Trained(), err)
	}
	return nil
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
	for _, name := range names {
		if err := s.fs.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s.failed("remove", name, err)
		}
	}
	return nil
}

// Clean empties the cache and removes what interrupted runs left. It returns
// how many files that were. Networks are trained again when a run needs them.
func (s *Store) Clean() (int, error) {
	names, err := s.fs.ReadDir(s.Dir.Cache())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, s.failed("list", s.Dir.Cache(), err)
	}
	removed := 0
	for _, name := range names {
		if !strings.HasSuffix(name, networkSuffix) && !temporary(name) {
			continue // not ours
		}
		if err := s.fs.Remove(filepath.Join(s.Dir.Cache(), name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return removed, s.failed("remove", name, err)
		}
		removed++
	}
	return removed, nil
}

// networks lists the files of a trial's network; there can be several when
// damaged ones are among them.
func (s *Store) networks(k trial.Key) ([]string, error) {
	names, err := s.fs.ReadDir(s.Dir.Cache())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, s.failed("list", s.Dir.Cache(), err)
	}
	var found []string
	for _, name := range names {
		if strings.HasPrefix(name, string(k)+".") && strings.HasSuffix(name, networkSuffix) {
			found = append(found, filepath.Join(s.Dir.Cache(), name))
		}
	}
	return found, nil
}
