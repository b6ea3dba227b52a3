package store

import (
	"errors"
	"io/fs"
	"runtime"
	"sync"
	"sync/atomic"

	"prunelab/experiments/trial"
)

// glance is a first look at a trial.
type glance struct {
	key     trial.Key
	outcome trial.Outcome // where it is kept
	seen    bool          // as a file or in the pack, and believed
}

// glances look at all trials of a plan, on all cores: reading thousands of outcomes
// takes a while. What is not seen at once, as it is damaged, cannot be read, or is not
// there, is for Outcome to look at, one after the other.
func (s *Store) glances(p trial.Plan) []glance {
	all := make([]glance, len(p.Trials))
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(all)) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
				g := &all[i]
				g.key = p.Trials[i].Key()
				g.outcome, g.seen = s.glance(g.key)
			}
		})
	}
	group.Wait()
	return all
}

// glance looks at a trial and leaves everything as it is.
func (s *Store) glance(k trial.Key) (o trial.Outcome, seen bool) {
	text, err := s.fs.ReadFile(s.Dir.Trial(k), maxOutcome)
	p, unknown := s.packed()
	if unknown != nil {
		return o, false
	}
	switch packed := p.text(k); {
	case errors.Is(err, fs.ErrNotExist) && packed != nil:
		text = packed
	case err != nil || s.same(p, k, text) != nil:
		return o, false
	}
	o, err = believe(k, text)
	return o, err == nil
}
