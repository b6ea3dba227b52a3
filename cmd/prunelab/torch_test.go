package main

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"prunelab/experiments/store"
)

// TestNetworkOfPyTorch starts a study from a network that PyTorch 1.13 trained
// on a part of MNIST and scored on its test images, with
// testdata/torch/train.py, whose normalisation is that of the same 60,000
// training images here.
func TestNetworkOfPyTorch(t *testing.T) {
	const right, loss = 9340, 0.221154408 // as the script says
	fixture, err := filepath.Abs("testdata/torch/net.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	text := `name: torch
data: {name: mnist, validation: 0}
network: {file: ` + fixture + `, layers: [{conv: {filters: 4, kernel: 5, stride: 2}}, relu, {maxpool: 3}, {dense: 10}]}
seeds: 1
evaluate: test
sweeps: [{targets: [all], ratios: [0.5], retrain: false}]
`
	if err := os.WriteFile("torch.yaml", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), []string{"run", "torch.yaml"}, &stdout, &stderr); code != exitOK {
		t.Fatalf("exit code %d\n%s", code, &stderr)
	}
	st := store.Open("results/torch", store.Disk{})
	plan, err := st.Plan()
	if err != nil {
		t.Fatal(err)
	}
	o, ok, err := st.Outcome(plan.Trials[0].Key())
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	s := o.Result.Start
	if s.N != 10_000 || s.Correct != right || math.Abs(s.Loss-loss) > 1e-6 {
		t.Errorf("%d of %d right with a loss of %.9f; in PyTorch %d with %.9f", s.Correct, s.N, s.Loss, right, loss)
	}
}
