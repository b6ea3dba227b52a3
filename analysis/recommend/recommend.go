// Package recommend turns the curves of layers that were pruned alone into one
// ratio for each layer under a joint budget of accuracy, and compares what such
// a network was predicted to lose with what it lost.
//
//  1. Each layer's loss is read on its loss profile (profile.go), after
//     retraining where every layer has that, else right after pruning; never
//     beyond the largest ratio that was measured.
//  2. The joint model says what layers lose together that lose so much alone
//     (joint.go); it is fitted to what the study lost with several layers pruned,
//     which also says how far it is off. The ratios are found that remove most
//     while the upper bound of the prediction is within the budget (allocate.go).
//  3. The model is an assumption, so a Recommendation comes with a ladder of
//     smaller and larger budgets and with baselines (baselines.go): as many weights
//     removed uniformly, globally by magnitude, of the fully connected layers
//     alone, and at random with the same ratios.
//  4. Compare reads what a run of all these lost (check.go).
//
// Ratios, losses and budgets are fractions. The package runs nothing and writes
// no study file.
package recommend

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
	"prunelab/model/nn"
	"prunelab/model/prune"
)

// Objective is what as much as possible is removed of.
type Objective string

// The objectives.
const (
	Weights Objective = "weights"
	MACs    Objective = "macs" // multiply-adds
)

// Config says what is asked for.
type Config struct {
	Arm       string
	Budget    float64 // of the accuracy lost by all layers together
	Objective Objective
}

// Recommendation is a ratio for every layer.
type Recommendation struct {
	Config
	Study  string
	Stage  curve.Stage  // of the losses
	Method trial.Method // whose curves are read: by magnitude, a ratio in each layer, once
	Split  trial.Split
	Joint  Joint          // what the layers lose together
	Layers []Layer        // all layers with weights, in the network's order
	Images bool           // whether a loss can be told from none is by its interval over images, of one network from a file
	Summed stats.Estimate // the layers' mean losses at these ratios, added up seed by seed; N = 0: no seed has all

	methods []trial.Method // that might be read
}

// Layer is what is recommended for one layer.
type Layer struct {
	Name      string
	Conv      bool
	Size      int // weights
	DenseMACs int // multiply-adds a sample
	Ratio     float64
	Loss      float64 // on the profile, at Ratio
	Measured  bool    // whether it was pruned alone; if not, it is kept whole
	Open      bool    // Ratio is the largest that was measured
	Profile   Profile

	disturbed disturbance
}

// Removed is the number of weights that go at a ratio.
func (l Layer) Removed(ratio float64) int { return prune.Count(ratio, l.Size) }

// at is the loss on the profile at a ratio. One that rounds to a weight more is not
// beyond what was measured, nor one below that rounds to less; ok is false of what is.
func (l Layer) at(ratio float64) (loss float64, ok bool) {
	if n := len(l.Profile.Sparsity); n > 0 {
		weight := 1/float64(l.Size) + 1e-9
		if last := l.Profile.Sparsity[n-1]; ratio > last && ratio-last < weight {
			ratio = last
		}
		if least := l.Profile.Least; ratio > 0 && ratio < least && least-ratio < weight+fine {
			ratio = least
		}
	}
	return l.Profile.At(ratio)
}

// ErrNoLayers says that a study has no layer pruned alone.
var ErrNoLayers = errors.New("no layer was pruned alone by magnitude, one ratio after the other")

// ErrTest says that a study was scored on the test set, on which nothing may be
// chosen.
var ErrTest = errors.New("the study was scored on the test set; ratios are chosen on the validation split")

// New recommends ratios from a study's curves. Equal input gives equal ratios.
func New(g *group.Study, curves []curve.Curve, c Config) (*Recommendation, error) {
	if !(c.Budget > 0) {
		panic("recommend: a budget that is not positive")
	}
	if g.Plan.Split != trial.Validation {
		return nil, ErrTest
	}
	r := &Recommendation{Config: c, Study: g.Plan.Study, Split: g.Plan.Split}
	own := r.choose(g.Plan, curves)
	if len(own) == 0 {
		return nil, fmt.Errorf("arm %s: %w", c.Arm, ErrNoLayers)
	}
	if r.Layers = layers(g, c.Arm); len(r.Layers) == 0 {
		return nil, fmt.Errorf("arm %s: no trial is done", c.Arm)
	}
	for _, c := range curves {
		if !r.reads(c, curve.Pruned) || len(c.Layers) != 1 {
			continue
		}
		if i := slices.IndexFunc(r.Layers, func(l Layer) bool { return l.Name == c.Layers[0] }); i >= 0 {
			r.Layers[i].disturbed = disturbances(g, c)
		}
	}
	for _, c := range own {
		r.Images = r.Images || slices.ContainsFunc(c.Points, func(p curve.Point) bool { return p.Loss.OverImages() })
	}
	r.Joint = r.fit(g, curves, own)
	for i, ratio := range r.allocate(c.Budget / r.Joint.Margin) {
		r.Layers[i].settle(ratio)
	}
	var err error
	r.Summed, err = r.sum(own, func(l Layer) float64 { return l.Ratio })
	return r, err
}

