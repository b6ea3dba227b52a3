package report

import (
	"slices"
	"strings"
	"testing"

	"prunelab/analysis"
	"prunelab/analysis/contrast"
	"prunelab/analysis/curve"
	"prunelab/analysis/internal/fixtures"
	"prunelab/analysis/recommend"
	"prunelab/analysis/sensitivity"
	"prunelab/analysis/stats"
	"prunelab/analysis/tuning"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
)

// answered are the first sentences of a made-up study.
func answered(t *testing.T, cfg fixtures.Config) string {
	t.Helper()
	p, outs := fixtures.Build(cfg)
	return answeredOf(t, p, outs)
}

func answeredOf(t *testing.T, p trial.Plan, outs []trial.Outcome) string {
	t.Helper()
	a, err := analysis.Analyze(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(Lines(Input{Analysis: a, Network: "LeNet-5"}), "\n")
}

var three = []uint64{1, 2, 3}

// saidOf checks what first sentences say and do not say.
func saidOf(t *testing.T, got string, want []string, not ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("not said: %q\n%s", w, got)
		}
	}
	for _, w := range not {
		if strings.Contains(got, w) {
			t.Errorf("said: %q\n%s", w, got)
		}
	}
}

// losing is a network that loses so many of a thousand images for a ratio of 1 of each
// target, a little more or less by seed.
func losing(lost map[string]float64) func(fixtures.At) int {
	return func(a fixtures.At) int {
		if a.Ratio == 0 {
			return 900
		}
		return 900 - int(a.Ratio*lost[a.Target]) - int(a.Seed)%2
	}
}

// A layer that was pruned a little and lost nothing is not thereby more sensitive than one
// that was pruned a lot and lost much.
func TestLayersAreComparedWhereBothWerePruned(t *testing.T) {
	for ratio, want := range map[float64]string{
		0.3: "Pruned alone, without retraining, fc2 is the most sensitive of the 2 layers compared: it loses 6.07 [5.92, 6.21] pp at a ratio of 0.3 (n = 3); the least is fc1",
		0.9: "no ratio was measured of all layers: which is the most sensitive cannot be said",
	} {
		got := answered(t, fixtures.Config{Arms: []string{"L2"}, Seeds: three, Correct: losing(map[string]float64{"fc2": 200}),
			Sweeps: []fixtures.Sweep{fixtures.One("fc1", false, 0.1, 0.3), fixtures.One("fc2", false, ratio, 0.95)}})
		saidOf(t, got, []string{want})
	}
}

func TestLayersThatCannotBeToldApartAreNotRanked(t *testing.T) {
	got := answered(t, fixtures.Config{Arms: []string{"L2"}, Seeds: three, Correct: losing(map[string]float64{"fc1": 40, "fc2": 40, "conv1": 40.1}),
		Sweeps: []fixtures.Sweep{fixtures.One("fc1", false, 0.9), fixtures.One("fc2", false, 0.9), fixtures.One("conv1", false, 0.9)}})
	saidOf(t, got, []string{"all 3 layers lose the same", "at a ratio of 0.9"}, "is the most sensitive layer")
	got = answered(t, fixtures.Config{Arms: []string{"L2"}, Seeds: three,
		Sweeps: []fixtures.Sweep{fixtures.One("fc1", false, 0.9), fixtures.One("fc2", false, 0.9)},
		Correct: func(a fixtures.At) int {
			if a.Target == "fc1" && a.Seed == 2 {
				return 700
			}
			return 900 - int(a.Ratio*10)
		}})
	saidOf(t, got, []string{"which is the most sensitive cannot be told"}, "is the most sensitive layer")
}

// The only convolution, pruned as such and as the type of layer, is one layer.
func TestALayerIsRankedOnce(t *testing.T) {
	conv := fixtures.One("conv1", false, 0.5, 0.9)
	conv.Target = "conv"
	got := answered(t, fixtures.Config{Arms: []string{"L2"}, Seeds: three, Correct: losing(map[string]float64{"conv": 300, "conv1": 300, "fc1": 10}),
		Sweeps: []fixtures.Sweep{conv, fixtures.One("conv1", false, 0.5, 0.9), fixtures.One("fc1", false, 0.5, 0.9)}})
	saidOf(t, got, []string{"conv1 is the most sensitive of the 2 layers compared"}, "conv loses", "next is conv")
}

