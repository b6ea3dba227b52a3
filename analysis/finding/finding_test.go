package finding

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

// lose is a loss in images at one stage, the same at every ratio.
type lose func(seed uint64) int

func (f lose) at(want curve.Stage) func(uint64, float64, curve.Stage) int {
	return func(seed uint64, _ float64, stage curve.Stage) int {
		if stage != want {
			return 50
		}
		return f(seed)
	}
}

func flat(seed uint64) int { return 50 }

func penalty(before, after regularizer.Config) func(*trial.Spec) {
	return func(s *trial.Spec) {
		s.Train.Regularizer = before
		for i := range s.Levels {
			s.Levels[i].Retrain.Regularizer = after
		}
	}
}

func retraining(f func(*train.Config)) func(*trial.Spec) {
	return func(s *trial.Spec) {
		for i := range s.Levels {
			f(s.Levels[i].Retrain)
		}
	}
}

var l1, l2 = regularizer.Config{L1: 5e-5}, regularizer.Config{L2: 5e-4}

// scan is a study of single layers: extra images are lost at a stage by those named.
func scan(l *lab, stage curve.Stage, extra lose, more ...string) {
	for _, name := range names {
		f := lose(flat)
		for _, m := range more {
			if m == name {
				f = func(seed uint64) int { return 50 + extra(seed) }
			}
		}
		l.add(planned{arm: "L2", target: name, layers: []string{name}, lost: f.at(stage)})
	}
}

// planters make, for each claim, a study in which the claimed side is ahead by
// so many images.
var planters = map[string]func(l *lab, ahead lose){
	"l1-better-before": func(l *lab, ahead lose) {
		worse := lose(func(s uint64) int { return 50 + ahead(s) })
		l.add(planned{arm: "L2", target: "all", edit: penalty(l2, l2), lost: worse.at(curve.Pruned)})
		l.add(planned{arm: "L1", target: "all", edit: penalty(l1, l1), lost: lose(flat).at(curve.Pruned)})
	},
	"l2-better-after": func(l *lab, ahead lose) {
		worse := lose(func(s uint64) int { return 50 + ahead(s) })
		l.add(planned{arm: "L2", target: "all", edit: penalty(l2, l2), lost: lose(flat).at(curve.Retrained)})
		l.add(planned{arm: "L1", target: "all", edit: penalty(l1, l1), lost: worse.at(curve.Retrained)})
	},
	"l1-then-l2-no-better": func(l *lab, ahead lose) { // the bound is 10 images
		worse := lose(func(s uint64) int { return 50 - 10 + ahead(s) })
		l.add(planned{arm: "L2", target: "all", edit: penalty(l2, l2), lost: lose(flat).at(curve.Retrained)})
		l.add(planned{arm: "L1→L2", target: "all", edit: penalty(l1, l2), lost: worse.at(curve.Retrained)})
	},
	"iterative-better": func(l *lab, ahead lose) {
		worse := lose(func(s uint64) int { return 50 + ahead(s) })
		at := []float64{0.5, 0.7, 0.9, 0.95, 0.98} // the first is the same trial of both
		l.add(planned{arm: "L2", target: "all", method: "iterative", schedule: trial.Iterative, ratios: at, lost: lose(flat).at(curve.Retrained)})
		l.add(planned{arm: "L2", target: "all", method: "one-shot, steps of iterative", schedule: trial.EqualSteps, ratios: at, lost: worse.at(curve.Retrained)})
	},
	"conv-more-sensitive-before":  func(l *lab, ahead lose) { scan(l, curve.Pruned, ahead, "conv1", "conv2") },
	"conv-more-sensitive-after":   func(l *lab, ahead lose) { scan(l, curve.Retrained, ahead, "conv1", "conv2") },
	"conv1-most-sensitive-before": func(l *lab, ahead lose) { scan(l, curve.Pruned, ahead, "conv1") },
	"conv1-most-sensitive-after":  func(l *lab, ahead lose) { scan(l, curve.Retrained, ahead, "conv1") },
	"half-free": func(l *lab, ahead lose) {
		f := lose(func(s uint64) int { return 10 - ahead(s) })
		l.add(planned{arm: "L2", target: "all", lost: f.at(curve.Pruned)})
	},
	"lossless-rate": func(l *lab, ahead lose) {
		f := lose(func(s uint64) int { return 10 - ahead(s) })
		l.add(planned{arm: "L2", target: "all", lost: f.at(curve.Retrained)})
	},
	"keeping-better": func(l *lab, ahead lose) {
		worse := lose(func(s uint64) int { return 50 + ahead(s) })
		l.add(planned{arm: "L2", target: "all", lost: lose(flat).at(curve.Retrained)})
		l.add(planned{arm: "L2", target: "all", method: "magnitude, reinit", edit: retraining(func(c *train.Config) { c.Start = train.StartReinit }), lost: worse.at(curve.Retrained)})
	},
	"magnitude-beats-random": func(l *lab, ahead lose) {
		worse := lose(func(s uint64) int { return 50 + ahead(s) })
		l.add(planned{arm: "L2", target: "all", lost: lose(flat).at(curve.Retrained)})
		l.add(planned{arm: "L2", target: "all", method: "random", edit: func(s *trial.Spec) {
			for i := range s.Levels {
				s.Levels[i].Prune.Criterion = prune.Random
			}
		}, lost: worse.at(curve.Retrained)})
	},
	"dropout-adjusted-beats-same": func(l *lab, ahead lose) { plantDropout(l, train.DropoutSame, ahead) },
	"dropout-adjusted-beats-off":  func(l *lab, ahead lose) { plantDropout(l, train.DropoutOff, ahead) },
	"local-better-than-uniform":   func(l *lab, ahead lose) { plantLocal(l, prune.PerLayer, ahead) },
	"local-better-than-global":    func(l *lab, ahead lose) { plantLocal(l, prune.Global, ahead) },
}

