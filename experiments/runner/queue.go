package runner

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"prunelab/experiments/trial"
)

// queue hands out jobs whose start is there, the earliest first.
type queue struct {
	mu     sync.Mutex
	change *sync.Cond
	ready  []*Job
	left   int // not finished
	later  map[*Job]*time.Timer
	closed bool
}

func newQueue(jobs []Job) *queue {
	q := &queue{left: len(jobs), later: map[*Job]*time.Timer{}}
	q.change = sync.NewCond(&q.mu)
	gives := map[trial.Key]*Job{}
	for i := range jobs {
		if jobs[i].Keep {
			gives[jobs[i].Specs[0].Key()] = &jobs[i]
		}
	}
	for i := range jobs {
		j := &jobs[i]
		if j.needs = gives[j.Specs[0].StartKey()]; j.needs != nil {
			j.needs.then = append(j.needs.then, j)
		} else {
			q.ready = append(q.ready, j)
		}
	}
	return q
}

// next returns a job, waiting for one, or false when none is left or the queue
// was closed.
func (q *queue) next() (*Job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.ready) == 0 && q.left > 0 && !q.closed {
		q.change.Wait()
	}
	if len(q.ready) == 0 || q.closed {
		return nil, false
	}
	j := q.ready[0]
	q.ready = q.ready[1:]
	return j, true
}

// finish notes that a job has ended, so that those that need it are ready.
// They go before others: the sooner a start's series is complete, the sooner
// its network can go.
func (q *queue) finish(j *Job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left--
	slices.SortStableFunc(j.then, func(a, b *Job) int { return cmp.Compare(a.index, b.index) })
	q.ready = append(slices.Clone(j.then), q.ready...)
	q.change.Broadcast()
}

// patience is how long a job that another process is at is left alone.
const patience = time.Second

// postpone puts a job back for a while.
func (q *queue) postpone(j *Job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.later[j] = time.AfterFunc(patience, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.later, j)
		q.ready = append(q.ready, j)
		q.change.Broadcast()
	})
}

// close makes next return at once.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, t := range q.later {
		t.Stop()
	}
	q.change.Broadcast()
}
