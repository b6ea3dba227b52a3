package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"prunelab/experiments/trial"
)

// Store is a run's folder. Its methods may be called by several goroutines.
type Store struct {
	Dir    Dir
	Notice func(string) // is told of damaged files and the like; may be nil

	damaged func(name string, why error) // of a folder that is only looked at

	fs    FS
	owner owner
	lease time.Duration

	mu   sync.Mutex
	seen map[string]sighting // claims of others, by file

	digests map[trial.Key]string // of the results that Known read

	packs    packs
	editions editions
	altered  sync.Once // told that study.yaml is
}

// Open returns the store in a folder. Nothing is read or written yet.
func Open(dir string, fsys FS) *Store {
	return &Store{Dir: Dir(dir), fs: fsys, owner: self(), lease: defaultLease, seen: map[string]sighting{}}
}

// Inspect is Open for a folder that is only looked at: every writing fails.
// Damaged files stay where they are, count as missing, and damaged is told of
// them.
func Inspect(dir string, fsys FS, damaged func(name string, why error)) *Store {
	s := Open(dir, readOnly{fsys})
	s.damaged = damaged
	return s
}

// Outcome returns a finished trial, and whether there is one. A damaged file
// counts as none.
func (s *Store) Outcome(k trial.Key) (trial.Outcome, bool, error) {
	for {
		before, err := s.packed()
		if err != nil {
			return trial.Outcome{}, false, err
		}
		o, text, err := s.outcome(k, s.Dir.Trial(k))
		if err != nil {
			return trial.Outcome{}, false, err
		}
		p, err := s.packed()
		if err == nil {
			err = s.same(p, k, text)
		}
		switch {
		case err != nil:
			return trial.Outcome{}, false, err
		case text != nil:
			return o, true, nil
		case p.text(k) != nil || p == before:
			return s.unpacked(p, k)
		}
		// It was unpacked after its file was looked for.
	}
}

// again is what follows when a file that a run makes is damaged.
const again = "it will be made again"

// Failure returns the failure of a trial that has no result, and whether there
// is one.
func (s *Store) Failure(k trial.Key) (trial.Outcome, bool, error) {
	o, text, err := s.outcome(k, s.Dir.Failure(k))
	return o, text != nil, err
}

// outcome reads a trial from a file of its own. The text is nil when there is none
// to be believed.
func (s *Store) outcome(k trial.Key, name string) (o trial.Outcome, text []byte, err error) {
	text, err = s.fs.ReadFile(name, maxOutcome)
	if errors.Is(err, fs.ErrNotExist) {
		return o, nil, nil
	}
	if err != nil && !errors.Is(err, ErrTooLong) {
		return o, nil, s.failed("read", name, err)
	}
	if err == nil {
		o, err = believe(k, text)
	}
	if err != nil {
		return trial.Outcome{}, nil, s.quarantine(name, err, again)
	}
	return o, text, nil
}

// believe reads the text of a trial's file, which has to be that of the key and not to
// contradict itself: a digest that was made anew for other numbers does not make them true.
func believe(k trial.Key, text []byte) (o trial.Outcome, err error) {
	err = unseal("outcome", text, &o)
	if err == nil && (o.Key != k || o.Spec.Key() != k) {
		err = fmt.Errorf("it holds the trial %s", o.Key.Short())
	}
	if err == nil {
		err = o.Contradiction()
	}
	return o, err
}

