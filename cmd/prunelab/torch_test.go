package main

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"prunelab/experiments/store"
	"prunelab/model/train"
)

// A study starts from a network that PyTorch 1.13 trained on a part of MNIST and scored
// on its test images, with testdata/torch/train.py, whose normalisation is that of the
// same 60,000 training images here. testdata/torch/export.py wrote it as ONNX.
func TestNetworkOfPyTorch(t *testing.T) {
	const right, loss = 9340, 0.221154408 // as the script says
	for file, layers := range map[string]string{
		"net.safetensors": ", layers: [{conv: {filters: 4, kernel: 5, stride: 2}}, relu, {maxpool: 3}, {dense: 10}]",
		"net.onnx":        "",
	} {
		t.Run(file, func(t *testing.T) {
			fixture, err := filepath.Abs("testdata/torch/" + file)
			if err != nil {
				t.Fatal(err)
			}
			s := startOf(t, fixture+layers, "")
			if s.N != 10_000 || s.Correct != right || math.Abs(s.Loss-loss) > 1e-6 {
				t.Errorf("%d of %d right with a loss of %.9f; in PyTorch %d with %.9f", s.Correct, s.N, s.Loss, right, loss)
			}
		})
	}
}

// The ONNX model zoo's mnist-8.onnx, in the folder that PRUNELAB_NETWORKS names, reads
// bytes as they are, has weights that are reshaped in the graph and biases that are
// added there.
func TestNetworkOfTheModelZoo(t *testing.T) {
	folder := os.Getenv("PRUNELAB_NETWORKS")
	fixture, err := filepath.Abs(filepath.Join(folder, "mnist-8.onnx"))
	if err == nil {
		_, err = os.Stat(fixture)
	}
	if folder == "" || err != nil {
		t.Skip("SKIPPED: set PRUNELAB_NETWORKS to a folder that has mnist-8.onnx")
	}
	if s := startOf(t, fixture, ", normalise: 0..255"); s.N != 10_000 || s.Correct < 9890 || s.Correct > 9892 {
		t.Errorf("%d of %d right, want 9891, give or take one", s.Correct, s.N)
	}
}

// startOf is what a network scores on the test images of MNIST as it came from a file.
func startOf(t *testing.T, file, data string) *train.Evaluation {
	t.Helper()
	t.Chdir(t.TempDir())
	text := `name: given
data: {name: mnist, validation: 0` + data + `}
network: {file: ` + file + `}
seeds: 1
evaluate: test
sweeps: [{targets: [all], ratios: [0.5], retrain: false}]
`
	if err := os.WriteFile("given.yaml", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), []string{"run", "given.yaml"}, &stdout, &stderr); code != exitOK {
		t.Fatalf("exit code %d\n%s", code, &stderr)
	}
	st := store.Open("results/given", store.Disk{})
	plan, err := st.Plan()
	if err != nil {
		t.Fatal(err)
	}
	o, ok, err := st.Outcome(plan.Trials[0].Key())
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	return o.Result.Start
}
