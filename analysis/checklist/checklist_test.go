package checklist

import (
	"math"
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/internal/fixtures"
	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/prune"
	"prunelab/model/train"
)

// reportable is a study that has every item of the checklist: five amounts, up
// to where accuracy falls, by magnitude and at random, layer by layer and
// globally.
func reportable() fixtures.Config {
	ratios := []float64{0.5, 0.8, 0.9, 0.95, 0.98}
	drawn, global := fixtures.All(true, ratios...), fixtures.All(true, ratios...)
	drawn.Random = true
	global.Random, global.Global = true, true
	return fixtures.Config{
		Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3}, Sweeps: []fixtures.Sweep{fixtures.All(true, ratios...), drawn, global},
		Correct: func(a fixtures.At) int { return 980 + int(a.Seed) - int(500*math.Pow(a.Ratio, 8)) },
	}
}

// unplanned takes cells out of a study, with their trials where these serve no
// other cell.
func unplanned(p *trial.Plan, gone func(trial.Cell) bool) {
	p.Cells = slices.DeleteFunc(p.Cells, gone)
	p.Trials = slices.DeleteFunc(p.Trials, func(s trial.Spec) bool {
		return !slices.ContainsFunc(p.Cells, func(c trial.Cell) bool { return c.Key == s.Key() })
	})
}

// Every item stands on what it says and on nothing else: the study that has all
// of them loses the one whose ground is taken away.
func TestChecklistItemsStandOnWhatTheySay(t *testing.T) {
	type study struct {
		plan trial.Plan
		outs []trial.Outcome
	}
	build := func(change func(*fixtures.Config)) study {
		c := reportable()
		if change != nil {
			change(&c)
		}
		p, outs := fixtures.Build(c)
		return study{p, outs}
	}
	silent := func(clear func(*trial.Provenance)) func(*study) {
		return func(s *study) { clear(&s.outs[len(s.outs)/2].Provenance) }
	}
	const (
		setting   = "architecture, data set and metric are fully specified"
		counts    = "compression and theoretical speed-up (multiply-adds) are given at every point"
		accuracy  = "raw accuracy is given at every point"
		operating = "at least 5 operating points of the whole network, up to where accuracy clearly falls"
		control   = "the unpruned control was measured and retrained the same way"
		deviation = "mean and sample standard deviation over seeds, intervals with their level and method"
		condition = "batch size, augmentation, hardware and library"
		global    = "compared with random pruning, globally"
		alike     = "compared with random pruning, the same proportion of each layer"
		magnitude = "compared with magnitude pruning"
	)
	items := []string{setting, counts, accuracy, operating, control, deviation, condition, global, alike, magnitude}
	lost := map[string]bool{}
	for _, c := range []struct {
		item, what string
		study      study
		change     func(*study)
	}{
		{item: "", what: "nothing", study: build(nil)},
		{setting, "no digest of the data", build(nil), func(s *study) {
			fixtures.Respecify(&s.plan, s.outs, func(s *trial.Spec) { s.Data = dataset.Config{Name: s.Data.Name, Validation: s.Data.Validation} })
		}},
		{setting, "a network scored on fewer images", build(nil), func(s *study) {
			last := &s.outs[len(s.outs)-1]
			start := *last.Result.Start
			start.N--
			last.Result.Start = &start
		}},
		{counts, "multiply-adds that were not counted", build(nil), func(s *study) {
			for i := range s.outs {
				if l := s.outs[i].Spec.Levels; len(l) > 0 && slices.Contains(l[0].Prune.Amounts, 0.8) {
					for j := range s.outs[i].Result.Layers {
						s.outs[i].Result.Layers[j].MACs = 0
					}
				}
			}
		}},
		{accuracy, "a trial that was not run", build(nil), func(s *study) { s.outs = s.outs[:len(s.outs)-1] }},
		{operating, "four points", build(func(c *fixtures.Config) {
			c.Sweeps[0].Ratios, c.Sweeps[1].Ratios = c.Sweeps[0].Ratios[1:], c.Sweeps[1].Ratios[1:]
		}), nil},
		{operating, "a loss within the margin", build(func(c *fixtures.Config) { c.Correct = func(a fixtures.At) int { return 980 + int(a.Seed) } }), nil},
		{control, "a seed without a control", build(nil), func(s *study) {
			unplanned(&s.plan, func(c trial.Cell) bool { return c.Role == trial.Control && c.Seed == 2 })
			s.outs = slices.DeleteFunc(s.outs, func(o trial.Outcome) bool {
				return o.Spec.Seed == 2 && len(o.Spec.Levels) > 0 && o.Spec.Levels[0].Prune.Empty()
			})
		}},
		{deviation, "a point of one seed", build(nil), func(s *study) {
			unplanned(&s.plan, func(c trial.Cell) bool {
				return c.Method.Criterion == prune.Random && c.Requested == 0.8 && c.Seed != 2
			})
			s.outs = slices.DeleteFunc(s.outs, func(o trial.Outcome) bool {
				return !slices.ContainsFunc(s.plan.Cells, func(c trial.Cell) bool { return c.Key == o.Key })
			})
		}},
		{condition, "no version", build(nil), silent(func(v *trial.Provenance) { v.Version = "" })},
		{condition, "no Go", build(nil), silent(func(v *trial.Provenance) { v.Go = "" })},
		{condition, "no kernel", build(nil), silent(func(v *trial.Provenance) { v.Kernel = "" })},
		{condition, "no platform", build(nil), silent(func(v *trial.Provenance) { v.Platform = "" })},
		{condition, "no CPU", build(nil), silent(func(v *trial.Provenance) { v.CPU = "" })},
		{global, "none of it", build(func(c *fixtures.Config) { c.Sweeps = c.Sweeps[:2] }), nil},
		{alike, "none of it", build(func(c *fixtures.Config) { c.Sweeps = slices.Delete(c.Sweeps, 1, 2) }), nil},
		{alike, "ranked over all layers instead", build(func(c *fixtures.Config) {
			c.Sweeps[1] = c.Sweeps[2]
			c.Sweeps[1].Random = false
		}), nil},
		{alike, "other proportions", build(func(c *fixtures.Config) { c.Sweeps[1].Ratios = []float64{0.51, 0.81, 0.91, 0.96, 0.99} }), nil},
		{magnitude, "another criterion", build(nil), func(s *study) {
			fixtures.Respecify(&s.plan, s.outs, func(s *trial.Spec) {
				s.Levels = slices.Clone(s.Levels)
				for i := range s.Levels {
					if p := &s.Levels[i].Prune; p.Criterion == prune.Magnitude {
						p.Criterion = "another"
					}
				}
			})
		}},
	} {
		if c.change != nil {
			c.change(&c.study)
		}
		g, err := group.New(c.study.plan, c.study.outs)
		if err != nil {
			t.Fatal(err)
		}
		curves, err := curve.FromGroups(g)
		if err != nil {
			t.Fatal(err)
		}
		checked := Items(g, curves)
		var have []string
		for i, k := range checked {
			have = append(have, k.Name)
			if want := k.Name != c.item; k.Ticked != want || k.Reason == "" {
				t.Errorf("%s: %q is ticked: %v, %s", c.what, k.Name, k.Ticked, k.Reason)
			}
			if got := Table(checked).Rows[i][1].Text; (got == "yes") != k.Ticked {
				t.Errorf("%s: the table says %q of %q", c.what, got, k.Name)
			}
		}
		if !slices.Equal(have, items) {
			t.Fatalf("the items are %q", have)
		}
		if c.item == "" {
			continue
		}
		lost[c.item] = true
	}
	if len(lost) != len(items) {
		t.Errorf("%d of %d items were taken away", len(lost), len(items))
	}
}

