package study

import (
	"fmt"
	"math"

	"prunelab/experiments/trial"
	"prunelab/model/optim"
	"prunelab/model/train"
)

// Retraining is a retraining of an arm. Which layers are frozen depends on
// what was pruned.
type Retraining struct {
	train.Config
	FreezeOthers bool // all layers that are not pruned stay as they are

	rewound bool // learning rate and schedule are those of the last epochs of the first training, however many
}

// rewound is the course of the learning rate over the last epochs of a
// training, as a training of its own (learning-rate rewinding, Renda et al.
// 2020).
func rewound(c train.Config, epochs, perEpoch int) (float64, optim.Schedule) {
	lr, s := c.Optimizer.LR, c.Schedule
	skipped := max(0, c.Epochs-epochs)
	switch {
	case skipped == 0:
	case s.Kind == optim.Steps:
		total, left := float64(c.Epochs), float64(epochs)
		var at []float64
		for _, a := range s.At {
			// A change falls on the first step at or after its fraction. The
			// division must not round it up, past the step that is meant.
			if later := math.Floor((float64(a*total)-float64(skipped))/left*1e12) / 1e12; later > 0 {
				at = append(at, later)
			} else {
				lr *= s.Factor
			}
		}
		s.At = at
		if len(at) == 0 {
			s = optim.Schedule{Kind: optim.Constant}
		}
	case s.Kind == optim.Cosine:
		s.From += (1 - s.From) * float64(skipped) / float64(c.Epochs)
	case s.Kind == optim.Inverse:
		// (1 + g(k+t))^-p = (1 + gk)^-p (1 + g/(1+gk) t)^-p
		lr = s.Rate(lr, skipped*perEpoch, c.Epochs*perEpoch)
		s.Gamma /= 1 + float64(s.Gamma*float64(skipped*perEpoch))
	}
	return lr, s
}

// training merges the study's patch and an arm's and says what is missing. The
// place is the arm's, for what neither of them says. Of a network from a file it
// is no training but what retraining inherits, and need not be complete.
func (d *decoder) training(at place, samples int, study, arm patch) train.Config {
	if study.at.src != nil {
		at = study.at
	}
	var c Retraining
	study.apply(&c, train.Config{}, 0)
	arm.apply(&c, train.Config{}, 0)
	out := c.Config
	if !d.trained {
		d.complete(at, out, "the training has no %s; add train: {%s}", 0.1)
	}
	if out.Schedule.Kind == "" {
		out.Schedule.Kind = optim.Constant
	}
	if out.Dropout == "" {
		out.Dropout = train.DropoutSame
	}
	if arm.batch != nil {
		at = arm.at
	}
	d.batchFits(at, out.Batch, samples)
	return out
}

func (d *decoder) batchFits(at place, batch, samples int) {
	if batch > samples && samples > 0 { // where there are none, needsTraining says so
		d.fail(at, "a batch of %d is larger than the %s", batch, trial.Counted(samples, "training image"))
	}
}

// rewinds reports a retraining, as a patch leaves it, that repeats more of the
// first training than there is.
func (d *decoder) rewinds(p patch, first train.Config, r *Retraining) {
	if r.rewound && p.at.src != nil && r.Epochs > first.Epochs {
		d.fail(p.at, "lr: rewind repeats the end of the first training, which has %s; %d are asked for", trial.Counted(first.Epochs, "epoch"), r.Epochs)
	}
}

// complete reports what a training lacks; the fault has a place for the key and
// one for an example.
func (d *decoder) complete(at place, c train.Config, fault string, lr float64) {
	if c.Epochs == 0 {
		d.fail(at, fault, "epochs", "epochs: 12")
	}
	if c.Batch == 0 {
		d.fail(at, fault, "batch", "batch: 128")
	}
	if c.Optimizer.Method == "" {
		d.fail(at, fault, "optimizer", fmt.Sprintf("optimizer: {sgd: {lr: %v, momentum: 0.9}}", lr))
	}
}

// retraining merges patches over an arm's first training.
func (d *decoder) retraining(first train.Config, samples int, patches ...patch) *Retraining {
	r := &Retraining{Config: first}
	r.Start = train.StartKeep
	for _, p := range patches {
		p.apply(r, first, samples/max(1, first.Batch))
		d.rewinds(p, first, r)
		if p.batch != nil {
			d.batchFits(p.at, r.Batch, samples)
		}
	}
	return r
}
