package train

import (
	"context"
	"fmt"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
)

// Reestimation says on which training images the running statistics of batch
// normalisation are estimated anew: after a pruning they are those of what was pruned
// away, too.
type Reestimation struct {
	Images     int  `json:"images"`               // a multiple of Batch
	Batch      int  `json:"batch"`                // batches count the same in the average
	Retraining bool `json:"retraining,omitempty"` // after the retraining as well, not only after the pruning
}

// Batches is the number of batches.
func (c Reestimation) Batches() int { return c.Images / c.Batch }

// Validate reports settings that mean nothing.
func (c Reestimation) Validate() error {
	if c.Batch < 2 || c.Images < c.Batch || c.Images%c.Batch != 0 {
		return fmt.Errorf("%d images in batches of %d; a batch has at least 2 images, and the images are a multiple of it", c.Images, c.Batch)
	}
	return nil
}

// Reestimate sets the running statistics of the network by nn.Network.Reestimate. The
// images are spaced evenly over the training part, in its order, and are not augmented;
// of K batches the first takes every K-th of them beginning with the first, the next
// beginning with the second, and so on, so that parts that are in the order of classes
// have all classes in every batch.
func Reestimate(ctx context.Context, net *nn.Network, d *dataset.Splits, c Reestimation) error {
	if n := d.Train.Len(); c.Images > n {
		return fmt.Errorf("estimate statistics of batch normalisation: %d training images are asked for, and there are %d", c.Images, n)
	}
	k, batches := c.Batches(), NewBatches(d.Train, d, c.Batch)
	which := make([]int, c.Batch)
	var ended error
	net.Reestimate(func(yield func(kernel.Mat) bool) {
		for b := range k {
			if ctx.Err() != nil {
				ended = context.Cause(ctx)
				return
			}
			for j := range which {
				which[j] = (j*k + b) * d.Train.Len() / c.Images
			}
			if x, _ := batches.gather(which, nil); !yield(x) {
				return
			}
		}
	})
	return ended
}
