package runner_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"prunelab/experiments/runner"
	"prunelab/experiments/trial"
	"prunelab/model/nn"
	"prunelab/model/train"
)

// A network that was trained elsewhere takes the place of the first training:
// its trial is the score that it had there, and what starts from it comes out
// as if the network had been trained here.
func TestNetworkFromElsewhere(t *testing.T) {
	retrain := recipe
	retrain.Start, retrain.Dropout = train.StartKeep, train.DropoutAdjusted
	levels := []trial.Level{level(0.8, &retrain, "fc1")}
	here := base(1)
	then := here
	then.Levels = levels
	m := newMemory()
	run(t, trial.Plan{Trials: []trial.Spec{here, then}}, m, runner.Config{})

	given := here
	given.Net.Source, given.Train = m.outcomes[here.Key()].Result.Weights, train.Config{}
	after := given
	after.Levels = levels
	if given.Key() == here.Key() {
		t.Fatal("the key does not tell a network from a file")
	}
	e := newMemory()
	e.trained = m.networks[here.Key()]
	run(t, trial.Plan{Trials: []trial.Spec{given, after}}, e, runner.Config{})
	a, b := m.outcomes[here.Key()], e.outcomes[given.Key()]
	if b.Status != trial.Done || len(b.Result.History) != 0 || b.Timing.Samples != 0 {
		t.Errorf("it was trained: %+v", b.Result.History)
	}
	if b.Result.Weights != given.Net.Source || a.Result.Start.Correct != b.Result.Start.Correct || a.Result.Start.Loss != b.Result.Start.Loss || !bytes.Equal(a.Result.Start.Bits, b.Result.Start.Bits) {
		t.Errorf("scored %+v here and %+v from the file", a.Result.Start, b.Result.Start)
	}
	x, y := m.outcomes[then.Key()].Result, e.outcomes[after.Key()].Result
	if x.Weights != y.Weights || x.Retrained.Correct != y.Retrained.Correct {
		t.Errorf("retrained to %s here and to %s from the file", x.Weights, y.Weights)
	}
	// Also when the cache is gone.
	clear(e.networks)
	if _, err := runner.Network(context.Background(), trial.Plan{}, e.outcomes[after.Key()], data, e); err != nil {
		t.Error(err)
	}

	wrong := newMemory()
	net, err := nn.Build(here.Net, 7)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := net.Write(&file); err != nil {
		t.Fatal(err)
	}
	wrong.trained = file.Bytes()
	_, err = runner.Run(context.Background(), trial.Plan{Trials: []trial.Spec{given}}, data, wrong, runner.Config{Progress: silent{}})
	if err == nil || !strings.Contains(err.Error(), "not the network that the study was planned for") || len(wrong.outcomes) > 0 {
		t.Errorf("another network: %v", err)
	}
}
