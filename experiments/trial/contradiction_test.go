package trial

import (
	"strings"
	"testing"

	"prunelab/model/train"
)

// Each count of an outcome that the others rule out is named, and an outcome without
// one is not doubted.
func TestContradiction(t *testing.T) {
	outcome := func() Outcome {
		evaluation := func() *train.Evaluation {
			return &train.Evaluation{N: 10, Correct: 3, Bits: []byte{0b101, 0b10}, Top: &train.Top{K: 5, Correct: 7}}
		}
		left := 20
		return Outcome{Result: Result{
			Start: evaluation(), Pruned: evaluation(), Retrained: evaluation(), Scored: &Scored{Labels: make([]byte, 20)},
			Layers: []LayerResult{{Name: "fc1", Size: 100, Requested: 80, Removed: 80, Zeros: 20, MACs: 20, DenseMACs: 100, DeadLeft: &left,
				Before: &Histogram{Counts: []int{50, 40}}, After: &Histogram{Counts: []int{5, 15}}}},
		}}
	}
	if err := outcome().Contradiction(); err != nil {
		t.Errorf("it is doubted: %v", err)
	}
	for want, change := range map[string]func(*Result, *LayerResult){
		"result.pruned: 4 are correct, and its bits are those of 3": func(r *Result, _ *LayerResult) { r.Pruned.Correct++ },
		"result.start: 3 are correct, and its bits are those of 4":  func(r *Result, _ *LayerResult) { r.Start.Bits[0] |= 2 },
		"bits of images beyond the last of 10":                      func(r *Result, _ *LayerResult) { r.Start.Bits[1] = 4 },
		"result.retrained: it has 1 bytes of bits for 10 images":    func(r *Result, _ *LayerResult) { r.Retrained.Bits = []byte{7} },
		"11 of 10 images are correct":                               func(r *Result, _ *LayerResult) { r.Pruned.Correct, r.Pruned.Bits = 11, nil },
		"-1 of 10 images are correct":                               func(r *Result, _ *LayerResult) { r.Pruned.Correct, r.Pruned.Bits = -1, nil },
		"2 of 10 images have the right class among the first 5":     func(r *Result, _ *LayerResult) { r.Start.Top.Correct = 2 },
		"11 of 10 images have the right class among the first 5":    func(r *Result, _ *LayerResult) { r.Start.Top.Correct = 11 },
		"result.pruned is of 12 images, and those before it of 10":  func(r *Result, _ *LayerResult) { r.Pruned.N = 12 },
		"result.scored has 19 bytes of labels":                      func(r *Result, _ *LayerResult) { r.Scored.Labels = r.Scored.Labels[1:] },
		"fc1: 101 of 100 weights are removed":                       func(_ *Result, l *LayerResult) { l.Removed = 101 },
		"-1 of 100 weights are removed":                             func(_ *Result, l *LayerResult) { l.Removed = -1 },
		"101 of 100 weights were to be removed":                     func(_ *Result, l *LayerResult) { l.Requested = 101 },
		"21 of the 20 weights that are left are zero":               func(_ *Result, l *LayerResult) { l.Zeros = 21 },
		"21 of the 20 weights that are left are those of dead":      func(_ *Result, l *LayerResult) { *l.DeadLeft = 21 },
		"101 multiply-adds are left of 100":                         func(_ *Result, l *LayerResult) { l.MACs = 101 },
		"20 weights are left, and the histogram after counts 21":    func(_ *Result, l *LayerResult) { l.After.Counts[0]++ },
		"100 weights, and the histogram before counts 101":          func(_ *Result, l *LayerResult) { l.Before.Counts[0] += 11 },
	} {
		o := outcome()
		change(&o.Result, &o.Result.Layers[0])
		if err := o.Contradiction(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; it should have %q", err, want)
		}
	}
}
