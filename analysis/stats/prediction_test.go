package stats

import (
	"math"
	"testing"
)

// SciPy 1.10: t.ppf(0.95, 10)*(13/12)**0.5 and 2*t.ppf(0.9, 4)*1.2**0.5.
func TestPredictionBound(t *testing.T) {
	for _, c := range []struct {
		sd, level, want float64
		n, parameters   int
	}{{1, 0.95, 1.8864693473546572, 12, 2}, {2, 0.9, 3.3590866456845156, 5, 1}} {
		if got := PredictionBound(c.sd, c.n, c.parameters, c.level); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
