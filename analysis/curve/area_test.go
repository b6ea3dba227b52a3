package curve

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"prunelab/analysis/internal/fixtures"
	"prunelab/analysis/stats"
)

func TestAreaByHand(t *testing.T) {
	// logit .5 = 0, logit .9 = ln 9. Loss 0 at .5 and 1 at .9 has mean 1/2.
	a, err := Area([]float64{.5, .9}, []float64{0, 1}, .5, .9, 0)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "straight line", a, .5)
	// logit .75 = ln 3 is half way: (0+2)/2*1/2 + (2+1)/2*1/2 = 1.25.
	a, _ = Area([]float64{0, .5, .75, .9, 1}, []float64{9, 0, 2, 1, 9}, .5, .9, 0)
	near(t, "two pieces, 0 and 1 left out", a, 1.25)
	// The range decides: from .75 on it is 1.5.
	a, _ = Area([]float64{.5, .75, .9}, []float64{0, 2, 1}, .75, .9, 0)
	near(t, "upper half", a, 1.5)
	// Interpolated inside, in logit: at ln(3)/2 above .5 the loss is 1.
	s := 1 / (1 + math.Exp(-math.Log(3)/2))
	a, _ = Area([]float64{.5, .75}, []float64{0, 2}, s, .75, 0)
	near(t, "interpolated end", a, 1.5)
	for _, bad := range [][]float64{{.6, .9}, {.5, .8}, {0, 1}, {}} {
		if _, err := Area(bad, make([]float64, len(bad)), .5, .9, 0); err == nil {
			t.Errorf("points %v reach from .5 to .9?", bad)
		}
	}
	if _, err := Area([]float64{.5, .9}, []float64{0, math.NaN()}, .5, .9, 0); err == nil {
		t.Error("NaN is accepted")
	}
	if _, err := Area([]float64{.504, .9}, []float64{1, 1}, .5, .9, .005); err != nil {
		t.Errorf("a ratio met to within half a weight: %v", err)
	}
}

func TestAreaIsAMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := []float64{.3, .5, .62, .8, .9, .97}
		loss := rapid.SliceOfN(rapid.Float64Range(-1, 1), len(s), len(s)).Draw(t, "loss")
		a, err := Area(s, loss, .5, .95, 0)
		if err != nil {
			t.Fatal(err)
		}
		lo, hi := loss[0], loss[0]
		for _, v := range loss {
			lo, hi = min(lo, v), max(hi, v)
		}
		if a < lo-1e-12 || a > hi+1e-12 {
			t.Fatalf("mean %v outside [%v, %v]", a, lo, hi)
		}
		for i := range loss {
			loss[i] += 1
		}
		if b, _ := Area(s, loss, .5, .95, 0); math.Abs(b-a-1) > 1e-9 {
			t.Fatalf("a shift by 1 moves the mean by %v", b-a)
		}
	})
}

func TestAreasBySeed(t *testing.T) {
	p, outs := study(fixtures.All(true, 0.5, 0.9))
	c := build(t, p, outs)[0]
	values, missing := c.Areas(.5, .9)
	if len(values) != 3 || len(missing) != 0 {
		t.Fatalf("%v %v", values, missing)
	}
	near(t, "seed 2", values[1].Value, (.01+.102)/2)
	// Seed 1 loses its point at 0.9, seed 3 its dense network.
	for i := range outs {
		s := outs[i].Spec
		if s.Seed == 1 && len(s.Levels) == 1 && len(s.Levels[0].Prune.Amounts) > 0 && s.Levels[0].Prune.Amounts[0] == .9 || s.Seed == 3 && len(s.Levels) == 0 {
			outs[i].Status = "failed"
		}
	}
	values, missing = build(t, p, outs)[0].Areas(.5, .9)
	if len(values) != 1 || values[0].Seed != 2 || len(missing) != 2 {
		t.Errorf("%v %v", values, missing)
	}
	if values, missing = c.Areas(.5, .95); len(values) != 0 || len(missing) != 3 {
		t.Errorf("beyond what was measured: %v %v", values, missing)
	}
}

