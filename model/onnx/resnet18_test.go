package onnx_test

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/nn"
)

// ResNet-18 for images of 224 x 224, as PyTorch writes it, gives the logits that it gives
// there, and again in ONNX Runtime as it is written here.
func TestResNet18OfPyTorch(t *testing.T) {
	const python = "/usr/bin/python3" // Debian's, for which python3-torch is
	if err := exec.Command(python, "-c", "import torch").Run(); err != nil {
		t.Skipf("SKIPPED: %s has no PyTorch; install Debian's python3-torch", python)
	}
	dir := t.TempDir()
	if out, err := exec.Command(python, filepath.Join("testdata", "resnet18.py"), dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	file, err := os.ReadFile(filepath.Join(dir, "net.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "net.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want [][]float64
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	net, n := bring(t, file)
	if in := (dataset.Shape{C: 3, H: 224, W: 224}); n.Config.Input != in || len(net.Affines()) != 21 {
		t.Errorf("reads %v, %d layers with weights", n.Config.Input, len(net.Affines()))
	}
	for i, got := range logits(net, len(want)) {
		for k := range want[i] {
			if !(math.Abs(got[k]-want[i][k]) <= 1e-4) {
				t.Fatalf("image %d, class %d: %v, want %v", i, k, got[k], want[i][k])
			}
		}
	}
	inONNXRuntime(t, map[string]*nn.Network{"resnet18": net}, len(want))
}
