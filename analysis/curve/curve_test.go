package curve

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"prunelab/analysis/group"
	"prunelab/analysis/internal/fixtures"
	"prunelab/experiments/trial"
)

// correct: seeds 1, 2, 3 have 980, 970, 990 of 1000 right when dense. Pruning
// half costs 10 images, nine tenths 100 and the seed. Retraining gains 5; half
// of the weights are then worth 2 images, nine tenths 20 and twice the seed.
func correct(a fixtures.At) int {
	dense := []int{0, 980, 970, 990}[a.Seed]
	seed := int(a.Seed)
	switch {
	case a.Stage == "dense":
		return dense
	case a.Stage == "pruned" && a.Ratio == 0.5:
		return dense - 10
	case a.Stage == "pruned":
		return dense - 100 - seed
	case a.Ratio == 0:
		return dense + 5
	case a.Ratio == 0.5:
		return dense + 5 - 2
	}
	return dense + 5 - 20 - 2*seed
}

func study(sweeps ...fixtures.Sweep) (trial.Plan, []trial.Outcome) {
	return fixtures.Build(fixtures.Config{Arms: []string{"L2", "L1"}, Seeds: []uint64{1, 2, 3}, Sweeps: sweeps, Correct: correct})
}

func build(t interface {
	Helper()
	Fatal(...any)
}, p trial.Plan, outs []trial.Outcome) []Curve {
	t.Helper()
	g, err := group.New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	curves, err := FromGroups(g)
	if err != nil {
		t.Fatal(err)
	}
	return curves
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 1e-9 {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func TestLossIsPairedWithTheRightControl(t *testing.T) {
	p, outs := study(fixtures.All(true, 0.5, 0.9))
	curves := build(t, p, outs)
	if len(curves) != 4 {
		t.Fatalf("%d curves, want 2 arms x 2 stages", len(curves))
	}
	pruned, retrained := curves[0], curves[1]
	if pruned.Arm != "L2" || pruned.Stage != Pruned || retrained.Stage != Retrained || curves[2].Arm != "L1" {
		t.Fatalf("order of the curves: %v %v %v", pruned.Arm, pruned.Stage, curves[2].Arm)
	}
	near(t, "baseline", pruned.Baseline.Value, 0.98)
	near(t, "control", retrained.Control.Value, 0.985)
	for _, c := range []struct {
		curve    Curve
		i        int
		accuracy float64
		losses   []float64
	}{
		{pruned, 0, 0.98, []float64{0, 0, 0}},
		{pruned, 1, 0.97, []float64{.01, .01, .01}},
		{pruned, 2, 0.878, []float64{.101, .102, .103}},
		{retrained, 0, 0.985, []float64{0, 0, 0}},
		{retrained, 1, 0.983, []float64{.002, .002, .002}},
		{retrained, 2, 0.961, []float64{.022, .024, .026}},
	} {
		p := c.curve.Points[c.i]
		near(t, "sparsity", p.Sparsity, []float64{0, .5, .9}[c.i])
		near(t, "whole", p.Whole, p.Sparsity)
		near(t, "kept", p.Kept, []float64{1000, 500, 100}[c.i])
		near(t, "multiply-adds", p.MACs, []float64{1300, 650, 130}[c.i])
		near(t, "accuracy", p.Accuracy.Value, c.accuracy)
		for i, s := range p.Seeds {
			if !s.HasLoss || s.Seed != uint64(i+1) {
				t.Errorf("seed %d: %+v", i+1, s)
			}
			near(t, "seed's loss", s.Loss, c.losses[i])
		}
		if p.Loss.N != 3 || p.Accuracy.N != 3 {
			t.Errorf("n = %d and %d, want 3", p.Loss.N, p.Accuracy.N)
		}
	}
	// t(2) = 4.30265, sd = 0.001: 4.30265 * 0.001 / sqrt(3). The accuracies
	// scatter by 0.01, which pairing removes.
	e := pruned.Points[2].Loss
	near(t, "half width", math.Round((e.Hi-e.Value)*1e8)/1e8, 0.00248414)
	if pruned.Warnings != nil || retrained.Warnings != nil {
		t.Errorf("warnings %q %q", pruned.Warnings, retrained.Warnings)
	}
}

// Each round of iterative pruning has the control with as many retrainings.
func TestIterativeRoundsHaveTheirOwnControls(t *testing.T) {
	w := fixtures.All(true, 0.5, 0.9)
	w.Iterative = true
	p, outs := study(w)
	gain := map[int]int{1: 5, 2: 10} // of the control after so many retrainings
	for i := range outs {
		n := len(outs[i].Spec.Levels)
		if n > 0 && outs[i].Spec.Levels[n-1].Prune.Empty() {
			outs[i].Result.Retrained.Correct += gain[n] - 5
		}
	}
	c := build(t, p, outs)[1]
	if c.Stage != Retrained || len(c.Points) != 3 {
		t.Fatalf("%+v", c)
	}
	near(t, "control of the last round", c.Control.Value, .99)
	near(t, "the point at 0", c.Points[0].Accuracy.Value, .99)
	near(t, "loss of round 1", c.Points[1].Loss.Value, .002)
	near(t, "loss of round 2", c.Points[2].Loss.Value, .024+.005)
	near(t, "the unpruned network loses nothing", c.Points[0].Loss.Value, 0)
	if c.Points[1].Round != 1 || c.Points[2].Round != 2 {
		t.Error("rounds are lost")
	}
	before := build(t, p, outs)[0]
	near(t, "before retraining the point at 0 is the dense network", before.Points[0].Accuracy.Value, .98)
}

func TestWithoutControlThereIsNoLoss(t *testing.T) {
	p, outs := study(fixtures.All(true, 0.5))
	unpruned := func(s trial.Spec) bool { return len(s.Levels) > 0 && s.Levels[0].Prune.Empty() }
	gone := slices.DeleteFunc(slices.Clone(outs), func(o trial.Outcome) bool { return unpruned(o.Spec) && o.Spec.Seed == 2 })
	c := build(t, p, gone)[1]
	if got := c.Points[1]; got.Accuracy.N != 3 || got.Loss.N != 2 || got.Seeds[1].HasLoss || got.Seeds[1].Loss != 0 {
		t.Errorf("a seed without control: %+v", got)
	}
	if got := c.Points[0]; len(got.Missing) != 1 || got.Missing[0].Reason != string(group.NotRun) {
		t.Errorf("the control's own point: %+v", got.Missing)
	}
	p.Trials = slices.DeleteFunc(slices.Clone(p.Trials), unpruned)
	p.Cells = slices.DeleteFunc(slices.Clone(p.Cells), func(c trial.Cell) bool { return c.Role == trial.Control })
	c = build(t, p, outs)[1]
	if got := c.Points[0]; got.Loss.N != 0 || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "no unpruned control") {
		t.Errorf("a plan without control: loss of n = %d, warnings %q", got.Loss.N, c.Warnings)
	}
}

func TestScanAndRetrainedSweepOfATargetAreOneCurve(t *testing.T) {
	p, outs := study(fixtures.One("fc1", false, 0.5, 0.9), fixtures.One("fc1", true, 0.9))
	curves := build(t, p, outs)
	if len(curves) != 4 {
		t.Fatalf("%d curves, want 4", len(curves))
	}
	if n := len(curves[0].Points); n != 3 {
		t.Errorf("%d points before retraining, want 0, 0.5 and 0.9", n)
	}
	if got := curves[0].Points[2].Accuracy.N; got != 3 {
		t.Errorf("n = %d at 0.9: networks pruned alike count once", got)
	}
	if n := len(curves[1].Points); n != 2 {
		t.Errorf("%d points after retraining, want 0 and 0.9", n)
	}
	if !slices.Equal(curves[0].Layers, []string{"fc1"}) || curves[0].Points[2].Size != 800 {
		t.Errorf("layers %v, size %d", curves[0].Layers, curves[0].Points[2].Size)
	}
	near(t, "whole", curves[0].Points[2].Whole, 0.72)
	for i := range outs {
		if n := outs[i].Spec.Levels; len(n) == 1 && n[0].Retrain != nil && !n[0].Prune.Empty() {
			outs[i].Result.Pruned.Correct--
		}
	}
	if w := build(t, p, outs)[0].Warnings; len(w) != 1 {
		t.Errorf("two scores of one pruned network: warnings %q", w)
	}
}

func TestArmsThatShareANetworkSaySo(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L1", "L1→L2"}, Seeds: []uint64{1}, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5)}, Correct: correct})
	c := build(t, p, outs)
	a, b := c[0].Points[1].Seeds[0], c[2].Points[1].Seeds[0]
	if a.Network != b.Network || a.Key == b.Key {
		t.Errorf("L1 and L1→L2 differ in their retraining only: %+v %+v", a, b)
	}
}

func TestDivergedTrialsKeepWhatCameBefore(t *testing.T) {
	p, outs := study(fixtures.All(true, 0.5))
	for i := range outs {
		if l := outs[i].Spec.Levels; len(l) > 0 && !l[0].Prune.Empty() {
			outs[i].Status = trial.Diverged
			outs[i].Result.Retrained, outs[i].Result.Layers = nil, nil
		}
	}
	c := build(t, p, outs)
	got := c[0].Points[1]
	if got.Accuracy.N != 3 || !got.Placed {
		t.Errorf("scores from before the divergence: %+v", got)
	}
	near(t, "sparsity as requested", got.Sparsity, 0.5)
	got = c[1].Points[1]
	if got.Accuracy.N != 0 || len(got.Missing) != 3 || got.Missing[0].Reason != string(group.Diverged) {
		t.Errorf("after the divergence: %+v", got)
	}
	for i := range outs {
		if outs[i].Status == trial.Diverged {
			outs[i].Status = trial.Failed
		}
	}
	if got := build(t, p, outs)[0].Points[1]; got.Accuracy.N != 0 {
		t.Error("a trial that failed is believed")
	}
}

// Whatever is missing, no number is made up for it.
func TestMissingIsNeverZero(t *testing.T) {
	p, outs := study(fixtures.All(true, 0.5, 0.9), fixtures.One("conv1", false, 0.5, 0.9))
	full := build(t, p, outs)
	rapid.Check(t, func(rt *rapid.T) {
		kept := make([]trial.Outcome, 0, len(outs))
		for _, o := range outs {
			switch rapid.IntRange(0, 3).Draw(rt, "fate") {
			case 0:
			case 1:
				o.Status = trial.Failed
				kept = append(kept, o)
			default:
				kept = append(kept, o)
			}
		}
		for i, c := range build(rt, p, kept) {
			for j, point := range c.Points {
				want := full[i].Points[j]
				if len(point.Seeds)+len(point.Missing) != 3 {
					rt.Fatalf("%d seeds and %d missing of 3", len(point.Seeds), len(point.Missing))
				}
				if len(point.Seeds) != point.Accuracy.N {
					rt.Fatalf("n = %d of %d seeds", point.Accuracy.N, len(point.Seeds))
				}
				if point.Placed && len(point.Seeds) > 0 && math.Abs(point.Sparsity-want.Sparsity) > 1e-12 {
					rt.Fatalf("sparsity %v, want %v", point.Sparsity, want.Sparsity)
				}
				for _, s := range point.Seeds {
					k := slices.IndexFunc(want.Seeds, func(o Sample) bool { return o.Seed == s.Seed })
					if s.Accuracy != want.Seeds[k].Accuracy || s.HasLoss && s.Loss != want.Seeds[k].Loss {
						rt.Fatalf("%+v, with everything there %+v", s, want.Seeds[k])
					}
				}
			}
		}
	})
}

func TestCurvesDoNotDependOnOrder(t *testing.T) {
	p, outs := study(fixtures.All(true, 0.5, 0.9), fixtures.One("fc1", false, 0.5))
	want := build(t, p, outs)
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		q := p
		q.Cells = slices.Clone(p.Cells)
		shuffled := slices.Clone(outs)
		r.Shuffle(len(q.Cells), func(i, j int) { q.Cells[i], q.Cells[j] = q.Cells[j], q.Cells[i] })
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got := build(t, q, shuffled); !reflect.DeepEqual(got, want) {
			t.Fatal("another order of the input gave other curves")
		}
	}
}
