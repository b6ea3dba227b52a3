package store

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"prunelab/experiments/trial"
)

// Store is a run's folder. Its methods may be called by several goroutines.
type Store struct {
	Dir    Dir
	Notice func(string) // is told of damaged files and the like; may be nil

	fs    FS
	owner owner
	lease time.Duration

	mu   sync.Mutex
	seen map[string]sighting // claims of others, by file
}

// Open returns the store in a folder. Nothing is read or written yet.
func Open(dir string, fsys FS) *Store {
	return &Store{Dir: Dir(dir), fs: fsys, owner: self(), lease: defaultLease, seen: map[string]sighting{}}
}

// Prepare makes the run's folders, finds out whether they can be written, and
// removes what a process that was killed left half written.
func (s *Store) Prepare() error {
	if err := s.Join(); err != nil {
		return err
	}
	return s.sweep()
}

// Join is Prepare for a worker among several: it removes nothing, because a
// file that looks left behind may be that of one that begins at this moment.
// Claims of dead processes are succeeded anyway.
func (s *Store) Join() error {
	for _, dir := range s.Dir.folders() {
		if err := s.fs.MkdirAll(dir); err != nil {
			return s.unwritable(err)
		}
	}
	// Whatever publishing needs, tried before hours of training.
	probe := s.Dir.in("trials", temporaryPrefix+"probe-"+random())
	err := s.write(probe, bytes.Repeat([]byte{0}, 4096))
	if err == nil {
		err = s.fs.Link(probe, probe+"-2")
		err = errors.Join(err, s.fs.SyncDir(s.Dir.Trials()))
		if removal := s.fs.Remove(probe + "-2"); err == nil {
			err = removal
		}
	}
	if removal := s.fs.Remove(probe); err == nil {
		err = removal
	}
	if err != nil {
		return s.unwritable(err)
	}
	return nil
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

// sweep removes claims of processes that are known to be dead, and temporary
// files, unless another process may be at work here whose they are.
func (s *Store) sweep() error {
	remove := func(name string) error {
		if err := s.fs.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the rest of an interrupted run: %w", err)
		}
		return nil
	}
	names, err := s.fs.ReadDir(s.Dir.Claims())
	if err != nil {
		return fmt.Errorf("list %s: %w", s.Dir.Claims(), err)
	}
	alone := true
	for _, name := range names {
		if temporary(name) {
			continue
		}
		name = filepath.Join(s.Dir.Claims(), name)
		text, err := s.fs.ReadFile(name, maxClaim)
		if err != nil || !readClaim(text).dead() {
			alone = false
			continue
		}
		if err := remove(name); err != nil {
			return err
		}
	}
	if !alone {
		return nil
	}
	for _, dir := range []string{s.Dir.Trials(), s.Dir.Failures(), s.Dir.Cache(), s.Dir.Claims(), string(s.Dir)} {
		names, err := s.fs.ReadDir(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("list %s: %w", dir, err)
		}
		for _, name := range names {
			if !temporary(name) {
				continue
			}
			if err := remove(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Outcome returns a finished trial, and whether there is one. A damaged file
// counts as none.
func (s *Store) Outcome(k trial.Key) (trial.Outcome, bool, error) {
	return s.outcome(k, s.Dir.Trial(k))
}

// Failure returns the failure of a trial that has no result, and whether there
// is one.
func (s *Store) Failure(k trial.Key) (trial.Outcome, bool, error) {
	return s.outcome(k, s.Dir.Failure(k))
}

func (s *Store) outcome(k trial.Key, name string) (trial.Outcome, bool, error) {
	text, err := s.fs.ReadFile(name, maxOutcome)
	if errors.Is(err, fs.ErrNotExist) {
		return trial.Outcome{}, false, nil
	}
	if err != nil && !errors.Is(err, ErrTooLong) {
		return trial.Outcome{}, false, s.failed("read", name, err)
	}
	var o trial.Outcome
	if err == nil {
		err = unseal("outcome", text, &o)
	}
	if err == nil && (o.Key != k || o.Spec.Key() != k) {
		err = fmt.Errorf("it holds the trial %s", o.Key.Short())
	}
	if err != nil {
		return trial.Outcome{}, false, s.quarantine(name, err)
	}
	return o, true, nil
}

// Outcomes returns all that is known of the plan's trials, in its order:
// results, and failures where there is no result.
func (s *Store) Outcomes(p trial.Plan) ([]trial.Outcome, error) {
	var all []trial.Outcome
	for _, spec := range p.Trials {
		k := spec.Key()
		o, ok, err := s.Outcome(k)
		if err == nil && !ok {
			o, ok, err = s.Failure(k)
		}
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, o)
		}
	}
	return all, nil
}

// ErrConflict says that a trial that ran twice gave two results. As trials are
// deterministic, that is a bug of the program or of the machine.
var ErrConflict = errors.New("a trial that ran twice gave two results")

// Publish stores a finished trial. When the result is there already and is the
// same, nothing happens.
func (s *Store) Publish(o trial.Outcome) error {
	name := s.Dir.Trial(o.Key)
	text, err := seal("outcome", o)
	if err != nil {
		return err
	}
	for range 2 {
		err = s.publish(name, text)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
		have, ok, readErr := s.Outcome(o.Key)
		switch {
		case readErr != nil:
			return readErr
		case ok && sameResult(have, o):
			err = nil
		case ok:
			return s.conflict(o, text)
		default:
			continue // it was damaged and is out of the way now
		}
		break
	}
	if err != nil {
		return s.failed("publish", name, err)
	}
	if err := s.fs.Remove(s.Dir.Failure(o.Key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s.failed("remove", s.Dir.Failure(o.Key), err)
	}
	return nil
}

// sameResult compares what is deterministic.
func sameResult(a, b trial.Outcome) bool {
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
	return fmt.Errorf("%w: the first is in %s, the second in %s; please report this", ErrConflict, s.Dir.Trial(o.Key), second)
}

// Fail stores a trial that ended by a panic or a bug. It is tried again by the
// next run, so the latest failure replaces one before.
func (s *Store) Fail(o trial.Outcome) error {
	name := s.Dir.Failure(o.Key)
	text, err := seal("outcome", o)
	if err != nil {
		return err
	}
	if err := s.fs.MkdirAll(s.Dir.Failures()); err != nil {
		return s.failed("make", s.Dir.Failures(), err)
	}
	if err := s.replace(name, text); err != nil {
		return s.failed("write", name, err)
	}
	return nil
}

// publish writes a file whole or not at all. It fails with fs.ErrExist when the
// name is taken.
func (s *Store) publish(name string, text []byte) error {
	aside := filepath.Join(filepath.Dir(name), temporaryPrefix+random())
	if err := s.write(aside, text); err != nil {
		return err
	}
	return s.settle(aside, name)
}

// settle gives a written file its name.
func (s *Store) settle(aside, name string) error {
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
	aside := filepath.Join(filepath.Dir(name), temporaryPrefix+random())
	if err := s.write(aside, text); err != nil {
		return err
	}
	if err := s.fs.Rename(aside, name); err != nil {
		s.fs.Remove(aside)
		return err
	}
	return s.fs.SyncDir(filepath.Dir(name))
}

// write makes a new file and waits until it is on the disk. When that fails
// nothing is left.
func (s *Store) write(name string, text []byte) error {
	f, err := s.fs.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
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

// quarantine moves a damaged file out of the way and tells of it.
func (s *Store) quarantine(name string, why error) error {
	if err := s.fs.MkdirAll(s.Dir.Corrupt()); err != nil {
		return s.failed("make", s.Dir.Corrupt(), err)
	}
	to := filepath.Join(s.Dir.Corrupt(), filepath.Base(name)+"-"+random())
	if err := s.fs.Rename(name, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is damaged (%v) and cannot be moved to %s: %w", name, why, to, err)
	}
	s.notice("%s is damaged (%v); it was moved to %s and will be made again", name, why, to)
	return nil
}

func (s *Store) notice(format string, args ...any) {
	if s.Notice != nil {
		s.Notice(fmt.Sprintf(format, args...))
	}
}

// failed is the error of an operation on a file, with what a user can do.
func (s *Store) failed(what, name string, err error) error {
	return fmt.Errorf("%s %s: %w%s; what is finished is kept, run again to go on", what, name, err, s.room())
}

// random is a name that no other process uses.
func random() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
