package study

import (
	"slices"

	"prunelab/model/optim"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

// patch is what a train or retrain key says; nil is unsaid and inherited.
type patch struct {
	at          place
	epochs      *int
	batch       *int
	optimizer   *optim.Config
	lr          *float64
	rewindLR    bool // learning rate and schedule of the last epochs of the first training
	schedule    *optim.Schedule
	regularizer *regularizer.Config
	dropout     *train.Dropout
	start       *train.Start
	freeze      *bool
	batchNorm   *train.BatchNorm
}

// Bounds of a training; far beyond any sensible study.
const (
	maxEpochs = 100_000
	maxBatch  = 1 << 16
)

var (
	trainKeys   = slices.Concat([]string{"epochs", "batch", "optimizer", "lr", "schedule"}, penaltyKeys, []string{"dropout", "batchnorm"})
	retrainKeys = append(slices.Clone(trainKeys), "start", "freeze")
)

// patch reads a train key, or a retrain key, which knows more. A nil node
// says nothing.
func (d *decoder) patch(n *node, retrain bool) patch {
	if n == nil {
		return patch{}
	}
	keys, dropouts := trainKeys, []train.Dropout{train.DropoutSame, train.DropoutOff}
	if retrain {
		keys, dropouts = retrainKeys, append(dropouts, train.DropoutAdjusted)
	}
	o := d.object(n, keys...)
	p := patch{
		at:          n.at,
		epochs:      said(o, "epochs", d.whole(1, maxEpochs)),
		batch:       said(o, "batch", d.whole(1, maxBatch)),
		schedule:    said(o, "schedule", d.schedule),
		regularizer: d.regularizer(o),
		dropout:     said(o, "dropout", word(d, dropouts...)),
		start:       said(o, "start", word(d, train.StartKeep, train.StartReinit, train.StartRewind)),
		batchNorm: said(o, "batchnorm", func(v *node) train.BatchNorm {
			if d.choice(v, string(train.BatchNormTrain), string(train.BatchNormFrozen)) == string(train.BatchNormFrozen) {
				return train.BatchNormFrozen
			}
			return "" // as it was before there was a choice
		}),
		freeze: said(o, "freeze", func(v *node) bool { return d.choice(v, "none", "others") == "others" }),
	}
	if v := o.get("optimizer"); v != nil {
		p.optimizer = d.optimizer(v)
	}
	if v := o.get("lr"); v != nil && v.kind == scalar && v.text == "rewind" && retrain {
		p.rewindLR = true
		if d.trained {
			d.fail(v.at, "lr: rewind repeats the end of the first training, which is not known of a network from a file; give a number")
		}
		if p.optimizer != nil || p.schedule != nil {
			d.fail(v.at, "lr: rewind takes learning rate and schedule from the first training; remove optimizer and schedule here")
		}
	} else if v != nil {
		p.lr = said(o, "lr", d.positive)
		if p.optimizer != nil {
			d.fail(v.at, "the learning rate is given twice, here and in optimizer; remove one")
		}
	}
	if d.trained && p.start != nil && *p.start == train.StartRewind {
		d.fail(o.get("start").at, "start: rewind takes the weights that the first training began with, which are not known of a network from a file; keep or reinit")
	}
	return p
}

// apply overrides c by what the patch says. The first training and the number
// of steps of one of its epochs serve rewinding, which an earlier patch may have
// asked for and which follows the number of epochs.
func (p patch) apply(c *Retraining, first train.Config, perEpoch int) {
	set(&c.Epochs, p.epochs)
	set(&c.Batch, p.batch)
	if c.rewound = c.rewound || p.rewindLR; c.rewound {
		c.Optimizer = first.Optimizer
		c.Optimizer.LR, c.Schedule = rewound(first, c.Epochs, perEpoch)
	}
	if p.optimizer != nil || p.lr != nil || p.schedule != nil {
		c.rewound = false
	}
	set(&c.Optimizer, p.optimizer)
	set(&c.Optimizer.LR, p.lr)
	set(&c.Schedule, p.schedule)
	set(&c.Regularizer, p.regularizer)
	set(&c.Dropout, p.dropout)
	set(&c.BatchNorm, p.batchNorm)
	set(&c.Start, p.start)
	set(&c.FreezeOthers, p.freeze)
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}