// A network from a file has no first training, whose batch would be 0.
func TestBatchesAreThoseOfTrainings(t *testing.T) {
	trained := func(batch, retrain int) *trial.Outcome {
		o := &trial.Outcome{Provenance: trial.Provenance{Version: "1", Go: "go", Kernel: "generic", Platform: "linux", CPU: "one"}}
		o.Spec.Train.Batch = batch
		if retrain > 0 {
			o.Spec.Levels = []trial.Level{{Retrain: &train.Config{Batch: retrain}}}
		}
		return o
	}
	for want, done := range map[string][]*trial.Outcome{
		"batch 64, no":         {trained(0, 0), trained(0, 64)},
		"batch 64, 128, no":    {trained(128, 64), trained(128, 128)},
		"nothing is trained, ": {trained(0, 0)},
	} {
		if c := conditions(done); !c.Ticked || !strings.HasPrefix(c.Reason, want) {
			t.Errorf("%q, not %q", c.Reason, want)
		}
	}
}

// A network of which nothing is left multiplies nothing: that is a count, too.
func TestAnEmptiedNetworkIsCounted(t *testing.T) {
	p := curve.Point{Placed: true, Sparsity: 1, Whole: 1}
	p.Accuracy.N = 3
	if c := compression([]curve.Curve{{Points: []curve.Point{p}}}); !c.Ticked {
		t.Error(c.Reason)
	}
}
