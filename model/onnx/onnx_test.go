package onnx_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/onnx"
	"prunelab/model/weights"
)

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// bring makes the network of a file.
func bring(t testing.TB, b []byte) (*nn.Network, onnx.Network) {
	t.Helper()
	n, err := onnx.Read(b, dataset.Shape{})
	if err != nil {
		t.Fatal(err)
	}
	net, a, err := weights.Bring(n.Config, n.File, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range a.Missing {
		if w.Param == "bias" {
			t.Errorf("%s has no values", w.Name())
		}
	}
	return net, n
}

// noise is value k of image i, in [-1, 1).
func noise(k, i int) float32 {
	v := math.Sin(12.9898*float64(k+1)+78.233*float64(i+1)) * 43758.5453
	return float32(2*(v-math.Floor(v)) - 1)
}

// logits are what the network emits for so many images of noise, image by image.
func logits(net *nn.Network, images int) [][]float64 {
	x := kernel.NewMat(net.Config.Input.Features(), images)
	for j := range images {
		for f := range x.Rows {
			x.Data[f*x.Stride+j] = noise(f, j)
		}
	}
	y := net.Forward(x, nn.Mode{})
	all := make([][]float64, images)
	for j := range all {
		for k := range y.Rows {
			all[j] = append(all[j], float64(y.Data[k*y.Stride+j]))
		}
	}
	return all
}

// logSoftmax takes from the logits of an image what its classes share.
func logSoftmax(v []float64) []float64 {
	sum := 0.0
	for _, x := range v {
		sum += math.Exp(x)
	}
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = x - math.Log(sum)
	}
	return out
}

// Networks that PyTorch 1.13 wrote give the logits that they gave there, see
// testdata/make.py.
func TestReadAgreesWithPyTorch(t *testing.T) {
	var want map[string]struct {
		Shape  []int
		Logits [][]float64
	}
	if err := json.Unmarshal(testdata(t, "want.json"), &want); err != nil {
		t.Fatal(err)
	}
	if len(want) < 15 {
		t.Fatalf("only %d networks are recorded", len(want))
	}
	for name, w := range want {
		t.Run(name, func(t *testing.T) {
			net, n := bring(t, testdata(t, name+".onnx"))
			if in := (dataset.Shape{C: w.Shape[0], H: w.Shape[1], W: w.Shape[2]}); n.Config.Input != in || n.Vector {
				t.Errorf("reads %v, want %v", n.Config.Input, in)
			}
			for i, got := range logits(net, len(w.Logits)) {
				if len(n.Said) > 0 { // the softmax that was left out
					got = logSoftmax(got)
				}
				if len(got) != len(w.Logits[i]) {
					t.Fatalf("%d classes, want %d", len(got), len(w.Logits[i]))
				}
				for k := range got {
					if !(math.Abs(got[k]-w.Logits[i][k]) <= 1e-4) {
						t.Fatalf("image %d, class %d: %v, want %v", i, k, got[k], w.Logits[i][k])
					}
				}
			}
		})
	}
}
