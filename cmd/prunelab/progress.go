package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"prunelab/cmd/prunelab/internal/state"
	"prunelab/experiments/cost"
	"prunelab/experiments/runner"
	"prunelab/experiments/trial"
)

// terminal reports whether w is a terminal.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// progress shows a run as it goes: on a terminal a bar over the work with the
// time left, and the jobs that are running below it; elsewhere a line now and
// then.
type progress struct {
	w      io.Writer
	labels map[trial.Key]string

	mu      sync.Mutex
	seconds map[trial.Key]float64 // estimated for each trial that is left
	total   float64               // of them all
	done    float64
	trials  int
	count   int // finished
	began   time.Time
	last    time.Time // of the last line
	running []running

	bars *mpb.Progress // nil: lines
	bar  *mpb.Bar
	rows []*mpb.Bar // of the jobs that are running
}

// running is a job that has begun.
type running struct {
	key   trial.Key // of its first trial
	label string
	began time.Time
}

// maxRows bounds the running jobs that are shown on a terminal.
const maxRows = 8

// newProgress shows a run of the plan of which the given trials are left.
func newProgress(w io.Writer, plan trial.Plan, left *cost.Estimate, workers int) *progress {
	p := &progress{w: w, labels: plan.Labels(), seconds: left.Seconds, trials: len(left.Seconds), began: time.Now()}
	for _, s := range left.Seconds {
		p.total += s
	}
	if !terminal(w) {
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(w), mpb.WithWidth(40), mpb.WithRefreshRate(200*time.Millisecond))
	p.bar = p.bars.AddBar(barSteps,
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return plan.Study + " " })),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
			p.mu.Lock()
			defer p.mu.Unlock()
			return " " + p.state()
		})))
	for i := range min(workers, maxRows) {
		p.rows = append(p.rows, p.bars.New(0, mpb.NopStyle(), mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return p.row(i) }))))
	}
	return p
}

// barSteps is the resolution of the bar.
const barSteps = 10_000

// Started is called by the runner.
func (p *progress) Started(j runner.Job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := j.Specs[0].Key()
	p.running = append(p.running, running{key: key, label: p.label(j), began: time.Now()})
}

// Published is called by the runner.
func (p *progress) Published(o trial.Outcome) {
	lines, part := p.published(o)
	if p.bar != nil {
		p.bar.SetCurrent(int64(barSteps * part))
	}
	p.print(lines)
}

// published takes note of an outcome and returns what is to be said of it and
// the part of the work that is done. The bars are not touched while the lock is
// held, as drawing them takes it.
func (p *progress) published(o trial.Outcome) (lines []string, part float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if seconds, left := p.seconds[o.Key]; left { // else only its network was missing
		p.count++
		p.done += seconds
	}
	if o.Status != trial.Done {
		lines = append(lines, fmt.Sprintf("%s %s: %s", p.labels[o.Key], o.Status, firstLine(o.Error)))
	}
	if now := time.Now(); p.bars == nil && (now.Sub(p.last) >= 2*time.Second || p.count == p.trials) {
		p.last = now
		line := p.state()
		if label := p.labels[o.Key]; label != "" { // a network between two rounds stands for nothing by itself
			line += "; last " + label
		}
		lines = append(lines, line)
	}
	return lines, p.done / p.total
}

// Finished is called by the runner.
func (p *progress) Finished(j runner.Job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := j.Specs[0].Key()
	p.running = slices.DeleteFunc(p.running, func(r running) bool { return r.key == key })
}

// print prints lines, above the bar if there is one.
func (p *progress) print(lines []string) {
	w := io.Writer(p.w)
	if p.bars != nil {
		w = p.bars
	}
	for _, l := range lines {
		fmt.Fprintln(w, l)
	}
}

// close ends the display; the bar stays as it is.
func (p *progress) close() {
	if p.bars == nil {
		return
	}
	for _, r := range p.rows {
		r.Abort(true)
	}
	p.bar.Abort(false) // without effect on a bar that is full
	p.bars.Wait()
}

// state says how far the run is and how long the rest takes if it goes on at
// the pace so far. The lock is held.
func (p *progress) state() string {
	s := fmt.Sprintf("%d of %s", p.count, trial.Counted(p.trials, "trial"))
	if elapsed := time.Since(p.began); p.done > 0 && p.count < p.trials && elapsed > time.Second {
		s += ", " + state.Duration(time.Duration(float64(elapsed)*(p.total-p.done)/p.done)) + " left"
	}
	return s
}

func (p *progress) row(i int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i >= len(p.running) {
		return ""
	}
	r := p.running[i]
	return fmt.Sprintf("  %s (%s)", r.label, state.Duration(time.Since(r.began)))
}

// label names a job.
func (p *progress) label(j runner.Job) string {
	label := p.labels[j.Specs[0].Key()]
	if len(j.Specs) > 1 {
		label += fmt.Sprintf(" and %d more without retraining", len(j.Specs)-1)
	}
	return label
}
