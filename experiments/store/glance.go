package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
	digest  string        // that its text carries; "" unless seen
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
				all[i] = s.glance(p.Trials[i])
			}
		})
	}
	group.Wait()
	return all
}

// glance looks at a trial and leaves everything as it is.
func (s *Store) glance(spec trial.Spec) glance {
	canonical := spec.Text()
	g := glance{key: trial.KeyOf(canonical)}
	text, err := s.fs.ReadFile(s.Dir.Trial(g.key), maxOutcome)
	p, unknown := s.packed()
	if unknown != nil {
		return g
	}
	switch packed := p.text(g.key); {
	case errors.Is(err, fs.ErrNotExist) && packed != nil:
		text = packed
	case err != nil || s.same(p, g.key, text) != nil:
		return g
	}
	if g.outcome, err = recognise(spec, canonical, g.key, text); err == nil {
		g.seen, g.digest = true, carried(text)
	}
	return g
}

// recognise is believe for a trial whose Spec is known, with its canonical JSON. A text
// that has this word for word, as this program writes it, is spared the reading of its
// Spec and the making of that's key: a third of the work.
func recognise(spec trial.Spec, canonical string, k trial.Key, text []byte) (o trial.Outcome, err error) {
	body, err := content("outcome", text)
	if err != nil {
		return o, err
	}
	rest, ok := bytes.CutPrefix(body, fmt.Appendf(nil, `{"key":"%s","spec":%s,`, k, canonical))
	if !ok {
		return believe(k, text)
	}
	if err := json.Unmarshal(append([]byte("{"), rest...), &o); err != nil {
		return o, fmt.Errorf("its content is not an outcome: %w", err)
	}
	o.Key, o.Spec = k, spec
	return o, o.Contradiction()
}