// lossCurve is a curve with the given mean losses and intervals of ±half.
func lossCurve(half float64, at ...float64) Curve {
	var c Curve
	for i := 0; i < len(at); i += 2 {
		v := at[i+1]
		c.Points = append(c.Points, Point{Sparsity: at[i], Requested: at[i], Placed: true,
			Loss: stats.Estimate{Value: v, Lo: v - half, Hi: v + half, Level: .95, N: 3}})
	}
	return c
}

// A lucky point beyond a broken one, at 0.5, does not count.
func TestBudgetIsMonotoneSafe(t *testing.T) {
	x, ok := lossCurve(0, .1, .02, .3, .30, .5, .04, .7, .5).Within(.05)
	if !ok || x.Open {
		t.Fatalf("%+v", x)
	}
	near(t, "largest sparsity", x.Sparsity, .1+.2*(.05-.02)/(.30-.02))
}

// Between points the envelope is interpolated, not the curve.
func TestBudgetIsReadOnTheEnvelope(t *testing.T) {
	x, _ := lossCurve(0, .1, .04, .3, .01, .5, .1).Within(.05)
	near(t, "largest sparsity", x.Sparsity, .3+.2*(.05-.04)/(.1-.04))
}

// A curve that is over the budget where it begins says nothing of what lies below:
// no line is drawn from no loss at no pruning.
func TestBudgetBeforeTheFirstPointIsABound(t *testing.T) {
	x, ok := lossCurve(.01, .8, .1, .9, .5).Within(.05)
	if !ok || !x.Under || !x.LoUnder || !x.HiUnder || x.Open || x.Sparsity != .8 {
		t.Errorf("over the budget from the first point on: %+v", x)
	}
	// The mean crosses between points, the upper end of the interval before them.
	x, _ = lossCurve(.03, .8, .03, .9, .09).Within(.05)
	if x.Under || !x.LoUnder || x.HiUnder || x.Lo != .8 {
		t.Errorf("the interval begins before the first point: %+v", x)
	}
	near(t, "largest sparsity", x.Sparsity, .8+.1*.02/.06)
}

// The answer keeps the budget; it is not the first ratio that breaks it.
func TestBudgetIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var at []float64
		s := 0.0
		for range rapid.IntRange(1, 8).Draw(t, "points") {
			s += rapid.Float64Range(.01, .1).Draw(t, "step")
			at = append(at, s, rapid.Float64Range(-.02, .3).Draw(t, "loss"))
		}
		c := lossCurve(rapid.Float64Range(0, .05).Draw(t, "half"), at...)
		x, ok := c.Within(.05)
		if !ok {
			t.Fatal("no answer")
		}
		for _, p := range c.Points {
			if !x.Under && p.Sparsity <= x.Sparsity-1e-12 && p.Loss.Value > .05 {
				t.Fatalf("%v is beyond the broken point at %v", x.Sparsity, p.Sparsity)
			}
		}
		if x.Lo > x.Sparsity || x.Sparsity > x.Hi+1e-12 {
			t.Fatalf("%v outside its interval [%v, %v]", x.Sparsity, x.Lo, x.Hi)
		}
	})
}

func TestBudgetAtTheEndAndAtGaps(t *testing.T) {
	x, _ := lossCurve(.01, .5, 0, .9, .02).Within(.05)
	if !x.Open || !x.HiOpen || x.Cut || x.Sparsity != .9 {
		t.Errorf("never over the budget: %+v", x)
	}
	c := lossCurve(0, .5, 0, .7, 0, .9, .02)
	c.Points[1].Loss = stats.Estimate{}
	x, _ = c.Within(.05)
	if !x.Open || !x.Cut || x.Sparsity != .5 {
		t.Errorf("nothing is vouched for beyond a missing point: %+v", x)
	}
	if _, ok := (Curve{}).Within(.05); ok {
		t.Error("an answer without points")
	}
	// Loss grows by .1 a tenth: .05 is reached at .15; the upper bound at .125,
	// the lower one at .175.
	x, _ = lossCurve(0, .1, 0, .2, .1).Within(.05)
	near(t, "crossing", x.Sparsity, .15)
	x, _ = lossCurve(.025, .1, 0, .2, .1).Within(.05)
	near(t, "lo", x.Lo, .125)
	near(t, "hi", x.Hi, .175)
}
