package finding

import (
	"fmt"
	"math"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

// leastAction is how much the norm of the survivors has to differ from
// retraining without a regularizer.
const leastAction = 0.05

func isL1(c regularizer.Config) bool { return c.L1 > 0 && c.L2 == 0 }
func isL2(c regularizer.Config) bool { return c.L2 > 0 && c.L1 == 0 }

// penalties selects the whole network's series of an arm by the regularizers
// of its training and retraining; after is nil before retraining.
func penalties(stage curve.Stage, before, after func(regularizer.Config) bool) func(series) bool {
	is := whole(stage)
	return func(s series) bool {
		return is(s) && before(s.spec.Train.Regularizer) && (after == nil || after(s.retraining().Regularizer))
	}
}

// regularizers clears what arms differ in.
func regularizers(s *trial.Spec, _ *trial.Level, r *train.Config) {
	s.Train.Regularizer, r.Regularizer = regularizer.Config{}, regularizer.Config{}
}

// training clears the first training's regularizer and all of the retraining.
func training(s *trial.Spec, _ *trial.Level, r *train.Config) {
	s.Train.Regularizer = regularizer.Config{}
	*r = train.Config{}
}

// strengths says so where several strengths of one family are in the study:
// which of them to compare has to be chosen on other seeds.
func strengths(ps []pair, after bool) string {
	var a, b []string
	for _, p := range ps {
		a, b = append(a, p.a.strength(after)), append(b, p.b.strength(after))
	}
	slices.Sort(a)
	slices.Sort(b)
	if len(slices.Compact(a)) < 2 && len(slices.Compact(b)) < 2 {
		return ""
	}
	return "the study has several strengths of a regularizer: choose one of each on pilot seeds and compare those"
}

func (s series) strength(after bool) string {
	w := fmt.Sprint(s.spec.Train.Regularizer)
	if after {
		w += fmt.Sprint(s.retraining().Regularizer)
	}
	return w
}

// acted looks whether the regularizer of a series' retraining had time to act
// between the sparsities lo and hi. The survivors' norm is compared with that of
// the same trials retrained without a regularizer or, where the study has none,
// with the norm right after pruning, which retraining changes by itself too.
func (s *study) acted(x series, lo, hi float64) (doubt, note string) {
	var change []float64
	control := true
	for _, p := range within(x.Points, lo, hi) {
		for _, m := range p.Seeds {
			spec, _ := s.g.Spec(m.Key)
			o := s.g.Outcome(m.Key)
			end := norm(o, spec, func(l trial.LayerResult) float64 { return l.NormEnd })
			ref := 0.0
			if without := s.g.Outcome(unregularized(spec).Key()); without != nil && without.Status == trial.Done {
				ref = norm(without, spec, func(l trial.LayerResult) float64 { return l.NormEnd })
			} else {
				control = false
				ref = norm(o, spec, func(l trial.LayerResult) float64 { return l.NormKept })
			}
			if ref > 0 {
				change = append(change, math.Abs(1-end/ref))
			}
		}
	}
	if len(change) == 0 {
		return "", fmt.Sprintf("arm %s: no norms to tell whether the regularizer acted", x.Arm)
	}
	mean := stats.Average(change)
	against := "retraining without a regularizer"
	if !control {
		against = "those right after pruning (the study has no retraining without a regularizer)"
	}
	words := fmt.Sprintf("arm %s: the survivors' norm differs by %.1f %% from %s", x.Arm, 100*mean, against)
	if mean < leastAction {
		return fmt.Sprintf("the regularizer hardly acted (arm %s, %.1f %%)", x.Arm, 100*mean), words
	}
	return "", words
}

// unregularized is the trial whose retraining has no regularizer.
func unregularized(s trial.Spec) trial.Spec {
	s.Levels = slices.Clone(s.Levels)
	for i, l := range s.Levels {
		if l.Retrain != nil {
			r := *l.Retrain
			r.Regularizer = regularizer.Config{}
			s.Levels[i].Retrain = &r
		}
	}
	return s
}

// norm is the Euclidean norm over the layers that a trial prunes.
func norm(o *trial.Outcome, s trial.Spec, of func(trial.LayerResult) float64) float64 {
	if o == nil {
		return 0
	}
	sum := 0.0
	for _, l := range o.Result.Layers {
		if slices.Contains(s.Levels[0].Prune.Layers, l.Name) {
			sum += of(l) * of(l)
		}
	}
	return math.Sqrt(sum)
}

// act asks acted of both sides.
func (d *draft) act(s *study, p pair, lo, hi float64) {
	for _, x := range []series{p.a, p.b} {
		doubt, note := s.acted(x, lo, hi)
		if doubt != "" {
			d.doubts = append(d.doubts, doubt)
		}
		if note != "" {
			d.notes = append(d.notes, note)
		}
	}
}