// choose settles whose curves are read, of the methods that differ in their
// retraining alone, and returns those of the layers: after retraining where a
// method has that of every layer, else right after pruning. The arm's own
// retraining comes first, then that whose words do.
func (r *Recommendation) choose(p trial.Plan, curves []curve.Curve) map[string]curve.Curve {
	r.methods = nil
	for _, c := range curves {
		if c.Arm == r.Arm && c.Parameter == trial.Ratio && c.Method.PlainOnce() && len(c.Layers) == 1 && !slices.Contains(r.methods, c.Method) {
			r.methods = append(r.methods, c.Method)
		}
	}
	slices.SortFunc(r.methods, func(a, b trial.Method) int {
		return cmp.Or(cmp.Compare(min(len(a.Retrain), 1), min(len(b.Retrain), 1)), group.Methods(a, b))
	})
	var most map[string]curve.Curve
	for _, stage := range []curve.Stage{curve.Retrained, curve.Pruned} {
		for _, method := range r.methods {
			own := map[string]curve.Curve{}
			for _, c := range curves {
				if _, ok := newProfile(c, disturbance{}, 1); ok && c.Series == r.series(c.Target, method, stage) && len(c.Layers) == 1 {
					own[c.Layers[0]] = c
				}
			}
			if len(own) == len(p.Layers) || stage == curve.Pruned && len(own) > len(most) {
				r.Stage, r.Method, most = stage, method, own
			}
			if len(own) == len(p.Layers) {
				return most
			}
		}
	}
	return most
}

// series is that of a target of the arm.
func (r *Recommendation) series(target string, m trial.Method, stage curve.Stage) trial.Series {
	return trial.Series{Arm: r.Arm, Target: target, Method: m, Parameter: trial.Ratio, Stage: stage}
}

// reads reports whether a curve is one of those whose losses count, at a stage.
func (r *Recommendation) reads(c curve.Curve, stage curve.Stage) bool {
	return c.Series == r.series(c.Target, r.Method, stage)
}

// layers describes the network from any finished trial of the arm.
func layers(g *group.Study, arm string) []Layer {
	for _, c := range g.Cells {
		for _, m := range c.Members {
			if c.Arm != arm || m.Outcome == nil || m.Outcome.Status != trial.Done {
				continue
			}
			var ls []Layer
			for _, l := range m.Outcome.Result.Layers {
				ls = append(ls, Layer{Name: l.Name, Conv: l.Kind == nn.KindConv, Size: l.Size, DenseMACs: l.DenseMACs})
			}
			return ls
		}
	}
	return nil
}

// settle fixes a layer's ratio.
func (l *Layer) settle(ratio float64) {
	l.Ratio = ratio
	if !l.Measured {
		return
	}
	l.Loss, _ = l.at(ratio)
	_, l.Open = l.Profile.Within(l.Loss)
}

// Predicted is the loss of the network under the joint model.
func (r *Recommendation) Predicted() float64 {
	losses := make([]float64, len(r.Layers))
	for i, l := range r.Layers {
		losses[i] = l.Loss
	}
	return r.Joint.loss(losses)
}

// Predict is the joint model's loss of any ratios, parallel to Layers; ok is
// false where a layer was not measured there.
func (r *Recommendation) Predict(ratios []float64) (loss float64, ok bool) {
	losses, ok := r.alone(ratios)
	return r.Joint.loss(losses), ok
}

// Totals counts the weights that go, all weights, and the multiply-adds that
// stay of all.
func (r *Recommendation) Totals() (removed, size int, macs, denseMACs float64) {
	for _, l := range r.Layers {
		removed, size = removed+l.Removed(l.Ratio), size+l.Size
		denseMACs += float64(l.DenseMACs)
		macs += float64(l.DenseMACs) * (1 - l.Ratio)
	}
	return removed, size, macs, denseMACs
}

// sum adds the layers' own losses at given ratios up for every seed that has all
// of them, interpolated between its points, and averages over these seeds.
func (r *Recommendation) sum(own map[string]curve.Curve, ratio func(Layer) float64) (stats.Estimate, error) {
	sums, count, needed := map[uint64]float64{}, map[uint64]int{}, 0
	for _, l := range r.Layers {
		at := ratio(l)
		if at == 0 {
			continue
		}
		needed++
		for _, v := range own[l.Name].LossesAt(at) {
			sums[v.Seed] += v.Value
			count[v.Seed]++
		}
	}
	var x []float64
	for _, seed := range sortedSeeds(sums) {
		if count[seed] == needed {
			x = append(x, sums[seed])
		}
	}
	if len(x) == 0 {
		return stats.Estimate{Method: stats.MethodPoint}, nil
	}
	return stats.Mean(x, curve.Level)
}

func sortedSeeds(m map[uint64]float64) []uint64 {
	seeds := make([]uint64, 0, len(m))
	for s := range m {
		seeds = append(seeds, s)
	}
	slices.SortFunc(seeds, cmp.Compare[uint64])
	return seeds
}
