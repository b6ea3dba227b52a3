package train

import (
	"context"
	"fmt"
	"math"

	"prunelab/model/dataset"
	"prunelab/model/elementary"
	"prunelab/model/kernel"
	"prunelab/model/nn"
)

// evaluationBatch is the number of samples that are evaluated at a time. A
// sample's logits do not depend on it.
const evaluationBatch = 128

// Evaluate measures the network on all images of the set, without dropout. Of many
// classes the first five answers count, too.
func Evaluate(ctx context.Context, net *nn.Network, set *dataset.Set, d *dataset.Splits) (Evaluation, error) {
	return EvaluateTop(ctx, net, set, d, TopOf(0, set.Classes))
}

// EvaluateTop is Evaluate where the first so many answers count beside the first one;
// 0: that alone.
func EvaluateTop(ctx context.Context, net *nn.Network, set *dataset.Set, d *dataset.Splits, top int) (Evaluation, error) {
	return evaluate(ctx, net, set, d, nn.Mode{}, top)
}

// EvaluateCounting is EvaluateTop; as a by-product the layers count their inputs
// that are not zero, see nn.Affine's Activity. That takes longer than the
// evaluation of a sparse network.
func EvaluateCounting(ctx context.Context, net *nn.Network, set *dataset.Set, d *dataset.Splits, top int) (Evaluation, error) {
	for _, a := range net.Affines() {
		a.Activity() // begins anew
	}
	return evaluate(ctx, net, set, d, nn.Mode{Count: true}, top)
}

func evaluate(ctx context.Context, net *nn.Network, set *dataset.Set, d *dataset.Splits, m nn.Mode, top int) (Evaluation, error) {
	s := newTally(set.Len(), top)
	err := NewBatches(set, d, evaluationBatch).Each(ctx, func(first int, x kernel.Mat, labels []uint16) {
		s.add(first, net.Forward(x, m), labels)
	})
	if err != nil {
		return Evaluation{}, err
	}
	return s.evaluation()
}

// EvaluateScan measures many prunings of one network on all images of the set,
// each as EvaluateTop does the pruned network by itself, in one pass over the
// images; see nn.Scan. A pruning whose loss is not finite has an error in
// place of its evaluation.
func EvaluateScan(ctx context.Context, net *nn.Network, prunings []map[string]*nn.Mask, set *dataset.Set, d *dataset.Splits, top int) ([]Evaluation, []error, error) {
	scan, err := nn.NewScan(net, prunings)
	if err != nil {
		return nil, nil, err
	}
	tallies := make([]*tally, len(prunings))
	for i := range tallies {
		tallies[i] = newTally(set.Len(), top)
	}
	err = NewBatches(set, d, evaluationBatch).Each(ctx, func(first int, x kernel.Mat, labels []uint16) {
		scan.Forward(x, func(i int, logits kernel.Mat) { tallies[i].add(first, logits, labels) })
	})
	if err != nil {
		return nil, nil, err
	}
	scores, errs := make([]Evaluation, len(prunings)), make([]error, len(prunings))
	for i, t := range tallies {
		scores[i], errs[i] = t.evaluation()
	}
	return scores, errs, nil
}

// Answers counts the network's answers to the images of a set: [label][answer]. What is
// not a number is no answer.
func Answers(ctx context.Context, net *nn.Network, set *dataset.Set, d *dataset.Splits) ([][]int, error) {
	counts := make([][]int, set.Classes)
	err := NewBatches(set, d, evaluationBatch).Each(ctx, func(first int, x kernel.Mat, labels []uint16) {
		logits := net.Forward(x, nn.Mode{})
		for j, label := range labels {
			if counts[label] == nil {
				counts[label] = make([]int, logits.Rows)
			}
			if best, top := answer(logits, j); !math.IsInf(top, -1) {
				counts[label][best]++
			}
		}
	})
	return counts, err
}

// answer is the first of the classes with the largest logit of sample j, and that logit.
func answer(logits kernel.Mat, j int) (best int, top float64) {
	top = math.Inf(-1)
	for c := range logits.Rows {
		if v := float64(logits.Data[c*logits.Stride+j]); v > top {
			best, top = c, v
		}
	}
	return best, top
}

// tally adds up an Evaluation.
type tally struct {
	s    Evaluation
	loss float64
}

// newTally is that of n samples, of which the first so many answers count, too.
func newTally(n, top int) *tally {
	t := &tally{s: Evaluation{N: n, Bits: make([]byte, (n+7)/8)}}
	if top > 0 {
		t.s.Top = &Top{K: top}
	}
	return t
}

// add counts a batch whose first sample has the given number. logits is
// classes x N; the first of equal logits is the network's answer.
func (t *tally) add(first int, logits kernel.Mat, labels []uint16) {
	for j, label := range labels {
		best, top := answer(logits, j)
		var sum float64
		for c := range logits.Rows {
			sum += elementary.Exp(float64(logits.Data[c*logits.Stride+j]) - top)
		}
		loss := elementary.Log(sum) + top - float64(logits.Data[int(label)*logits.Stride+j])
		t.loss += loss
		if best == int(label) && !math.IsNaN(loss) {
			t.s.Correct++
			t.s.Bits[(first+j)/8] |= 1 << ((first + j) % 8)
		}
		if t.s.Top != nil && !math.IsNaN(loss) && before(logits, j, int(label)) < t.s.Top.K {
			t.s.Top.Correct++
		}
	}
}

// before is how many answers a network gives to sample j before a class: those with
// larger logits and, of equal ones, the first.
func before(logits kernel.Mat, j, class int) (n int) {
	own := logits.Data[class*logits.Stride+j]
	for c := range logits.Rows {
		if v := logits.Data[c*logits.Stride+j]; v > own || v == own && c < class {
			n++
		}
	}
	return n
}

func (t *tally) evaluation() (Evaluation, error) {
	s := t.s
	s.Loss = t.loss / float64(s.N)
	if math.IsNaN(s.Loss) || math.IsInf(s.Loss, 0) {
		return Evaluation{}, fmt.Errorf("%w: the loss on %d samples is %v", ErrDiverged, s.N, s.Loss)
	}
	return s, nil
}
