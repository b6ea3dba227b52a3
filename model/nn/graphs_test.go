package nn_test

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

// recordedGraph is what PyTorch 1.13 computes in float64 for a network, see
// testdata/graphs.py. Tensors are their norms and some of their values.
type recordedGraph struct {
	Name      string
	Builtin   string
	Input     []int
	Layers    []nn.LayerConfig
	N         int
	Running   bool // the statistics are given
	LR        float64
	Logits    []float64
	Grads     map[string][]float64
	Losses    []float64
	Final     map[string][]float64
	Evaluated []float64
}

// noise is value k of tensor i, in [-1, 1).
func noise(k, i int) float32 {
	v := math.Sin(12.9898*float64(k+1)+78.233*float64(i+1)) * 43758.5453
	return float32(2*(v-math.Floor(v)) - 1)
}

func (r recordedGraph) network(t *testing.T) (*nn.Network, kernel.Mat, []uint16) {
	t.Helper()
	input := dataset.Shape{C: r.Input[0], H: r.Input[1], W: r.Input[2]}
	c := nn.Config{Input: input, Layers: r.Layers, Init: nn.InitHe}
	if r.Builtin != "" {
		c, _ = nn.Builtin(r.Builtin, input, 3)
	}
	net, err := nn.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range net.Params() {
		scale, shift := 0.25, 0.0
		switch p.Role {
		case nn.Weight:
			scale = math.Sqrt(3 / float64(p.Size()/p.Shape[0]))
		case nn.Scale:
			shift = 1
		}
		for k := range p.Value {
			p.Value[k] = float32(shift + float64(noise(k, i))*scale)
		}
	}
	x, labels := kernel.NewMat(input.Features(), r.N), make([]uint16, r.N)
	for j := range labels {
		labels[j] = uint16((7*j + j/3) % 3)
		for f := range x.Rows {
			x.Data[f*x.Stride+j] = noise(j*x.Rows+f, 1000)
		}
	}
	return net, x, labels
}

// digest is what is recorded of a tensor.
func digest(v []float32) []float64 {
	const most = 64
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	d := []float64{math.Sqrt(sum)}
	for k := 0; k < len(v) && len(d) <= most; k += max(1, len(v)/most) {
		d = append(d, float64(v[k]))
	}
	return d
}

// byImage are logits, classes x N, image by image.
func byImage(m kernel.Mat) []float32 {
	var all []float32
	for j := range m.Cols {
		for k := range m.Rows {
			all = append(all, m.Data[k*m.Stride+j])
		}
	}
	return all
}

// agrees compares digests, relative to the tensor's norm.
func agrees(t *testing.T, what string, v []float32, want []float64, tol float64) {
	t.Helper()
	got := digest(v)
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	size := want[0]/math.Sqrt(float64(len(v))) + 1e-3
	for i := range got {
		by := size
		if i == 0 {
			by = want[0] + 1e-3
		}
		if !(math.Abs(got[i]-want[i]) <= tol*max(by, math.Abs(want[i]))) {
			t.Fatalf("%s: value %d is %g, want %g, at a mean size of %g", what, i-1, got[i], want[i], size)
		}
	}
}

func TestGraphsAgreeWithPyTorch(t *testing.T) {
	b, err := os.ReadFile("testdata/graphs.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []recordedGraph
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	for _, variant := range kernel.Variants() {
		for _, r := range all {
			if r.Builtin != "" && variant == "generic" {
				continue // as slow as it is large
			}
			t.Run(variant+"/"+r.Name, func(t *testing.T) {
				useKernel(t, variant)
				net, x, labels := r.network(t)
				if r.Running {
					net.SetStatistics(nn.StatisticsRunning)
				}
				opt := optim.New(optim.Config{Method: optim.SGD, LR: r.LR, Momentum: 0.9}, regularizer.Config{L2: 0.01}, net.Params())
				agrees(t, "logits", byImage(net.Forward(x, nn.Mode{Train: true})), r.Logits, 1e-4)
				for _, b := range net.Buffers() { // as they were before that
					v := float32(0)
					if strings.HasSuffix(b.Name, "var") {
						v = 1
					}
					for i := range b.Values {
						b.Values[i] = v
					}
				}
				var dlogits kernel.Mat
				for step, want := range r.Losses {
					loss, _ := train.Step(net, opt, x, labels, &dlogits, r.LR)
					near(t, "loss", loss/float64(r.N), want, 1e-4)
					if step > 0 {
						continue
					}
					for _, p := range net.Params() {
						agrees(t, "gradient of "+p.Name, p.Grad, r.Grads[p.Name], 1e-4)
					}
				}
				// Ten steps take rounding along.
				for _, p := range net.Params() {
					agrees(t, p.Name+" after ten steps", p.Value, r.Final[p.Name], 2e-3)
				}
				for _, b := range net.Buffers() {
					agrees(t, b.Name+" after ten steps", b.Values, r.Final[b.Name], 2e-3)
				}
				agrees(t, "logits of the trained network", byImage(net.Forward(x, nn.Mode{})), r.Evaluated, 2e-3)
			})
		}
	}
}
