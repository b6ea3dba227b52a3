package store

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
)

// publish writes a file whole or not at all. It fails with fs.ErrExist when the
// name is taken.
func (s *Store) publish(name string, text []byte) error {
	aside := s.aside(filepath.Dir(name))
	if err := s.write(aside, text); err != nil {
		return err
	}
	err := s.fs.Link(aside, name)
	if err == nil {
		err = s.fs.SyncDir(filepath.Dir(name))
	}
	if removal := s.fs.Remove(aside); err == nil {
		err = removal
	}
	return err
}

// replace is publish for files that may change.
func (s *Store) replace(name string, text []byte) error {
	aside := s.aside(filepath.Dir(name))
	if err := s.write(aside, text); err != nil {
		return err
	}
	if err := s.fs.Rename(aside, name); err != nil {
		s.fs.Remove(aside)
		return err
	}
	return s.fs.SyncDir(filepath.Dir(name))
}

// Derive writes a file that can be made again from the trials: readers see it
// whole, before and after, but nobody waits for the disk.
func (s *Store) Derive(name string, text []byte) error {
	if err := s.fs.MkdirAll(filepath.Dir(name)); err != nil {
		return s.failed("make", filepath.Dir(name), err)
	}
	aside := s.aside(filepath.Dir(name))
	f, err := s.fs.Create(aside)
	if err == nil {
		_, err = f.Write(text)
		if closing := f.Close(); err == nil {
			err = closing
		}
		if err == nil {
			err = s.fs.Rename(aside, name)
		}
		if err != nil {
			s.fs.Remove(aside)
		}
	}
	if err != nil {
		return s.failed("write", name, err)
	}
	return nil
}

// write makes a new file and waits until it is on the disk. When that fails
// nothing is left.
func (s *Store) write(name string, text []byte) error {
	return s.writeBy(name, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// writeBy is write of what a function writes.
func (s *Store) writeBy(name string, content func(io.Writer) error) error {
	f, err := s.fs.Create(name)
	if err != nil {
		return err
	}
	err = content(f)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		s.fs.Remove(name)
	}
	return err
}

// drop removes files that may be gone already.
func (s *Store) drop(names ...string) error {
	for _, name := range names {
		if err := s.fs.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s.failed("remove", name, err)
		}
	}
	return nil
}

// temporaryPrefix begins the name of a file that is being written. Its writer
// follows, so that what a dead one left can be told from what a living one is
// at: .writing-MACHINE-PID-RANDOM.
const temporaryPrefix = ".writing-"

func temporary(name string) bool { return strings.HasPrefix(name, temporaryPrefix) }

// aside is a new name for a file that is being written to the folder.
func (s *Store) aside(dir string) string {
	return filepath.Join(dir, fmt.Sprintf("%s%s-%d-%s", temporaryPrefix, s.owner.machine, s.owner.pid, random()))
}

// writer is who writes a temporary file, as far as its name tells.
func writer(name string) owner {
	parts := strings.Split(strings.TrimPrefix(name, temporaryPrefix), "-")
	if len(parts) != 3 {
		return owner{}
	}
	pid, err := strconv.Atoi(parts[1])
	if err != nil {
		return owner{}
	}
	return owner{machine: parts[0], pid: pid}
}

// random is a name that no other process uses.
func random() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
