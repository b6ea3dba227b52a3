package runner

import (
	"context"
	"errors"
	"fmt"
	"io"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/train"
	"prunelab/model/weights"
)

// start is what a trial begins with: the network of the trial before it and its
// score, or an untrained network.
type start struct {
	net         *nn.Network
	score       *train.Evaluation  // nil: not trained
	checkpoints *train.Checkpoints // where its training goes on from; nil: it begins anew
}

// unusableStart says that the trial before this one left no network.
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

// again repeats a finished trial for its network, which is no longer kept.
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