func TestAnotherWayThatGoesFurtherIsSaid(t *testing.T) {
	global := fixtures.All(true, 0.5, 0.8)
	global.Global = true
	got := answered(t, fixtures.Config{Arms: []string{"L2"}, Seeds: three, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.9, 0.95), global},
		Correct: losing(map[string]float64{"all": 4})})
	saidOf(t, got, []string{"95 % of the weights of LeNet-5 can go (magnitude), after retraining"}, "another way")
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: three, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.3, 0.8), global},
		Correct: losing(map[string]float64{"all": 4})})
	for i, o := range outs {
		if l := o.Spec.Levels; len(l) > 0 && l[0].Prune.Scope != prune.Global && o.Result.Retrained != nil && len(l[0].Prune.Layers) > 0 {
			bad := *o.Result.Retrained
			bad.Correct = 500
			outs[i].Result.Retrained = &bad
		}
	}
	saidOf(t, answeredOf(t, p, outs), []string{"Removing 30 % of the weights of LeNet-5 (magnitude), the least that was tried, costs, after retraining, an accuracy loss of", "By another way (magnitude global) 80 % can go, for an accuracy loss of"})
}

// An arm whose networks are ruined has nothing to lose.
func TestRuinedArmsDoNotSayHowMuchCanGo(t *testing.T) {
	got := answered(t, fixtures.Config{Arms: []string{"L2", "L1"}, Seeds: three, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5, 0.9)},
		Correct: func(a fixtures.At) int {
			if a.Arm == "L1" {
				return 200
			}
			return 900 - int(400*max(0, a.Ratio-0.5)) - int(a.Seed)%2
		}})
	saidOf(t, got, []string{"50 % of the weights of LeNet-5 can go", "Left out, as their networks are far worse before any pruning than those of L2 (89.9 %): L1 (20.0 %)."}, "90 % of")
	got = answered(t, fixtures.Config{Arms: []string{"L2"}, Seeds: three, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5, 0.9)},
		Correct: func(a fixtures.At) int { return 105 }})
	saidOf(t, got, []string{"The networks have learned nothing: unpruned they answer 10.5 % right, guessing 10.0 %."}, "can go")
}

// Right after a pruning that retrained prunings went before is not without retraining, and
// retrained networks without a control are set against the dense ones.
func TestRoundsAreNotWithoutRetraining(t *testing.T) {
	rounds := fixtures.All(true, 0.5, 0.8, 0.9)
	rounds.Iterative = true
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: three, Sweeps: []fixtures.Sweep{rounds}, Correct: losing(map[string]float64{"all": 4})})
	p.Cells = slices.DeleteFunc(p.Cells, func(c trial.Cell) bool { return c.Role == trial.Control })
	gone := func(k trial.Key) bool {
		return !slices.ContainsFunc(p.Cells, func(c trial.Cell) bool { return c.Key == k })
	}
	p.Trials = slices.DeleteFunc(p.Trials, func(s trial.Spec) bool { return gone(s.Key()) })
	outs = slices.DeleteFunc(outs, func(o trial.Outcome) bool { return gone(o.Key) })
	saidOf(t, answeredOf(t, p, outs), []string{"90 % of the weights of LeNet-5 can go (iterative), after retraining, without a control to compare with: an accuracy of 89.63 %, dense 90.00 % (n = 3)."}, "without retraining")

	alone := []fixtures.Sweep{fixtures.One("fc1", true, 0.5, 0.8, 0.9), fixtures.One("fc2", true, 0.5, 0.8, 0.9)}
	for i := range alone {
		alone[i].Iterative = true
	}
	got := answered(t, fixtures.Config{Arms: []string{"L2"}, Seeds: three, Sweeps: alone, Correct: losing(map[string]float64{"fc1": 4, "fc2": 100})})
	saidOf(t, got, []string{"Pruned alone, right after the last of several prunings with retraining between them, fc2 is"}, "without retraining")
}

// A study by anything but ratios has an answer, too.
func TestAmountsThatAreNoRatios(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: three, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5, 0.9)}, Correct: losing(map[string]float64{"all": 4})})
	for i := range p.Cells {
		if p.Cells[i].Role != trial.Dense {
			p.Cells[i].Parameter, p.Cells[i].Requested = "threshold", p.Cells[i].Requested/10
		}
	}
	saidOf(t, answeredOf(t, p, outs), []string{"90 % of the weights of LeNet-5 can go (threshold 0.09), after retraining, for an accuracy loss of"}, "There is no result yet")
}

