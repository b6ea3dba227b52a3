// Package train trains a network on a data set and measures it: the loop,
// nothing else.
//
//  1. Fit takes the learning rate, the penalty and the dropout rule of a
//     Config; a network whose weights were pruned trains its survivors.
//  2. Evaluate counts what a network gets right.
package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/rng"
)

// ErrDiverged says that the loss was no longer a finite number.
var ErrDiverged = errors.New("training diverged")

// Fit trains the network in place and returns the course of it. The phase
// ("train", "retrain 1", ...) and the seed name the random streams: the order
// of the samples, dropout and augmentation, one of each for every epoch.
func Fit(ctx context.Context, net *nn.Network, d *dataset.Splits, c Config, seed uint64, phase string) (History, error) {
	return Continue(ctx, net, d, c, seed, phase, nil)
}

// Continue is Fit that goes on from the latest checkpoint, if there is one, and
// keeps new ones; also when the context ends. The network is as it was when the
// training began. The result is Fit's, bit for bit.
func Continue(ctx context.Context, net *nn.Network, d *dataset.Splits, c Config, seed uint64, phase string, k *Checkpoints) (History, error) {
	if err := net.Freeze(c.Frozen); err != nil {
		return nil, err
	}
	SetDropout(net, c.Dropout)
	n := d.Train.Len()
	perEpoch := n / c.Batch
	if perEpoch == 0 {
		return nil, fmt.Errorf("train: a batch of %d is larger than the training set of %d", c.Batch, n)
	}
	var (
		opt     = optim.New(c.Optimizer, c.Regularizer, net.Learning())
		batches = newBatches(d.Train, d, c.Batch)
		total   = c.Epochs * perEpoch
		from    = 0
	)
	if c.Epochs > 1 && d.Crop == 0 && !d.Flip {
		if from = net.Fixed(); from > 0 {
			begun, err := batches.begin(ctx, net, from)
			if err != nil {
				return nil, err
			}
			if !begun {
				from = 0
			}
		}
	}
	saved := k.of(net, opt, c, perEpoch)
	at, err := saved.load()
	if err != nil {
		return nil, err
	}
	for at.Epoch <= c.Epochs {
		name := strconv.Itoa(at.Epoch)
		order := rng.Stream(seed, phase, "order", name).Perm(n)
		augment := rng.Stream(seed, phase, "augment", name)
		for _, l := range net.Dropouts() {
			l.SetStream(rng.Stream(seed, phase, "dropout", strconv.Itoa(l.Index), name))
			l.Skip(at.Batch, c.Batch)
		}
		batch := func(b int) (kernel.Mat, []uint8) { return batches.gather(order[b*c.Batch:(b+1)*c.Batch], augment) }
		if d.Crop > 0 || d.Flip {
			for b := range at.Batch {
				batch(b) // for what it draws
			}
		}
		for at.Batch < perEpoch {
			if ctx.Err() != nil {
				return at.History, saved.stop(context.Cause(ctx), at)
			}
			step := (at.Epoch-1)*perEpoch + at.Batch
			x, labels := batch(at.Batch)
			lr := c.Schedule.Rate(c.Optimizer.LR, step, total)
			l, k := stepFrom(from, net, opt, x, labels, &batches.dlogits, lr)
			if math.IsNaN(l) || math.IsInf(l, 0) {
				return at.History, fmt.Errorf("%w: the loss was %v in epoch %d, step %d, at learning rate %g", ErrDiverged, l, at.Epoch, at.Batch+1, lr)
			}
			at.Loss += l
			at.Correct += k
			at.Batch++
			if err := saved.after(at); err != nil {
				return at.History, err
			}
		}
		seen := float64(perEpoch * c.Batch)
		at = position{Epoch: at.Epoch + 1, History: append(at.History, Epoch{
			Epoch: at.Epoch, Loss: at.Loss / seen, Accuracy: float64(at.Correct) / seen,
			LR: c.Schedule.Rate(c.Optimizer.LR, at.Epoch*perEpoch-1, total),
		})}
	}
	return at.History, nil
}

// Step makes one step of training on the batch x, features x N, at learning
// rate lr, and returns the summed cross-entropy before it and how many samples
// were right. dlogits is scratch space.
func Step(net *nn.Network, opt *optim.Optimizer, x kernel.Mat, labels []uint8, dlogits *kernel.Mat, lr float64) (loss float64, correct int) {
	return stepFrom(0, net, opt, x, labels, dlogits, lr)
}

// stepFrom is Step where x is the input of a later layer.
func stepFrom(from int, net *nn.Network, opt *optim.Optimizer, x kernel.Mat, labels []uint8, dlogits *kernel.Mat, lr float64) (loss float64, correct int) {
	logits := net.Forward(x, nn.Mode{Train: true, From: from})
	if dlogits.Rows != logits.Rows || dlogits.Cols != logits.Cols {
		*dlogits = kernel.NewMat(logits.Rows, logits.Cols)
	}
	loss, correct = kernel.SoftmaxCrossEntropy(*dlogits, logits, labels)
	net.ZeroGrad()
	net.Backward(*dlogits)
	opt.Step(lr)
	return loss, correct
}

// SetDropout sets the rates of the network's dropout layers by the rule:
// adjusted is D_r = D_o*sqrt(C_ir/C_io), Han et al. 2015, eq. in section 3.2,
// with C the connections of the layer that reads the dropped units.
func SetDropout(net *nn.Network, rule Dropout) {
	for _, l := range net.Dropouts() {
		switch {
		case rule == DropoutOff:
			l.Rate = 0
		case rule == DropoutAdjusted && l.Consumer != nil:
			w := l.Consumer.W
			l.Rate = l.Base * math.Sqrt(float64(w.Left())/float64(w.Size()))
		default:
			l.Rate = l.Base
		}
	}
}
