package nn_test

import (
	"math"
	"testing"

	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/regularizer"
	"prunelab/model/rng"
	"prunelab/model/train"
)

// Sparse training is masked dense training with the work left out: over 100
// steps their losses and weights stay together. (Much longer trajectories part
// by rounding alone.)
func TestSparseTrainingEqualsMaskedDenseTraining(t *testing.T) {
	for name, c := range networks {
		for _, variant := range kernel.Variants() {
			t.Run(name+"/"+variant, func(t *testing.T) {
				useKernel(t, variant)
				r := rng.Stream(5, "test")
				const n = 32
				x := kernel.NewMat(c.Input.Features(), n)
				labels := make([]uint16, n)
				classes := build(t, c, 1).Topology().Classes()
				for j := range labels {
					labels[j] = uint16(r.IntN(classes))
					for f := range x.Rows {
						x.Data[f*x.Stride+j] = float32(r.NormFloat64() + 0.3*float64(labels[j]))
					}
				}
				type run struct {
					net     *nn.Network
					opt     *optim.Optimizer
					dlogits kernel.Mat
				}
				var runs [2]*run
				for i := range runs {
					net := build(t, c, 1)
					masks := rng.Stream(6, "test")
					for _, p := range net.Weights() {
						net.KeepAs(p.Layer, someMask(t, p.Size(), 0.4, masks), i == 0)
					}
					runs[i] = &run{net: net, opt: optim.New(optim.Config{Method: optim.SGD, LR: 0.02, Momentum: 0.9},
						regularizer.Config{L1: 1e-4, L2: 1e-3}, net.Params())}
				}
				for step := range 100 {
					var loss [2]float64
					for i, u := range runs {
						for _, d := range u.net.Dropouts() {
							d.SetStream(rng.Stream(uint64(step), "dropout"))
						}
						loss[i], _ = train.Step(u.net, u.opt, x, labels, &u.dlogits, 0.02)
					}
					if math.Abs(loss[0]-loss[1]) > 1e-4*math.Abs(loss[1]) {
						t.Fatalf("step %d: the loss is %v sparse and %v masked", step, loss[0], loss[1])
					}
				}
				for i, p := range runs[0].net.Params() {
					if got, want := p.Dense(), runs[1].net.Params()[i].Dense(); distance(got, want) > 1e-4 {
						t.Errorf("%s: relative distance %.1e after 100 steps", p.Name, distance(got, want))
					}
				}
			})
		}
	}
}

// distance is ||a-b|| / ||b||.
func distance(a, b []float32) float64 {
	var d, n float64
	for i := range a {
		d += float64(a[i]-b[i]) * float64(a[i]-b[i])
		n += float64(b[i]) * float64(b[i])
	}
	if n == 0 {
		return math.Sqrt(d)
	}
	return math.Sqrt(d / n)
}

// Removed weights must come back neither through momentum nor through a
// penalty.
func TestNoRemovedWeightRevives(t *testing.T) {
	for _, method := range []optim.Config{
		{Method: optim.SGD, LR: 0.05, Momentum: 0.9},
		{Method: optim.Adam, LR: 0.01, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8},
	} {
		for _, density := range []float64{0.1, 0.8} {
			net := build(t, networks["conv"], density)
			opt := optim.New(method, regularizer.Config{L1: 1e-3, L2: 1e-2}, net.Params())
			x := kernel.NewMat(net.Config.Input.Features(), 16)
			r := rng.Stream(1, "test")
			for i := range x.Data {
				x.Data[i] = float32(r.NormFloat64())
			}
			labels := make([]uint16, 16)
			var dlogits kernel.Mat
			for range 5 {
				train.Step(net, opt, x, labels, &dlogits, method.LR)
			}
			for _, p := range net.Weights() {
				d := p.Dense()
				for _, i := range p.Mask.Removed() {
					if d[i] != 0 {
						t.Fatalf("%s, density %v: weight %d of %s is %v", method.Method, density, i, p.Name, d[i])
					}
				}
				moved := false
				for _, v := range p.Survivors() {
					moved = moved || v != 0
				}
				if !moved {
					t.Fatalf("%s: no weight of %s is left", method.Method, p.Name)
				}
			}
		}
	}
}

func TestStepDoesNotAllocate(t *testing.T) {
	for name, c := range networks {
		for pruning, density := range prunings {
			for _, variant := range kernel.Variants() {
				useKernel(t, variant)
				net := build(t, c, density)
				opt := optim.New(optim.Config{Method: optim.SGD, LR: 0.01, Momentum: 0.9}, regularizer.Config{L2: 1e-3}, net.Params())
				x := kernel.NewMat(net.Config.Input.Features(), 32)
				labels := make([]uint16, 32)
				for _, d := range net.Dropouts() {
					d.SetStream(rng.Stream(1, "dropout"))
				}
				var dlogits kernel.Mat
				step := func() { train.Step(net, opt, x, labels, &dlogits, 0.01) }
				warm := 1
				if name == "an output with three readers, and branches without batch norm" {
					warm = 5
				}
				for range warm { // zero-skipping makes its scratch when it is first of use, in one of them after some steps
					step()
				}
				if n := testing.AllocsPerRun(3, step); n != 0 {
					t.Errorf("%s, %s, %s: %v allocations a step", name, pruning, variant, n)
				}
			}
		}
	}
}

func TestEverythingPrunedStillEvaluates(t *testing.T) {
	for name, c := range networks {
		net := build(t, c, 0)
		x := kernel.NewMat(c.Input.Features(), 20)
		for _, p := range net.Params() {
			if p.Role == nn.Bias {
				clear(p.Value)
				p.Value[0] = 1
			}
		}
		logits := net.Forward(x, nn.Mode{})
		biased := c.Layers[len(c.Layers)-1].HasWeights()
		for k := range logits.Rows {
			want := float32(0)
			if k == 0 {
				want = 1
			}
			if !biased {
				want = logits.Row(k)[0] // a constant that went through more than a bias
			}
			for _, v := range logits.Row(k) {
				if v != want {
					t.Fatalf("%s: logit %d is %v, want the bias %v", name, k, v, want)
				}
			}
		}
	}
}
