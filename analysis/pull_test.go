package analysis

import (
	"strings"
	"testing"

	"prunelab/analysis/internal/fixtures"
	"prunelab/experiments/trial"
	"prunelab/model/regularizer"
)

// Two layers of weights. NumPy 1.24.2, w = [array([.5, -.25, 1, 0, -.75]),
// array([.125, -2, .25])]: np.linalg.norm(x), np.abs(x).sum() of each, and
// 5e-4 Σw²/Σ|w| and 5e-5 Σ|w|/Σw² of all.
func TestEqualPullAgreesWithNumPy(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2", "L1"}, Seeds: []uint64{1, 2}, Correct: func(fixtures.At) int { return 900 }})
	for i := range outs {
		r := &outs[i].Result
		r.Layers[0].NormEnd, r.Layers[0].L1End = 1.3693063937629153, 2.5
		r.Layers[1].NormEnd, r.Layers[1].L1End = 2.019436802675439, 2.375
		r.Layers[2].NormEnd, r.Layers[2].L1End = 0, 0
	}
	a := analyze(t, p, outs)
	l1 := cell(t, a, "equal-pull", "equal pull", "L2")
	l2 := cell(t, a, "equal-pull", "equal pull", "L1")
	near(t, "the L1 that pulls as L2 5e-4", l1.Value, 0.0006105769230769231)
	near(t, "the L2 that pulls as L1 5e-5, times 1000", scaled(l2.Value, 1000), 0.040944881889763784)
	if l1.Text != "L1 0.000611" || l2.Text != "L2 4.09e-5" {
		t.Errorf("they read %q and %q", l1.Text, l2.Text)
	}
	near(t, "Σw²", cell(t, a, "equal-pull", "sum of w²", "L2").Value, 5.953125)
	// There and back: the counterpart's counterpart is the strength itself.
	near(t, "λ1 Σ|w| / Σw²", scaled(l1.Value, 4.875/5.953125), 5e-4)
}

func scaled(v *float64, by float64) *float64 {
	if v == nil {
		return nil
	}
	x := *v * by
	return &x
}

// A network of which no norm was kept, and a mixture of penalties, pull like
// nothing.
func TestEqualPullNeedsNormsAndOnePenalty(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2", "L1"}, Seeds: []uint64{1}, Correct: func(fixtures.At) int { return 900 }})
	for i := range outs {
		for j := range outs[i].Result.Layers {
			outs[i].Result.Layers[j].NormEnd, outs[i].Result.Layers[j].L1End = 1, 0
		}
	}
	if tab, ok := analyze(t, p, outs).Table("equal-pull"); ok {
		t.Errorf("without norms there are %d rows", len(tab.Rows))
	}
	if f, v := pure(regularizer.Config{L1: 1, L2: 1}); f != "" || v != 0 {
		t.Errorf("a mixture is %s %v", f, v)
	}
}

func TestPilotSeedsThatServeAgainAreSaid(t *testing.T) {
	p := trial.Plan{Pilot: &trial.Pilot{Study: "pilot", Seeds: []uint64{101, 102}}, Trials: []trial.Spec{{Seed: 1}, {Seed: 2}}}
	if got := pilotWords(p); !strings.Contains(got, "101, 102, none of which serves here") {
		t.Error(got)
	}
	p.Trials = append(p.Trials, trial.Spec{Seed: 102})
	if got := pilotWords(p); !strings.Contains(got, "of these, 102 serve here too") || strings.Contains(got, "none of which") {
		t.Error(got)
	}
}