func plantLocal(l *lab, scope prune.Scope, ahead lose) {
	worse := lose(func(s uint64) int { return 50 + ahead(s) })
	l.add(planned{arm: "L2", target: "fc", layers: names[2:], lost: lose(flat).at(curve.Retrained)})
	l.add(planned{arm: "L2", target: "all", ratios: []float64{0.4, 0.45}, edit: func(s *trial.Spec) {
		for i := range s.Levels {
			s.Levels[i].Prune.Scope = scope
		}
	}, lost: worse.at(curve.Retrained)})
}

func plantDropout(l *lab, other train.Dropout, ahead lose) {
	worse := lose(func(s uint64) int { return 50 + ahead(s) })
	rule := func(d train.Dropout) func(*trial.Spec) { return retraining(func(c *train.Config) { c.Dropout = d }) }
	l.add(planned{arm: "adjusted", target: "all", edit: rule(train.DropoutAdjusted), lost: lose(flat).at(curve.Retrained)})
	l.add(planned{arm: string(other), target: "all", edit: rule(other), lost: worse.at(curve.Retrained)})
}

func TestPlantedEffectsGetTheirVerdict(t *testing.T) {
	planted := 0
	for _, claim := range claims() {
		ds, err := claim(newStudy(mustGroup(t, newLab(1)), nil))
		if err != nil {
			t.Fatal(err)
		}
		d := ds[0]
		if d.ID == "order-of-layers" {
			continue
		}
		plant := planters[d.ID]
		if plant == nil {
			t.Errorf("no planted effect for %s", d.ID)
			continue
		}
		planted++
		if d.Verdict != NotStudied || !strings.HasSuffix(d.Sentence(), "on this network and data") {
			t.Errorf("%s in a study without trials: %q, claim %q", d.ID, d.Verdict, d.Sentence())
		}
		for want, ahead := range map[Verdict]lose{
			Supported:    func(s uint64) int { return 8 + int(s%3) },
			Refuted:      func(s uint64) int { return -8 - int(s%3) },
			Inconclusive: func(s uint64) int { return []int{-3, 3, -1, 1, 0}[s%5] },
		} {
			l := newLab(10)
			plant(l, ahead)
			fs, err := l.findings()
			if err != nil {
				t.Fatal(err)
			}
			f := fs[d.ID]
			if f.Verdict != want {
				t.Errorf("%s: planted %s, got %s (%s), evidence %+v", d.ID, want, f.Verdict, f.Reason, f.Evidence)
			}
			if len(f.Seeds) != 10 || len(f.Trials) < 10 || f.Reason == "" || f.Adjusted == nil || *f.Adjusted < *f.P {
				t.Errorf("%s: %d seeds, %d trials, reason %q", d.ID, len(f.Seeds), len(f.Trials), f.Reason)
			}
		}
	}
	if planted != len(planters) {
		t.Errorf("%d of %d planted effects were tried", planted, len(planters))
	}
}

// endpoint says which numbers a claim speaks of, as its words do; pruned is the
// share of the network's weights that is removed. The ratios are some within
// and, where there are any, some beyond.
type endpoint struct {
	counts func(stage curve.Stage, ratio, pruned float64) bool
	ratios []float64
}

var endpoints = map[string]endpoint{
	"l1-better-before":            {between(curve.Pruned, 0.5, 0.9), []float64{0.5, 0.9, 0.95}},
	"l2-better-after":             {between(curve.Retrained, 0.5, 0.95), []float64{0.3, 0.5, 0.95, 0.98}},
	"l1-then-l2-no-better":        {between(curve.Retrained, 0.5, 0.95), []float64{0.3, 0.5, 0.95, 0.98}},
	"iterative-better":            {between(curve.Retrained, 0.9, 0.98), nil}, // those of its rounds
	"conv-more-sensitive-before":  {between(curve.Pruned, 0.5, 0.9), []float64{0.3, 0.5, 0.9, 0.98}},
	"conv-more-sensitive-after":   {between(curve.Retrained, 0.5, 0.95), []float64{0.3, 0.5, 0.95, 0.98}},
	"conv1-most-sensitive-before": {between(curve.Pruned, 0.5, 0.9), []float64{0.3, 0.5, 0.9, 0.98}},
	"conv1-most-sensitive-after":  {between(curve.Retrained, 0.5, 0.95), []float64{0.3, 0.5, 0.95, 0.98}},
	"half-free":                   {between(curve.Pruned, 0.5, 0.5), []float64{0.3, 0.5, 0.9}},
	"lossless-rate":               {between(curve.Retrained, 0, 1), []float64{0.5, 0.9}},
	"keeping-better":              {between(curve.Retrained, 0.9, 0.9), []float64{0.5, 0.9, 0.95}},
	"magnitude-beats-random":      {between(curve.Retrained, 0.5, 0.95), []float64{0.3, 0.5, 0.95, 0.98}},
	"dropout-adjusted-beats-same": {between(curve.Retrained, 0.9, 0.9), []float64{0.5, 0.9, 0.95}},
	"dropout-adjusted-beats-off":  {between(curve.Retrained, 0.9, 0.9), []float64{0.5, 0.9, 0.95}},
	"local-better-than-uniform":   localEndpoint,
	"local-better-than-global":    localEndpoint,
}

