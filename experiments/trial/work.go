package trial

import (
	"fmt"
	"math"
	"slices"

	"prunelab/model/nn"
	"prunelab/model/prune"
)

// Work is what running a trial costs, without the networks it starts from.
type Work struct {
	FLOP    float64 // on weights that are left: 2 for each multiply-add
	Samples int     // trained
}

// Work estimates the trial's cost for a training set of train images and an
// evaluation set of eval images. Forward, the gradient of the weights and the
// gradient of the inputs cost one multiply-add a weight and use each (what no
// learning layer comes before needs no gradient of its inputs). How many weights a quality
// parameter q leaves is taken from a normal distribution, erf(q/√2) removed;
// of a threshold it is not known beforehand and taken as none. A pruning that
// is Scanned is one point of a scan, which computes what depends on no pruned layer
// once for all of its points: that is not counted.
func (s Spec) Work(train, eval int) (Work, error) {
	topology, err := s.Net.Topology()
	if err != nil {
		return Work{}, fmt.Errorf("cost of trial %s: %w", s.Key().Short(), err)
	}
	costs := topology.Costs()
	density := make([]float64, len(costs))
	for i := range density {
		density[i] = 1
	}
	for _, l := range s.Levels {
		reduce(density, l.Prune, costs)
	}
	runs := func(string) bool { return true } // whether the layer of the name is computed
	if s.Scanned() && !s.Levels[len(s.Levels)-1].Prune.Empty() {
		again := topology.Depends(s.Levels[len(s.Levels)-1].Prune.Layers)
		runs = func(layer string) bool { return again[layer] }
	}
	var forward, backward float64
	for i, c := range costs {
		if !runs(c.Name) {
			continue
		}
		macs := density[i] * float64(c.MACs)
		forward += macs
		backward += macs
		if !c.First {
			backward += macs
		}
	}
	c, evaluations := &s.Train, 1
	if s.Net.Source != "" {
		c = nil
	}
	if n := len(s.Levels); n > 0 {
		if c = s.Levels[n-1].Retrain; c != nil {
			evaluations++
		}
	}
	scored := eval * evaluations
	if n := len(s.Levels); n > 0 {
		scored += s.Levels[n-1].Reestimated()
	}
	w := Work{FLOP: 2 * forward * float64(scored)}
	if c != nil {
		w.Samples = c.Epochs * (train / c.Batch) * c.Batch
		w.FLOP += 2 * (forward + backward) * float64(w.Samples)
	}
	return w, nil
}

// Scanned reports whether the trial only measures a pruning: several of one network are
// then measured together. Where statistics of batch normalisation are estimated anew,
// each is by itself.
func (s Spec) Scanned() bool {
	if len(s.Levels) == 0 {
		return false
	}
	last := s.Levels[len(s.Levels)-1]
	return last.Retrain == nil && last.BatchNorm == nil
}

// Reestimated is the number of images that statistics of batch normalisation are
// estimated on, twice where that is done twice.
func (l Level) Reestimated() int {
	switch {
	case l.BatchNorm == nil:
		return 0
	case l.BatchNorm.Retraining:
		return 2 * l.BatchNorm.Images
	}
	return l.BatchNorm.Images
}

// reduce multiplies in what a pruning leaves of each layer.
func reduce(density []float64, c prune.Config, costs []nn.LayerCost) {
	for i, l := range costs {
		at := slices.Index(c.Layers, l.Name)
		if at < 0 {
			continue
		}
		amount := c.Amounts[0]
		if c.Scope == prune.PerLayer {
			amount = c.Amounts[at]
		}
		switch c.Rule {
		case prune.ByRatio:
			density[i] = min(density[i], 1-amount)
		case prune.ByQuality:
			density[i] = min(density[i], 1-math.Erf(amount/math.Sqrt2))
		}
	}
}
