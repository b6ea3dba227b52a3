package cost

import (
	"testing"
	"time"

	"prunelab/experiments/trial"
	"prunelab/model/prune"
	"prunelab/model/train"
)

// A trial waits for what it starts from, and the prunings of one network that are
// not retrained are one after the other, however many workers there are.
func TestTotalFollowsWhatStartsFromWhat(t *testing.T) {
	e := Estimate{Seconds: map[trial.Key]float64{}}
	add := func(seconds float64, seed uint64, levels ...trial.Level) {
		s := trial.Spec{Seed: seed, Levels: levels}
		e.trials, e.Seconds[s.Key()] = append(e.trials, s), seconds
	}
	cut := func(ratio float64, retrain bool) trial.Level {
		l := trial.Level{Prune: prune.Config{Layers: []string{"fc1"}, Amounts: []float64{ratio}}}
		if retrain {
			l.Retrain = &train.Config{Epochs: 1}
		}
		return l
	}
	add(10, 1)
	add(3, 1, cut(0.5, false)) // one task of 6 s
	add(3, 1, cut(0.9, false))
	add(5, 1, cut(0.5, true))
	add(4, 1, cut(0.5, true), cut(0.9, true)) // a round behind the one before
	add(10, 2)
	for workers, want := range map[int]time.Duration{
		1: 35 * time.Second, // all
		2: 19 * time.Second, // both dense networks, the scan beside the rounds
		3: 19 * time.Second, // no more can be done at once
	} {
		if got := e.Total(workers); got != want {
			t.Errorf("%d workers: %v, want %v", workers, got, want)
		}
	}
}

// Prunings with statistics of their own are not measured together, so that workers share
// them.
func TestTotalOfReestimation(t *testing.T) {
	e := Estimate{Seconds: map[trial.Key]float64{}}
	for _, ratio := range []float64{0.5, 0.9} {
		s := trial.Spec{Seed: 1, Levels: []trial.Level{{
			Prune: prune.Config{Layers: []string{"fc1"}, Amounts: []float64{ratio}}, BatchNorm: &train.Reestimation{Images: 256, Batch: 128},
		}}}
		e.trials, e.Seconds[s.Key()] = append(e.trials, s), 3
	}
	if got := e.Total(2); got != 3*time.Second {
		t.Errorf("two workers: %v, want 3 s", got)
	}
}

// Each part of a trial counts: what is trained, scored, pruned and measured.
func TestSecondsCountEveryPartOfATrial(t *testing.T) {
	s, p := plan(t)
	var pace Pace
	for i := range densities {
		pace.costs[i].Train, pace.costs[i].Forward, pace.costs[i].Prune = 1, 1000, 1e6
	}
	for _, spec := range p.Trials {
		w, err := spec.Work(s.TrainSamples(), s.EvaluationSamples())
		if err != nil {
			t.Fatal(err)
		}
		got, err := pace.seconds(spec, w, s.TrainSamples(), s.EvaluationSamples())
		if err != nil {
			t.Fatal(err)
		}
		eval := 1000 * float64(s.EvaluationSamples())
		want := map[kind]float64{trainsDense: eval + 2e6, retrains: 2*eval + 2e6, prunesOnly: eval}[kindOf(spec)] + float64(w.Samples)
		if n := len(spec.Levels); n > 0 && !spec.Levels[n-1].Prune.Empty() {
			want += 1e6
		}
		if got != want {
			t.Errorf("%d levels: %v s, want %v", len(spec.Levels), got, want)
		}
	}
}