// localEndpoint is 0.9 of the two fully connected layers.
var localEndpoint = endpoint{func(stage curve.Stage, _, pruned float64) bool {
	return stage == curve.Retrained && math.Abs(pruned-0.45) < 1e-9
}, []float64{0.5, 0.9, 0.95}}

func between(want curve.Stage, lo, hi float64) func(curve.Stage, float64, float64) bool {
	return func(stage curve.Stage, ratio, _ float64) bool { return stage == want && ratio >= lo && ratio <= hi }
}

// A claim speaks of its endpoint alone. Where an effect is planted everywhere but
// there, nothing comes of it; where it is planted only there, all of it.
func TestOnlyTheEndpointCounts(t *testing.T) {
	for id, claim := range endpoints {
		planted, none := Supported, Inconclusive
		ahead := func(s uint64) int { return 8 + int(s%3) }
		switch id { // no difference is a verdict where there is a margin, and a loss of 50 images is beyond it
		case "l1-then-l2-no-better":
			planted, none = Refuted, Supported
			ahead = func(s uint64) int { return -200 - int(s%3) } // a small one would hide in the margin
		case "half-free", "lossless-rate":
			none = Refuted
		}
		for _, c := range []struct {
			inside bool // the effect is taken away inside of the endpoint, or else outside
			want   Verdict
		}{{true, none}, {false, planted}} {
			l := newLab(9) // enough for the largest family here, of seven claims
			l.grid = claim.ratios
			planters[id](l, ahead)
			changed := 0
			for i := range l.outs {
				o := &l.outs[i]
				at := slices.IndexFunc(o.Spec.Levels, func(l trial.Level) bool { return !l.Prune.Empty() })
				if at < 0 {
					continue
				}
				last := o.Spec.Levels[at].Prune
				for _, level := range o.Spec.Levels {
					if !level.Prune.Empty() {
						last = level.Prune
					}
				}
				ratio := last.Amounts[0]
				for stage, score := range map[curve.Stage]*train.Evaluation{curve.Pruned: o.Result.Pruned, curve.Retrained: o.Result.Retrained} {
					if claim.counts(stage, ratio, ratio*float64(len(last.Layers))/float64(len(names))) == c.inside {
						score.Correct = right - 50 - int(o.Spec.Seed%3)
						changed++
					}
				}
			}
			fs, err := l.findings()
			if err != nil {
				t.Fatal(err)
			}
			if f := fs[id]; f.Verdict != c.want || changed == 0 {
				t.Errorf("%s, the effect taken away inside its endpoint (%v): %s (%s), want %s", id, c.inside, f.Verdict, f.Reason, c.want)
			}
		}
	}
	if len(endpoints) != len(planters) {
		t.Errorf("%d endpoints for %d claims", len(endpoints), len(planters))
	}
}

// A layer that was not pruned has lost nothing; to rank it would make it the least
// sensitive.
func TestALayerThatWasNotPrunedIsNotCompared(t *testing.T) {
	for _, skipped := range names {
		l := newLab(10)
		for _, name := range names {
			if name != skipped {
				l.add(planned{arm: "L2", target: name, layers: []string{name}, lost: lose(flat).at(curve.Retrained)})
			}
		}
		fs, err := l.findings()
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"conv-more-sensitive-before", "conv-more-sensitive-after", "conv1-most-sensitive-before", "conv1-most-sensitive-after"} {
			if f := fs[id]; f.Verdict != NotStudied || !strings.Contains(f.Reason, "not every layer is pruned alone") {
				t.Errorf("%s without %s: %s (%s)", id, skipped, f.Verdict, f.Reason)
			}
		}
	}
}

// The order of the layers has a number and no verdict: 1 where retraining keeps
// it, -1 where it turns it round.
func TestOrderOfLayersIsDescribed(t *testing.T) {
	for want, after := range map[float64]func(i int) int{1: func(i int) int { return 40 + i }, -1: func(i int) int { return 40 - i }} {
		l := newLab(3)
		for i, name := range names {
			l.add(planned{arm: "L2", target: name, layers: []string{name}, lost: func(_ uint64, _ float64, stage curve.Stage) int {
				if stage == curve.Pruned {
					return 100 + i
				}
				return after(i)
			}})
		}
		fs, err := l.findings()
		if err != nil {
			t.Fatal(err)
		}
		f := fs["order-of-layers"]
		if f.Verdict != Descriptive || f.Correlation == nil || math.Abs(f.Correlation.Value-want) > 1e-12 || f.Correlation.N != len(names) || f.P != nil {
			t.Errorf("want tau %v over %d layers: %+v", want, len(names), f)
		}
	}
}

