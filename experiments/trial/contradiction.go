package trial

import (
	"fmt"
	"math/bits"

	"prunelab/model/train"
)

// Contradiction says where an outcome cannot be what a trial measured, whatever that
// was: a count that another one of the same outcome rules out. nil: nowhere. What it
// looks at takes no time beside reading the outcome; that the numbers are those of the
// trial, only running it again shows.
func (o Outcome) Contradiction() error {
	r, images := o.Result, 0
	for _, e := range []struct {
		name string
		*train.Evaluation
	}{{"start", r.Start}, {"pruned", r.Pruned}, {"retrained", r.Retrained}} {
		if e.Evaluation == nil {
			continue
		}
		if err := scored(*e.Evaluation); err != nil {
			return fmt.Errorf("result.%s: %w", e.name, err)
		}
		if images > 0 && e.N != images {
			return fmt.Errorf("result.%s is of %s, and those before it of %d", e.name, Counted(e.N, "image"), images)
		}
		images = e.N
	}
	if s := r.Scored; s != nil && images > 0 && len(s.Labels) != 2*images {
		return fmt.Errorf("result.scored has %d bytes of labels, and %s have 2 each", len(s.Labels), Counted(images, "image"))
	}
	for _, l := range r.Layers {
		if err := l.contradiction(); err != nil {
			return fmt.Errorf("result.layers, %s: %w", l.Name, err)
		}
	}
	return nil
}

// scored compares the counts of an evaluation.
func scored(e train.Evaluation) error {
	if e.Correct < 0 || e.Correct > e.N {
		return fmt.Errorf("%d of %s are correct", e.Correct, Counted(e.N, "image"))
	}
	if t := e.Top; t != nil && (t.Correct < e.Correct || t.Correct > e.N) {
		return fmt.Errorf("%d of %s have the right class among the first %d answers, and %d as the first", t.Correct, Counted(e.N, "image"), t.K, e.Correct)
	}
	if e.Bits == nil {
		return nil
	}
	if len(e.Bits) != (e.N+7)/8 {
		return fmt.Errorf("it has %d bytes of bits for %s", len(e.Bits), Counted(e.N, "image"))
	}
	set := 0
	for _, b := range e.Bits {
		set += bits.OnesCount8(b)
	}
	if set != e.Correct {
		return fmt.Errorf("%d are correct, and its bits are those of %d", e.Correct, set)
	}
	if past := e.N % 8; past > 0 && e.Bits[len(e.Bits)-1]>>past != 0 {
		return fmt.Errorf("it has bits of images beyond the last of %d", e.N)
	}
	return nil
}

// contradiction compares the counts of a layer.
func (l LayerResult) contradiction() error {
	left := l.Size - l.Removed
	switch {
	case l.Removed < 0 || left < 0:
		return fmt.Errorf("%d of %s are removed", l.Removed, Counted(l.Size, "weight"))
	case l.Requested < 0 || l.Requested > l.Size:
		return fmt.Errorf("%d of %s were to be removed", l.Requested, Counted(l.Size, "weight"))
	case l.Zeros < 0 || l.Zeros > left:
		return fmt.Errorf("%d of the %s that are left are zero", l.Zeros, Counted(left, "weight"))
	case l.MACs < 0 || l.MACs > l.DenseMACs:
		return fmt.Errorf("%d multiply-adds are left of %d", l.MACs, l.DenseMACs)
	case l.DeadLeft != nil && (*l.DeadLeft < 0 || *l.DeadLeft > left):
		return fmt.Errorf("%d of the %s that are left are those of dead units", *l.DeadLeft, Counted(left, "weight"))
	case l.After != nil && l.After.sum() != left:
		return fmt.Errorf("%s are left, and the histogram after counts %d", Counted(left, "weight"), l.After.sum())
	case l.Before != nil && l.Before.sum() > l.Size:
		return fmt.Errorf("it has %s, and the histogram before counts %d", Counted(l.Size, "weight"), l.Before.sum())
	}
	return nil
}

func (h Histogram) sum() int {
	n := 0
	for _, c := range h.Counts {
		n += c
	}
	return n
}
