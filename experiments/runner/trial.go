package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/rng"
	"prunelab/model/train"
	"prunelab/model/weights"
)

// start is what a trial begins with: the network of the trial before it, or
// one that no training has seen, and that network's score.
type start struct {
	net         *nn.Network
	score       *train.Evaluation  // nil: not trained
	checkpoints *train.Checkpoints // where its training goes on from; nil: it begins anew
}

// unusableStart says that the trial which this one starts from has no network.
type unusableStart struct {
	status trial.Status
	why    string
}

func (e unusableStart) Error() string { return e.why }

// start builds or reads the network that the trial begins with.
func (r *run) start(ctx context.Context, d *dataset.Splits, s trial.Spec) (start, error) {
	if len(s.Levels) == 0 {
		if s.Net.Source != "" {
			net, err := r.trained(s.Net)
			return start{net: net}, err
		}
		net, err := nn.Build(s.Net, s.Seed)
		return start{net: net}, err
	}
	key := s.StartKey()
	o, done, err := r.store.Outcome(key)
	switch {
	case err != nil:
		return start{}, err
	case !done:
		return start{}, unusableStart{trial.Failed, fmt.Sprintf("trial %s, which this one starts from, failed", key.Short())}
	case o.Status == trial.Diverged:
		return start{}, unusableStart{trial.Diverged, fmt.Sprintf("trial %s, which this one starts from, diverged: %s", key.Short(), o.Error)}
	}
	net, kept, err := r.kept(o)
	if err != nil {
		return start{}, err
	}
	if !kept {
		if net, err = r.again(ctx, d, o); err != nil {
			return start{}, fmt.Errorf("train the network of trial %s again: %w", key.Short(), err)
		}
	}
	return start{net: net, score: final(o)}, nil
}

// trained reads the network, trained elsewhere, that the study starts from.
func (r *run) trained(c nn.Config) (net *nn.Network, err error) {
	err = r.store.LoadTrained(func(f io.Reader) error {
		n, err := weights.Read(c, f)
		if err != nil {
			return err
		}
		if n.Digest() != c.Source {
			return errors.New("it is not the network that the study was planned for")
		}
		net = n
		return nil
	})
	return net, err
}