// Two layers have an order only with a third one: between them alone tau is 1 or -1.
func TestAnOrderTakesThreeLayers(t *testing.T) {
	for n, want := range map[int]Verdict{2: NotStudied, 3: Descriptive} {
		l := newLab(3)
		for i, name := range names[:n] {
			l.add(planned{arm: "L2", target: name, layers: []string{name}, lost: func(uint64, float64, curve.Stage) int { return 40 + i }})
		}
		fs, err := l.findings()
		if err != nil {
			t.Fatal(err)
		}
		if f := fs["order-of-layers"]; f.Verdict != want {
			t.Errorf("%d layers: %s (%s)", n, f.Verdict, f.Reason)
		}
	}
}

// What a study has beside the pairs of a claim is no substitute for them.
func TestOtherPairsAreNotTheClaims(t *testing.T) {
	at := []float64{0.7, 0.9, 0.95, 0.98}
	worse := lose(func(s uint64) int { return 60 + int(s%3) })
	for what, c := range map[string]struct {
		id    string
		plant func(*lab)
		want  Verdict
	}{
		"one retraining against several": {"iterative-better", func(l *lab) {
			l.add(planned{arm: "L2", target: "all", method: "iterative", schedule: trial.Iterative, ratios: at, lost: lose(flat).at(curve.Retrained)})
			l.add(planned{arm: "L2", target: "all", ratios: at, lost: worse.at(curve.Retrained)})
		}, NotStudied},
		"more weights removed of all layers": {"local-better-than-uniform", func(l *lab) {
			l.add(planned{arm: "L2", target: "fc", layers: names[2:], lost: lose(flat).at(curve.Retrained)})
			l.add(planned{arm: "L2", target: "all", ratios: []float64{0.4, 0.5}, lost: worse.at(curve.Retrained)})
		}, NotStudied},
		"at random, of other ratios": {"magnitude-beats-random", func(l *lab) {
			l.add(planned{arm: "L2", target: "all", lost: lose(flat).at(curve.Retrained)})
			l.add(planned{arm: "L2", target: "fc", layers: names[2:], method: "random", edit: func(s *trial.Spec) {
				for i := range s.Levels {
					s.Levels[i].Prune.Criterion = prune.Random
				}
			}, lost: worse.at(curve.Retrained)})
		}, NotStudied},
		"a lossless rate of rounds alone": {"lossless-rate", func(l *lab) { // is one, too
			l.add(planned{arm: "L2", target: "all", method: "iterative", schedule: trial.Iterative, ratios: at, lost: lose(func(s uint64) int { return int(s % 3) }).at(curve.Retrained)})
		}, Supported},
	} {
		l := newLab(10)
		c.plant(l)
		fs, err := l.findings()
		if err != nil {
			t.Fatal(err)
		}
		if f := fs[c.id]; f.Verdict != c.want {
			t.Errorf("%s, %s: %s (%s), want %s", c.id, what, f.Verdict, f.Reason, c.want)
		}
	}
}

// Image counts by hand: the loss is 9 more at every ratio, so is its area.
func TestEffectIsTheMeanOverSeeds(t *testing.T) {
	l := newLab(10)
	planters["l2-better-after"](l, func(uint64) int { return 9 })
	fs, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	if e := fs["l2-better-after"].Evidence[0].Difference; math.Abs(e.Value-0.0009) > 1e-12 || e.N != 10 {
		t.Errorf("effect %+v, want 9 of 10000 images", e)
	}
}

// One convention: differences are of accuracy lost, so that above 0 the first named
// loses more, against a reference, too.
func TestDifferencesAreOfAccuracyLost(t *testing.T) {
	first := map[string]string{
		"half-free": "pruned", "lossless-rate": "retrained", "keeping-better": "reinit", "magnitude-beats-random": "random",
		"local-better-than-uniform": "all", "local-better-than-global": "all",
		"dropout-adjusted-beats-same": "same", "dropout-adjusted-beats-off": "off",
		"l1-better-before": "L2", "l2-better-after": "L1", "l1-then-l2-no-better": "L2", "iterative-better": "one-shot",
		"conv-more-sensitive-before": "conv", "conv-more-sensitive-after": "conv", "conv1-most-sensitive-before": "conv1", "conv1-most-sensitive-after": "conv1",
	}
	for id, plant := range planters {
		l := newLab(10)
		ahead := func(s uint64) int { return 4 + int(s%3) } // the claimed side; fewer than the margin's 10
		if id == "l1-then-l2-no-better" {
			ahead = func(s uint64) int { return 2 - int(s%3) } // L2 loses 8 to 10 images more
		}
		plant(l, ahead)
		fs, err := l.findings()
		if err != nil {
			t.Fatal(err)
		}
		f := fs[id]
		if name, _, _ := strings.Cut(f.Pairs, " "); name != first[id] || f.Evidence[0].Difference.Value <= 0 {
			t.Errorf("%s: %s is %v", id, f.Pairs, f.Evidence[0].Difference.Value)
		}
	}
}

func TestTooFewSeedsAreNamed(t *testing.T) {
	l := newLab(5)
	l.plan.Primary = []string{"keeping-better"}
	planters["keeping-better"](l, func(uint64) int { return 20 })
	fs, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	f := fs["keeping-better"]
	if want := "needs >= 6 seeds for 1 claim, has 5; prunelab run STUDY --set seeds=6 --extend"; f.Verdict != Inconclusive || !strings.Contains(f.Reason, want) {
		t.Errorf("%s: %q, want %q", f.Verdict, f.Reason, want)
	}
}

