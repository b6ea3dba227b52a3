package study

import (
	"math"
	"slices"

	"prunelab/model/optim"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

// Retraining is a retraining of an arm. Which layers are frozen depends on
// what was pruned.
type Retraining struct {
	train.Config
	FreezeOthers bool // all layers that are not pruned stay as they are
}

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

// optimizer reads {sgd: {...}} or {adam: {...}}.
func (d *decoder) optimizer(n *node) *optim.Config {
	o := d.object(n, string(optim.SGD), string(optim.Adam))
	if o.n == nil {
		return nil
	}
	if len(n.fields) != 1 {
		d.fail(n.at, "optimizer needs one of {sgd: {lr: 0.1, momentum: 0.9}} and {adam: {lr: 0.001}}")
		return nil
	}
	c := optim.Config{Method: optim.Method(n.fields[0].key)}
	settings := n.fields[0].value
	unit := func(o object, key string, otherwise float64) float64 {
		v := o.get(key)
		if v == nil {
			return otherwise
		}
		f, ok := number(v)
		if !ok || f < 0 || f >= 1 {
			d.fail(v.at, "%s has to be a number in [0, 1)", v.describe())
		}
		return f
	}
	switch c.Method {
	case optim.SGD:
		o = d.object(settings, "lr", "momentum")
		c.Momentum = unit(o, "momentum", 0)
	case optim.Adam: // defaults of Kingma and Ba 2015
		o = d.object(settings, "lr", "beta1", "beta2", "epsilon")
		c.Beta1 = unit(o, "beta1", 0.9)
		c.Beta2 = unit(o, "beta2", 0.999)
		c.Epsilon = 1e-8
		if v := o.get("epsilon"); v != nil {
			c.Epsilon = d.positive(v)
		}
	default:
		return nil // an unknown key, reported above
	}
	if v := o.get("lr"); v != nil {
		c.LR = d.positive(v)
	} else if o.n != nil {
		d.fail(settings.at, "%s has no lr", settings.title())
	}
	return &c
}

// schedule reads constant, {steps: {...}} or {inverse: {...}}.
func (d *decoder) schedule(n *node) *optim.Schedule {
	s := &optim.Schedule{Kind: optim.Constant}
	if n.kind == scalar {
		if n.text != string(optim.Constant) {
			d.fail(n.at, "schedule cannot be %q; write constant, {steps: {at: [0.5, 0.8], factor: 0.1}} or {inverse: {gamma: 1e-4, power: 0.75}}", n.text)
		}
		return s
	}
	o := d.object(n, string(optim.Steps), string(optim.Inverse))
	if o.n == nil {
		return s
	}
	if len(n.fields) != 1 {
		d.fail(n.at, "schedule needs one of steps and inverse")
		return s
	}
	s.Kind = optim.ScheduleKind(n.fields[0].key)
	settings := n.fields[0].value
	needed := func(o object, key string) *node {
		v := o.get(key)
		if v == nil && o.n != nil {
			d.fail(settings.at, "%s has no %s", settings.title(), key)
		}
		return v
	}
	switch s.Kind {
	case optim.Steps:
		o = d.object(settings, "at", "factor")
		if v := needed(o, "at"); v != nil {
			last := 0.0
			for _, it := range d.items(v) {
				f, ok := number(it)
				switch {
				case !ok || f <= 0 || f >= 1:
					d.fail(it.at, "%s has to be a fraction of the training, in (0, 1)", it.describe())
				case f <= last:
					d.fail(it.at, "%s has to be greater than the one before", it.describe())
				}
				last = f
				s.At = append(s.At, f)
			}
		}
		if v := needed(o, "factor"); v != nil {
			s.Factor = d.positive(v)
		}
	case optim.Inverse:
		o = d.object(settings, "gamma", "power")
		if v := needed(o, "gamma"); v != nil {
			s.Gamma = d.number(v, 0, 1e6)
		}
		if v := needed(o, "power"); v != nil {
			s.Power = d.number(v, 0, 1e3)
		}
	}
	return s
}

// regularizer reads l1, l2 or regularizer: none. Any of them replaces the
// penalty as a whole; without one it is inherited.
func (d *decoder) regularizer(o object) *regularizer.Config {
	l1, l2, none := o.get("l1"), o.get("l2"), o.get("regularizer")
	if l1 == nil && l2 == nil && none == nil {
		return nil
	}
	var c regularizer.Config
	if none != nil {
		d.choice(none, "none")
		if l1 != nil || l2 != nil {
			d.fail(none.at, "regularizer: none beside l1 or l2; remove one")
		}
		return &c
	}
	const strongest = 1e3
	if l2 != nil {
		c.L2 = d.number(l2, 0, strongest)
	}
	switch {
	case l1 == nil:
	case l1.kind == mapping:
		o := d.object(l1, "strength", "proximal")
		if v := o.get("strength"); v != nil {
			c.L1 = d.number(v, 0, strongest)
		} else if o.n != nil {
			d.fail(l1.at, "%s has no strength, as in {strength: 5e-5, proximal: true}", l1.title())
		}
		if v := o.get("proximal"); v != nil {
			c.Proximal = d.flag(v) && c.L1 > 0
		}
	default:
		c.L1 = d.number(l1, 0, strongest)
	}
	return &c
}

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

// rewound is the course of the learning rate over the last epochs of a
// training, as a training of its own (learning-rate rewinding, Renda et al.
// 2020).
func rewound(c train.Config, epochs, perEpoch int) (float64, optim.Schedule) {
	lr, s := c.Optimizer.LR, c.Schedule
	skipped := max(0, c.Epochs-epochs)
	switch {
	case skipped == 0:
	case s.Kind == optim.Steps:
		total, left := float64(c.Epochs), float64(epochs)
		var at []float64
		for _, a := range s.At {
			// A change falls on the first step at or after its fraction. The
			// division must not round it up, past the step that is meant.
			if later := math.Floor((float64(a*total)-float64(skipped))/left*1e12) / 1e12; later > 0 {
				at = append(at, later)
			} else {
				lr *= s.Factor
			}
		}
		s.At = at
		if len(at) == 0 {
			s = optim.Schedule{Kind: optim.Constant}
		}
	case s.Kind == optim.Inverse:
		// (1 + g(k+t))^-p = (1 + gk)^-p (1 + g/(1+gk) t)^-p
		lr = s.Rate(lr, skipped*perEpoch, c.Epochs*perEpoch)
		s.Gamma /= 1 + float64(s.Gamma*float64(skipped*perEpoch))
	}
	return lr, s
}

// training merges the study's patch and an arm's and says what is missing. The
// place is the arm's, for what neither of them says. Of a network from a file it
// is no training but what retraining inherits, and need not be complete.
func (d *decoder) training(at place, samples int, study, arm patch) train.Config {
	if study.at.src != nil {
		at = study.at
	}
	var c Retraining
	study.apply(&c, train.Config{}, 0)
	arm.apply(&c, train.Config{}, 0)
	out := c.Config
	missing := func(key, example string) {
		if !d.trained {
			d.fail(at, "the training has no %s; add train: {%s}", key, example)
		}
	}
	if out.Epochs == 0 {
		missing("epochs", "epochs: 12")
	}
	if out.Batch == 0 {
		missing("batch", "batch: 128")
	}
	if out.Optimizer.Method == "" {
		missing("optimizer", "optimizer: {sgd: {lr: 0.1, momentum: 0.9}}")
	}
	if out.Schedule.Kind == "" {
		out.Schedule.Kind = optim.Constant
	}
	if out.Dropout == "" {
		out.Dropout = train.DropoutSame
	}
	if arm.batch != nil {
		at = arm.at
	}
	d.batchFits(at, out.Batch, samples)
	return out
}

func (d *decoder) batchFits(at place, batch, samples int) {
	if batch > samples {
		d.fail(at, "a batch of %d is larger than the %d training images", batch, samples)
	}
}

// complete reports what a retraining lacks; only one that inherits from no
// training can.
func (d *decoder) complete(at place, c train.Config) {
	missing := func(lacks bool, key, example string) {
		if lacks {
			d.fail(at, "the network comes from a file and the retraining has no %s to inherit; add retrain: {%s}", key, example)
		}
	}
	missing(c.Epochs == 0, "epochs", "epochs: 12")
	missing(c.Batch == 0, "batch", "batch: 128")
	missing(c.Optimizer.Method == "", "optimizer", "optimizer: {sgd: {lr: 0.01, momentum: 0.9}}")
}

// retraining merges patches over an arm's first training.
func (d *decoder) retraining(first train.Config, samples int, patches ...patch) *Retraining {
	r := &Retraining{Config: first}
	r.Start = train.StartKeep
	for _, p := range patches {
		p.apply(r, first, samples/max(1, first.Batch))
		if p.rewindLR && r.Epochs > first.Epochs {
			d.fail(p.at, "lr: rewind repeats the end of the first training, which has %d epochs; %d are asked for", first.Epochs, r.Epochs)
		}
		if p.batch != nil {
			d.batchFits(p.at, r.Batch, samples)
		}
	}
	return r
}

// penalty names a regularizer.
func penalty(c regularizer.Config) string {
	l1 := "L1"
	if c.Proximal {
		l1 = "proximal L1"
	}
	switch {
	case c.L1 > 0 && c.L2 > 0:
		return l1 + "+L2"
	case c.L1 > 0:
		return l1
	case c.L2 > 0:
		return "L2"
	}
	return "none"
}

// strength names a regularizer with its strengths.
func strength(c regularizer.Config) string {
	s := penalty(c)
	if c.L1 > 0 {
		s += " " + short(c.L1)
	}
	if c.L2 > 0 {
		s += " " + short(c.L2)
	}
	return s
}
