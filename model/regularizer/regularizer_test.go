package regularizer_test

import (
	"math"
	"testing"

	"prunelab/model/regularizer"
)

func TestStrengthsOutsideTheirRangeAreRefused(t *testing.T) {
	for _, c := range []regularizer.Config{{L1: -1}, {L2: math.NaN()}, {L2: math.Inf(1)}, {Proximal: true}} {
		if c.Validate() == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}