// Verdicts are for as many claims as the seeds can decide, the first that have data
// or those that the study names. The rest has numbers and no verdict.
func TestPrimaryClaims(t *testing.T) {
	ahead := func(s uint64) int { return 8 + int(s%3) }
	study := func(seeds int, named ...string) map[string]Finding {
		l := newLab(seeds)
		l.plan.Primary = named
		scan(l, curve.Pruned, ahead, "conv1") // four claims
		planters["half-free"](l, ahead)       // two, and those of keeping and random
		planters["keeping-better"](l, ahead)
		planters["magnitude-beats-random"](l, ahead)
		fs, err := l.findings()
		if err != nil {
			t.Fatal(err)
		}
		return fs
	}
	evaluated := []string{"conv-more-sensitive-before", "conv-more-sensitive-after", "conv1-most-sensitive-before", "conv1-most-sensitive-after",
		"lossless-rate", "half-free", "keeping-better", "magnitude-beats-random"}
	for _, c := range []struct {
		seeds int
		named []string
		want  []string
	}{
		{3, nil, evaluated[:1]}, {6, nil, evaluated[:1]}, {7, nil, evaluated[:3]}, {8, nil, evaluated[:6]}, {9, nil, evaluated},
		{8, []string{"magnitude-beats-random", "half-free"}, []string{"half-free", "magnitude-beats-random"}},
	} {
		fs := study(c.seeds, c.named...)
		for _, id := range evaluated {
			f, is := fs[id], slices.Contains(c.want, id)
			if is != (f.Verdict != Secondary) || is != (f.Adjusted != nil) || f.P == nil || len(f.Evidence) == 0 || is && f.Evidence[0].Family != len(c.want) {
				t.Errorf("%d seeds, named %v: %s is %s, adjusted %v, p %v", c.seeds, c.named, id, f.Verdict, f.Adjusted, f.P)
			}
		}
	}
}

// The adjusted p are those that anyone gets from the printed p by Holm's formula,
// for ratios in order too.
func TestAdjustedIsHolmOfThePrintedP(t *testing.T) {
	l := newLab(10)
	planters["l2-better-after"](l, func(s uint64) int { return []int{30, 20, 10, -5, -9}[s%5] })
	l.add(planned{arm: "L2", target: "all", method: "wide", ratios: []float64{0.5, 0.7, 0.9}, edit: retraining(func(c *train.Config) { c.Epochs = 31 }), lost: lose(flat).at(curve.Pruned)})
	fs, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	var p, adjusted []float64
	for _, f := range fs {
		if f.Adjusted != nil {
			p, adjusted = append(p, *f.P), append(adjusted, *f.Adjusted)
		}
	}
	if want := stats.Holm(p); len(p) < 3 || !slices.Equal(adjusted, want) {
		t.Errorf("adjusted %v of p %v, Holm's formula gives %v", adjusted, p, want)
	}
}

// Every arm has its own lossless rate: one that is hidden behind another's is not
// asked.
func TestEveryArmHasItsLosslessRate(t *testing.T) {
	l := newLab(10)
	of := func(n int) lose { return func(s uint64) int { return n + int(s%3) } }
	l.add(planned{arm: "L2", target: "all", edit: penalty(l2, l2), lost: of(0).at(curve.Retrained)})
	l.add(planned{arm: "L1", target: "all", edit: penalty(l1, l1), lost: of(40).at(curve.Retrained)})
	fs, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	if a, b := fs["lossless-rate"], fs["lossless-rate: L1"]; a.Verdict != Supported || b.Verdict != Refuted {
		t.Errorf("L2 %s (%s), L1 %s (%s)", a.Verdict, a.Reason, b.Verdict, b.Reason)
	}
}

// A verdict is no easier to reach before the other claims' trials are there.
func TestClaimsThatWaitForTheirTrialsAreOfTheFamily(t *testing.T) {
	l := newLab(7)
	of := func(n int) lose { return func(s uint64) int { return n + int(s%3) } }
	l.add(planned{arm: "L2", target: "all", edit: penalty(l2, l2), lost: of(40).at(curve.Pruned)})
	l.add(planned{arm: "L1", target: "all", edit: penalty(l1, l1), lost: of(4).at(curve.Pruned)})
	l.plan.Primary = []string{"l1-better-before", "l2-better-after", "half-free"}
	whole, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	for i := range l.outs { // right after pruning all is known, after retraining nothing
		l.outs[i].Result.Retrained = nil
	}
	l.outs = slices.DeleteFunc(l.outs, func(o trial.Outcome) bool { return len(o.Spec.Levels) > 0 && o.Spec.Levels[0].Prune.Amounts == nil })
	part, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	a, b := whole["l1-better-before"], part["l1-better-before"]
	if part["l2-better-after"].Adjusted != nil || b.Adjusted == nil || *b.Adjusted < *a.Adjusted || b.Evidence[0].Family != 3 || corrected([]Finding{b, part["half-free"], part["l2-better-after"]}) != 3 {
		t.Errorf("complete: adjusted p %v; of a part %v in a family of %d", *a.Adjusted, *b.Adjusted, b.Evidence[0].Family)
	}
}

