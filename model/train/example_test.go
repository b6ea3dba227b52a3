package train_test

import (
	"context"
	"fmt"
	"log"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/prune"
	"prunelab/model/regularizer"
	"prunelab/model/rng"
	"prunelab/model/train"
)

// Train LeNet-300-100 on a part of MNIST, remove nine tenths of its weights by a
// score of your own, retrain those that are left in a loop of your own, and
// measure.
func Example() {
	ctx := context.Background()
	folder := dataset.NewSource([]string{"../dataset"}, "", "", nil) // holds mnist/
	d := must(dataset.Load(dataset.Config{Name: "mnist", Validation: 1000, TrainSamples: 2000}, folder))
	config, _ := nn.Builtin("lenet-300-100", d.Train.Shape, 10)
	net := must(nn.Build(config, 1))
	recipe := train.Config{Epochs: 5, Batch: 100, Optimizer: optim.Config{Method: optim.SGD, LR: 0.1, Momentum: 0.9}, Schedule: optim.Schedule{Kind: optim.Constant}}
	must(train.Fit(ctx, net, d, recipe, 1, "train", nil))
	trained := must(train.Evaluate(ctx, net, d.Valid, d))

	// The score of a weight w is |w dL/dw|, summed over the batches of an epoch.
	score := map[string][]float32{}
	for _, w := range net.Weights() {
		score[w.Layer] = make([]float32, w.Size())
	}
	batches, dlogits := train.NewBatches(d.Train, d, recipe.Batch), kernel.Mat{}
	for x, labels := range batches.Shuffled(rng.Stream(1, "score"), nil, 0) {
		train.Gradient(net, x, labels, &dlogits)
		for _, w := range net.Weights() {
			for i, g := range w.Grad {
				score[w.Layer][i] += max(g*w.Value[i], -g*w.Value[i])
			}
		}
	}
	scores := must(prune.ScoreBy(net, []string{"fc1", "fc2", "fc3"}, func(a *nn.Affine) []float32 { return score[a.Name] }))
	selection := must(prune.Select(scores, prune.Config{Scope: prune.Global, Rule: prune.ByRatio, Amounts: []float64{0.9}}))
	must(net, selection.Apply(net))

	opt := optim.New(recipe.Optimizer, regularizer.Config{L2: 5e-4}, net.Params())
	for epoch := range 3 {
		for x, labels := range batches.Shuffled(rng.Stream(1, "order", fmt.Sprint(epoch)), nil, 0) {
			train.Step(net, opt, x, labels, &dlogits, 0.01)
		}
	}
	retrained := must(train.Evaluate(ctx, net, d.Valid, d))
	gone := selection[0].Removed + selection[1].Removed + selection[2].Removed
	fmt.Println(gone, "of 266200 weights removed; above 85 % before and after:", trained.Accuracy() > 0.85, retrained.Accuracy() > 0.85)
	// Output: 239580 of 266200 weights removed; above 85 % before and after: true true
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
