package report

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"prunelab/analysis"
	"prunelab/analysis/contrast"
	"prunelab/analysis/curve"
	"prunelab/analysis/finding"
	"prunelab/analysis/internal/fixtures"
	"prunelab/analysis/sensitivity"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

var update = flag.Bool("update", false, "write the golden files")

// correct: L1 saves images before retraining, one arm the other after it.
func correct(a fixtures.At) int {
	seed := int(a.Seed)
	n := 960 + 7*seed%5
	cost := map[float64]int{0.5: 4, 0.8: 30, 0.9: 90, 0.95: 250}[a.Ratio]
	if cost > 0 {
		cost += 3 * seed % 4
	}
	switch a.Target {
	case "conv1":
		cost *= 2
	case "fc1":
		cost /= 8
	case "fc2":
		cost /= 2
	}
	switch {
	case a.Stage == "dense":
		return n
	case a.Stage == "pruned" && a.Arm != "L2":
		return n - cost/2
	case a.Stage == "pruned":
		return n - cost
	case a.Arm == "L1" && a.Ratio == 0.95:
		return n + 5 - cost/5 - 20 - seed%3
	}
	return n + 5 - cost/5 - 5*seed%3
}

func study(seeds ...uint64) (trial.Plan, []trial.Outcome) {
	return fixtures.Build(fixtures.Config{
		Arms: []string{"L2", "L1", "L1→L2"}, Seeds: seeds,
		Sweeps: []fixtures.Sweep{
			fixtures.All(true, 0.5, 0.8, 0.9, 0.95),
			fixtures.One("conv1", true, 0.5, 0.8, 0.9, 0.95),
			fixtures.One("fc1", true, 0.5, 0.8, 0.9, 0.95),
			fixtures.One("fc2", true, 0.5, 0.8, 0.9, 0.95),
		},
		Correct: correct,
	})
}