// An arm whose control the study leaves out is not asked.
func TestAnArmWithoutAControlHasNoLosslessRate(t *testing.T) {
	l := newLab(10)
	of := lose(func(s uint64) int { return int(s % 3) }).at(curve.Retrained)
	l.add(planned{arm: "L2", target: "all", edit: penalty(l2, l2), lost: of})
	l.add(planned{arm: "L2→none", target: "all", uncontrolled: true, edit: penalty(l2, regularizer.Config{}), lost: of})
	fs, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	if f := fs["lossless-rate"]; f.Arm != "L2" || f.Verdict != Supported {
		t.Errorf("%+v", f)
	}
	if f, ok := fs["lossless-rate: L2→none"]; ok {
		t.Errorf("%+v", f)
	}
}

// That no ratio is lossless does not follow from high ones.
func TestNoLowRatioRefutesNothing(t *testing.T) {
	for lowest, want := range map[float64]Verdict{0.5: Refuted, 0.8: Inconclusive} {
		l := newLab(10)
		l.add(planned{arm: "L2", target: "all", ratios: []float64{lowest, 0.95}, lost: lose(func(s uint64) int { return 40 + int(s%3) }).at(curve.Retrained)})
		fs, err := l.findings()
		if err != nil {
			t.Fatal(err)
		}
		f := fs["lossless-rate"]
		if f.Verdict != want || want == Inconclusive && !strings.Contains(f.Reason, "no lower one was tried") {
			t.Errorf("from %v on: %s (%s)", lowest, f.Verdict, f.Reason)
		}
	}
}

// One seed far off widens the interval over 0 where the test still decides: said
// where it stands.
func TestAnIntervalThatHoldsZeroIsExplained(t *testing.T) {
	l := newLab(10)
	planters["l2-better-after"](l, func(s uint64) int {
		if s == 4 {
			return 300
		}
		return 8 + int(s%3)
	})
	fs, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	f := fs["l2-better-after"]
	if e := f.Evidence[0].Difference; f.Verdict != Supported || e.Lo > 0 {
		t.Fatalf("not the case: %s, %+v", f.Verdict, e)
	}
	if !strings.Contains(f.Reason, "holds 0") || !strings.Contains(f.Reason, "median +0.09 pp, seed 4 at +3.00 pp") {
		t.Errorf("%s", f.Reason)
	}
}

// A regularizer acts by making the survivors smaller than retraining without one
// leaves them: growing is no action, and without such a retraining nothing is known.
func TestARegularizerThatHardlyActedGivesNoVerdict(t *testing.T) {
	shrunk := func(end float64, without bool) Finding {
		l := newLab(10)
		planters["l2-better-after"](l, func(uint64) int { return 9 })
		if without {
			l.add(planned{arm: "none", target: "all", edit: penalty(l2, regularizer.Config{}), lost: lose(flat).at(curve.Retrained)})
			l.add(planned{arm: "none after L1", target: "all", edit: penalty(l1, regularizer.Config{}), lost: lose(flat).at(curve.Retrained)})
		}
		for i, o := range l.outs {
			if n := len(o.Spec.Levels); n > 0 && o.Spec.Levels[0].Retrain.Regularizer != (regularizer.Config{}) {
				for j := range o.Result.Layers {
					l.outs[i].Result.Layers[j].NormEnd = end
				}
			}
		}
		fs, err := l.findings()
		if err != nil {
			t.Fatal(err)
		}
		return fs["l2-better-after"]
	}
	for _, c := range []struct {
		end     float64
		without bool
		want    Verdict
		said    string
	}{
		{19.2, false, Supported, "cannot tell"}, {5, false, Supported, "cannot tell"},
		{12, true, Inconclusive, "20.0 % larger"}, {10.4, true, Inconclusive, "4.0 % larger"}, {9.6, true, Inconclusive, "4.0 % smaller"},
		{9.4, true, Supported, "6.0 % smaller"},
	} {
		f := shrunk(c.end, c.without)
		said := f.Reason
		for _, n := range f.Caveats {
			said += "; " + string(n)
		}
		if f.Verdict != c.want || !strings.Contains(said, c.said) || c.want == Inconclusive && !strings.Contains(f.Reason, "the regularizer hardly acted") {
			t.Errorf("norm %v, control %v: %s (%s)", c.end, c.without, f.Verdict, said)
		}
	}
}

// L1 loses less, but from a worse dense network: it is the less accurate one. That
// forbids a verdict where it is more than chance.
func TestOppositeSignInRawAccuracyGivesNoVerdict(t *testing.T) {
	for _, c := range []struct {
		worse func(seed uint64) int
		want  Verdict
		said  string
	}{
		{func(uint64) int { return 30 }, Inconclusive, "opposite sign in raw accuracy: L2 − L1 is -0.210 ± 0.000 pp, p = 0.002"},
		{func(s uint64) int { return []int{40, -22, 40, -22, 10}[s%5] }, Supported, "which chance explains"},
	} {
		l := newLab(10)
		planters["l1-better-before"](l, func(uint64) int { return 9 })
		for i, o := range l.outs {
			if o.Spec.Train.Regularizer == l1 {
				l.outs[i].Result.Start.Correct -= c.worse(o.Spec.Seed)
				if o.Result.Pruned != nil {
					l.outs[i].Result.Pruned.Correct -= c.worse(o.Spec.Seed)
				}
			}
		}
		fs, err := l.findings()
		if err != nil {
			t.Fatal(err)
		}
		f := fs["l1-better-before"]
		if said := f.Reason + fmt.Sprint(f.Caveats); f.Verdict != c.want || !strings.Contains(said, c.said) {
			t.Errorf("%s (%s)", f.Verdict, said)
		}
		if f.OppositeInRaw() != (c.want == Supported) { // else it is the reason
			t.Errorf("%s: opposite in raw accuracy %t", f.Verdict, f.OppositeInRaw())
		}
		if other := fs["half-free"]; other.OppositeInRaw() {
			t.Errorf("%s: %q", other.ID, other.Caveats)
		}
	}
}

