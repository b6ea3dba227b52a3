package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"prunelab/experiments/trial"
)

// Prepare makes the run's folders, finds out whether they can be written, and
// removes what dead processes left. Others may begin or be at work meanwhile.
func (s *Store) Prepare() error {
	for _, dir := range s.Dir.folders() {
		if err := s.fs.MkdirAll(dir); err != nil {
			return s.unwritable(err)
		}
	}
	if err := s.probe(); err != nil {
		return s.unwritable(err)
	}
	return s.sweep()
}

// probe tries whatever publishing needs, before hours of training.
func (s *Store) probe() error {
	one, two := s.aside(s.Dir.Trials()), s.aside(s.Dir.Trials())
	err := s.write(one, bytes.Repeat([]byte{0}, 4096))
	if err == nil {
		err = s.fs.Link(one, two)
		err = errors.Join(err, s.fs.SyncDir(s.Dir.Trials()))
		if removal := s.fs.Remove(two); err == nil {
			err = removal
		}
	}
	if removal := s.fs.Remove(one); err == nil {
		err = removal
	}
	return err
}

func (s *Store) unwritable(err error) error {
	begin, another := fmt.Sprintf("the results folder %s cannot be written", s.Dir), "give another with --out DIR"
	var at *fs.PathError
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%s: %w%s; make room or %s", begin, err, s.room(), another)
	case errors.Is(err, syscall.ENOTDIR) && errors.As(err, &at):
		return fmt.Errorf("%s: %s is a file, not a folder; %s", begin, at.Path, another)
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%s: it is read-only (%w); %s", begin, err, another)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: it is read-only for you (%w); %s", begin, err, another)
	}
	return fmt.Errorf("%s: %w; %s", begin, err, another)
}

// room says how much is free where the folder lies, or nothing.
func (s *Store) room() string {
	for dir := string(s.Dir); ; dir = filepath.Dir(dir) {
		if n, ok := free(dir); ok {
			return fmt.Sprintf(" (%s free on its file system)", size(n))
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// size is a number of bytes for people.
func size(n uint64) string {
	const unit = 1000
	switch {
	case n < 10*unit:
		return fmt.Sprintf("%d B", n)
	case n < 10*unit*unit:
		return fmt.Sprintf("%d kB", n/unit)
	case n < 10*unit*unit*unit:
		return fmt.Sprintf("%d MB", n/unit/unit)
	}
	return fmt.Sprintf("%d GB", n/unit/unit/unit)
}

// sweep removes what processes that are known to be dead left behind. Whatever
// else looks left behind stays: it may be that of a process that begins at this
// moment.
func (s *Store) sweep() error {
	held, err := s.Holdings()
	if err != nil {
		return err
	}
	for _, h := range held {
		if !h.Dead {
			continue
		}
		// As anybody succeeds a dead owner, so that two who sweep at the same
		// time cannot take a claim from a third.
		c, err := s.claim(h.Job)
		if err == nil && c != nil {
			err = c.release()
		}
		if err != nil {
			return err
		}
	}
	if _, err := s.sweepAside(owner.dead); err != nil {
		return err
	}
	return s.sweepFinished()
}

// sweepAside removes the temporary files whose writers are gone and returns
// how many those were.
func (s *Store) sweepAside(gone func(owner) bool) (int, error) {
	removed := 0
	for _, dir := range s.Dir.written() {
		names, err := s.fs.ReadDir(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return removed, s.failed("list", dir, err)
		}
		for _, name := range names {
			if !temporary(name) || !gone(writer(name)) {
				continue
			}
			name = filepath.Join(dir, name)
			if err := s.drop(name); err != nil {
				return removed, err
			}
			removed++
		}
	}
	return removed, nil
}

// sweepFinished removes checkpoints and failures of trials that have a result:
// their process was killed right after it had published that.
func (s *Store) sweepFinished() error {
	done, err := s.published()
	if err != nil {
		return err
	}
	for _, dir := range []string{s.Dir.Checkpoints(), s.Dir.Failures()} {
		names, err := s.list(dir)
		if err != nil {
			return err
		}
		for _, name := range names {
			if key, _, _ := strings.Cut(name, "."); !done[trial.Key(key)] {
				continue
			}
			if err := s.drop(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}
