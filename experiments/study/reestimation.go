package study

import (
	"slices"
	"strconv"

	"prunelab/model/nn"
	"prunelab/model/train"
)

// reestimationBatch is the size of a batch where a sweep does not say it.
const reestimationBatch = 128

// savedStatistics is what the key batchnorm of a sweep says where statistics stay as
// they are.
const savedStatistics = "saved"

// reestimation reads the key batchnorm of a sweep: saved, or on which training images
// statistics of batch normalisation are estimated anew.
func (d *decoder) reestimation(n *node, w Sweep, s *Study) *train.Reestimation {
	if n.kind != mapping {
		d.choice(n, savedStatistics)
		return nil
	}
	c := &train.Reestimation{Batch: reestimationBatch}
	o := d.object(n, "images", "batch", "retraining")
	if o.get("images") == nil && n.get("images") == nil {
		d.fail(n.at, "it does not say on how many training images statistics are estimated; add images: 1280")
		return nil
	}
	before := len(d.faults)
	if v := o.get("images"); v != nil {
		c.Images = d.integer(v, 1, 1<<30)
	}
	if v := o.get("batch"); v != nil {
		c.Batch = d.integer(v, 1, 1<<30)
	}
	if v := o.get("retraining"); v != nil {
		if c.Retraining = d.flag(v); c.Retraining && !w.Retrain {
			d.fail(v.at, "statistics after retraining, and this sweep does not retrain")
		}
	}
	if len(d.faults) > before {
		return nil
	}
	if err := c.Validate(); err != nil {
		d.fail(n.at, "%v", err)
	}
	if most := s.TrainSamples(); c.Images > most {
		d.fail(n.at, "%d training images are asked for, and there are %d", c.Images, most)
	}
	for _, i := range w.Arms {
		norm := func(l nn.LayerConfig) bool { return l.Kind == nn.KindBatchNorm }
		if !slices.ContainsFunc(s.Arms[i].Net.Layers, norm) {
			d.fail(n.at, "the network has no batch normalisation; leave batchnorm out")
			break
		}
	}
	return c
}

// reestimationYAML prints what reestimation reads.
func reestimationYAML(c train.Reestimation) string {
	pairs := []string{"images", strconv.Itoa(c.Images), "batch", strconv.Itoa(c.Batch)}
	if c.Retraining {
		pairs = append(pairs, "retraining", "true")
	}
	return flow(pairs...)
}
