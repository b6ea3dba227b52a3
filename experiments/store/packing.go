package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"prunelab/experiments/trial"
)

// Packing says what was packed or unpacked.
type Packing struct {
	Trials int   // in the pack
	Moved  int   // that were not in it before, or not in the folder
	Texts  int64 // bytes of the trials' files
	Size   int64 // bytes of the pack
}

// ErrNoTrials says that there is nothing to pack or unpack.
var ErrNoTrials = errors.New("no finished trial is there")

// Pack moves the finished trials of the folder into its pack, together with those
// that are in it already. Others may be at work meanwhile: what they publish stays
// a file of its own.
//
//  1. All trials are read and compared with their digests, and with what the pack
//     has of them.
//  2. The new pack is written aside, synced, read back and compared byte for byte;
//     it takes the name of the old one, and is read and compared once more.
//  3. Then the files go.
//
// A process that is killed leaves them, the pack, or both.
func (s *Store) Pack() (done Packing, err error) {
	release, err := s.alone()
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, release()) }()
	old, err := s.packed()
	if err != nil {
		return done, err
	}
	all, err := s.members(old)
	if err != nil {
		return done, err
	}
	single, err := s.single(old)
	if err != nil {
		return done, err
	}
	var names []string
	for _, m := range single {
		names = append(names, s.Dir.Trial(m.key))
		if old.text(m.key) == nil {
			all = append(all, m)
			done.Moved++
		}
	}
	texts := arrange(all)
	for _, text := range texts {
		done.Texts += int64(len(text))
	}
	switch {
	case len(texts) == 0:
		return done, fmt.Errorf("pack %s: %w", s.Dir, ErrNoTrials)
	case done.Texts > maxPack:
		return done, fmt.Errorf("the trials of %s are %s, a pack holds %s; they stay as they are", s.Dir, size(uint64(done.Texts)), size(maxPack))
	}
	done.Trials = len(texts)
	if done.Moved > 0 {
		if err := s.writePack(texts); err != nil {
			return done, err
		}
	}
	if err := s.fs.SyncDir(string(s.Dir)); err != nil { // also for one who was killed before he came to it
		return done, s.failed("write", s.Dir.Pack(), err)
	}
	if done.Size, err = s.readBack(s.Dir.Pack(), texts); err != nil {
		return done, err
	}
	return done, s.drop(names...)
}

// members reads the trials of a pack.
func (s *Store) members(p *pack) ([]member, error) {
	var all []member
	for _, k := range p.keys() {
		o, _, err := s.unpacked(p, k)
		if err != nil {
			return nil, err
		}
		all = append(all, member{k, o.Spec, p.text(k)})
	}
	return all, nil
}

// single reads the trials that have files of their own. One that is damaged is an
// error: what becomes of it is not decided here.
func (s *Store) single(packed *pack) ([]member, error) {
	names, err := s.list(s.Dir.Trials())
	if err != nil {
		return nil, err
	}
	var all []member
	for _, name := range names {
		key, ok := strings.CutSuffix(name, ".json")
		if !ok {
			continue // no trial; verify tells of it
		}
		k, name := trial.Key(key), filepath.Join(s.Dir.Trials(), name)
		text, err := s.fs.ReadFile(name, maxOutcome)
		if err != nil && !errors.Is(err, ErrTooLong) {
			return nil, s.failed("read", name, err)
		}
		var o trial.Outcome
		if err == nil {
			o, err = believe(k, text)
		}
		if err != nil {
			return nil, fmt.Errorf("%s is damaged (%w); prunelab run puts it aside, and makes the trial again where no pack has it; then do this again", name, err)
		}
		if err := s.same(packed, k, text); err != nil {
			return nil, err
		}
		all = append(all, member{k, o.Spec, text})
	}
	return all, nil
}

// writePack puts a new pack in the place of the old one, when it is on the disk as
// it should be.
func (s *Store) writePack(texts [][]byte) error {
	name := s.Dir.Pack()
	aside := s.aside(string(s.Dir))
	err := s.writeBy(aside, func(w io.Writer) error { return writePack(w, texts) })
	if err == nil {
		_, err = s.readBack(aside, texts)
	}
	if err == nil {
		err = s.fs.Rename(aside, name)
	}
	if err != nil {
		s.fs.Remove(aside)
		return s.failed("write", name, err)
	}
	return nil
}

// readBack reads a pack, finds exactly these texts in it, and returns its size.
func (s *Store) readBack(name string, texts [][]byte) (int64, error) {
	p, err := s.readPack(name)
	if err == nil && !slices.EqualFunc(p.texts, texts, bytes.Equal) {
		err = fmt.Errorf("%s was read back and does not hold what was written; the disk or the memory of this machine fails", name)
	}
	if err != nil {
		return 0, err
	}
	return p.size, nil
}

// Unpack makes the trials of the pack files of their own again, and removes the
// pack when all of them are there, byte for byte.
func (s *Store) Unpack() (done Packing, err error) {
	release, err := s.alone()
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, release()) }()
	p, err := s.packed()
	if err != nil {
		return done, err
	}
	all, err := s.members(p)
	if err != nil {
		return done, err
	}
	if p == nil {
		return done, fmt.Errorf("unpack %s: %w", s.Dir.Pack(), ErrNoTrials)
	}
	if _, err := s.single(p); err != nil {
		return done, err
	}
	if err := s.fs.MkdirAll(s.Dir.Trials()); err != nil {
		return done, s.failed("make", s.Dir.Trials(), err)
	}
	for _, m := range all {
		err := s.publish(s.Dir.Trial(m.key), m.text)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return done, s.failed("write", s.Dir.Trial(m.key), err)
		}
		if err == nil {
			done.Moved++
		}
		done.Texts += int64(len(m.text))
	}
	done.Trials = len(all)
	for _, dir := range []string{s.Dir.Trials(), string(s.Dir)} { // also for one who was killed before he came to it
		if err := s.fs.SyncDir(dir); err != nil {
			return done, s.failed("write", dir, err)
		}
	}
	for _, m := range all {
		text, err := s.fs.ReadFile(s.Dir.Trial(m.key), maxOutcome)
		if err != nil {
			return done, s.failed("read", s.Dir.Trial(m.key), err)
		}
		if err := s.same(p, m.key, text); err != nil {
			return done, err
		}
	}
	return done, s.drop(s.Dir.Pack())
}

// packingJob is the claim on a folder's pack.
const packingJob = "pack"

// alone takes the pack of the folder for this process. Another one that has it is
// not succeeded until it is known to be gone, however long it is silent: it
// removes what it believes to be safe.
func (s *Store) alone() (release func() error, err error) {
	if err := s.fs.MkdirAll(s.Dir.Claims()); err != nil {
		return nil, s.failed("make", s.Dir.Claims(), err)
	}
	held, err := s.Holdings()
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		if h.Job == packingJob && !h.Dead {
			return nil, fmt.Errorf("process %d on %s is packing or unpacking %s; wait for it; if it is no more, remove %s",
				h.PID, h.Host, s.Dir, s.Dir.Claim(h.Job, h.Generation))
		}
	}
	release, err = s.Claim(packingJob)
	if err == nil && release == nil {
		err = fmt.Errorf("another process has just begun to pack or unpack %s; wait for it", s.Dir)
	}
	if err != nil {
		return nil, err
	}
	if _, err := s.sweepAside(owner.dead); err != nil {
		return nil, errors.Join(err, release())
	}
	return release, nil
}
