// Package train trains a network on a data set and measures it: the loop,
// nothing else.
//
//  1. Fit takes the learning rate, the penalty and the dropout rule of a
//     Config; a network whose weights were pruned trains its survivors.
//  2. Evaluate counts what a network gets right.
//
// A loop of one's own is made of what Fit is made of: Batches, and Step, or
// Gradient and an optim.Optimizer.
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
//
// With checkpoints it goes on from the latest, if there is one, and keeps new
// ones, also when the context ends. The network is then passed as it was when the
// training began, and comes out as without, bit for bit; nil keeps none.
func Fit(ctx context.Context, net *nn.Network, d *dataset.Splits, c Config, seed uint64, phase string, k *Checkpoints) (History, error) {
	if err := net.Freeze(c.Frozen); err != nil {
		return nil, err
	}
	SetDropout(net, c.Dropout)
	net.SetStatistics(nn.StatisticsBatch)
	if c.BatchNorm == BatchNormFrozen {
		net.SetStatistics(nn.StatisticsRunning)
	}
	n := d.Train.Len()
	perEpoch := n / c.Batch
	if perEpoch == 0 {
		return nil, fmt.Errorf("train: a batch of %d is larger than the training set of %d", c.Batch, n)
	}
	var (
		opt     = optim.New(c.Optimizer, c.Regularizer, net.Learning())
		batches = NewBatches(d.Train, d, c.Batch)
		total   = c.Epochs * perEpoch
		saved   = k.of(net, opt, c, perEpoch)
		from    = 0 // the first layer that is run
		dlogits kernel.Mat
		err     error
	)
	if c.Epochs > 1 && !d.Augments() {
		if from, err = batches.fix(ctx, net); err != nil {
			return nil, err
		}
	}
	at, err := saved.load()
	if err != nil {
		return nil, err
	}
	for at.Epoch <= c.Epochs {
		epoch := strconv.Itoa(at.Epoch)
		for _, l := range net.Dropouts() {
			l.SetStream(rng.Stream(seed, phase, "dropout", strconv.Itoa(l.Index), epoch))
			l.Skip(at.Batch, c.Batch)
		}
		order, augment := rng.Stream(seed, phase, "order", epoch), rng.Stream(seed, phase, "augment", epoch)
		for x, labels := range batches.Shuffled(order, augment, at.Batch) {
			if ctx.Err() != nil {
				return at.History, saved.stop(context.Cause(ctx), at)
			}
			lr := c.Schedule.Rate(c.Optimizer.LR, (at.Epoch-1)*perEpoch+at.Batch, total)
			l, k := gradientFrom(from, net, x, labels, &dlogits)
			if math.IsNaN(l) || math.IsInf(l, 0) {
				return at.History, fmt.Errorf("%w: the loss was %v in epoch %d, step %d, at learning rate %g", ErrDiverged, l, at.Epoch, at.Batch+1, lr)
			}
			opt.Step(lr)
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

// Gradient runs the batch x, features x N, forward and backward and leaves in
// every Param.Grad the gradient of its mean cross-entropy. It returns the sum of
// the cross-entropy and how many samples were right. dlogits is scratch space.
func Gradient(net *nn.Network, x kernel.Mat, labels []uint16, dlogits *kernel.Mat) (loss float64, correct int) {
	return gradientFrom(0, net, x, labels, dlogits)
}

// Step makes one step of training on the batch x at learning rate lr, and returns
// what Gradient does, of the network before it.
func Step(net *nn.Network, opt *optim.Optimizer, x kernel.Mat, labels []uint16, dlogits *kernel.Mat, lr float64) (loss float64, correct int) {
	loss, correct = Gradient(net, x, labels, dlogits)
	opt.Step(lr)
	return loss, correct
}

// gradientFrom is Gradient where x is the input of a later layer.
func gradientFrom(from int, net *nn.Network, x kernel.Mat, labels []uint16, dlogits *kernel.Mat) (loss float64, correct int) {
	logits := net.Forward(x, nn.Mode{Train: true, From: from})
	if dlogits.Rows != logits.Rows || dlogits.Cols != logits.Cols {
		*dlogits = kernel.NewMat(logits.Rows, logits.Cols)
	}
	loss, correct = kernel.SoftmaxCrossEntropy(*dlogits, logits, labels)
	net.ZeroGrad()
	net.Backward(*dlogits)
	return loss, correct
}

// SetDropout sets the rates of the network's dropout layers by the rule:
// adjusted is D_r = D_o*sqrt(C_ir/C_io), Han et al. 2015, eq. in section 3.2,
// with C the connections of the layers that read the dropped units.
func SetDropout(net *nn.Network, rule Dropout) {
	for _, l := range net.Dropouts() {
		l.Rate = l.Base
		switch {
		case rule == DropoutOff:
			l.Rate = 0
		case rule == DropoutAdjusted && len(l.Readers) > 0:
			left, size := 0, 0
			for _, a := range l.Readers {
				left, size = left+a.W.Left(), size+a.W.Size()
			}
			l.Rate *= math.Sqrt(float64(left) / float64(size))
		}
	}
}
