package cost

import (
	"slices"
	"time"

	"prunelab/experiments/trial"
)

// task is trials that one worker runs one after the other.
type task struct {
	seconds float64
	then    []*task // that start from its network
}

// tasks are the trials as the runner takes them: prunings without retraining of one
// network together, the others by themselves, each behind what it starts from. The
// first ones start from what is there.
func tasks(trials []trial.Spec, seconds map[trial.Key]float64) (ready []*task) {
	gives, scans := map[trial.Key]*task{}, map[trial.Key]*task{}
	starts := map[trial.Key]bool{}
	for _, s := range trials {
		starts[s.StartKey()] = true
	}
	for _, s := range trials {
		key, from := s.Key(), s.StartKey()
		t := scans[from]
		scan := s.Scanned() && !starts[key]
		if t == nil || !scan {
			t = &task{}
			if needs := gives[from]; needs != nil {
				needs.then = append(needs.then, t)
			} else {
				ready = append(ready, t)
			}
			if scan {
				scans[from] = t
			}
		}
		t.seconds += seconds[key]
		gives[key] = t
	}
	return ready
}

// Total is the time until the last trial is done, on so many cores at once: a
// worker that is free takes the next task that is ready, those that became ready
// last first.
func (e *Estimate) Total(workers int) time.Duration {
	ready := tasks(e.trials, e.Seconds)
	type job struct {
		*task
		ends float64
	}
	var running []job
	now := 0.0
	for len(ready) > 0 || len(running) > 0 {
		if len(ready) > 0 && len(running) < workers {
			running = append(running, job{ready[0], now + ready[0].seconds})
			ready = ready[1:]
			continue
		}
		first := 0
		for i, j := range running {
			if j.ends < running[first].ends {
				first = i
			}
		}
		now = running[first].ends
		ready = append(slices.Clone(running[first].then), ready...)
		running = slices.Delete(running, first, first+1)
	}
	return time.Duration(now * float64(time.Second))
}
