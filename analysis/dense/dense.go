// Package dense describes the networks before any pruning, arm by arm: how
// accurate they are, and whether those of two arms are equally accurate.
package dense

import (
	"fmt"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// Networks are an arm's dense networks, a seed each. Numbers are means over
// the seeds.
type Networks struct {
	Arm      string
	Accuracy stats.Estimate // on the study's split, of one network from a file over images; N = 0: no seed has a result
	Across   stats.Estimate // the same over seeds and images, see stats.Crossed; N = 0: not scored image by image
	Training stats.Estimate // accuracy on the training samples in the last epoch, before each step; without an interval
	Loss     float64        // mean cross-entropy on the study's split, nats
	Images   int            // that the split has
	Missing  []curve.Missing

	BySeed map[uint64]float64 // accuracies
	Keys   []trial.Key        // of the trials, by seed
}

// All returns the dense networks of every arm.
func All(g *group.Study) ([]Networks, error) {
	var all []Networks
	for _, c := range g.Cells {
		if c.Role != trial.Dense {
			continue
		}
		n, err := newNetworks(g, c)
		if err != nil {
			return nil, fmt.Errorf("dense networks of arm %s: %w", c.Arm, err)
		}
		all = append(all, n)
	}
	return all, nil
}

func newNetworks(g *group.Study, c group.Cell) (Networks, error) {
	n := Networks{Arm: c.Arm, BySeed: map[uint64]float64{}}
	var accuracy, training, loss []float64
	var right [][]byte
	for _, m := range c.Members {
		n.Keys = append(n.Keys, m.Key)
		o := m.Outcome
		has := o != nil && o.Status != trial.Failed && o.Result.Start != nil
		if !has {
			n.Missing = append(n.Missing, curve.Missing{Seed: m.Seed, Key: m.Key, Reason: string(g.Why(m.Key))})
			continue
		}
		n.BySeed[m.Seed] = o.Result.Start.Accuracy()
		accuracy, loss = append(accuracy, o.Result.Start.Accuracy()), append(loss, o.Result.Start.Loss)
		n.Images = o.Result.Start.N
		if b := o.Result.Start.Bits; len(b) > 0 {
			right = append(right, b)
		}
		if h := o.Result.History; len(h) > 0 {
			training = append(training, h[len(h)-1].Accuracy)
		}
	}
	if len(accuracy) == 0 {
		return n, nil
	}
	if len(training) > 0 {
		n.Training = stats.Estimate{Value: stats.Average(training), N: len(training)}
	}
	n.Loss = stats.Average(loss)
	var err error
	if n.Accuracy, err = stats.Mean(accuracy, curve.Level); err != nil || len(right) < len(accuracy) {
		return n, err
	}
	if n.Across, err = stats.Crossed(right, nil, n.Images, curve.Level); err == nil && c.Fixed() {
		n.Accuracy, n.Across = n.Across, stats.Estimate{Method: stats.MethodPoint}
	}
	return n, err
}