// Where the difference of losses comes from the controls, which retraining made
// worse on one side, it is said with the difference against the dense networks.
func TestControlsThatMovedApartAreSaid(t *testing.T) {
	l := newLab(10)
	planters["l2-better-after"](l, func(s uint64) int { return 9 + int(s%3) })
	for i, o := range l.outs {
		if o.Spec.Train.Regularizer == l1 && o.Result.Retrained != nil {
			l.outs[i].Result.Retrained.Correct -= 20 // control and pruned alike
		}
	}
	fs, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	f := fs["l2-better-after"]
	want := "the unpruned controls lose 0.200 ± 0.000 pp and 0.000 ± 0.000 pp in retraining, p = 0.002 of their difference; against the dense networks L1 − L2 is 0.300"
	if f.Verdict != Supported || !strings.Contains(fmt.Sprint(f.Caveats), want) {
		t.Errorf("%s (%s), %s", f.Verdict, f.Reason, f.Caveats)
	}
}

// The first convolution has to beat every other layer; one that is more
// sensitive refutes the claim.
func TestOneLayerRefutesTheMostSensitive(t *testing.T) {
	l := newLab(10)
	scan(l, curve.Retrained, func(s uint64) int { return 8 + int(s%3) }, "fc2")
	fs, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	if f := fs["conv1-most-sensitive-after"]; f.Verdict != Refuted || !strings.Contains(f.Reason, "conv1 − fc2") {
		t.Errorf("%s (%s)", f.Verdict, f.Reason)
	}
}

// The p of a claim about every layer is that of one comparison, which the reason
// names, with what its p was multiplied by; the shift that would have been found is
// that of the comparison with the widest scatter.
func TestAClaimAboutEveryLayerSaysWhoseItsPIs(t *testing.T) {
	for _, x := range []struct {
		what         string
		conv2, fc1   func(seed int) int // images that conv1 loses more than them
		want, widest string
	}{
		{"no layer is ahead", func(s int) int { return s%4 - 1 }, func(s int) int { return 20 + 10*(s%2) }, "of conv1 − conv2, whose p is the largest; a shift of ", " pp in conv1 − fc1 would"},
		{"one is ahead", func(s int) int { return 1 - s%4 }, func(s int) int { return 20 + 10*(s%2) }, "of conv1 − conv2, which has the other sign: its p times 3 comparisons; a shift of ", " pp in conv1 − fc1 would"},
	} {
		l := newLab(8)
		for name, less := range map[string]func(int) int{"conv1": func(int) int { return 0 }, "conv2": x.conv2, "fc1": x.fc1, "fc2": func(s int) int { return 40 + s%2 }} {
			l.add(planned{arm: "L2", target: name, layers: []string{name}, lost: lose(func(s uint64) int { return 50 - less(int(s)) }).at(curve.Retrained)})
		}
		fs, err := l.findings()
		if err != nil {
			t.Fatal(err)
		}
		f := fs["conv1-most-sensitive-after"]
		if f.Verdict != Inconclusive || !strings.Contains(f.Reason, x.want) || !strings.Contains(f.Reason, x.widest) {
			t.Errorf("%s: %s (%s)", x.what, f.Verdict, f.Reason)
		}
	}
}

func TestLosslessRateStopsAtTheFirstFailure(t *testing.T) {
	l := newLab(10)
	l.add(planned{arm: "L2", target: "all", lost: func(seed uint64, ratio float64, stage curve.Stage) int {
		if stage == curve.Retrained && ratio == 0.9 { // 0.95 is lossless again
			return 30 + int(seed%3)
		}
		return int(seed % 3)
	}})
	fs, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	if f := fs["lossless-rate"]; f.Verdict != Supported || !strings.Contains(f.Reason, "up to a ratio of 0.7 ") {
		t.Errorf("%s (%s)", f.Verdict, f.Reason)
	}
}

func TestSeveralStrengthsGetNoVerdict(t *testing.T) {
	l := newLab(3)
	planters["l2-better-after"](l, func(uint64) int { return 9 })
	strong := regularizer.Config{L2: 1e-3}
	l.add(planned{arm: "strong", target: "all", edit: penalty(strong, strong), lost: lose(flat).at(curve.Retrained)})
	fs, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"l1-better-before", "l2-better-after"} {
		if f := fs[id]; f.Verdict != NotStudied || !strings.Contains(f.Reason, "pilot seeds") {
			t.Errorf("%s: %s (%s)", id, f.Verdict, f.Reason)
		}
	}
}

