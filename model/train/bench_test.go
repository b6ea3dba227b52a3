package train_test

import (
	"fmt"
	"math"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/prune"
	"prunelab/model/regularizer"
	"prunelab/model/rng"
	"prunelab/model/train"
)

// BenchmarkStep times one step of training, batch 128, of a whole network at
// several densities of all its layers.
func BenchmarkStep(b *testing.B) {
	shapes := map[string]dataset.Shape{
		"lenet-300-100": {C: 1, H: 28, W: 28}, "lenet-5": {C: 1, H: 28, W: 28},
		"cifar-quick": {C: 3, H: 32, W: 32}, "alexnet-cifar": {C: 3, H: 32, W: 32},
	}
	for _, name := range []string{"lenet-300-100", "lenet-5", "cifar-quick", "alexnet-cifar"} {
		for _, density := range []float64{1, 0.1, 0.05, 0.02} {
			for _, variant := range kernel.Variants() {
				if variant == "generic" && density == 1 && name != "lenet-300-100" {
					continue // takes seconds a step
				}
				b.Run(fmt.Sprintf("%s/%g/%s", name, density, variant), func(b *testing.B) {
					before := kernel.Variant()
					if err := kernel.Use(variant); err != nil {
						b.Fatal(err)
					}
					defer kernel.Use(before)
					c, _ := nn.Builtin(name)
					c.Input = shapes[name]
					net, err := nn.Build(c, 1)
					if err != nil {
						b.Fatal(err)
					}
					if err := pruneAll(net, 1-density); err != nil {
						b.Fatal(err)
					}
					const n = 128
					opt := optim.New(recipe.Optimizer, regularizer.Config{L2: 5e-4}, net.Params())
					r := rng.Stream(1, "bench")
					x := kernel.NewMat(c.Input.Features(), n)
					for i := range x.Data {
						x.Data[i] = float32(r.NormFloat64())
					}
					labels := make([]uint8, n)
					for i := range labels {
						labels[i] = uint8(r.IntN(10))
					}
					for _, d := range net.Dropouts() {
						d.SetStream(rng.Stream(1, "dropout"))
					}
					var dlogits kernel.Mat
					for b.Loop() {
						if l, _ := train.Step(net, opt, x, labels, &dlogits, 1e-6); math.IsNaN(l) {
							b.Fatal("the loss is not a number")
						}
					}
					b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
				})
			}
		}
	}
}

// pruneAll removes the ratio of every layer's weights by magnitude.
func pruneAll(net *nn.Network, ratio float64) error {
	if ratio == 0 {
		return nil
	}
	c := prune.Config{Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio}
	for _, a := range net.Affines() {
		c.Layers = append(c.Layers, a.Name)
		c.Amounts = append(c.Amounts, ratio)
	}
	s, err := prune.Score(net, c, nil)
	if err != nil {
		return err
	}
	m, err := prune.Select(s, c)
	if err != nil {
		return err
	}
	return m.Apply(net)
}
