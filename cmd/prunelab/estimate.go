package main

import (
	"fmt"
	"slices"
	"time"

	"prunelab/experiments/study"
	"prunelab/experiments/trial"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/throughput"
)

// pace is how long a network takes for one sample of training on one core, in
// seconds, by the density of its layers.
type pace struct {
	dense          float64 // from nn.SparseBelow on
	fixed, density float64 // below it: fixed + density*d
}

// measurePace trains the network on noise for a moment.
func measurePace(config nn.Config, batch int) (pace, error) {
	const d = 60 * time.Millisecond
	const thick, thin = 0.25, 0.02
	seconds := func(density float64) (float64, error) {
		samples, _, err := throughput.Speed(config, density, min(batch, 64), d)
		if err != nil {
			return 0, fmt.Errorf("measure the speed of training: %w", err)
		}
		return 1 / samples, nil
	}
	var p pace
	var at [2]float64
	var err error
	if p.dense, err = seconds(1); err != nil {
		return p, err
	}
	for i, density := range []float64{thick, thin} {
		if at[i], err = seconds(density); err != nil {
			return p, err
		}
	}
	p.density = max(0, (at[0]-at[1])/(thick-thin))
	p.fixed = max(0, at[1]-thin*p.density)
	return p, nil
}

func (p pace) sample(density float64) float64 {
	if density >= nn.SparseBelow {
		return p.dense
	}
	return p.fixed + p.density*density
}

// seconds estimates how long a trial takes, without the networks it starts
// from. An evaluation passes forward only, about a third of training.
func (p pace) seconds(s trial.Spec, train, eval int) (float64, error) {
	w, err := s.Work(train, eval)
	if err != nil {
		return 0, err
	}
	unpruned := s
	unpruned.Levels = slices.Clone(s.Levels)
	evaluations := 1
	for i := range unpruned.Levels {
		unpruned.Levels[i].Prune = prune.Config{}
		if i == len(s.Levels)-1 && s.Levels[i].Retrain != nil {
			evaluations = 2
		}
	}
	full, err := unpruned.Work(train, eval)
	if err != nil {
		return 0, err
	}
	return p.sample(w.FLOP/full.FLOP) * (float64(w.Samples) + float64(evaluations*eval)/3), nil
}

// estimate says what the given trials of a study will take.
type estimate struct {
	Seconds map[trial.Key]float64 // on one core
	FLOP    float64
	Samples int // trained
	Disk    int64
	Pace    pace // of the first trial's network
}

// outcomeBytes is about what an outcome takes on disk beside the bits of its
// evaluations: settings, layers, histograms, history.
const outcomeBytes = 8 << 10

// newEstimate measures the machine and adds up the trials that are left.
func newEstimate(s *study.Study, left []trial.Spec) (*estimate, error) {
	e := &estimate{Seconds: map[trial.Key]float64{}}
	if len(left) == 0 {
		return e, nil
	}
	train, eval := s.TrainSamples(), s.EvaluationSamples()
	starts := map[trial.Key]bool{}
	paces := map[string]pace{}
	for _, spec := range left {
		p, err := paceOf(spec, paces)
		if err != nil {
			return nil, err
		}
		if e.FLOP == 0 {
			e.Pace = p
		}
		seconds, err := p.seconds(spec, train, eval)
		if err != nil {
			return nil, err
		}
		w, err := spec.Work(train, eval)
		if err != nil {
			return nil, err
		}
		e.Seconds[spec.Key()] = seconds
		e.FLOP += w.FLOP
		e.Samples += w.Samples
		e.Disk += outcomeBytes + 3*int64(eval)/8*4/3 // the bits of up to three scores, as base64
		// Networks are kept where others start from them, or all are.
		keeps := spec.StartKey()
		if s.Keep {
			keeps = spec.Key()
		}
		if keeps != "" && !starts[keeps] {
			starts[keeps] = true
			costs, err := spec.Net.Costs()
			if err != nil {
				return nil, err
			}
			for _, c := range costs {
				e.Disk += 4 * int64(c.Weights)
			}
		}
	}
	return e, nil
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

// paceOf is the pace of a trial's network, measured once.
func paceOf(spec trial.Spec, known map[string]pace) (pace, error) {
	n := batch(spec)
	name := fmt.Sprintf("%+v, batch %d", spec.Net, n)
	if p, ok := known[name]; ok {
		return p, nil
	}
	p, err := measurePace(spec.Net, n)
	known[name] = p
	return p, err
}

// total is the time of all trials on so many cores at once.
func (e *estimate) total(workers int) time.Duration {
	var keys []trial.Key // in a fixed order, so that sums repeat
	for k := range e.Seconds {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var sum float64
	for _, k := range keys {
		sum += e.Seconds[k]
	}
	return time.Duration(sum / float64(workers) * float64(time.Second))
}
