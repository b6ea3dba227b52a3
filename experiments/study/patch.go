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
}

// Bounds of a training; far beyond any sensible study.
const (
	maxEpochs = 100_000
	maxBatch  = 1 << 16
)

var (
	trainKeys   = []string{"epochs", "batch", "optimizer", "lr", "schedule", "l2", "l1", "regularizer", "dropout"}
	retrainKeys = append(slices.Clone(trainKeys), "start", "freeze")
)

// patch reads a train key, or a retrain key, which knows more. A nil node
// says nothing.
func (d *decoder) patch(n *node, retrain bool) patch {
	if n == nil {
		return patch{}
	}
	keys := trainKeys
	if retrain {
		keys = retrainKeys
	}
	o := d.object(n, keys...)
	p := patch{at: n.at}
	if v := o.get("epochs"); v != nil {
		p.epochs = ptr(d.integer(v, 1, maxEpochs))
	}
	if v := o.get("batch"); v != nil {
		p.batch = ptr(d.integer(v, 1, maxBatch))
	}
	if v := o.get("optimizer"); v != nil {
		p.optimizer = d.optimizer(v)
	}
	if v := o.get("schedule"); v != nil {
		p.schedule = d.schedule(v)
	}
	if v := o.get("lr"); v != nil {
		if v.kind == scalar && v.text == "rewind" && retrain {
			p.rewindLR = true
			if d.trained {
				d.fail(v.at, "lr: rewind repeats the end of the first training, which is not known of a network from a file; give a number")
			}
			if p.optimizer != nil || p.schedule != nil {
				d.fail(v.at, "lr: rewind takes learning rate and schedule from the first training; remove optimizer and schedule here")
			}
		} else {
			p.lr = ptr(d.positive(v))
		}
		if p.optimizer != nil && p.lr != nil {
			d.fail(v.at, "the learning rate is given twice, here and in optimizer; remove one")
		}
	}
	p.regularizer = d.regularizer(o)
	if v := o.get("dropout"); v != nil {
		words := []string{string(train.DropoutSame), string(train.DropoutOff)}
		if retrain {
			words = append(words, string(train.DropoutAdjusted))
		}
		p.dropout = ptr(train.Dropout(d.choice(v, words...)))
	}
	if v := o.get("start"); v != nil {
		p.start = ptr(train.Start(d.choice(v, string(train.StartKeep), string(train.StartReinit), string(train.StartRewind))))
		if d.trained && *p.start == train.StartRewind {
			d.fail(v.at, "start: rewind takes the weights that the first training began with, which are not known of a network from a file; keep or reinit")
		}
	}
	if v := o.get("freeze"); v != nil {
		p.freeze = ptr(d.choice(v, "none", "others") == "others")
	}
	return p
}

func ptr[T any](v T) *T { return &v }

// apply overrides c by what the patch says. The first training and the number
// of steps of one of its epochs serve rewinding.
func (p patch) apply(c *Retraining, first train.Config, perEpoch int) {
	set(&c.Epochs, p.epochs)
	set(&c.Batch, p.batch)
	set(&c.Optimizer, p.optimizer)
	set(&c.Optimizer.LR, p.lr)
	set(&c.Schedule, p.schedule)
	set(&c.Regularizer, p.regularizer)
	set(&c.Dropout, p.dropout)
	set(&c.Start, p.start)
	set(&c.FreezeOthers, p.freeze)
	if p.rewindLR {
		c.Optimizer = first.Optimizer
		c.Optimizer.LR, c.Schedule = rewound(first, c.Epochs, perEpoch)
	}
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}
