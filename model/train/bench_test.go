package train_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/rng"
	"prunelab/model/train"
)

// BenchmarkScan times a sensitivity scan, every layer at twenty ratios, in one
// walk over the images against each pruned network by itself. Reported are how
// many times faster the walk is, how many times fewer multiply-adds it makes, and
// the first as a fraction of the second.
func BenchmarkScan(b *testing.B) {
	for _, c := range []struct {
		network string
		shape   dataset.Shape
		images  int
	}{
		{"lenet-5", dataset.Shape{C: 1, H: 28, W: 28}, 512},
		{"alexnet-cifar", dataset.Shape{C: 3, H: 32, W: 32}, 64},
	} {
		b.Run(c.network, func(b *testing.B) {
			config, _ := nn.Builtin(c.network, c.shape, 10)
			net, err := nn.Build(config, 1)
			if err != nil {
				b.Fatal(err)
			}
			d := noise(c.shape, c.images)
			prunings := everyLayer(b, net)
			var together, alone time.Duration
			for b.Loop() {
				began := time.Now()
				if _, _, err := train.EvaluateScan(context.Background(), net, prunings, d.Test, d, 0); err != nil {
					b.Fatal(err)
				}
				together += time.Since(began)
				for _, p := range prunings {
					began := time.Now()
					one := pruned(b, net, p)
					if _, err := train.Evaluate(context.Background(), one, d.Test, d); err != nil {
						b.Fatal(err)
					}
					alone += time.Since(began)
				}
			}
			faster := alone.Seconds() / together.Seconds()
			fewer := multiplyAdds(net, prunings, false) / multiplyAdds(net, prunings, true)
			b.ReportMetric(faster, "times-faster")
			b.ReportMetric(fewer, "times-fewer-MACs")
			b.ReportMetric(faster/fewer, "of-MACs")
		})
	}
}

// noise is a data set of random images.
func noise(shape dataset.Shape, n int) *dataset.Splits {
	r := rng.Stream(1, "noise")
	s := &dataset.Set{Shape: shape, Classes: 10, Images: make([]uint8, n*shape.Features()), Labels: make([]uint16, n)}
	for i := range s.Images {
		s.Images[i] = uint8(r.Uint32())
	}
	scale, shift := make([]float32, shape.C), make([]float32, shape.C)
	for c := range scale {
		scale[c], shift[c] = 1./74, -1.7
	}
	return &dataset.Splits{Test: s, Scale: scale, Shift: shift}
}

// everyLayer prunes each layer by itself, by magnitude, at 0.05, 0.1, ..., 0.95
// and 0.98.
func everyLayer(b *testing.B, net *nn.Network) []map[string]*nn.Mask {
	var prunings []map[string]*nn.Mask
	for _, a := range net.Affines() {
		for i := range 20 {
			c := prune.Config{Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio,
				Layers: []string{a.Name}, Amounts: []float64{min(0.98, 0.05*float64(i+1))}}
			scores, err := prune.Score(net, c, nil)
			if err != nil {
				b.Fatal(err)
			}
			mask, err := prune.Select(scores, c)
			if err != nil {
				b.Fatal(err)
			}
			prunings = append(prunings, map[string]*nn.Mask{a.Name: mask[0].Mask})
		}
	}
	return prunings
}

func pruned(b *testing.B, net *nn.Network, masks map[string]*nn.Mask) *nn.Network {
	one, err := net.Clone()
	if err != nil {
		b.Fatal(err)
	}
	for layer, kept := range masks {
		if err := one.Keep(layer, kept); err != nil {
			b.Fatal(err)
		}
	}
	return one
}

// multiplyAdds counts those that an image takes: below nn.SparseBelow with the
// weights that are left, above it with all. In a walk the whole network counts
// once and each pruning from its layer on.
func multiplyAdds(net *nn.Network, prunings []map[string]*nn.Mask, walk bool) float64 {
	var sum float64
	if walk {
		for _, a := range net.Affines() {
			sum += float64(a.Cost.MACs)
		}
	}
	for _, p := range prunings {
		first := slices.IndexFunc(net.Affines(), func(a *nn.Affine) bool { return p[a.Name] != nil })
		for i, a := range net.Affines() {
			if walk && i < first {
				continue
			}
			macs := float64(a.Cost.MACs)
			if kept := p[a.Name]; kept != nil && kept.Density() < nn.SparseBelow {
				macs *= kept.Density()
			}
			sum += macs
		}
	}
	return sum
}

// BenchmarkEvaluate times the evaluation of LeNet-5 for an image, with and
// without counting the activations that are not zero.
func BenchmarkEvaluate(b *testing.B) {
	config, _ := nn.Builtin("lenet-5", dataset.Shape{C: 1, H: 28, W: 28}, 10)
	const images = 512
	d := noise(config.Input, images)
	for _, density := range []float64{1, 0.1, 0.02} {
		net, err := nn.Build(config, 1)
		if err != nil {
			b.Fatal(err)
		}
		if density < 1 {
			for _, a := range net.Affines() {
				c := prune.Config{Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio, Layers: []string{a.Name}, Amounts: []float64{1 - density}}
				scores, err := prune.Score(net, c, nil)
				if err != nil {
					b.Fatal(err)
				}
				mask, err := prune.Select(scores, c)
				if err != nil {
					b.Fatal(err)
				}
				if err := mask.Apply(net); err != nil {
					b.Fatal(err)
				}
			}
		}
		for name, evaluate := range map[string]func(context.Context, *nn.Network, *dataset.Set, *dataset.Splits, int) (train.Evaluation, error){
			"counting": train.EvaluateCounting, "plain": train.EvaluateTop,
		} {
			b.Run(fmt.Sprintf("%v/%s/%s", density, name, kernel.Variant()), func(b *testing.B) {
				for b.Loop() {
					if _, err := evaluate(context.Background(), net, d.Test, d, 0); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(images*b.N)/b.Elapsed().Seconds(), "images/s")
			})
		}
	}
}
