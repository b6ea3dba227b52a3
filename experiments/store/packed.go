package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"prunelab/experiments/trial"
)

// A finished trial lies in trials/ or in the pack. Packing puts it into the pack
// before it takes it out of the folder, and unpacking the other way round, so
// that it is in one of them at every moment, and for moments, or where that was
// interrupted, in both: as the same bytes.

// packs is the folder's pack as it was last read.
type packs struct {
	mu      sync.Mutex
	version string
	last    *pack
}

// packed returns the folder's pack, the same pointer as long as no other file has
// taken its name; nil when there is none. One that is damaged is an error: what
// it held cannot be told, so that it cannot be made again.
func (s *Store) packed() (*pack, error) {
	s.packs.mu.Lock()
	defer s.packs.mu.Unlock()
	version, err := s.fs.Version(s.Dir.Pack())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.packs.version, s.packs.last = "", nil
		return nil, nil
	case err != nil:
		return nil, s.failed("read", s.Dir.Pack(), err)
	case version == s.packs.version:
		return s.packs.last, nil
	}
	p, err := s.readPack(s.Dir.Pack())
	if errors.Is(err, fs.ErrNotExist) { // unpacked this very moment
		p, version, err = nil, "", nil
	}
	if err != nil {
		return nil, err
	}
	s.packs.version, s.packs.last = version, p
	return p, nil
}

// readPack reads a pack from the disk.
func (s *Store) readPack(name string) (*pack, error) {
	f, err := s.fs.Open(name)
	if err != nil {
		return nil, s.failed("read", name, err)
	}
	defer f.Close()
	p, err := readPack(f, maxPack)
	var reading *fs.PathError
	if errors.As(err, &reading) {
		return nil, s.failed("read", name, err)
	}
	if err != nil {
		return nil, spoilt(name, err)
	}
	return p, nil
}

// spoilt is the error of a pack that cannot be believed.
func spoilt(name string, err error) error {
	return fmt.Errorf("%s is no whole pack of trials: %w; put back a copy of the file that is whole, or move it out of the folder: "+
		"prunelab run then makes the trials again that were in it", name, err)
}

// unpacked is a trial of the pack; there is none when text is nil.
func (s *Store) unpacked(p *pack, k trial.Key) (o trial.Outcome, ok bool, err error) {
	text := p.text(k)
	if text == nil {
		return o, false, nil
	}
	o, err = believe(k, text)
	if err != nil {
		return o, false, spoilt(s.Dir.Pack(), fmt.Errorf("line %d: %w", p.at[k]+1, err))
	}
	return o, true, nil
}

// Where names the file that a finished trial is in, and the line of a pack, for
// people.
func (s *Store) Where(k trial.Key) string {
	if p, err := s.packed(); err == nil && p.text(k) != nil {
		return fmt.Sprintf("%s, line %d", s.Dir.Pack(), p.at[k]+1)
	}
	return s.Dir.Trial(k)
}

// same compares a trial's file, of which there is none when text is nil, with what
// the pack has of the trial.
func (s *Store) same(p *pack, k trial.Key, text []byte) error {
	if packed := p.text(k); packed == nil || text == nil || bytes.Equal(packed, text) {
		return nil
	}
	return fmt.Errorf("trial %s is in %s and, with other bytes, in line %d of %s; one of them has to go: with the file moved out of the folder the other counts",
		k.Short(), s.Dir.Trial(k), p.at[k]+1, s.Dir.Pack())
}

// yield takes the file of a trial away that was published after another process
// had published the trial, too, and somebody had packed that: the first stays.
func (s *Store) yield(k trial.Key, text []byte) error {
	p, err := s.packed()
	if err != nil || s.same(p, k, text) == nil {
		return err
	}
	return s.drop(s.Dir.Trial(k))
}

// published reports which trials have a result, by names alone.
func (s *Store) published() (map[trial.Key]bool, error) {
	keys := map[trial.Key]bool{}
	for {
		before, err := s.packed()
		if err != nil {
			return nil, err
		}
		names, err := s.list(s.Dir.Trials())
		if err != nil {
			return nil, err
		}
		p, err := s.packed()
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if key, ok := strings.CutSuffix(name, ".json"); ok {
				keys[trial.Key(key)] = true
			}
		}
		for _, k := range p.keys() {
			keys[k] = true
		}
		if p == before {
			return keys, nil
		}
	}
}
