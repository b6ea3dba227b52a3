package main

import (
	"io"
	"sync"
	"time"

	"fmt"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// transfer shows a download: a bar a file on a terminal, else a line now and
// then.
type transfer struct {
	w    io.Writer
	bars *mpb.Progress

	mu   sync.Mutex
	file string
	bar  *mpb.Bar
	last time.Time
}

func newTransfer(w io.Writer) *transfer {
	t := &transfer{w: w}
	if terminal(w) {
		t.bars = mpb.New(mpb.WithOutput(w), mpb.WithWidth(40))
	}
	return t
}

func (t *transfer) update(file string, done, total int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if file != t.file {
		t.stop()
		t.file, t.last = file, time.Time{}
		if t.bars != nil {
			t.bar = t.bars.AddBar(total,
				mpb.PrependDecorators(decor.Name(file+" ")),
				mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f "), decor.AverageETA(decor.ET_STYLE_GO)))
		}
	}
	if t.bar != nil {
		t.bar.SetCurrent(done)
		return
	}
	if now := time.Now(); done == total || now.Sub(t.last) >= 2*time.Second {
		t.last = now
		fmt.Fprintf(t.w, "%s: %.1f of %.1f MB\n", file, float64(done)/1e6, float64(total)/1e6)
	}
}

// stop ends the bar at hand, wherever it is.
func (t *transfer) stop() {
	if t.bar != nil {
		t.bar.Abort(false)
		t.bar = nil
	}
}

func (t *transfer) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stop()
	if t.bars != nil {
		t.bars.Wait()
	}
}
