package nn_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

// recorded is a training that PyTorch 1.13 ran, see testdata/reference.py.
type recorded struct {
	Name   string
	Input  []int
	Layers []nn.LayerConfig
	L1     float64
	X      []float32 // N x features
	Y      []uint8ish
	Params [][]float32
	Logits []float32 // N x classes
	Grads  [][]float32
	Losses []float64
	Final  [][]float32
}

type uint8ish = uint16 // a []uint8 would be read as base64

func references(t *testing.T) []recorded {
	t.Helper()
	b, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var rs []recorded
	if err := json.Unmarshal(b, &rs); err != nil {
		t.Fatal(err)
	}
	return rs
}

// network returns the recorded network with its first weights, and its batch.
func (r recorded) network(t *testing.T) (*nn.Network, kernel.Mat, []uint16) {
	t.Helper()
	c := nn.Config{Input: dataset.Shape{C: r.Input[0], H: r.Input[1], W: r.Input[2]}, Layers: r.Layers, Init: nn.InitHe}
	net, err := nn.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range net.Params() {
		p.SetDense(r.Params[i])
	}
	labels := make([]uint16, len(r.Y))
	x := kernel.NewMat(c.Input.Features(), len(r.Y))
	for j, y := range r.Y {
		labels[j] = uint16(y)
		for f := range x.Rows {
			x.Data[f*x.Stride+j] = r.X[j*x.Rows+f]
		}
	}
	return net, x, labels
}

func TestAgreesWithPyTorch(t *testing.T) {
	for _, variant := range kernel.Variants() {
		for _, r := range references(t) {
			t.Run(variant+"/"+r.Name, func(t *testing.T) {
				useKernel(t, variant)
				net, x, labels := r.network(t)
				c := optim.Config{Method: optim.SGD, LR: 0.1, Momentum: 0.9}
				reg := regularizer.Config{L1: r.L1, L2: 0.01}
				if r.L1 != 0 {
					c = optim.Config{Method: optim.Adam, LR: 0.01, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
				}
				opt := optim.New(c, reg, net.Params())

				logits := net.Forward(x, nn.Mode{Train: true})
				for j := range x.Cols {
					for k := range logits.Rows {
						near(t, "logit", float64(logits.Data[k*logits.Stride+j]), float64(r.Logits[j*logits.Rows+k]), 1e-5)
					}
				}
				var dlogits kernel.Mat
				for step, want := range r.Losses {
					loss, _ := train.Step(net, opt, x, labels, &dlogits, c.LR)
					near(t, "loss", loss/float64(x.Cols), want, 1e-5)
					if step > 0 {
						continue
					}
					for i, p := range net.Params() {
						for k, g := range p.Grad {
							// Step has not changed the gradient: penalties act inside the update.
							near(t, p.Name+" gradient", float64(g), float64(r.Grads[i][k]), 1e-6)
						}
					}
				}
				for i, p := range net.Params() {
					for k, v := range p.Value {
						near(t, p.Name+" after ten steps", float64(v), float64(r.Final[i][k]), 2e-5)
					}
				}
			})
		}
	}
}

// useKernel runs the test with one variant of the kernels.
func useKernel(t *testing.T, variant string) {
	t.Helper()
	before := kernel.Variant()
	if err := kernel.Use(variant); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kernel.Use(before); err != nil {
			t.Fatal(err)
		}
	})
}

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*(1+math.Abs(want))) {
		t.Fatalf("%s is %g, want %g", what, got, want)
	}
}
