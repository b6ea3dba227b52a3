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

// leastAction is by how much a regularizer has to make the norm of the survivors
// smaller than retraining without one leaves it.
const leastAction = 0.05

func isL1(c regularizer.Config) bool { return only(c, regularizer.L1) }
func isL2(c regularizer.Config) bool { return only(c, regularizer.L2) }

func only(c regularizer.Config, n regularizer.Norm) bool {
	terms := c.Terms()
	return len(terms) == 1 && terms[0].Norm == n
}

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
// between the sparsities lo and hi: it has to make the survivors' norm smaller by
// leastAction than the same trials have it that were retrained without one. Where
// the study has no such trials nothing can be told.
func (s *study) acted(x series, lo, hi float64) (doubt, note string) {
	var shrinkage []float64
	for _, p := range within(x.Points, lo, hi) {
		for _, m := range p.Seeds {
			spec, _ := s.g.Spec(m.Key)
			without := s.g.Outcome(unregularized(spec).Key())
			if without == nil || without.Status != trial.Done {
				continue
			}
			if ref := normEnd(without, spec); ref > 0 {
				shrinkage = append(shrinkage, 1-normEnd(s.g.Outcome(m.Key), spec)/ref)
			}
		}
	}
	if len(shrinkage) == 0 {
		return "", fmt.Sprintf("arm %s: cannot tell whether the regularizer acted in retraining, since the study has no retraining without one from the same networks", x.Arm)
	}
	mean := stats.Average(shrinkage)
	words, size := "smaller", 100*mean
	if mean < 0 {
		words, size = "larger", -size
	}
	said := fmt.Sprintf("arm %s: the survivors' norm is %.1f %% %s than after retraining without a regularizer", x.Arm, size, words)
	if mean < leastAction {
		return "the regularizer hardly acted (" + said + ")", ""
	}
	return "", said
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

// normEnd is the Euclidean norm of the final weights, over the layers that s prunes.
func normEnd(o *trial.Outcome, s trial.Spec) float64 {
	sum := 0.0
	for _, l := range o.Result.Layers {
		if slices.Contains(s.Levels[0].Prune.Layers, l.Name) {
			sum += l.NormEnd * l.NormEnd
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
