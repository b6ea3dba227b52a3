package report

import (
	"strings"
	"testing"

	"prunelab/analysis/contrast"
	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// beside is arm A beside another, whose losses differ by so many points; level 0: of one seed.
func beside(b string, level float64, loss, half, raw float64) contrast.Contrast {
	of := func(v, half float64) stats.Estimate {
		return stats.Estimate{Value: v, Lo: v - half, Hi: v + half, SD: 0.01, N: 8, Level: level}
	}
	return contrast.Contrast{A: "A", B: b, Series: trial.Series{Target: "conv1", Method: trial.Plain(), Parameter: trial.Ratio, Stage: curve.Retrained},
		Points: []contrast.Difference{{Requested: 0.5, Loss: of(0, 0.01), Accuracy: of(0, 0.01)}, {Requested: 0.9, Loss: of(loss, half), Accuracy: of(raw, 0.01)}}}
}

// Of more pairs than have a sentence each, those that differ are named, and the largest
// difference is said.
func TestManyPairsOfOneAreAnswered(t *testing.T) {
	cs := []contrast.Contrast{
		beside("B", 0.95, -0.03, 0.01, 0.03), beside("C", 0.95, -0.08, 0.02, 0.08), beside("D", 0.95, -0.02, 0.05, 0.02),
		beside("E", 0.95, 0.04, 0.01, 0.001), beside("F", 0.95, 0.01, 0.02, 0), beside("G", 0.95, 0, 0.02, 0), beside("H", 0.95, 0.005, 0.02, 0),
	}
	const want = ", of 7 arms beside it A loses less accuracy than B and C, most than C at ratio 0.9 by 8.00 pp (6.00 to 10.00, n = 8); " +
		"more accuracy than E at ratio 0.9 by 4.00 pp (3.00 to 5.00, n = 8); in raw accuracy that does not show of E, so that it may be the references' doing; " +
		"no clear difference from D, F, G and H. Intervals are of a pair, whatever the number of pairs."
	if got := many(cs, "arms", true); got != want {
		t.Errorf("%q", got)
	}
	for name, c := range map[string]struct {
		cs     []contrast.Contrast
		beside bool
	}{
		"a grid":      {cs, false},
		"another one": {append([]contrast.Contrast{{A: "B", B: "A", Series: cs[0].Series, Points: cs[0].Points}}, cs...), true},
		"one seed":    {append([]contrast.Contrast{beside("I", 0, 0.5, 0, 0.5)}, cs...), true},
	} {
		if got := many(c.cs, "arms", c.beside); !strings.HasSuffix(got, " pairs of arms are compared in the tables.") {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := many(cs[5:], "arms", true); got != ": no difference shows at any amount between A and any of 2 other arms." {
		t.Errorf("%q", got)
	}
}