// Of two arms, one has lost seeds.
func TestOnePairOfSeedsIsSaid(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2", "L1"}, Seeds: three, Sweeps: []fixtures.Sweep{fixtures.All(false, 0.5, 0.9)},
		Correct: func(a fixtures.At) int {
			if a.Ratio > 0.5 {
				return 800 - int(a.Seed)%2
			}
			if a.Arm == "L1" {
				return 900 - int(a.Ratio*8) - int(a.Seed)%2
			}
			return 900 - int(a.Ratio*4) - int(a.Seed)%2
		}})
	outs = slices.DeleteFunc(outs, func(o trial.Outcome) bool {
		l := o.Spec.Levels
		return len(l) > 0 && l[0].Prune.Amounts[0] == 0.5 && o.Spec.Seed > 1 && o.Spec.Train.Regularizer.L1 > 0
	})
	saidOf(t, answeredOf(t, p, outs), []string{"with L2 (n = 3)", "with L1 (n = 1)", "only one seed has both at ratio 0.5, which gives no interval; there L1 loses 0.20 pp more"}, "every seed differs")
}

// An unpruned network that the retraining spoils has nothing to lose either.
func TestSpoiledControlsDoNotSayHowMuchCanGo(t *testing.T) {
	cfg := fixtures.Config{Arms: []string{"L2", "L1"}, Seeds: three, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5, 0.9)},
		Correct: func(a fixtures.At) int {
			n := 900 - int(a.Seed)%2
			switch {
			case a.Arm == "L1" && a.Stage == "retrained":
				n -= 15
			case a.Stage == "retrained":
				n -= int(30 * max(0, a.Ratio-0.5))
			}
			return n
		}}
	saidOf(t, answered(t, cfg), []string{"50 % of the weights of LeNet-5 can go", "Left out, as the retraining alone costs their unpruned networks more than 0.5 pp: L1 (88.43 %, dense 89.93 %)."}, "90 % of")
	cfg.Arms = []string{"L1"}
	saidOf(t, answered(t, cfg), []string{"90 % of the weights of LeNet-5 can go", "But the retraining alone costs their unpruned networks more than 0.5 pp: L1 (88.43 %, dense 89.93 %)."})
}

// Who loses least against its own control need not be the most accurate.
func TestTheMostAccurateArmIsNamed(t *testing.T) {
	got := answered(t, fixtures.Config{Arms: []string{"L2", "L1"}, Seeds: three, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5)},
		Correct: func(a fixtures.At) int {
			n := 900 - int(a.Seed)%2
			if a.Arm == "L1" {
				n -= 10
			}
			if a.Ratio > 0 && a.Arm == "L2" {
				n -= 4
			}
			return n
		}})
	saidOf(t, got, []string{"; the highest mean accuracy there is that of L2, 89.53 %, against 88.93 % of L1."})
}

// Where controls lack results, no loss is made up from the dense networks, and n is that of the losses.
func TestControlsThatAreNotThereYet(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2", "L1"}, Seeds: three, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5, 0.9)}, Correct: losing(map[string]float64{"all": 4})})
	without := func(gone func(trial.Cell) bool) []trial.Outcome {
		return slices.DeleteFunc(slices.Clone(outs), func(o trial.Outcome) bool {
			return slices.ContainsFunc(p.Cells, func(c trial.Cell) bool { return c.Key == o.Key && c.Role == trial.Control && gone(c) })
		})
	}
	saidOf(t, answeredOf(t, p, without(func(trial.Cell) bool { return true })),
		[]string{"What retraining wins back cannot be said: no pruned network has its unpruned control.", "can go, without retraining"}, "can go, after retraining")
	saidOf(t, answeredOf(t, p, without(func(c trial.Cell) bool { return c.Arm == "L1" })),
		[]string{"can go, after retraining, for an accuracy loss of 0.37 [0.22, 0.51] pp with L2 (n = 3).", "Not among these, as their unpruned controls have no results: L1."}, "pp with L1", "without a control")
	saidOf(t, answeredOf(t, p, without(func(c trial.Cell) bool { return c.Seed > 2 })), []string{"pp with L2 and 0.35 [", "(n = 2"}, "n = 3)")
}

