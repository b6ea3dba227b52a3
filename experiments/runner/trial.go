package runner

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/rng"
	"prunelab/model/train"
)

// single runs one trial, either the first training or a pruning with its
// retraining, and returns the network at its end.
func single(ctx context.Context, from start, d *dataset.Splits, s trial.Spec) (trial.Outcome, *nn.Network, error) {
	o := trial.Outcome{Spec: s, Status: trial.Done}
	net := from.net
	var err error
	if len(s.Levels) == 0 {
		err = trainDense(ctx, from, d, s, &o)
	} else {
		err = pruneAndRetrain(ctx, from, d, s, &o)
	}
	if errors.Is(err, train.ErrDiverged) {
		o.Status, o.Error = trial.Diverged, err.Error()
		return o, nil, nil
	}
	if err != nil {
		return o, nil, err
	}
	o.Result.Weights = net.Digest()
	return o, net, nil
}

// trainDense trains a network and measures it. One that comes from a file is
// only measured.
func trainDense(ctx context.Context, from start, d *dataset.Splits, s trial.Spec, o *trial.Outcome) error {
	net := from.net
	m := measure(net)
	var err error
	if s.Net.Source == "" {
		if o.Result.History, err = train.Fit(ctx, net, d, s.Train, s.Seed, "train", from.checkpoints); err != nil {
			return err
		}
		o.Timing.Samples = samples(s.Train, d, from.checkpoints)
	}
	if o.Result.Start, err = evaluate(ctx, net, d, s, train.EvaluateCounting); err != nil {
		return err
	}
	if s.Net.Source != "" {
		set, err := evaluated(d, s.Evaluate)
		if err != nil {
			return err
		}
		o.Result.Scored = trial.NewScored(set)
	}
	m.end(net, o)
	return nil
}

// pruneAndRetrain applies the last level of a trial: prune, measure, retrain,
// measure again.
func pruneAndRetrain(ctx context.Context, from start, d *dataset.Splits, s trial.Spec, o *trial.Outcome) error {
	net, score := from.net, from.score
	n := len(s.Levels)
	l := s.Levels[n-1]
	o.Result.Start = score
	m := measure(net)
	selection, err := choose(net, s)
	if err != nil {
		return err
	}
	p, err := newPredictor(ctx, net, d, []trial.Spec{s})
	if err != nil {
		return err
	}
	o.Result.Warnings = warnings(selection)
	if err := p.predict(ctx, []trial.Spec{s}, []prune.Selection{selection}, []*trial.Outcome{o}); err != nil {
		return err
	}
	if err := selection.Apply(net); err != nil {
		return err
	}
	m.pruned(net, selection)
	o.Result.Layers = m.layers // stays, without its end, if retraining diverges
	if l.BatchNorm != nil {
		if err := train.Reestimate(ctx, net, d, *l.BatchNorm); err != nil {
			return err
		}
	}
	if l.Prune.Empty() && l.BatchNorm == nil {
		o.Result.Pruned = score
	} else if o.Result.Pruned, err = evaluate(ctx, net, d, s, train.EvaluateTop); err != nil {
		return err
	}
	if l.Retrain != nil {
		phase := fmt.Sprintf("retrain %d", n)
		if err := restart(net, *l.Retrain, s, phase); err != nil {
			return err
		}
		if o.Result.History, err = train.Fit(ctx, net, d, *l.Retrain, s.Seed, phase, from.checkpoints); err != nil {
			return err
		}
		m.retrained(net)
		if l.BatchNorm != nil && l.BatchNorm.Retraining {
			if err := train.Reestimate(ctx, net, d, *l.BatchNorm); err != nil {
				return err
			}
		}
		o.Timing.Samples = samples(*l.Retrain, d, from.checkpoints)
		if o.Result.Retrained, err = evaluate(ctx, net, d, s, train.EvaluateCounting); err != nil {
			return err
		}
	}
	m.end(net, o)
	return nil
}

// choose selects the weights that the trial's last level removes.
func choose(net *nn.Network, s trial.Spec) (prune.Selection, error) {
	c := s.Levels[len(s.Levels)-1].Prune
	if c.Empty() {
		return nil, nil
	}
	scores, err := prune.Score(net, c, func(layer string) *rand.Rand { return rng.Stream(s.Seed, "prune", layer) })
	if err != nil {
		return nil, err
	}
	return prune.Select(scores, c)
}

// restart freezes layers and sets the remaining weights of the others to what
// the retraining begins with: as they are, as first initialised, or drawn anew.
func restart(net *nn.Network, c train.Config, s trial.Spec, phase string) error {
	if err := net.Freeze(c.Frozen); err != nil {
		return err
	}
	switch c.Start {
	case train.StartRewind:
		net.Reinitialise(func(layer string) *rand.Rand { return rng.Stream(s.Seed, "init", layer) })
	case train.StartReinit:
		net.Reinitialise(func(layer string) *rand.Rand { return rng.Stream(s.Seed, "reinit", phase, layer) })
	}
	return nil
}

// evaluated is the split on which a trial is scored.
func evaluated(d *dataset.Splits, split trial.Split) (*dataset.Set, error) {
	set := d.Valid
	if split == trial.Test {
		set = d.Test
	}
	if set == nil || set.Len() == 0 {
		return nil, fmt.Errorf("evaluate: the data set has no %s samples", split)
	}
	return set, nil
}

// evaluation scores a network; see train.EvaluateTop and train.EvaluateCounting.
type evaluation func(context.Context, *nn.Network, *dataset.Set, *dataset.Splits, int) (train.Evaluation, error)

func evaluate(ctx context.Context, net *nn.Network, d *dataset.Splits, s trial.Spec, how evaluation) (*train.Evaluation, error) {
	set, err := evaluated(d, s.Evaluate)
	if err != nil {
		return nil, err
	}
	e, err := how(ctx, net, set, d, train.TopOf(s.Top, set.Classes))
	if err != nil {
		return nil, err
	}
	return &e, nil
}

// samples is the number of samples trained on in this process: epochs that a
// checkpoint had already are not counted.
func samples(c train.Config, d *dataset.Splits, k *train.Checkpoints) int {
	n := c.Epochs * (d.Train.Len() / c.Batch) * c.Batch
	if k != nil {
		n -= k.Resumed * c.Batch
	}
	return n
}

// warnings say what a reader of the pruned network's numbers has to know.
func warnings(m prune.Selection) []string {
	var ws []string
	for _, l := range m {
		if l.TiedZeros {
			ws = append(ws, fmt.Sprintf("%s: more weights were exactly zero than had to be removed; a random stream decided among them", l.Layer))
		}
	}
	return ws
}