func TestOtherDataHaveNoMargin(t *testing.T) {
	l := newLab(3)
	l.data = "idx"
	planters["half-free"](l, func(uint64) int { return 0 })
	fs, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	if f := fs["half-free"]; f.Verdict != NotStudied || !strings.Contains(f.Reason, "no margin") {
		t.Errorf("%s (%s)", f.Verdict, f.Reason)
	}
}

func TestFindingsDoNotDependOnOrder(t *testing.T) {
	l := newLab(4)
	scan(l, curve.Retrained, func(s uint64) int { return int(s) }, "conv2")
	want, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(l.outs), func(i, j int) { l.outs[i], l.outs[j] = l.outs[j], l.outs[i] })
	r.Shuffle(len(l.plan.Cells), func(i, j int) { l.plan.Cells[i], l.plan.Cells[j] = l.plan.Cells[j], l.plan.Cells[i] })
	if got, err := l.findings(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("another order gave other findings (%v)", err)
	}
	if want["order-of-layers"].Verdict != Descriptive || want["order-of-layers"].Correlation.P != nil {
		t.Errorf("four layers: %+v", want["order-of-layers"])
	}
}

func TestReinitialisedNetworksHaveToBeTrainedInFull(t *testing.T) {
	l := newLab(10)
	short := func(start train.Start) func(*trial.Spec) {
		return retraining(func(c *train.Config) { c.Epochs, c.Start = 6, start })
	}
	worse := lose(func(s uint64) int { return 80 + int(s%3) })
	l.add(planned{arm: "L2", target: "all", edit: short(train.StartKeep), lost: lose(flat).at(curve.Retrained)})
	l.add(planned{arm: "L2", target: "all", method: "magnitude, reinit", edit: short(train.StartReinit), lost: worse.at(curve.Retrained)})
	fs, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	if f := fs["keeping-better"]; f.Verdict != Inconclusive || !strings.Contains(f.Reason, "not trained in full: 6 epochs") {
		t.Errorf("%s (%s)", f.Verdict, f.Reason)
	}
}

// A claim compares what differs in its one thing only: another retraining on
// one side makes no pair.
func TestUnequalRetrainingsAreNoPair(t *testing.T) {
	l := newLab(3)
	l.add(planned{arm: "L2", target: "all", edit: penalty(l2, l2), lost: lose(flat).at(curve.Retrained)})
	l.add(planned{arm: "L1", target: "all", edit: func(s *trial.Spec) {
		penalty(l1, l1)(s)
		retraining(func(c *train.Config) { c.Epochs = 60 })(s)
	}, lost: lose(flat).at(curve.Retrained)})
	fs, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	if got := fs["l2-better-after"].Verdict; got != NotStudied {
		t.Errorf("after retraining: %s", got)
	}
	if got := fs["l1-better-before"].Verdict; got != Inconclusive {
		t.Errorf("before retraining the pair is one: %s", got)
	}
}

func TestMissingSeedsLeaveThePairsThatAreWhole(t *testing.T) {
	l := newLab(10)
	planters["magnitude-beats-random"](l, func(s uint64) int { return 8 + int(s%3) })
	gone := 0
	for i := range l.outs {
		o := &l.outs[i]
		if o.Spec.Seed == 4 && len(o.Spec.Levels) > 0 && o.Spec.Levels[0].Prune.Criterion == prune.Random {
			o.Status = trial.Failed
			gone++
		}
	}
	fs, err := l.findings()
	if err != nil {
		t.Fatal(err)
	}
	f := fs["magnitude-beats-random"]
	if gone == 0 || len(f.Seeds) != 9 || f.Evidence[0].Difference.N != 9 || f.Verdict != Supported {
		t.Errorf("%d outcomes lost: %s with seeds %v", gone, f.Verdict, f.Seeds)
	}
	if len(f.Caveats) != 1 || !strings.Contains(string(f.Caveats[0]), "1 seed without all numbers (the first: failed)") {
		t.Errorf("caveats %q", f.Caveats)
	}
}

// The effect shown of a claim about every layer is that of the layer that decides, not of the first.
func TestTheComparisonThatDecidesIsShown(t *testing.T) {
	of := func(value, p float64) stats.Comparison {
		return stats.Comparison{Difference: stats.Estimate{Value: value}, Test: stats.Test{P: p}}
	}
	for _, c := range []struct {
		name string
		all  []stats.Comparison
		want int
	}{
		{"all hold: the largest p", []stats.Comparison{of(0.03, 0.01), of(0.01, 0.04), of(0.02, 0.02)}, 1},
		{"all hold, equal p: the least difference", []stats.Comparison{of(0.03, 0.01), of(0.02, 0.01), of(0.01, 0.01)}, 2},
		{"some fail: the smallest p of these", []stats.Comparison{of(0.03, 0.01), of(-0.01, 0.5), of(-0.02, 0.2), of(0.01, 0.9)}, 2},
		{"some fail, equal p: the furthest on the other side", []stats.Comparison{of(-0.01, 0.5), of(0.03, 0.01), of(-0.02, 0.5)}, 2},
	} {
		if got := (&tested{comparisons: c.all}).deciding(); got != c.want {
			t.Errorf("%s: %d, not %d", c.name, got, c.want)
		}
	}
}
