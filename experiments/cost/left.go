package cost

import (
	"math"
	"time"

	"prunelab/experiments/trial"
)

// pastTrial is a finished trial as a measurement of speed.
type pastTrial struct {
	kind    kind
	flop    float64
	seconds float64
}

// kind is the kind of a trial, by what takes its time.
type kind int

const (
	trainsDense kind = iota
	retrains
	prunesOnly
)

func kindOf(s trial.Spec) kind {
	switch n := len(s.Levels); {
	case n == 0:
		return trainsDense
	case s.Levels[n-1].Retrain != nil:
		return retrains
	}
	return prunesOnly
}

// Left estimates what the trials that are not finished take on one worker: each
// what the finished trials of its kind with the most similar work took for a
// FLOP. Without a finished trial of any kind there is no estimate.
func Left(plan trial.Plan, outcomes []trial.Outcome) (time.Duration, bool) {
	train, eval := samplesOf(outcomes)
	finished := map[trial.Key]bool{}
	var past []pastTrial
	for _, o := range outcomes {
		if o.Status == trial.Failed {
			continue
		}
		finished[o.Key] = true
		if o.Status == trial.Diverged {
			continue // it ended early
		}
		w, err := o.Spec.Work(train, eval)
		if err != nil || w.FLOP == 0 || o.Timing.Samples < w.Samples {
			continue // a training that went on from a checkpoint says less
		}
		past = append(past, pastTrial{kindOf(o.Spec), w.FLOP, o.Timing.Seconds})
	}
	if len(past) == 0 {
		return 0, false
	}
	var seconds float64
	for _, spec := range plan.Trials {
		if finished[spec.Key()] {
			continue
		}
		w, err := spec.Work(train, eval)
		if err != nil {
			return 0, false
		}
		seconds += w.FLOP * secondsPerFLOP(past, kindOf(spec), w.FLOP)
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// secondsPerFLOP is the speed of the finished trials of the kind whose work is
// closest to flop, within a hundredth; of any kind when there are none.
func secondsPerFLOP(past []pastTrial, k kind, flop float64) float64 {
	best, sum, work := math.Inf(1), 0.0, 0.0
	for _, p := range past {
		away := math.Abs(math.Log(p.flop / flop))
		if p.kind != k {
			away += 1e3 // behind all of the kind
		}
		if away < best-0.01 {
			best, sum, work = away, 0, 0
		}
		if away <= best+0.01 {
			sum, work = sum+p.seconds, work+p.flop
		}
	}
	return sum / work
}

// samplesOf returns how many samples the trials train on in an epoch and are
// evaluated on, as far as their outcomes tell.
func samplesOf(outcomes []trial.Outcome) (train, eval int) {
	for _, o := range outcomes {
		if o.Result.Start != nil {
			eval = max(eval, o.Result.Start.N)
		}
		epochs := o.Spec.Train.Epochs
		if n := len(o.Spec.Levels); n > 0 {
			if epochs = 0; o.Spec.Levels[n-1].Retrain != nil {
				epochs = o.Spec.Levels[n-1].Retrain.Epochs
			}
		}
		if epochs > 0 {
			train = max(train, o.Timing.Samples/epochs)
		}
	}
	return train, eval
}
