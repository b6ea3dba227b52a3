package finding

import (
	"errors"
	"flag"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
)

// In full: go test ./analysis/stats ./analysis/finding -run Simulation -simulations 10000 -v
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
		c.Difference, errs[0] = stats.Mean(e.diff, curve.Level)
		c.Test, errs[1] = stats.SignFlip(e.diff, stats.TwoSided)
		if err := errors.Join(errs[:]...); err != nil {
			t.Fatal(err)
		}
		x.comparisons = []stats.Comparison{c}
		x.p = x.combined()
		ts = append(ts, x)
	}
	for _, f := range correct(ts, len(ts)) {
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

// Every claim picks its evidence from a whole study: ten seeds on which the
// claimed side is ahead, behind or even by chance, by two standard deviations of
// the seeds or by none.
func TestSimulationVerdictsOfWholeStudies(t *testing.T) {
	const seeds, deviation = 10, 8 // deviation in images
	r := rand.New(rand.NewPCG(5, 6))
	right, falsely, studies := 0, 0, 0
	for _, id := range slices.Sorted(maps.Keys(planters)) {
		found, decided, runs := 0, 0, max(1, *simulations/200)
		for range runs {
			for _, c := range []struct {
				want   Verdict
				effect float64 // in standard deviations
			}{{Supported, 2}, {Refuted, -2}, {Inconclusive, 0}} {
				images := make([]int, seeds+1)
				for i := range images {
					images[i] = int(math.Round(deviation * (c.effect + r.NormFloat64())))
				}
				l := newLab(seeds)
				planters[id](l, func(seed uint64) int { return images[seed] })
				fs, err := l.findings()
				if err != nil {
					t.Fatal(err)
				}
				switch got := fs[id].Verdict; {
				case c.effect == 0 && got != Inconclusive:
					decided++
				case c.effect != 0 && got == c.want:
					found++
				}
			}
		}
		t.Logf("%s: right in %d of %d planted, a verdict in %d of %d null studies", id, found, 2*runs, decided, runs)
		right, falsely, studies = right+found, falsely+decided, studies+runs
	}
	n := float64(studies)
	power, rate := float64(right)/(2*n), float64(falsely)/n
	t.Logf("all claims: right in %.3f of %d planted studies, a verdict in %.3f of %d null studies", power, 2*studies, rate, studies)
	if power < 0.9-4*math.Sqrt(0.9*0.1/(2*n)) {
		t.Errorf("the right verdict in %.3f of the studies, want 0.9", power)
	}
	if rate > 0.05+4*math.Sqrt(0.05*0.95/n) {
		t.Errorf("false verdicts in %.3f of the studies, want at most 0.05", rate)
	}
}