func write(t *testing.T, p trial.Plan, outs []trial.Outcome) string {
	t.Helper()
	a, err := analysis.Analyze(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	md, err := Markdown(Input{
		History:  []string{"seeds 11 to 15: 0.59 of 0.50 pp lost"},
		Analysis: a, Tables: "tables",
		Question: "Which regularizer is best for pruning?\nPaper: Han et al. 2015, *Figure 5*.\n\nCost: none, <made up>.",
		Network:  "LeNet-5",
		Figures: []Figure{
			{Name: "tradeoff", Title: "Trade-off", Caption: "Loss against sparsity.", Path: "figures/trade off.png"},
			{Name: "sensitivity", Title: "Layers", Caption: "One at a time.", Path: "figures/sensitivity.png"},
			{Name: "weights", Title: "Weights", Caption: "Before and after.", Path: "figures/weights.png"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(md)
}

func TestGolden(t *testing.T) {
	p, outs := study(1, 2, 3, 4, 5, 6)
	outs = slices.DeleteFunc(outs, func(o trial.Outcome) bool {
		return o.Spec.Seed == 6 && len(o.Spec.Levels) == 1 && slices.Equal(o.Spec.Levels[0].Prune.Layers, []string{"fc2"})
	})
	outs[2].Status, outs[2].Error = trial.Diverged, "loss is not finite in epoch 1"
	outs[2].Result.Retrained, outs[2].Result.Layers = nil, nil
	got := write(t, p, outs)
	const path = "testdata/report.md"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal([]byte(got), want) {
		t.Errorf("report differs from %s:\n%s", path, got)
	}
}

func TestUnfinishedRunSaysSoAtTheTop(t *testing.T) {
	p, outs := study(1, 2, 3)
	got := write(t, p, outs[:len(outs)/2])
	head := strings.SplitN(got, "\n", 4)
	if !strings.HasPrefix(head[2], "**") || !strings.Contains(head[2], "trials have not been run yet") {
		t.Errorf("third line is %q", head[2])
	}
	if got := write(t, p, outs); strings.Contains(got, "not been run yet") {
		t.Error("a finished run is said to be unfinished")
	}
	if got := write(t, p, nil); !strings.Contains(got, "There is no result yet.") {
		t.Errorf("nothing was run:\n%s", got)
	}
}

func TestOneSeedGivesNoJudgement(t *testing.T) {
	p, outs := study(1)
	got := write(t, p, outs)
	for _, word := range []string{"loses less accuracy than", "no clear difference", "±  "} {
		if strings.Contains(got, word) {
			t.Errorf("one seed: the report says %q", word)
		}
	}
	if !strings.Contains(got, "one seed; the accuracy losses of L2 and L1 differ most at ratio 0.95, by 12.") {
		t.Error("the report does not word what one seed showed")
	}
	if !strings.Contains(got, "A single seed: there are no intervals") {
		t.Error("the report does not say that there is one seed")
	}
}

func TestReportSpeaksOfTheDataNotOfTheClock(t *testing.T) {
	p, outs := study(1, 2, 3)
	want := write(t, p, outs)
	for i := range outs {
		outs[i].Timing.Seconds = float64(i)
		outs[i].Provenance.Started = "2031-12-31T00:00:00Z"
		outs[i].Provenance.Host = "elsewhere"
	}
	slices.Reverse(outs)
	slices.Reverse(p.Cells)
	slices.Reverse(p.Trials)
	if got := write(t, p, outs); got != want {
		t.Error("time, host or order changed the report")
	}
}

func TestNamesAreNoMarkup(t *testing.T) {
	p, outs := study(1, 2)
	p.Study = "a_b *c* [d](e) <script>"
	got := write(t, p, outs)
	if !strings.HasPrefix(got, `# a\_b \*c\* \[d\](e) \<script\>`) {
		t.Errorf("first line %q", strings.SplitN(got, "\n", 2)[0])
	}
	if !strings.Contains(got, "](figures/trade%20off.png)") {
		t.Error("a path with a blank is no link")
	}
}

func TestSeedsAreListedShort(t *testing.T) {
	p := trial.Plan{}
	for _, s := range []uint64{7, 1, 2, 3, 9, 10, 1} {
		p.Trials = append(p.Trials, trial.Spec{Seed: s})
	}
	if got := seeds(p); got != "1 to 3, 7, 9, 10" {
		t.Errorf("seeds %q", got)
	}
}

// A ratio and a quality sweep of one arm are told apart.
func TestSweepsOfAnArmAreToldApart(t *testing.T) {
	within := func(parameter string, sparsity float64) sensitivity.Sensitivity {
		s := sensitivity.Sensitivity{Series: trial.Series{Arm: "L2", Target: "all", Method: trial.Plain(), Parameter: parameter, Stage: curve.Retrained}}
		s.Within[wordedBudget] = sensitivity.Within{Crossing: curve.Crossing{Sparsity: sparsity}, Measured: true}
		return s
	}
	a := &analysis.Analysis{Sensitivities: []sensitivity.Sensitivity{within("ratio", 0.93), within("quality", 0.9)}}
	got := strings.Join(budgets(a, "all"), " ")
	if want := "93.0 % (L2, by ratio), 90.0 % (L2, by quality)"; !strings.Contains(got, want) {
		t.Errorf("%q does not say %q", got, want)
	}
	a.Sensitivities = a.Sensitivities[:1]
	if got := strings.Join(budgets(a, "all"), " "); !strings.Contains(got, "93.0 % (L2).") {
		t.Errorf("of a single sweep it says %q", got)
	}
	a.Contrasts = []contrast.Contrast{
		{A: "L2", B: "L1", Series: trial.Series{Target: "all", Method: trial.Plain(), Parameter: trial.Ratio, Stage: curve.Retrained}, Points: []contrast.Difference{{Requested: 0.9}}},
		{A: "L2", B: "L1", Series: trial.Series{Target: "all", Method: trial.Plain(), Parameter: trial.Quality, Stage: curve.Retrained}, Points: []contrast.Difference{{Requested: 1}}},
	}
	got = strings.Join(contrasts(a, "all", curve.Retrained, "arms"), " ")
	for _, want := range []string{"retraining (by ratio): ", "retraining (by quality): "} {
		if !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
}

// An order of layers says which neighbours chance might have put the other way round.
func TestAnOrderSaysWhatCannotBeToldApart(t *testing.T) {
	said := func(noise []int, fc1, fc2 int) string {
		p, outs := fixtures.Build(fixtures.Config{
			Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3, 4, 5, 6},
			Sweeps: []fixtures.Sweep{fixtures.One("conv1", false, 0.5, 0.9), fixtures.One("fc1", false, 0.5, 0.9), fixtures.One("fc2", false, 0.5, 0.9)},
			Correct: func(a fixtures.At) int {
				if a.Stage == "dense" {
					return 950
				}
				return 950 - map[string]int{"conv1": 100, "fc1": fc1 + noise[a.Seed%6], "fc2": fc2}[a.Target] - int(a.Seed)%2
			},
		})
		a, err := analysis.Analyze(p, outs)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(layers(a, curve.Pruned), " ")
	}
	for _, x := range []struct {
		noise    []int
		fc1, fc2 int
		want     string
	}{
		{[]int{9, -8, 8, -7, 10, -9}, 30, 29, "(arm L2; means over sparsities from 0.5 to 0.9, as area over their logit; not to be told apart: fc1 and fc2)."},
		{[]int{1, -1, 1, -1, 1, -1}, 60, 29, "(arm L2; means over sparsities from 0.5 to 0.9, as area over their logit)."},
		{[]int{150, -90, 90, -90, 120, -120}, 100, 99, "as area over their logit; not to be told apart: "},
	} {
		if got := said(x.noise, x.fc1, x.fc2); !strings.Contains(got, x.want) {
			t.Errorf("%q does not say %q", got, x.want)
		}
	}
}

// Ways that are retrained unequally often, and sparsities that nothing below was
// measured of, are called so.
func TestAnswerSaysWhatWasCompared(t *testing.T) {
	plain, rounds := trial.Plain(), trial.Plain()
	rounds.Schedule = trial.Schedule{Kind: trial.Iterative}
	equal := rounds
	equal.Schedule.Kind = trial.EqualSteps
	p := trial.Plan{Arms: []string{"L2"}}
	var curves []curve.Curve
	for _, m := range []trial.Method{plain, rounds, equal} {
		c := curve.Curve{Series: trial.Series{Arm: "L2", Target: "all", Method: m, Parameter: trial.Ratio, Stage: curve.Retrained}}
		point := curve.Point{Requested: 0.9, Sparsity: 0.9, Placed: true}
		for s := range uint64(6) {
			key := trial.Key(m.String() + string(rune('a'+s)))
			point.Seeds = append(point.Seeds, curve.Sample{Seed: s, Key: key, Network: key, HasLoss: true, Loss: 0.01 * float64(s*uint64(len(m.String()))%7)})
		}
		c.Points = []curve.Point{point}
		curves = append(curves, c)
	}
	cs, err := contrast.All(curves)
	if err != nil {
		t.Fatal(err)
	}
	a := &analysis.Analysis{Plan: p, Contrasts: cs}
	said := strings.Join(contrasts(a, "all", curve.Retrained, "methods"), " ")
	for pair, unequal := range map[string]bool{"magnitude and iterative": true, "magnitude and one-shot, retrained as often as iterative": true, "iterative and one-shot, retrained as often as iterative": false} {
		_, how, found := strings.Cut(said, pair+" (L2")
		if says := strings.HasPrefix(how, ", not at equal training)"); !found || says != unequal {
			t.Errorf("%s, at unequal training %v: %q", pair, unequal, said)
		}
	}
	of := func(m trial.Method, stage curve.Stage) sensitivity.Sensitivity {
		s := sensitivity.Sensitivity{Series: curves[0].Series}
		s.Method, s.Stage = m, stage
		s.Within[0] = sensitivity.Within{Budget: 0.005, Measured: true, Crossing: curve.Crossing{Sparsity: 0.9}}
		return s
	}
	for _, c := range []struct {
		methods []trial.Method
		stage   curve.Stage
		says    bool
	}{
		{[]trial.Method{plain, rounds}, curve.Retrained, true}, {[]trial.Method{plain, rounds}, curve.Pruned, false},
		{[]trial.Method{rounds, equal}, curve.Retrained, false}, {[]trial.Method{plain}, curve.Retrained, false},
	} {
		a.Sensitivities = nil
		for _, m := range c.methods {
			a.Sensitivities = append(a.Sensitivities, of(m, c.stage))
		}
		if got := strings.Join(budgets(a, "all"), " "); strings.Contains(got, "not all at equal training") != c.says {
			t.Errorf("%v, %s: %q", c.methods, c.stage, got)
		}
	}
	under := sensitivity.Sensitivity{Series: curves[0].Series}
	under.Within[0] = sensitivity.Within{Budget: 0.005, Measured: true, Crossing: curve.Crossing{Sparsity: 0.8, Under: true}}
	a.Sensitivities = []sensitivity.Sensitivity{under}
	if got := strings.Join(budgets(a, "all"), " "); !strings.Contains(got, "the accuracy loss is beyond 0.5 pp already at the least sparsity that was measured, 80.0 % (L2).") {
		t.Errorf("of a first ratio over the budget it says %q", got)
	}
}

// The first lines are the same on the terminal, each with its numbers.
func TestFirstLines(t *testing.T) {
	p, outs := study(1, 2, 3, 4, 5, 6)
	a, err := analysis.Analyze(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	lines := Lines(Input{Analysis: a, Network: "LeNet-5"})
	for i, want := range []string{
		"50 % of the weights of LeNet-5 can go, after retraining, for an accuracy loss of 0.08 [",
		"Right after pruning all layers: L1 loses less accuracy than L2 at ratios 0.5 to 0.95",
		"After pruning all layers and retraining: L2 loses less accuracy than L1",
		"Pruned alone, without retraining, conv1 is the most sensitive layer: it loses 6.9",
		"Pruned alone and retrained, conv1 is the most sensitive layer: it loses 2.7",
		"supported: Right after pruning, networks trained with L1",
	} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d of %q does not begin with %q", i, lines, want)
		}
	}
	if got := Lines(Input{Analysis: &analysis.Analysis{}}); len(got) != 1 || got[0] != "There is no result yet." {
		t.Errorf("without results: %q", got)
	}
}

// Every pair without a difference is named in one sentence.
func TestPairsWithoutADifferenceAreOneSentence(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2", "L1", "L1→L2"}, Seeds: []uint64{1, 2, 3, 4, 5, 6},
		Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5, 0.9)},
		Correct: func(a fixtures.At) int {
			n := 900 - int(100*a.Ratio)
			switch { // seeds differ, and their mean does not
			case a.Ratio == 0:
			case a.Arm == "L1":
				n += 3 * int(1-2*(a.Seed%2))
				if a.Seed == 1 {
					n++
				}
			case a.Arm == "L1→L2":
				n += 3 * int(1-2*(a.Seed/2%2))
			}
			return n
		}})
	a, err := analysis.Analyze(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	said := contrasts(a, "all", curve.Retrained, "arms")
	if len(said) != 1 || !strings.Contains(said[0], "no difference shows at any amount between L2 and L1, L2 and L1→L2 and L1 and L1→L2; the clearest is ") {
		t.Errorf("%q", said)
	}
}

// A claim that every arm is asked has one line a verdict.
func TestArmsShareTheLineOfAClaim(t *testing.T) {
	p := 0.02
	of := func(arm string, v finding.Verdict, reason string) finding.Finding {
		return finding.Finding{ID: "lossless-rate: " + arm, Arm: arm, Claim: "Lossless", Verdict: v, Reason: reason, Pairs: "retrained − control", Margin: 0.001, Adjusted: &p, Evidence: []stats.Comparison{{Name: "ratio 0.5"}, {}}}
	}
	lines := verdictLines([]finding.Finding{of("L2", finding.Supported, "up to 0.5"), of("L1", finding.Supported, "up to 0.8; and more"), of("none", finding.Inconclusive, "no")})
	if len(lines) != 2 || lines[0].Text != "Lossless, in arm L2: up to 0.5; in arm L1: up to 0.8." || lines[1].Text != "Lossless, in arm none: retrained − control, ratio 0.5: 0.00 pp, no." {
		t.Errorf("%q", lines)
	}
}

// Whoever sees an interval that holds 0 beside a verdict learns what decided.
func TestAVerdictWhoseIntervalHoldsZeroNamesItsTest(t *testing.T) {
	p := 0.031
	said := func(v finding.Verdict, hi float64) string {
		d := stats.Estimate{N: 8, Value: -0.0025, Lo: -0.0054, Hi: hi, Level: 0.95}
		f := finding.Finding{Claim: "Local is better", Verdict: v, Reason: "the difference is on the other side, adjusted p = 0.031; more", Adjusted: &p, Evidence: []stats.Comparison{{Difference: d}}}
		return verdictLines([]finding.Finding{f})[0].Text
	}
	const names = "adjusted p = 0.031 by the sign-flip test, which does not rest on the interval."
	if s := said(finding.Refuted, 0.0003); !strings.HasSuffix(s, names) {
		t.Errorf("%q", s)
	}
	for _, s := range []string{said(finding.Refuted, -0.0001), said(finding.Inconclusive, 0.0003)} {
		if !strings.HasSuffix(s, "adjusted p = 0.031.") {
			t.Errorf("%q", s)
		}
	}
}

// Whoever sees a verdict that its references may have decided learns that they may.
func TestAVerdictThatTheAccuraciesDoNotShareSaysSo(t *testing.T) {
	p := 0.023
	said := func(v finding.Verdict, caveats ...stats.Warning) string {
		d := stats.Estimate{N: 8, Value: -0.0027, Lo: -0.0034, Hi: -0.0020, Level: 0.95}
		f := finding.Finding{Claim: "L2 is better", Verdict: v, Reason: "the difference is on the other side, adjusted p = 0.023", Adjusted: &p,
			Evidence: []stats.Comparison{{Difference: d}}, Caveats: caveats}
		return verdictLines([]finding.Finding{f})[0].Text
	}
	const raw = "opposite sign in raw accuracy: L1 − L2 is 0.024 ± 0.074 pp, p = 0.445, which chance explains"
	const references = "; the accuracies themselves have the opposite sign, so that it may be the references' doing."
	for _, v := range []finding.Verdict{finding.Refuted, finding.Supported} {
		if s := said(v, "another", raw); !strings.HasSuffix(s, references) {
			t.Errorf("%q", s)
		}
		if s := said(v, "another"); strings.HasSuffix(s, references) {
			t.Errorf("%q", s)
		}
	}
	if s := said(finding.Inconclusive, raw); strings.HasSuffix(s, references) {
		t.Errorf("%q", s)
	}
}

// The first line calls a layer the most sensitive only where it loses more than each of the others, not where it is first by chance.
func TestALayerIsNotTheMostSensitiveByChance(t *testing.T) {
	lost := map[string]int{"conv1": 300, "fc1": 100, "fc2": 50}
	said := func() string {
		p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3, 4, 5, 6},
			Sweeps: []fixtures.Sweep{fixtures.One("conv1", true, 0.5, 0.95), fixtures.One("fc1", true, 0.5, 0.95), fixtures.One("fc2", true, 0.5, 0.95)},
			Correct: func(a fixtures.At) int {
				if a.Ratio == 0 {
					return 900
				}
				n := 900 - int(a.Ratio*float64(lost[a.Target]))
				if a.Target == "conv1" { // seeds differ
					n += 8 * int(1-2*(a.Seed%2))
				}
				return n
			}})
		a, err := analysis.Analyze(p, outs)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(sensitive(a), " ")
	}
	for _, c := range []struct {
		fc1, fc2 int
		want     string
	}{
		{100, 50, "Pruned alone and retrained, conv1 is the most sensitive layer: it loses"},
		{299, 50, "Pruned alone and retrained, conv1 loses most,"},
		{299, 50, "and cannot be told apart from fc1; the least is fc2"},
		{299, 298, "which is the most sensitive cannot be told."},
	} {
		lost["fc1"], lost["fc2"] = c.fc1, c.fc2
		if got := said(); !strings.Contains(got, c.want) {
			t.Errorf("with %v lost it does not say %q: %q", lost, c.want, got)
		}
	}
}

