package cost

import (
	"fmt"
	"slices"
	"time"

	"prunelab/experiments/trial"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/throughput"
)

// Pace is how long a network takes for one sample of training on one core, in
// seconds, by the density d of its layers.
type Pace struct {
	dense          float64 // from nn.SparseBelow on
	fixed, density float64 // below it: fixed + density*d
}

// measurePace trains the network on noise for a moment.
func measurePace(config nn.Config, batch int) (Pace, error) {
	const d = 60 * time.Millisecond
	const thick, thin = 0.25, 0.02
	var at [3]float64
	for i, density := range []float64{1, thick, thin} {
		samples, _, err := throughput.Speed(config, density, min(batch, 64), d)
		if err != nil {
			return Pace{}, fmt.Errorf("measure the speed of training: %w", err)
		}
		at[i] = 1 / samples
	}
	p := Pace{dense: at[0], density: max(0, (at[1]-at[2])/(thick-thin))}
	p.fixed = max(0, at[2]-thin*p.density)
	return p, nil
}

// sample is the time of one sample, in seconds.
func (p Pace) sample(density float64) float64 {
	if density >= nn.SparseBelow {
		return p.dense
	}
	return p.fixed + p.density*density
}

// Speed is the number of samples that are trained on in a second.
func (p Pace) Speed(density float64) float64 { return 1 / p.sample(density) }

// seconds estimates how long a trial takes, without the networks it starts
// from. An evaluation passes forward only, about a third of training.
func (p Pace) seconds(s trial.Spec, w trial.Work, train, eval int) (float64, error) {
	unpruned := s
	unpruned.Levels = slices.Clone(s.Levels)
	for i := range unpruned.Levels {
		unpruned.Levels[i].Prune = prune.Config{}
	}
	evaluations := 1
	if kindOf(s) == retrains {
		evaluations = 2
	}
	full, err := unpruned.Work(train, eval)
	if err != nil {
		return 0, err
	}
	return p.sample(w.FLOP/full.FLOP) * (float64(w.Samples) + float64(evaluations*eval)/3), nil
}

// paces are those of the networks so far, each measured once.
type paces map[string]Pace

// of is the pace of a trial's network.
func (known paces) of(s trial.Spec) (Pace, error) {
	n := batch(s)
	name := fmt.Sprintf("%+v, batch %d", s.Net, n)
	p, ok := known[name]
	if ok {
		return p, nil
	}
	p, err := measurePace(s.Net, n)
	known[name] = p
	return p, err
}

// batch is the size of a trial's batches, of one slice when nothing is trained.
func batch(s trial.Spec) int {
	if s.Train.Batch > 0 {
		return s.Train.Batch
	}
	for _, l := range s.Levels {
		if l.Retrain != nil {
			return l.Retrain.Batch
		}
	}
	return kernel.Lanes
}
