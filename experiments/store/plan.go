package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"prunelab/experiments/trial"
)

// edition is a plan as it was pinned: the first in plan.json with the study
// beside it, those that extend it with theirs in the same file, so that both
// come into force at once.
type edition struct {
	Number int        `json:"-"` // from 1; 0: there is none
	Plan   trial.Plan `json:"plan"`
	Study  string     `json:"study"` // of the first: not known here
}

// Pin makes the plan the folder's, or finds that it is already. The study is
// stored beside it. When the folder has another plan the error is a
// *Mismatch.
func (s *Store) Pin(p trial.Plan, study []byte) error {
	_, err := s.pin(p, study, false)
	return err
}

// Extend is Pin that puts a plan in force which adds trials to the folder's. It
// returns how many. When the plan would change or drop any the error is a
// *Mismatch. Others may be at work on the folder, and extend it, too.
func (s *Store) Extend(p trial.Plan, study []byte) (added int, err error) {
	return s.pin(p, study, true)
}

func (s *Store) pin(p trial.Plan, study []byte, extend bool) (added int, err error) {
	const patience = 100 // others that pin in the same moment
	for range patience {
		have, err := s.inForce()
		if err != nil {
			return 0, err
		}
		p.StudyDigest = digest(study)
		name, kind, next := s.Dir.Plan(), "plan", any(p)
		if have.Number > 0 {
			mismatch := compare(s.Dir, have.Plan, p)
			if mismatch == nil {
				return 0, s.keepStudy(have, study)
			}
			if !extend || mismatch.Changes {
				switch c, err := s.census(have); {
				case err != nil:
					return 0, err
				case c.misfit && c.stray(have):
					return 0, c.error(s.Dir, have)
				}
				mismatch.Refused = extend
				return 0, mismatch
			}
			added = mismatch.Adds
			name, kind, next = s.Dir.Extension(have.Number+1), "extension", edition{Plan: p, Study: string(study)}
		}
		text, err := seal(kind, next)
		if err != nil {
			return 0, err
		}
		err = s.publish(name, text)
		if errors.Is(err, fs.ErrExist) {
			continue // another process was faster
		}
		if err != nil {
			return 0, s.failed("write", name, err)
		}
		return added, s.writeStudy(study)
	}
	return 0, fmt.Errorf("%s changes all the time; run again", s.Dir.Plan())
}