// Known returns all that is known of the plan's trials, in its order: results, and
// failures where there is no result; and the trials that have no result.
func (s *Store) Known(p trial.Plan) (known []trial.Outcome, left []trial.Spec, err error) {
	known = make([]trial.Outcome, 0, len(p.Trials))
	seen := s.glances(p)
	for i, g := range seen {
		o, done, err := g.outcome, g.seen, error(nil)
		if !done {
			o, done, err = s.Outcome(g.key)
		}
		failed := false
		if err == nil && !done {
			left = append(left, p.Trials[i])
			o, failed, err = s.Failure(g.key)
		}
		if err != nil {
			return nil, nil, err
		}
		if done || failed {
			known = append(known, o)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.digests = make(map[trial.Key]string, len(seen))
	for _, g := range seen {
		if g.digest != "" {
			s.digests[g.key] = g.digest
		}
	}
	return known, left, nil
}

// Digest returns the SHA-256 of a result, as the last Known or Outcomes read it, or "".
func (s *Store) Digest(k trial.Key) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.digests[k]
}

// Outcomes is what Known knows.
func (s *Store) Outcomes(p trial.Plan) ([]trial.Outcome, error) {
	known, _, err := s.Known(p)
	return known, err
}

// Unfinished lists the plan's trials that have no result.
func (s *Store) Unfinished(p trial.Plan) ([]trial.Spec, error) {
	_, left, err := s.Known(p)
	return left, err
}

// ErrConflict says that a trial that ran twice gave two results. As trials are
// deterministic, that is a bug of the program or of the machine.
var ErrConflict = errors.New("a trial that ran twice gave two results")

// Publish stores a finished trial. When the result is there already and is the
// same, nothing happens.
func (s *Store) Publish(o trial.Outcome) error {
	name := s.Dir.Trial(o.Key)
	if err := o.Contradiction(); err != nil { // it would be put aside by whoever reads it
		return fmt.Errorf("the result of trial %s contradicts itself: %w; please report this", o.Key.Short(), err)
	}
	text, err := seal("outcome", o)
	if err != nil {
		return err
	}
	const patience = 5 // damaged files, others that publish it, others that pack that
	for range patience {
		have, ok, err := s.Outcome(o.Key)
		switch {
		case err != nil: // of a pack that was spoilt meanwhile: the trial is kept all the same
			if keeping := s.publish(name, text); keeping != nil && !errors.Is(keeping, fs.ErrExist) {
				err = errors.Join(err, s.failed("publish", name, keeping))
			}
			return err
		case ok && !SameResult(have, o):
			return s.conflict(o, text)
		case ok:
			return s.drop(s.Dir.Failure(o.Key), s.Dir.Stack(o.Key))
		}
		err = s.publish(name, text)
		if err == nil {
			err = s.yield(o.Key, text)
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return s.failed("publish", name, err)
		}
	}
	return fmt.Errorf("%s changes all the time; run again", name)
}

// SameResult compares what is deterministic of two outcomes of a trial.
func SameResult(a, b trial.Outcome) bool {
	return a.Status == b.Status && a.Error == b.Error && a.Result.Same(b.Result)
}

func (s *Store) conflict(o trial.Outcome, text []byte) error {
	if err := s.fs.MkdirAll(s.Dir.Conflicts()); err != nil {
		return s.failed("make", s.Dir.Conflicts(), err)
	}
	second := filepath.Join(s.Dir.Conflicts(), string(o.Key)+"-"+random()+".json")
	if err := s.publish(second, text); err != nil {
		return s.failed("publish", second, err)
	}
	return fmt.Errorf("%w: the first is in %s, the second in %s; please report this", ErrConflict, s.Where(o.Key), second)
}

// Fail stores a trial that ended by a panic or a bug, and beside it the error
// with its stack as people read it. It is tried again by the next run, so the
// latest failure replaces one before.
func (s *Store) Fail(o trial.Outcome) error {
	text, err := seal("outcome", o)
	if err != nil {
		return err
	}
	if err := s.fs.MkdirAll(s.Dir.Failures()); err != nil {
		return s.failed("make", s.Dir.Failures(), err)
	}
	for _, f := range []struct {
		name string
		text []byte
	}{{s.Dir.Stack(o.Key), []byte(o.Error + "\n")}, {s.Dir.Failure(o.Key), text}} {
		if err := s.replace(f.name, f.text); err != nil {
			return s.failed("write", f.name, err)
		}
	}
	return nil
}

// quarantine moves a damaged file out of the way and tells of it, and of what
// follows.
func (s *Store) quarantine(name string, why error, then string) error {
	if s.damaged != nil {
		s.damaged(name, why)
		return nil
	}
	if err := s.fs.MkdirAll(s.Dir.Corrupt()); err != nil {
		return s.failed("make", s.Dir.Corrupt(), err)
	}
	to := filepath.Join(s.Dir.Corrupt(), filepath.Base(name)+"-"+random())
	if err := s.fs.Rename(name, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is damaged (%v) and cannot be moved to %s: %w", name, why, to, err)
	}
	s.notice("%s is damaged (%v); it was moved to %s; %s", name, why, to, then)
	return nil
}

func (s *Store) notice(format string, args ...any) {
	if s.Notice != nil {
		s.Notice(fmt.Sprintf(format, args...))
	}
}

// failed is the error of an operation on a file, with what a user can do.
func (s *Store) failed(what, name string, err error) error {
	if at, ok := err.(*fs.PathError); ok && at.Path == name { // which is said here
		err = at.Err
	}
	if errors.Is(err, errNoFile) {
		return fmt.Errorf("%s %s: it is %w; move it out of the results folder and run again: what is finished is kept", what, name, err)
	}
	return fmt.Errorf("%s %s: %w%s; what is finished is kept, run again to go on", what, name, err, s.room())
}
