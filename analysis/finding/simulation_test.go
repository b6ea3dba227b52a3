package finding

import (
	"errors"
	"flag"
	"math"
	"math/rand/v2"
	"testing"

	"prunelab/analysis/group"
	"prunelab/analysis/stats"
)

// In full: go test ./analysis/finding -run Simulation -simulations 5000 -v
var simulations = flag.Int("simulations", 200, "families behind each simulated rate")

func mustGroup(t *testing.T, l *lab) *group.Study {
	t.Helper()
	g, err := group.New(l.plan, l.outs)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// family judges twelve claims on ten seeds, normal differences of unit standard
// deviation about shift, and counts the verdicts.
func family(t *testing.T, r *rand.Rand, shift float64) (decided, right int) {
	t.Helper()
	var ts []*tested
	for range 12 {
		e := evidence{name: "difference"}
		for seed := range uint64(10) {
			e.seeds = append(e.seeds, seed)
			e.diff = append(e.diff, shift+r.NormFloat64())
		}
		// As test does, without the bootstrap, on which no verdict rests.
		x := &tested{draft: draft{parts: []evidence{e}}}
		var c stats.Comparison
		var errs [2]error
		c.Difference, errs[0] = stats.Mean(e.diff, Level)
		c.Test, errs[1] = stats.SignFlip(e.diff, stats.TwoSided)
		if err := errors.Join(errs[:]...); err != nil {
			t.Fatal(err)
		}
		x.comparisons = []stats.Comparison{c}
		x.p = x.combined()
		ts = append(ts, x)
	}
	for _, f := range correct(ts) {
		if f.Verdict != Inconclusive {
			decided++
		}
		if f.Verdict == Supported {
			right++
		}
	}
	return decided, right
}

func TestSimulationFamilyWiseRateAndPower(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	families, found := 0, 0
	for range *simulations {
		if decided, _ := family(t, r, 0); decided > 0 {
			families++
		}
		_, right := family(t, r, 2)
		found += right
	}
	n := float64(*simulations)
	falsely, power := float64(families)/n, float64(found)/(12*n)
	t.Logf("ten seeds, twelve claims, %d families: false verdicts in %.3f of null families, power at two standard deviations %.3f", *simulations, falsely, power)
	if room := 4 * math.Sqrt(0.05*0.95/n); falsely > 0.05+room {
		t.Errorf("false verdicts in %.3f of the families, want at most 0.05", falsely)
	}
	if power < 0.9 {
		t.Errorf("power %.3f, want at least 0.9", power)
	}
}
