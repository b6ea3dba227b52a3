package runner_test

import (
	"context"
	"strings"
	"testing"

	"prunelab/experiments/runner"
	"prunelab/experiments/trial"
)

// A network that was not kept is made again, through all trials that it starts
// from, and nothing is stored for it.
func TestNetworkOfAnyTrial(t *testing.T) {
	m, p := newMemory(), plan()
	run(t, p, m, runner.Config{Workers: 2})
	clear(m.networks)
	for _, s := range p.Trials[:9] {
		o := m.outcomes[s.Key()]
		net, err := runner.Network(context.Background(), p, o, data, m)
		if err != nil {
			t.Fatal(err)
		}
		if net.Digest() != o.Result.Weights {
			t.Errorf("trial %s gives another network", o.Key.Short())
		}
	}
	if len(m.networks) > 0 {
		t.Errorf("%d networks were stored", len(m.networks))
	}
	o := m.outcomes[p.Trials[0].Key()]
	o.Result.Weights = strings.Repeat("0", 64)
	if _, err := runner.Network(context.Background(), p, o, data, m); err == nil || !strings.Contains(err.Error(), "other weights than before") {
		t.Errorf("a network that is not the trial's: %v", err)
	}
	o.Status = trial.Diverged
	if _, err := runner.Network(context.Background(), p, o, data, m); err == nil || !strings.Contains(err.Error(), "has no network") {
		t.Errorf("a trial that diverged: %v", err)
	}
}

// Keeping the weights of all trials changes no result.
func TestKeepAll(t *testing.T) {
	m, all := newMemory(), newMemory()
	run(t, plan(), m, runner.Config{Workers: 2})
	run(t, plan(), all, runner.Config{Workers: 2, KeepAll: true})
	want := m.results(t)
	for k, r := range all.results(t) {
		if want[k] != r {
			t.Errorf("trial %s differs:\n%s\n%s", k.Short(), r, want[k])
		}
		if all.networks[k] == nil {
			t.Errorf("the network of trial %s is not kept", k.Short())
		}
	}
	// No data are needed for what is kept.
	p := plan()
	o := all.outcomes[p.Trials[3].Key()]
	if _, err := runner.Network(context.Background(), p, o, nil, all); err != nil {
		t.Error(err)
	}
}