// Where only single layers were pruned, how far one of them goes is not the answer: that is
// which layer stands the least, with the figure that shows it.
func TestLayersAloneAnswerWhichIsSensitive(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3, 4, 5, 6},
		Sweeps: []fixtures.Sweep{fixtures.One("conv1", true, 0.5, 0.95), fixtures.One("fc1", true, 0.5, 0.95)},
		Correct: func(a fixtures.At) int {
			if a.Target == "conv1" {
				return 900 - int(a.Ratio*300)
			}
			return 900 - int(a.Ratio*100)
		}})
	a, err := analysis.Analyze(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	points := headline(Input{Analysis: a, Network: "LeNet-5"})
	if len(points) != 1 || points[0].Figure != "sensitivity" || !strings.HasPrefix(points[0].Sentences[0], "Pruned alone, without retraining, conv1 is the most sensitive of the 2 layers compared") {
		t.Errorf("it begins with %q", points)
	}
}

// Where layers are retrained and the whole network is only pruned, the layers come first.
func TestWhatIsRetrainedComesFirst(t *testing.T) {
	for _, retrained := range []bool{false, true} {
		p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3, 4, 5, 6},
			Sweeps:  []fixtures.Sweep{fixtures.One("conv1", true, 0.5, 0.95), fixtures.One("fc1", true, 0.5, 0.95), fixtures.All(retrained, 0.5, 0.95)},
			Correct: func(a fixtures.At) int { return 900 - int(a.Ratio*100) }})
		a, err := analysis.Analyze(p, outs)
		if err != nil {
			t.Fatal(err)
		}
		want := "sensitivity"
		if retrained {
			want = "tradeoff"
		}
		if points := headline(Input{Analysis: a, Network: "LeNet-5"}); len(points) != 2 || points[0].Figure != want {
			t.Errorf("whole network retrained: %v: it begins with %+v", retrained, points)
		}
	}
}
