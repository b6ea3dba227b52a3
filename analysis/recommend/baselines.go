package recommend

import (
	"fmt"
	"math"
	"slices"

	"prunelab/model/prune"
)

// Target is the name under which the recommended ratios stand in a study.
const Target = "recommended"

// shares are the parts of the budget that a ladder of recommendations is made
// for, beside the whole.
var shares = []float64{0.25, 0.5, 0.71, 0.84, 1, 1.19, 1.41, 2}

// keepTimes is how many times as many weights the rungs of the uniform and
// global ladders keep, from the least pruned to the most.
var keepTimes = []float64{8, 4, 2.83, 2, 1.41, 1.19, 1, 0.84, 0.71, 0.5}

// leastPruned is the smallest ratio that a ladder has.
const leastPruned = 0.1

// Rung is a recommendation for a part of the budget, or for more than it.
type Rung struct {
	Name      string    // its target in a study
	Share     float64   // of the budget
	Ratios    []float64 // parallel to Layers
	Predicted float64
}

// Ladder returns recommendations for parts of the budget and for twice as much,
// ascending, the whole among them: where the joint model errs, the largest that
// holds is found among these. One that equals the rung below it is left out, as
// is one that removes nothing.
func (r *Recommendation) Ladder() []Rung {
	var rungs []Rung
	for _, share := range shares {
		g := Rung{Name: fmt.Sprintf("%s-%gx", Target, share), Share: share, Ratios: r.allocate(share * r.Budget / r.Joint.Margin)}
		if share == 1 {
			g.Name = Target
		}
		g.Predicted, _ = r.Predict(g.Ratios)
		if !slices.ContainsFunc(g.Ratios, func(v float64) bool { return v > 0 }) {
			continue
		}
		if n := len(rungs); n > 0 && slices.Equal(rungs[n-1].Ratios, g.Ratios) {
			if share != 1 {
				continue
			}
			rungs = rungs[:n-1] // the whole budget keeps its name
		}
		rungs = append(rungs, g)
	}
	return rungs
}

// Overall is the fraction of all weights that the recommendation removes, to
// the six decimals of a study file.
func (r *Recommendation) Overall() float64 {
	removed, size, _, _ := r.Totals()
	return math.Round(1e6*float64(removed)/float64(size)) / 1e6
}

// Ratios are ratios of the whole network, ascending, Overall among them, from
// far below to far above it: among them the largest uniform and the largest
// global ratio that hold are looked for.
func (r *Recommendation) Ratios() []float64 {
	overall := r.Overall()
	var ratios []float64
	for _, times := range keepTimes {
		v := math.Round(1e4*(1-times*(1-overall))) / 1e4
		if times == 1 {
			v = overall
		}
		if v >= leastPruned && v < 1 || times == 1 {
			ratios = append(ratios, v)
		}
	}
	slices.Sort(ratios)
	return slices.Compact(ratios)
}

// FullyConnected is the ratio of the fully connected layers that removes as many
// weights from them alone; ok is false where they have not as many, or where
// there are no others.
func (r *Recommendation) FullyConnected() (ratio float64, ok bool) {
	removed, size, _, _ := r.Totals()
	fc := 0
	for _, l := range r.Layers {
		if !l.Conv {
			fc += l.Size
		}
	}
	if fc == 0 || fc == size || removed >= fc {
		return 0, false
	}
	return math.Round(1e6*float64(removed)/float64(fc)) / 1e6, true
}

// Sweep is a series of the study that checks a recommendation.
type Sweep struct {
	Target    string
	Criterion prune.Criterion
	Scope     prune.Scope
	Ratios    []float64 // of the target
	Given     []float64 // instead: parallel to Layers
}

// Sweeps are the series of the check; settled: without the ladders, of which one
// would be chosen.
func (r *Recommendation) Sweeps(settled bool) []Sweep {
	var sweeps []Sweep
	given := func(name string, c prune.Criterion, ratios []float64) {
		sweeps = append(sweeps, Sweep{Target: name, Criterion: c, Scope: prune.PerLayer, Given: ratios})
	}
	for _, g := range r.Ladder() {
		if settled && g.Share != 1 {
			continue
		}
		given(g.Name, prune.Magnitude, g.Ratios)
		if g.Share == 1 {
			given(g.Name, prune.Random, g.Ratios)
		}
	}
	whole := Sweep{Target: "all", Criterion: prune.Magnitude, Scope: prune.PerLayer, Ratios: r.Ratios()}
	if settled {
		whole.Ratios = []float64{r.Overall()}
	}
	sweeps = append(sweeps, whole)
	whole.Scope = prune.Global
	sweeps = append(sweeps, whole)
	if ratio, ok := r.FullyConnected(); ok {
		sweeps = append(sweeps, Sweep{Target: "fc", Criterion: prune.Magnitude, Scope: prune.PerLayer, Ratios: []float64{ratio}})
	}
	return sweeps
}
