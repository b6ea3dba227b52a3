package regularizer_test

import (
	"math"
	"testing"

	"prunelab/model/regularizer"
)

func TestLoss(t *testing.T) {
	w := []float32{3, -4, 0}
	if got := (regularizer.Config{L1: 0.5, L2: 2}).Loss(w); got != 0.5*7+25 {
		t.Errorf("loss %v, want 28.5", got)
	}
}

// The pull along w is w . gradient of the penalty: L2*sum w^2 and L1*sum |w|.
func TestEqualPull(t *testing.T) {
	w := []float32{3, -4, 0}
	l1 := regularizer.EqualPull(0.1, w)
	if pull := l1 * 7; math.Abs(pull-0.1*25) > 1e-12 {
		t.Errorf("L1 of %v pulls with %v, want %v", l1, pull, 0.1*25)
	}
	if regularizer.EqualPull(0.1, make([]float32, 3)) != 0 {
		t.Error("zero weights pull")
	}
}

func TestStrengthsOutsideTheirRangeAreRefused(t *testing.T) {
	for _, c := range []regularizer.Config{{L1: -1}, {L2: math.NaN()}, {L2: math.Inf(1)}, {Proximal: true}} {
		if c.Validate() == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}
