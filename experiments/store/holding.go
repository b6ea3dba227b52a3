package store

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
)

// Holding is a claim as its file tells of it.
type Holding struct {
	Job        string // a trial's key, or "scan-" and the key of the trial it starts from
	Generation int
	Host       string
	PID        int
	Beats      int  // since it was taken, see BeatEvery; they show that its process lives
	Dead       bool // its process is known to be gone; a live claim of another machine never is
}

// Holdings lists who is at work on the folder, by job: of every job the
// generation that owns it. A run that has no claims yet has none.
func (s *Store) Holdings() ([]Holding, error) {
	names, err := s.fs.ReadDir(s.Dir.Claims())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, s.failed("list", s.Dir.Claims(), err)
	}
	top := map[string]Holding{}
	for _, name := range names {
		job, generation, ok := claimed(name)
		if !ok || generation <= top[job].Generation {
			continue
		}
		name = filepath.Join(s.Dir.Claims(), name)
		text, err := s.fs.ReadFile(name, maxClaim)
		if errors.Is(err, fs.ErrNotExist) {
			continue // released meanwhile
		}
		if err != nil && !errors.Is(err, ErrTooLong) { // that is nobody's who works here
			return nil, s.failed("read", name, err)
		}
		o := readClaim(text)
		top[job] = Holding{Job: job, Generation: generation, Host: o.host, PID: o.pid, Beats: readBeat(text), Dead: o.dead()}
	}
	var all []Holding
	for _, h := range top {
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b Holding) int { return cmp.Compare(a.Job, b.Job) })
	return all, nil
}
