package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"prunelab/cmd/prunelab/internal/render"
	"prunelab/cmd/prunelab/internal/state"
	"prunelab/experiments/store"
	"prunelab/experiments/trial"
)

// pause is the least time between two looks at a run; a look that takes long makes it
// longer, so that looking never takes more than a tenth of a core.
const pause = time.Second

// watch is what is known of a run. It looks while somebody follows it.
type watch struct {
	name, dir string
	ctx       context.Context

	looking sync.Mutex // one look at a time

	mu        sync.Mutex
	now       observed
	next      time.Time     // no look before it
	changed   chan struct{} // closed when now is another
	followers int
	stop      context.CancelFunc // of the goroutine that looks

	drawing sync.Mutex // one rendering at a time
	drawn   string     // the version of files
	files   map[string][]byte
}

// observed is a run at a look.
type observed struct {
	state    state.State
	plan     trial.Plan
	outcomes []trial.Outcome
	version  string   // digest of the results
	damaged  []string // files that cannot be read and count as not there, or are not this run's
	err      error
}

func newWatch(ctx context.Context, name, dir string) *watch {
	return &watch{name: name, dir: dir, ctx: ctx, changed: make(chan struct{})}
}

// look is the run now, or as it was less than a pause ago.
func (w *watch) look() observed {
	w.looking.Lock()
	defer w.looking.Unlock()
	w.mu.Lock()
	now, next := w.now, w.next
	w.mu.Unlock()
	began := time.Now()
	if began.Before(next) {
		return now
	}
	now = observe(w.dir)
	w.mu.Lock()
	defer w.mu.Unlock()
	if string(now.json()) != string(w.now.json()) {
		close(w.changed)
		w.changed = make(chan struct{})
	}
	w.now, w.next = now, time.Now().Add(max(pause, 10*time.Since(began)))
	return now
}

// observe reads a run.
func observe(dir string) (o observed) {
	st := store.Inspect(dir, store.Disk{}, func(name string, why error) {
		o.damaged = append(o.damaged, fmt.Sprintf("%s is damaged (%v); it counts as not there", name, why))
	})
	o.state, o.plan, o.outcomes, o.err = state.Of(st)
	if o.err != nil {
		o.err = errors.Join(append([]error{o.err}, texts(o.damaged)...)...)
		return o
	}
	st.Notice = func(text string) { o.damaged = append(o.damaged, text) }
	o.damaged = append(o.damaged, state.Doubts(st)...)
	h := sha256.New()
	for _, v := range []any{o.plan, o.outcomes} {
		if err := json.NewEncoder(h).Encode(v); err != nil {
			o.err = fmt.Errorf("digest of the results: %w", err)
			return o
		}
	}
	o.version = hex.EncodeToString(h.Sum(nil))[:16]
	return o
}

func texts(all []string) (errs []error) {
	for _, s := range all {
		errs = append(errs, errors.New(s))
	}
	return errs
}

// last is what the latest look saw, and a channel that is closed when that changes.
func (w *watch) last() (observed, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now, w.changed
}

// join makes the watch look from now on, until leave is called by all that joined.
func (w *watch) join() (leave func()) {
	w.look()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.followers++; w.followers == 1 {
		ctx, stop := context.WithCancel(w.ctx)
		w.stop = stop
		go w.follow(ctx)
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.followers--; w.followers == 0 {
			w.stop()
		}
	}
}

func (w *watch) follow(ctx context.Context) {
	for {
		w.mu.Lock()
		wait := time.Until(w.next)
		w.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
			w.look()
		}
	}
}

// rendered are the files of the report, by name, made again when the results have
// changed since.
func (w *watch) rendered() (map[string][]byte, error) {
	w.drawing.Lock()
	defer w.drawing.Unlock()
	now := w.look()
	if now.err != nil {
		return nil, now.err
	}
	if w.files != nil && w.drawn == now.version {
		return w.files, nil
	}
	r, err := render.Open(store.Inspect(w.dir, store.Disk{}, func(string, error) {}), now.plan)
	if err != nil {
		return nil, err
	}
	r.Outcomes = now.outcomes
	files, err := r.Files()
	if err != nil {
		return nil, err
	}
	w.files, w.drawn = files, now.version
	return files, nil
}

// left and age word durations.
func (o observed) left() string {
	if o.state.Left == 0 {
		return ""
	}
	return state.Duration(o.state.Left)
}

func (o observed) age(j state.Job) string { return state.Duration(j.For()) }
