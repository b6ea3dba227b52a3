package tuning

import (
	"math"
	"strings"
	"testing"

	"prunelab/analysis/group"
	"prunelab/analysis/internal/fixtures"
	"prunelab/experiments/trial"
	"prunelab/model/regularizer"
)

// Two layers of weights. NumPy 1.24.2, w = [array([.5, -.25, 1, 0, -.75]),
// array([.125, -2, .25])]: np.linalg.norm(x), np.abs(x).sum() of each, and
// 5e-4 Σw²/Σ|w| and 5e-5 Σ|w|/Σw² of all.
func TestEqualShrinkageAgreesWithNumPy(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2", "L1"}, Seeds: []uint64{1, 2}, Correct: func(fixtures.At) int { return 900 }})
	for i := range outs {
		r := &outs[i].Result
		r.Layers[0].NormEnd, r.Layers[0].L1End = 1.3693063937629153, 2.5
		r.Layers[1].NormEnd, r.Layers[1].L1End = 2.019436802675439, 2.375
		r.Layers[2].NormEnd, r.Layers[2].L1End = 0, 0
	}
	all := shrinkages(t, p, outs)
	if len(all) != 2 || all[0].Arm != "L2" || all[0].Other != "L1" || all[1].Other != "L2" {
		t.Fatalf("%+v", all)
	}
	for what, v := range map[string][2]float64{
		"the L1 that shrinks as L2 5e-4": {all[0].OtherStrength, 0.0006105769230769231},
		"the L2 that shrinks as L1 5e-5": {all[1].OtherStrength, 0.000040944881889763784},
		"Σw²":                            {all[0].Squares, 5.953125},
		// There and back: the counterpart's counterpart is the strength itself.
		"λ1 Σ|w| / Σw²": {all[0].OtherStrength * 4.875 / 5.953125, 5e-4},
	} {
		if math.Abs(v[0]-v[1]) > 1e-9*v[1] {
			t.Errorf("%s is %v, want %v", what, v[0], v[1])
		}
	}
	for i, want := range []string{"L1 0.000611", "L2 4.09e-5"} {
		if got := ShrinkageTable(all).Rows[i][5].Text; got != want {
			t.Errorf("row %d reads %q, want %q", i, got, want)
		}
	}
}

func shrinkages(t *testing.T, p trial.Plan, outs []trial.Outcome) []Shrinkage {
	t.Helper()
	g, err := group.New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	return Shrinkages(g)
}

// A network of which no norm was kept, and a mixture of penalties, have no
// counterpart.
func TestEqualShrinkageNeedsNormsAndOnePenalty(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2", "L1"}, Seeds: []uint64{1}, Correct: func(fixtures.At) int { return 900 }})
	for i := range outs {
		for j := range outs[i].Result.Layers {
			outs[i].Result.Layers[j].NormEnd, outs[i].Result.Layers[j].L1End = 1, 0
		}
	}
	if all := shrinkages(t, p, outs); len(all) > 0 {
		t.Errorf("without norms there is %+v", all)
	}
	if f, v := pure(regularizer.Config{L1: 1, L2: 1}); f != "" || v != 0 {
		t.Errorf("a mixture is %s %v", f, v)
	}
}

func TestPilotSeedsThatServeAgainAreSaid(t *testing.T) {
	p := trial.Plan{Pilot: &trial.Pilot{Study: "pilot", Seeds: []uint64{101, 102}}, Trials: []trial.Spec{{Seed: 1}, {Seed: 2}}}
	if got := pilotWords(p); !strings.Contains(got, "101, 102, none of which is used here") {
		t.Error(got)
	}
	p.Trials = append(p.Trials, trial.Spec{Seed: 102})
	if got := pilotWords(p); !strings.Contains(got, "of these, 102 are used here too") || strings.Contains(got, "none of which") {
		t.Error(got)
	}
}