// A layer without results may be the most sensitive.
func TestALayerWithoutResultsIsNamed(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: three,
		Sweeps:  []fixtures.Sweep{fixtures.One("conv1", false, 0.5, 0.9), fixtures.One("fc1", false, 0.5, 0.9), fixtures.One("fc2", false, 0.5, 0.9)},
		Correct: losing(map[string]float64{"conv1": 300, "fc1": 10, "fc2": 100})})
	outs = slices.DeleteFunc(outs, func(o trial.Outcome) bool {
		return slices.ContainsFunc(p.Cells, func(c trial.Cell) bool { return c.Key == o.Key && c.Target == "conv1" })
	})
	saidOf(t, answeredOf(t, p, outs), []string{"fc2 is the most sensitive of the 2 layers compared", "conv1 has no loss there and may be more sensitive than these."}, "most sensitive layer")
}

// A mean over networks that retraining ruined says so.
func TestCollapsedNetworksAreSaid(t *testing.T) {
	got := answered(t, fixtures.Config{Arms: []string{"L2"}, Seeds: three,
		Sweeps: []fixtures.Sweep{fixtures.One("conv1", true, 0.5, 0.95), fixtures.One("fc1", true, 0.5, 0.95)},
		Correct: func(a fixtures.At) int {
			if a.Target == "conv1" && a.Ratio == 0.95 && a.Stage == "retrained" && a.Seed < 3 {
				return 100
			}
			return losing(map[string]float64{"conv1": 50, "fc1": 10})(a)
		}})
	saidOf(t, got, []string{"Retraining left networks worse than they were right after pruning, and they are in these means: 2 of 3 of conv1 at 0.95."})
}

// A network retrained at another rate shows what a retraining costs, though it does no
// worse than before it.
func TestWhatARateCostsAgainstAnother(t *testing.T) {
	three := func(v float64) stats.Estimate { return stats.Estimate{Value: v, N: 3} }
	slow := curve.Curve{Series: trial.Series{Arm: "slow", Stage: curve.Retrained}, Baseline: three(0.90), Control: three(0.91)}
	fast := curve.Curve{Series: trial.Series{Arm: "fast", Stage: curve.Retrained}, Baseline: three(0.90), Control: three(0.902)}
	a := &analysis.Analysis{Curves: []curve.Curve{slow, fast}, Grid: &tuning.Grid{Axis: tuning.Rate}}
	for _, arm := range []string{"slow", "fast"} {
		a.Plan.Cells = append(a.Plan.Cells, trial.Cell{Series: trial.Series{Arm: arm}, Role: trial.Dense, Key: "d"})
	}
	if s := spoiled(a, fast); s != "fast (90.20 %, with slow 91.00 %)" {
		t.Errorf("%q", s)
	}
	other := *a
	other.Grid = nil
	partial := fast
	partial.Control.N = 2
	for _, s := range []string{spoiled(a, slow), spoiled(&other, fast), spoiled(a, partial)} {
		if s != "" {
			t.Errorf("%q", s)
		}
	}
}

// Who has no control sets no amount where others have one.
func TestAnArmWithoutAControlSetsNoAmount(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2", "L1"}, Seeds: three, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5, 0.9)},
		Correct: func(a fixtures.At) int {
			n := 900 - int(a.Seed)%2
			if a.Ratio == 0.9 && a.Arm == "L2" {
				n -= 30
			}
			return n
		}})
	uncontrolled := func(c trial.Cell) bool { return c.Arm == "L1" && c.Role == trial.Control }
	gone := func(k trial.Key) bool {
		return slices.ContainsFunc(p.Cells, func(c trial.Cell) bool { return c.Key == k && uncontrolled(c) })
	}
	p.Trials = slices.DeleteFunc(p.Trials, func(s trial.Spec) bool { return gone(s.Key()) })
	outs = slices.DeleteFunc(outs, func(o trial.Outcome) bool { return gone(o.Key) })
	p.Cells = slices.DeleteFunc(p.Cells, uncontrolled)
	saidOf(t, answeredOf(t, p, outs), []string{"50 % of the weights of LeNet-5 can go, after retraining, for an accuracy loss of 0.00 [0.00, 0.00] pp with L2 (n = 3); without a control to compare with: an accuracy of 89.93 %, dense 89.93 % with L1 (n = 3)."}, "90 % of the weights")
}

