package recommend

import (
	"fmt"
	"math"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
	"prunelab/model/nn"
	"prunelab/model/prune"
)

// point is a mean loss with the half-width of its interval.
func point(sparsity, loss, half float64) curve.Point {
	return curve.Point{Sparsity: sparsity, Loss: stats.Estimate{Value: loss, Lo: loss - half, Hi: loss + half, Level: curve.Level, N: 5}}
}

// What cannot be told from no loss does not make a layer free: it is bridged by
// what can, in proportion to the compression.
func TestLossesThatCannotBeToldFromNoneAreBridged(t *testing.T) {
	e, ok := newEnvelope(curve.Curve{Points: []curve.Point{
		point(0.5, 0.002, 0.003), point(0.8, -0.001, 0.002), point(0.9, 0.018, 0.004), point(0.95, 0.010, 0.004),
	}})
	if !ok {
		t.Fatal("no envelope")
	}
	for _, c := range []struct{ sparsity, want float64 }{
		{0, 0}, {0.5, 0.002}, {0.8, 0.008}, {0.9, 0.018}, {0.95, 0.018}, // 0.9: 9 more than a compression of 1 cost 0.018
	} {
		got, ok := e.At(c.sparsity)
		if !ok || math.Abs(got-c.want) > 1e-12 {
			t.Errorf("at %v: %v, want %v", c.sparsity, got, c.want)
		}
		if back, _ := e.Within(got); c.sparsity < 0.9 && math.Abs(back-c.sparsity) > 1e-12 {
			t.Errorf("within %v: %v, want %v", got, back, c.sparsity)
		}
	}
	if e.N != 5 {
		t.Errorf("%d seeds, want 5", e.N)
	}
}

// A layer that never visibly lost anything may lose as much as its last interval allows.
func TestALayerThatNeverLostCountsWithItsUpperBound(t *testing.T) {
	e, _ := newEnvelope(curve.Curve{Points: []curve.Point{point(0.5, 0, 0.001), point(0.9, 0.001, 0.003)}})
	if got, _ := e.At(0.9); math.Abs(got-0.004) > 1e-12 {
		t.Errorf("%v at the end, want the upper end of its interval, 0.004", got)
	}
	if got, _ := e.At(0.5); math.Abs(got-0.004/9) > 1e-12 {
		t.Errorf("%v at a compression of 2, want a ninth of 0.004", got)
	}
	if _, ok := e.At(0.91); ok {
		t.Error("an answer beyond what was measured")
	}
}

// world is a study whose two layers lose c·(compression − 1) alone and join with
// an exponent.
func world(q float64, joint bool) (*group.Study, []curve.Curve) {
	const slope = 0.0002
	loss := func(r float64) float64 { return slope * (compression(r) - 1) }
	plan := trial.Plan{Split: trial.Validation, Arms: []string{"A"}, Layers: []string{"fc1", "fc2"}, Kinds: []string{"dense", "dense"}}
	var outcomes []trial.Outcome
	var curves []curve.Curve
	targets := [][]string{{"fc1"}, {"fc2"}}
	if joint {
		targets = append(targets, plan.Layers)
	}
	for _, target := range targets {
		c := curve.Curve{Arm: "A", Target: fmt.Sprint(target), Method: Method, Parameter: "ratio", Stage: curve.Retrained, Layers: target}
		for _, r := range []float64{0.5, 0.8, 0.9, 0.95} {
			spec := trial.Spec{Schema: trial.Schema, Seed: 1, Levels: []trial.Level{{Prune: prune.Config{Layers: target, Rule: prune.ByRatio, Amounts: []float64{r}}}}}
			o := trial.Outcome{Key: spec.Key(), Spec: spec, Status: trial.Done}
			for _, name := range plan.Layers {
				l := trial.LayerResult{Name: name, Kind: nn.KindDense, Size: 1000, DenseMACs: 1000}
				for _, t := range target {
					if t == name {
						l.Removed = int(math.Round(1000 * r))
					}
				}
				o.Result.Layers = append(o.Result.Layers, l)
			}
			outcomes = append(outcomes, o)
			plan.Trials = append(plan.Trials, spec)
			plan.Cells = append(plan.Cells, trial.Cell{Arm: "A", Target: c.Target, Method: Method, Parameter: "ratio", Requested: r, Round: 1, Role: trial.Point, Seed: 1, Key: o.Key})
			p := point(r, math.Pow(float64(len(target))*math.Pow(loss(r), 1/q), q), 0)
			p.Seeds = []curve.Sample{{Seed: 1, Key: o.Key}}
			c.Points = append(c.Points, p)
		}
		curves = append(curves, c)
	}
	g, err := group.New(plan, outcomes)
	if err != nil {
		panic(err)
	}
	return g, curves
}

// The exponent is found from what the study pruned together, and what is
// recommended then loses the budget: not more, and hardly less.
func TestExponentIsFittedToWhatWasPrunedTogether(t *testing.T) {
	for _, q := range []float64{1, 1.5, 2, 3} {
		g, curves := world(q, true)
		r, err := New(g, curves, Config{Arm: "A", Budget: 0.002, Objective: Weights})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(r.Joint.Exponent-q) > 0.011 || r.Joint.Points == 0 {
			t.Errorf("fitted %v to %d points, planted %v", r.Joint.Exponent, r.Joint.Points, q)
		}
		if p := r.Predicted(); p > 0.002 || p < 0.0019 {
			t.Errorf("q = %v: the prediction is %v of a budget of 0.002", q, p)
		}
	}
	g, curves := world(1, false)
	r, err := New(g, curves, Config{Arm: "A", Budget: 0.002, Objective: Weights})
	if err != nil {
		t.Fatal(err)
	}
	if r.Joint != (Joint{Exponent: assumed}) {
		t.Errorf("%+v without joint prunings, want the assumed exponent", r.Joint)
	}
}
