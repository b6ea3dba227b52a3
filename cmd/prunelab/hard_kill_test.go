//go:build hard

package main

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"prunelab/model/rng"
)

// A run is killed again and again, each time while trials are running; no
// finished trial is lost, and what is rendered in the end is byte for byte what
// an undisturbed run renders.
func TestKillsWhileTrialsRun(t *testing.T) {
	const seed = 1
	b := newBench(t, "--set", "train.epochs=10", "--set", "retrain.epochs=10")
	want, took := b.undisturbed(t)
	trial := float64(took) / float64(b.finished(t, "whole"))
	r := rng.Stream(seed, "kill")
	kills, idle, folders, finished := 0, 0, 0, 0
	for n := count(t, 100, 20); kills < n; folders++ {
		out := fmt.Sprintf("killed-%d", folders)
		kept := map[string]string{}
		for kills < n {
			whole, err := b.killed(t, out, r.IntN(6), time.Duration(2*r.Float64()*trial))
			if err != nil {
				t.Fatal(err)
			}
			have := b.trials(t, out)
			for name, text := range kept {
				if have[name] != text {
					t.Fatalf("kill %d: the finished trial %s was lost or altered", kills, name)
				}
			}
			finished += len(have) - len(kept)
			kept = maps.Clone(have)
			if whole {
				break
			}
			if len(b.claims(t, out)) == 0 {
				idle++
				continue
			}
			kills++
		}
		output(t, b.run(out), exitOK)
		b.complete(t, out, want)
	}
	t.Logf("seed %d: %d kills while trials were running, %d more between trials; %d folders, %d trials finished before a kill, none lost", seed, kills, idle, folders, finished)
}

// killed starts a run and kills it when it has finished so many trials, and a
// while after that. Whole says that it came to its end before. Counting what it
// has done keeps the kills from depending on how fast the machine is.
func (b *bench) killed(t *testing.T, out string, trials int, after time.Duration) (whole bool, err error) {
	c := b.run(out)
	before := b.finished(t, out)
	left := len(b.claims(t, out)) > 0 // by the one killed before; the next clears it first
	if err := c.Start(); err != nil {
		return false, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for {
		select {
		case err := <-ended:
			return true, err
		case <-time.After(time.Millisecond):
		}
		claims := len(b.claims(t, out))
		left = left && claims > 0
		if !left && claims > 0 && b.finished(t, out)-before >= trials {
			time.Sleep(after)
			if err := c.Process.Kill(); err != nil {
				return false, err
			}
			return <-ended == nil, nil
		}
	}
}
