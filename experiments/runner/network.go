package runner

import (
	"context"
	"fmt"
	"io"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
)

// Network returns the network that a finished trial of the plan ended with. The
// store may have it; otherwise the trial is run again, with those it starts
// from, and has to come out with the same weights. Nothing is stored.
func Network(ctx context.Context, plan trial.Plan, o trial.Outcome, data Data, store Store) (*nn.Network, error) {
	if o.Status != trial.Done {
		return nil, fmt.Errorf("trial %s %s and has no network: %s", o.Key.Short(), o.Status, o.Error)
	}
	r := &run{store: unchanged{store}, data: data, splits: map[dataset.Config]*loading{}}
	net, kept, err := r.kept(o)
	if err != nil || kept {
		return net, err
	}
	if err := suits(plan); err != nil {
		return nil, err
	}
	splits, err := r.load(o.Spec.Data)
	if err != nil {
		return nil, err
	}
	err = guard(func() (err error) {
		net, err = r.again(ctx, splits, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("run trial %s again for its network: %w", o.Key.Short(), err)
	}
	return net, nil
}

// unchanged is a store to which no network is added.
type unchanged struct{ Store }

func (unchanged) SaveNetwork(trial.Key, func(io.Writer) error) error { return nil }
