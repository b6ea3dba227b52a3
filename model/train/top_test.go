package train

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
)

// Of each sample the first answers are the classes by falling logit, of equal ones the
// first; the first of them is what Correct counts.
func TestTopAnswers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const classes, n = 7, 60
	logits := kernel.Mat{Rows: classes, Cols: n, Stride: n, Data: make([]float32, classes*n)}
	for i := range logits.Data {
		logits.Data[i] = float32(r.IntN(4)) // many are equal
	}
	labels := make([]uint16, n)
	for j := range labels {
		labels[j] = uint16(r.IntN(classes))
	}
	for k := 1; k < classes; k++ {
		want := 0
		for j, label := range labels {
			order := []int{0, 1, 2, 3, 4, 5, 6}
			slices.SortStableFunc(order, func(a, b int) int {
				return int(logits.Data[b*n+j]) - int(logits.Data[a*n+j])
			})
			if slices.Contains(order[:k], int(label)) {
				want++
			}
		}
		counted := newTally(n, k)
		counted.add(0, logits, labels)
		if got := counted.s.Top.Correct; got != want || k == 1 && got != counted.s.Correct {
			t.Errorf("among the first %d: %d, want %d; first answers %d", k, got, want, counted.s.Correct)
		}
	}
	alone := newTally(n, 0)
	alone.add(0, logits, labels)
	if alone.s.Top != nil {
		t.Error("nobody asked for more than the first answer")
	}
	logits.Data[0] = float32(math.NaN())
	broken := newTally(n, 5)
	broken.add(0, kernel.Mat{Rows: classes, Cols: 1, Stride: n, Data: logits.Data}, labels[:1])
	if broken.s.Top.Correct != 0 {
		t.Error("a sample without a loss counts")
	}
	for _, c := range []struct{ asked, classes, want int }{{0, 10, 0}, {0, 19, 0}, {0, 20, 5}, {3, 10, 3}, {3, 1000, 3}} {
		if got := TopOf(c.asked, c.classes); got != c.want {
			t.Errorf("asked for %d of %d classes: %d, want %d", c.asked, c.classes, got, c.want)
		}
	}
}

// Answers are counted by label, and the diagonal is what Evaluate counts.
func TestAnswersAreCounted(t *testing.T) {
	set := &dataset.Set{Shape: dataset.Shape{C: 1, H: 2, W: 2}, Classes: 3}
	r := rand.New(rand.NewPCG(2, 2))
	for i := range 200 {
		set.Labels = append(set.Labels, uint16(i%3))
		for range 4 {
			set.Images = append(set.Images, uint8(r.IntN(256)))
		}
	}
	d := &dataset.Splits{Valid: set, Scale: []float32{1. / 255}, Shift: []float32{-0.5}}
	net, err := nn.Build(nn.Config{Input: set.Shape, Init: nn.InitHe, Layers: []nn.LayerConfig{{Kind: nn.KindDense, Name: "fc", Units: 3}}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	counts, err := Answers(context.Background(), net, set, d)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Evaluate(context.Background(), net, set, d)
	if err != nil {
		t.Fatal(err)
	}
	right, all := 0, 0
	for label, answers := range counts {
		right += answers[label]
		for _, n := range answers {
			all += n
		}
	}
	if all != 200 || right != e.Correct || right == 0 || right == all {
		t.Errorf("%v, %d of %d right", counts, e.Correct, e.N)
	}
}
