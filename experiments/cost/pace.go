package cost

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"prunelab/experiments/trial"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/prune"
	"prunelab/model/throughput"
	"prunelab/model/train"
)

// Pace is how long a network takes on one core, in seconds, while as many others
// work as there are to be workers: cores share memory, power and, often, their
// arithmetic. The costs are those of the densities.
type Pace struct {
	costs [len(densities)]throughput.Costs
}

// densities at which a network is measured, falling. From nn.SparseBelow on weights
// that are removed are multiplied as zeros: what is measured there first holds.
var densities = [...]float64{1, 0.5, 0.25, 0.02}

// measureTime is how long each density is trained at for a study of so much work: 60 ms,
// less where a slow core is through with all of it soon, so that the estimate is not most
// of what a small study takes.
func measureTime(flop float64) time.Duration {
	const slow, share = 10e9, 200
	return min(60*time.Millisecond, time.Duration(flop/slow/share*float64(time.Second)))
}

// stepTime is more than a step may take that is measured with the whole batch.
const stepTime = 50 * time.Millisecond

// measurePace trains the network on noise, about so long at each density, in as many
// goroutines as there are workers.
func measurePace(config nn.Config, c train.Config, workers int, long time.Duration) (Pace, error) {
	workers = max(1, min(workers, runtime.GOMAXPROCS(0)))
	c.Batch = fitting(config, c)
	all, errs := make([]Pace, workers), make([]error, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i, density := range densities {
				if all[w].costs[i], errs[w] = throughput.Measured(config, c, density, long); errs[w] != nil {
					return
				}
			}
		})
	}
	group.Wait()
	var p Pace
	for w, one := range all {
		if errs[w] != nil {
			return Pace{}, fmt.Errorf("measure the speed of training: %w", errs[w])
		}
		n := float64(workers)
		for i, c := range one.costs {
			p.costs[i].Train += c.Train / n
			p.costs[i].Forward += c.Forward / n
			p.costs[i].Prune += c.Prune / n
		}
	}
	return p, nil
}

// slice is the size of the batches that are measured where whole ones take long.
const slice = 64

// fitting is the batch, or a slice where that takes long.
func fitting(config nn.Config, c train.Config) int {
	one := min(c.Batch, slice)
	brief := c
	brief.Batch = one
	costs, err := throughput.Measured(config, brief, 1, 0)
	if err != nil || costs.Train*float64(c.Batch) > stepTime.Seconds() {
		return one // whoever measures next tells of the error
	}
	return c.Batch
}

// at is a cost at a density: dense only without any pruning, as that of the first
// density below while pruned weights are zeros, linear below that.
func (p Pace) at(density float64, of func(throughput.Costs) float64) float64 {
	switch thick, thin := of(p.costs[2]), of(p.costs[3]); {
	case density >= 1-1e-9:
		return of(p.costs[0])
	case density >= nn.SparseBelow:
		return of(p.costs[1])
	default:
		slope := max(0, (thick-thin)/(densities[2]-densities[3]))
		return max(0, thin+slope*(density-densities[3]))
	}
}

func (p Pace) sample(density float64) float64 {
	return p.at(density, func(c throughput.Costs) float64 { return c.Train })
}

func (p Pace) scored(density float64) float64 {
	return p.at(density, func(c throughput.Costs) float64 { return c.Forward })
}

// pruning is the time of a pruning.
func (p Pace) pruning() float64 { return p.costs[1].Prune }

// measuring is how much more than a pruning it takes to measure the layers of a
// network that was trained: norms, histograms, dead units, digests.
const measuring = 2

// Speed is the number of samples that are trained on in a second.
func (p Pace) Speed(density float64) float64 { return 1 / p.sample(density) }

// seconds estimates how long a trial takes, without the networks it starts from.
func (p Pace) seconds(s trial.Spec, w trial.Work, train, eval int) (float64, error) {
	unpruned := s
	unpruned.Levels = slices.Clone(s.Levels)
	pruned := false
	for i := range unpruned.Levels {
		pruned = pruned || !unpruned.Levels[i].Prune.Empty()
		unpruned.Levels[i].Prune = prune.Config{}
	}
	full, err := unpruned.Work(train, eval)
	if err != nil {
		return 0, err
	}
	density := w.FLOP / full.FLOP
	seconds := p.sample(density) * float64(w.Samples)
	switch kindOf(s) {
	case trainsDense:
		seconds += p.scored(1)*float64(eval) + measuring*p.pruning()
	case retrains:
		seconds += 2*p.scored(density)*float64(eval) + measuring*p.pruning()
	case prunesOnly:
		seconds += p.scored(density) * float64(eval)
	}
	if n := len(s.Levels); n > 0 {
		seconds += p.scored(density) * float64(s.Levels[n-1].Reestimated())
	}
	if pruned {
		seconds += p.pruning()
	}
	return seconds, nil
}

// paces are those of the networks so far, each measured once.
type paces struct {
	workers int
	long    time.Duration // of a measurement
	known   map[string]Pace
}

// of is the pace of a trial's network, trained as in the trial's last training.
func (p paces) of(s trial.Spec) (Pace, error) {
	c := training(s)
	name := fmt.Sprintf("%+v, %+v", s.Net, c)
	pace, ok := p.known[name]
	if ok {
		return pace, nil
	}
	pace, err := measurePace(s.Net, c, p.workers, p.long)
	p.known[name] = pace
	return pace, err
}

// training is what of a trial's last training decides how long a step takes. Where
// nothing is trained it is that of one slice.
func training(s trial.Spec) train.Config {
	c := s.Train
	for _, l := range s.Levels {
		if l.Retrain != nil {
			c = *l.Retrain
		}
	}
	if c.Batch == 0 {
		return train.Config{Batch: kernel.Lanes, Optimizer: optim.Config{Method: optim.SGD, LR: 1, Momentum: 0.9}}
	}
	c = train.Config{Batch: c.Batch, Optimizer: c.Optimizer, Regularizer: c.Regularizer}
	c.Optimizer.LR = 1 // a step takes as long at any
	if c.Regularizer.L1 > 0 {
		c.Regularizer.L1 = 1e-5
	}
	if c.Regularizer.L2 > 0 {
		c.Regularizer.L2 = 1e-4
	}
	return c
}