// keepStudy leaves the study of the plan in force beside it, where its process did not
// come to that or the file was changed since. Another study that gives the plan, as one
// with other comments, does not take the place of what was stored.
func (s *Store) keepStudy(have edition, study []byte) error {
	if have.Number > 1 {
		study = []byte(have.Study)
	}
	text, err := s.fs.ReadFile(s.Dir.Study(), maxStudy)
	switch {
	case errors.Is(err, fs.ErrNotExist) && have.Number == 1:
		if err := s.publish(s.Dir.Study(), study); err != nil && !errors.Is(err, fs.ErrExist) {
			return s.failed("write", s.Dir.Study(), err)
		} // where it exists now, the process that made the plan was faster
		if !have.has(study) {
			s.tellAltered()
		}
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return s.writeStudy(study)
	case err != nil:
		return s.failed("read", s.Dir.Study(), err)
	case have.has(text):
		return nil
	}
	switch c, err := s.census(have); {
	case err != nil:
		return err
	case c.own == 0 && c.others > 0:
		return c.error(s.Dir, have)
	case !have.has(study):
		s.tellAltered()
		return nil
	}
	return s.putBack(study, text)
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// writeStudy writes the study of the plan in force beside it: this one, or that
// of an extension that has come into force since, also while it was written.
func (s *Store) writeStudy(study []byte) error {
	written := 0
	for {
		e, err := s.inForce()
		if err != nil || e.Number == written {
			return err
		}
		if e.Number > 1 {
			study = []byte(e.Study)
		}
		if err := s.replace(s.Dir.Study(), study); err != nil {
			return s.failed("write", s.Dir.Study(), err)
		}
		written = e.Number
	}
}

// Plan returns the folder's plan. Without one the error is fs.ErrNotExist.
func (s *Store) Plan() (trial.Plan, error) {
	e, err := s.inForce()
	if err == nil && e.Number == 0 {
		err = s.noRun()
	}
	return e.Plan, err
}

// Run returns the folder's plan and the study that it was made from. Without a
// plan the error is fs.ErrNotExist.
func (s *Store) Run() (trial.Plan, []byte, error) {
	e, err := s.inForce()
	switch {
	case err != nil:
		return e.Plan, nil, err
	case e.Number == 0:
		return e.Plan, nil, s.noRun()
	case e.Number > 1:
		return e.Plan, []byte(e.Study), nil
	}
	text, err := s.fs.ReadFile(s.Dir.Study(), maxStudy)
	if err != nil {
		return e.Plan, nil, fmt.Errorf("read the study of the run: %w; prunelab run with that study writes it again", err)
	}
	if !e.has(text) {
		s.tellAltered()
	}
	return e.Plan, text, nil
}

func (s *Store) noRun() error {
	_, err := s.fs.ReadFile(s.Dir.Study(), maxStudy)
	switch {
	case err == nil:
		return fmt.Errorf("%s has a study and no plan that can be read (%w): prunelab run %s --out %s writes it again, and finished trials stay", s.Dir, fs.ErrNotExist, s.Dir.Study(), s.Dir)
	case !errors.Is(err, fs.ErrNotExist):
		return s.failed("read", s.Dir.Study(), err)
	}
	return fmt.Errorf("%s is not the folder of a run: %w", s.Dir, fs.ErrNotExist)
}

// Extended reports whether the plan in force is an extension, which has its study
// in its file.
func (s *Store) Extended() bool {
	e, err := s.inForce()
	return err == nil && e.Number > 1
}

// Study returns the study that the folder was made from.
func (s *Store) Study() ([]byte, error) {
	_, study, err := s.Run()
	return study, err
}

// inForce returns the last edition of the plan that is whole.
func (s *Store) inForce() (edition, error) {
	names, err := s.fs.ReadDir(string(s.Dir))
	if errors.Is(err, fs.ErrNotExist) {
		return edition{}, nil
	}
	if err != nil {
		return edition{}, s.failed("list", string(s.Dir), err)
	}
	var numbers []int
	for _, name := range names {
		if n, ok := editionNumber(name); ok {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	for _, n := range slices.Backward(numbers) {
		if e, ok, err := s.edition(n); ok || err != nil {
			return e, err
		}
	}
	return edition{}, nil
}

// editionNumber is the number of the edition that a file of the folder is.
func editionNumber(name string) (int, bool) {
	if name == "plan.json" {
		return 1, true
	}
	rest, plan := strings.CutPrefix(name, "plan-")
	rest, ok := strings.CutSuffix(rest, ".json")
	n, err := strconv.Atoi(rest)
	return n, plan && ok && err == nil && n > 1 && n < math.MaxInt && strconv.Itoa(n) == rest
}

// editions is the last edition that was read, whole: a plan of thousands of trials is
// long, and asked for several times.
type editions struct {
	mu      sync.Mutex
	version string
	last    edition
}

// edition reads one edition of the plan, unless that was the last and its file is the
// same. A damaged one counts as none.
func (s *Store) edition(n int) (e edition, ok bool, err error) {
	name, kind, into := s.Dir.Plan(), "plan", any(&e.Plan)
	if n > 1 {
		name, kind, into = s.Dir.Extension(n), "extension", any(&e)
	}
	s.editions.mu.Lock()
	defer s.editions.mu.Unlock()
	version, err := s.fs.Version(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return edition{}, false, nil
	case err != nil:
		return edition{}, false, s.failed("read", name, err)
	case n == s.editions.last.Number && version == s.editions.version:
		return s.editions.last, true, nil
	}
	text, err := s.fs.ReadFile(name, maxPlan)
	if errors.Is(err, fs.ErrNotExist) {
		return edition{}, false, nil
	}
	if err != nil {
		return edition{}, false, s.failed("read", name, err)
	}
	if err := unseal(kind, text, into); err != nil {
		return edition{}, false, s.quarantine(name, err, "prunelab run with the study writes it again")
	}
	e.Number = n
	s.editions.version, s.editions.last = version, e
	return e, true, nil
}