// What recommended ratios cost together is said, where nothing else was measured, too.
func TestRecommendedRatiosTogetherAreSaid(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: three, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.9)}, Correct: losing(map[string]float64{"all": 4})})
	for i := range p.Cells {
		if p.Cells[i].Role != trial.Dense {
			p.Cells[i].Target, p.Cells[i].Parameter = recommend.Target, trial.Given
		}
	}
	saidOf(t, answeredOf(t, p, outs), []string{"At the recommended ratios together, 90 % of the weights of LeNet-5 removed, networks have, after retraining, an accuracy loss of 0.37 [0.22, 0.51] pp (n = 3)."}, "There is no result yet")
}

// An arm that was not measured at the amount that the sentence is about is named.
func TestArmsNotMeasuredAtTheAmountAreNamed(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2", "L1"}, Seeds: three, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5, 0.9)}, Correct: losing(map[string]float64{"all": 4})})
	outs = slices.DeleteFunc(outs, func(o trial.Outcome) bool {
		l := o.Spec.Levels
		return len(l) > 0 && len(l[0].Prune.Amounts) > 0 && l[0].Prune.Amounts[0] == 0.9 && o.Spec.Train.Regularizer.L1 > 0
	})
	saidOf(t, answeredOf(t, p, outs), []string{"90 % of the weights of LeNet-5 can go", "pp with L2 (n = 3); not measured there: L1."})
}

// Retrained networks without a control are held to the budget against the dense ones.
func TestNetworksWithoutControlsAreHeldToTheBudget(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: three, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5, 0.9)}, Correct: losing(map[string]float64{"all": 40})})
	control := func(c trial.Cell) bool { return c.Role == trial.Control }
	gone := func(k trial.Key) bool {
		return slices.ContainsFunc(p.Cells, func(c trial.Cell) bool { return c.Key == k && control(c) })
	}
	p.Trials = slices.DeleteFunc(p.Trials, func(s trial.Spec) bool { return gone(s.Key()) })
	outs = slices.DeleteFunc(outs, func(o trial.Outcome) bool { return gone(o.Key) })
	p.Cells = slices.DeleteFunc(p.Cells, control)
	saidOf(t, answeredOf(t, p, outs), []string{"Removing 50 % of the weights of LeNet-5, the least that was tried, costs, after retraining, without a control to compare with: an accuracy of 87.93 %, dense 90.00 % (n = 3)."}, "can go")
}

// Intervals that are over images are said to be.
func TestIntervalsOverImagesAreSaid(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: three,
		Sweeps:  []fixtures.Sweep{fixtures.One("conv1", false, 0.5, 0.9), fixtures.One("fc1", false, 0.5, 0.9)},
		Correct: losing(map[string]float64{"conv1": 300, "fc1": 10})})
	fixtures.FromFile("a digest", &p, outs)
	saidOf(t, answeredOf(t, p, outs), []string{"evenly in their log odds (n = 1, intervals over images)"})
}

// Of differences that do not show the clearest is given: one seed can make the largest mean.
func TestTheClearestDifferenceIsGiven(t *testing.T) {
	point := func(ratio, value, half float64) contrast.Difference {
		return contrast.Difference{Requested: ratio, Loss: stats.Estimate{Value: value, Lo: value - half, Hi: value + half, Level: 0.95, N: 6, SD: half}}
	}
	if d := clearest([]contrast.Difference{point(0.5, -0.002, 0.0021), point(0.95, 0.01, 0.03), {Requested: 0.98, Loss: stats.Estimate{Value: 1}}}); d.Requested != 0.5 {
		t.Errorf("%+v", d)
	}
}

// A layer is the most sensitive of those that are there.
func TestMostOfTheLayersThatAreThere(t *testing.T) {
	m := sensitivity.Most{Ratio: 0.5, Planned: 3, Layers: []sensitivity.Behind{{Target: "fc2"}, {Target: "fc1", Less: stats.Estimate{Lo: 0.1}}}}
	if s := most(m); !strings.Contains(s, "fc2 is the most sensitive of the 2 with results") {
		t.Errorf("%q", s)
	}
	m.Planned = 2
	if s := most(m); strings.Contains(s, "with results") {
		t.Errorf("%q", s)
	}
}

func TestARunThatHasNotBegun(t *testing.T) {
	if s := unfinished(analysis.Progress{Planned: 5, NotRun: 5}); s != "0 of 5 trials have been run. Run the study to begin." {
		t.Errorf("%q", s)
	}
}