// kept reads the network that a finished trial ended with, if the store has it.
func (r *run) kept(o trial.Outcome) (net *nn.Network, kept bool, err error) {
	kept, err = r.store.LoadNetwork(o.Key, func(f io.Reader) error {
		n, err := nn.New(o.Spec.Net)
		if err != nil {
			return err
		}
		if err := n.Read(f); err != nil {
			return err
		}
		if n.Digest() != o.Result.Weights {
			return errors.New("it is not the network that the trial ended with")
		}
		net = n
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("the network of trial %s: %w", o.Key.Short(), err)
	}
	return net, kept, nil
}

// again runs a finished trial for its network, which has gone or was damaged.
func (r *run) again(ctx context.Context, d *dataset.Splits, o trial.Outcome) (*nn.Network, error) {
	from, err := r.start(ctx, d, o.Spec)
	if err != nil {
		return nil, err
	}
	r.checkpoints(&from, o.Spec)
	_, net, err := single(ctx, from, d, o.Spec)
	if err != nil {
		return nil, err
	}
	if net == nil || net.Digest() != o.Result.Weights {
		return nil, fmt.Errorf("it came out with other weights than before, which is a bug of this program or a fault of the machine; please report it")
	}
	if err := r.store.SaveNetwork(o.Key, net.Write); err != nil {
		return nil, err
	}
	return net, r.store.DropCheckpoints(o.Key)
}

// final is the score that a finished trial ended with.
func final(o trial.Outcome) *train.Evaluation {
	switch {
	case o.Result.Retrained != nil:
		return o.Result.Retrained
	case len(o.Spec.Levels) > 0:
		return o.Result.Pruned
	}
	return o.Result.Start
}

// single runs one trial: a first training, which a network from a file does
// without, or a pruning and a retraining. It returns the network as it is at the
// end.
func single(ctx context.Context, from start, d *dataset.Splits, s trial.Spec) (trial.Outcome, *nn.Network, error) {
	o := trial.Outcome{Spec: s, Status: trial.Done}
	net := from.net
	var err error
	if len(s.Levels) == 0 {
		err = first(ctx, from, d, s, &o)
	} else {
		err = level(ctx, from, d, s, &o)
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

// first trains a network and measures it. One that comes from a file is only
// measured.
func first(ctx context.Context, from start, d *dataset.Splits, s trial.Spec, o *trial.Outcome) error {
	net := from.net
	m := measure(net)
	var err error
	if s.Net.Source == "" {
		if o.Result.History, err = train.Fit(ctx, net, d, s.Train, s.Seed, "train", from.checkpoints); err != nil {
			return err
		}
		o.Timing.Samples = samples(s.Train, d, from.checkpoints)
	}
	if o.Result.Start, err = evaluate(ctx, net, d, s.Evaluate, train.EvaluateCounting); err != nil {
		return err
	}
	m.end(net, o)
	return nil
}

// level prunes a network, measures it, retrains it and measures it again.
func level(ctx context.Context, from start, d *dataset.Splits, s trial.Spec, o *trial.Outcome) error {
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
	if l.Prune.Empty() {
		o.Result.Pruned = score
	} else if o.Result.Pruned, err = evaluate(ctx, net, d, s.Evaluate, train.Evaluate); err != nil {
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
		o.Timing.Samples = samples(*l.Retrain, d, from.checkpoints)
		if o.Result.Retrained, err = evaluate(ctx, net, d, s.Evaluate, train.EvaluateCounting); err != nil {
			return err
		}
	}
	m.end(net, o)
	return nil
}

// scanWeights bounds the weights of the pruned layers that a walk over the
// samples holds at the same time, at up to 16 bytes each. Every further walk
// costs one pass of the whole network.
const scanWeights = 8 << 20

// scan runs prunings of one network without retraining, in as few walks over
// the evaluated samples as memory allows.
func scan(ctx context.Context, from start, d *dataset.Splits, specs []trial.Spec) ([]trial.Outcome, error) {
	p, err := newPredictor(ctx, from.net, d, specs)
	if err != nil {
		return nil, err
	}
	var outcomes []trial.Outcome
	for len(specs) > 0 {
		n, weights := 0, 0
		for ; n < len(specs); n++ {
			for _, name := range specs[n].Levels[len(specs[n].Levels)-1].Prune.Layers {
				if a := from.net.Affine(name); a != nil {
					weights += a.W.Size()
				}
			}
			if n > 0 && weights > scanWeights {
				break
			}
		}
		some, err := walk(ctx, from, d, p, specs[:n])
		if err != nil {
			return nil, err
		}
		outcomes, specs = append(outcomes, some...), specs[n:]
	}
	return outcomes, nil
}

// walk runs prunings of one network without retraining, in one walk over the
// evaluated samples; p may be nil.
func walk(ctx context.Context, from start, d *dataset.Splits, p *predictor, specs []trial.Spec) ([]trial.Outcome, error) {
	outcomes := make([]trial.Outcome, len(specs))
	prunings := make([]map[string]*nn.Mask, len(specs))
	selections := make([]prune.Selection, len(specs))
	for i, s := range specs {
		var err error
		if selections[i], err = choose(from.net, s); err != nil {
			return nil, err
		}
		prunings[i] = selections[i].Masks()
	}
	set, err := evaluated(d, specs[0].Evaluate)
	if err != nil {
		return nil, err
	}
	scores, errs, err := train.EvaluateScan(ctx, from.net, prunings, set, d)
	if err != nil {
		return nil, err
	}
	for i, s := range specs {
		o := trial.Outcome{Spec: s, Status: trial.Done}
		o.Result.Start = from.score
		o.Result.Warnings = warnings(selections[i])
		if errs[i] != nil {
			o.Status, o.Error = trial.Diverged, errs[i].Error()
		} else {
			o.Result.Pruned = &scores[i]
		}
		net, err := from.net.Clone()
		if err != nil {
			return nil, err
		}
		m := measure(net)
		if err := selections[i].Apply(net); err != nil {
			return nil, err
		}
		m.pruned(net, selections[i])
		m.end(net, &o)
		o.Result.Weights = net.Digest()
		outcomes[i] = o
	}
	all := make([]*trial.Outcome, len(outcomes))
	for i := range outcomes {
		all[i] = &outcomes[i]
	}
	if err := p.predict(ctx, specs, selections, all); err != nil {
		return nil, err
	}
	return outcomes, nil
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

// restart gives the survivors of the layers that are to learn the values that
// a retraining begins with.
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

// evaluated is the part of the data on which a trial is scored.
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

// evaluation scores a network; see train.Evaluate and train.EvaluateCounting.
type evaluation func(context.Context, *nn.Network, *dataset.Set, *dataset.Splits) (train.Evaluation, error)

func evaluate(ctx context.Context, net *nn.Network, d *dataset.Splits, split trial.Split, how evaluation) (*train.Evaluation, error) {
	set, err := evaluated(d, split)
	if err != nil {
		return nil, err
	}
	s, err := how(ctx, net, set, d)
	if err != nil {
		return nil, err
	}
	return &s, nil
}

// samples is the number of samples that a training walked over, here and now.
func samples(c train.Config, d *dataset.Splits, k *train.Checkpoints) int {
	n := c.Epochs * (d.Train.Len() / c.Batch) * c.Batch
	if k != nil {
		n -= k.Resumed * c.Batch
	}
	return n
}

// warnings are what a reader of a pruned network's numbers has to know.
func warnings(m prune.Selection) []string {
	var ws []string
	for _, l := range m {
		if l.TiedZeros {
			ws = append(ws, fmt.Sprintf("%s: more weights were exactly zero than had to be removed; a random stream decided among them", l.Layer))
		}
	}
	return ws
}
