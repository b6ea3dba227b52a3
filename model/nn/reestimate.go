package nn

import (
	"iter"

	"prunelab/model/kernel"
)

// Reestimate sets the running statistics of every batch normalisation anew, to the
// cumulative average of those of the batches, each features x N: after batch k
//
//	running_mean += (mean - running_mean) / k
//	running_var  += (var M/(M-1) - running_var) / k
//
// while every layer reads what the ones before make of the batch with its own
// statistics, as in training. It is PyTorch's momentum=None (Sun et al. 2019, Nagel et
// al. 2022: batch-norm re-calibration or re-estimation). Nothing else of the network
// changes; nothing is dropped. Without batches the statistics are 0 and 1.
func (n *Network) Reestimate(batches iter.Seq[kernel.Mat]) {
	defer n.observing()()
	for _, b := range n.norms {
		for i := range b.channels {
			b.Mean.Values[i], b.Var.Values[i] = 0, 1
		}
	}
	k := 0.0
	for x := range batches {
		k++
		for _, b := range n.norms {
			b.momentum = 1 / k
		}
		n.Forward(x, Mode{Train: true})
	}
}

// observing lets every batch normalisation take the statistics of the batch and no
// value be dropped, until the function that it returns puts back what was.
func (n *Network) observing() (restore func()) {
	type rule struct {
		momentum   float64
		statistics Statistics
		frozen     bool
	}
	rules, rates := make([]rule, len(n.norms)), make([]float64, len(n.dropouts))
	for i, b := range n.norms {
		rules[i] = rule{b.momentum, b.Statistics, b.frozen}
		b.Statistics, b.frozen = StatisticsBatch, false
	}
	for i, d := range n.dropouts {
		rates[i], d.Rate = d.Rate, 0
	}
	n.prepare()
	return func() {
		for i, b := range n.norms {
			b.momentum, b.Statistics, b.frozen = rules[i].momentum, rules[i].statistics, rules[i].frozen
		}
		for i, d := range n.dropouts {
			d.Rate = rates[i]
		}
		n.prepare()
	}
}
