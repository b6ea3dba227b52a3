// Package throughput measures how fast networks train at given densities.
//
// A measurement trains one network on random images for a short time, step
// after step, and takes the median over several rounds. Nothing of it enters a
// result of a study.
package throughput

import (
	"fmt"
	"slices"
	"time"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/prune"
	"prunelab/model/regularizer"
	"prunelab/model/rng"
	"prunelab/model/train"
)

// Case is one thing to measure: a built-in network, the density of all its
// layers (1: dense), the kernel variant and the batch size.
type Case struct {
	Network string  `json:"network"`
	Density float64 `json:"density"`
	Kernel  string  `json:"kernel"`
	Batch   int     `json:"batch"`
}

// String names the case as network/density/kernel.
func (c Case) String() string { return fmt.Sprintf("%s/%g/%s", c.Network, c.Density, c.Kernel) }

// Result is what was measured for a Case on one core.
type Result struct {
	Case
	Samples float64 `json:"samples_per_s"` // trained, in a second of processor time
	Scored  float64 `json:"scored_per_s"`  // likewise, forward alone
	GFLOPS  float64 `json:"gflops"`        // 2 x multiply-adds of the surviving weights, with those that zero-skipping leaves out
	Peak    float64 `json:"peak_gflops"`   // of the core with the same instructions, measured
	Rounds  int     `json:"rounds"`
}

// Fraction is GFLOPS over the peak. It may be above 1: zero-skipping computes less
// than GFLOPS counts.
func (r Result) Fraction() float64 { return r.GFLOPS / r.Peak }

// Input is the shape of the images that a built-in network is made for.
func Input(network string) dataset.Shape {
	switch network {
	case "lenet-300-100", "lenet-5":
		return dataset.Shape{C: 1, H: 28, W: 28}
	}
	return dataset.Shape{C: 3, H: 32, W: 32}
}

// Measure trains, and scores, for about the given time and returns the median speeds.
// It leaves the kernel variant as it was.
func Measure(c Case, d time.Duration) (Result, error) {
	before := kernel.Variant()
	if err := kernel.Use(c.Kernel); err != nil {
		return Result{}, err
	}
	defer kernel.Use(before)
	config, ok := nn.Builtin(c.Network, Input(c.Network), 10)
	if !ok {
		return Result{}, fmt.Errorf("unknown network %q; known: %v", c.Network, nn.BuiltinNames())
	}
	r := Result{Case: c, Peak: kernel.PeakGFLOPS(d / 10), Rounds: rounds}
	l, err := newLoad(config, train.Config{Batch: c.Batch, Optimizer: plain, Regularizer: regularizer.Config{L2: 5e-4}}, c.Density)
	if err != nil {
		return Result{}, err
	}
	r.Samples = float64(c.Batch) / median(d, used, l.step)
	r.Scored = float64(c.Batch) / median(d/3, used, l.forward)
	r.GFLOPS = r.Samples * operations(l.net) / 1e9
	return r, nil
}

// rounds is the number of measurements whose median is taken.
const rounds = 5

// plain is the optimizer of most studies.
var plain = optim.Config{Method: optim.SGD, LR: 1e-6, Momentum: 0.9}

// Costs are what a network takes on one core, in seconds.
type Costs struct {
	Train   float64 // of one sample of training
	Forward float64 // of one that is scored
	Prune   float64 // of one pruning of all its layers; 0 at density 1
}

// Measured takes the costs of training a network, pruned to a density in all layers,
// as a configuration says. Each is the median over about the given time.
func Measured(config nn.Config, c train.Config, density float64, d time.Duration) (Costs, error) {
	l, err := newLoad(config, c, density)
	if err != nil {
		return Costs{}, err
	}
	n := float64(c.Batch)
	return Costs{Train: median(d, passed, l.step) / n, Forward: median(d/3, passed, l.forward) / n, Prune: l.pruning.Seconds()}, nil
}

// median is the median time of a call by a clock, in seconds, over rounds that take
// about the given time together.
func median(d time.Duration, clock func() time.Duration, call func()) float64 {
	call() // sizes all buffers
	var times []float64
	for range rounds {
		began, calls := clock(), 0
		for clock()-began < d/rounds || calls == 0 {
			call()
			calls++
		}
		times = append(times, (clock()-began).Seconds()/float64(calls))
	}
	slices.Sort(times)
	return times[rounds/2]
}

var start = time.Now()

// passed is the clock of whoever waits.
func passed() time.Duration { return time.Since(start) }

// load is a network with something to do.
type load struct {
	net           *nn.Network
	step, forward func() // a step of training; a batch that is scored
	pruning       time.Duration
}

func newLoad(config nn.Config, c train.Config, density float64) (*load, error) {
	net, err := nn.Build(config, 1)
	if err != nil {
		return nil, err
	}
	l := &load{net: net}
	if density < 1 {
		began := time.Now()
		if err := thin(net, density); err != nil {
			return nil, err
		}
		l.pruning = time.Since(began)
	}
	batch := c.Batch
	opt := optim.New(c.Optimizer, c.Regularizer, net.Params())
	r := rng.Stream(1, "throughput")
	x := kernel.NewMat(config.Input.Features(), batch)
	for i := range x.Rows {
		for j := range batch {
			x.Data[i*x.Stride+j] = float32(r.NormFloat64())
		}
	}
	labels := make([]uint16, batch)
	for i := range labels {
		labels[i] = uint16(r.IntN(net.Topology().Classes()))
	}
	for _, l := range net.Dropouts() {
		l.SetStream(rng.Stream(1, "dropout"))
	}
	var dlogits kernel.Mat
	l.step = func() { train.Step(net, opt, x, labels, &dlogits, 1e-6) }
	l.forward = func() { net.Forward(x, nn.Mode{}) }
	return l, nil
}

// operations is the number of floating-point operations that training spends
// on the surviving weights for one sample: two for each product.
func operations(net *nn.Network) float64 {
	var flop float64
	for _, a := range net.Affines() {
		macs := float64(a.Cost.MACs) * float64(a.W.Left()) / float64(a.W.Size())
		flop += 2 * float64(a.Products()) * macs
	}
	return flop
}

// thin prunes every layer to the density, by magnitude.
func thin(net *nn.Network, density float64) error {
	c := prune.Config{Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio}
	for _, a := range net.Affines() {
		c.Layers = append(c.Layers, a.Name)
		c.Amounts = append(c.Amounts, 1-density)
	}
	s, err := prune.Score(net, c, nil)
	if err != nil {
		return err
	}
	selection, err := prune.Select(s, c)
	if err != nil {
		return err
	}
	return selection.Apply(net)
}
