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

// Networks and checkpoints carry their SHA-256 in their names:
// KEY.[STEP.]SUM.safetensors.

func sum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// keep publishes what write writes under a name that its SHA-256 may be part of;
// it may be there already.
func (s *Store) keep(what string, write func(io.Writer) error, named func(sum string) string) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	name := named(sum(b.Bytes()))
	if err := s.publish(name, b.Bytes()); err != nil && !errors.Is(err, fs.ErrExist) {
		return s.failed("write", name, err)
	}
	return nil
}

// summed lists the files of a trial in such a folder, by name; those of all
// trials when there is no key.
func (s *Store) summed(dir string, k trial.Key) ([]string, error) {
	names, err := s.fs.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, s.failed("list", dir, err)
	}
	var found []string
	for _, name := range names {
		if strings.HasSuffix(name, networkSuffix) && (k == "" || strings.HasPrefix(name, string(k)+".")) {
			found = append(found, filepath.Join(dir, name))
		}
	}
	return found, nil
}

// readSummed hands the first of the files that is whole to read, and the next
// one when read refuses it. What is damaged or refused is put aside; then says
// what follows from that.
func (s *Store) readSummed(names []string, read func(io.Reader) error, then string) (bool, error) {
	for _, name := range names {
		text, err := s.fs.ReadFile(name, maxNetwork)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process dropped it
		}
		if err != nil && !errors.Is(err, ErrTooLong) {
			return false, s.failed("read", name, err)
		}
		if err == nil && !strings.HasSuffix(name, "."+sum(text)+networkSuffix) {
			err = errors.New("its content does not have the digest in its name")
		}
		if err == nil {
			err = read(bytes.NewReader(text))
		}
		if err == nil {
			return true, nil
		}
		if err := s.quarantine(name, err, then); err != nil {
			return false, err
		}
	}
	return false, nil
}
