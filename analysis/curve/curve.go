// Package curve turns the cells of a study into curves: accuracy, or its loss
// against the control, over how much was pruned.
//
//  1. Cells that differ in the amount only are one series; it has a curve for
//     each stage at which its networks were scored.
//  2. Each seed's loss is taken against its own reference: before retraining the
//     dense network, after it the control, which had the identical training and
//     retraining but was never pruned (reference.go).
//  3. A curve gives areas under its loss and the largest sparsity that stays
//     within a budget (area.go, budget.go).
//
// Accuracies, losses and sparsities are fractions. What a curve is not: a fit.
// Its points are what was measured, averaged over seeds.
package curve

import (
	"slices"

	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// Level is the confidence of every interval of a curve.
const Level = 0.95

// Stage is the moment at which a network was scored.
type Stage = trial.Stage

// The stages.
const (
	Pruned    = trial.Pruned
	Retrained = trial.Retrained
)

// Curve is one series of a study over its amounts, at one stage.
type Curve struct {
	trial.Series
	Layers   []string       // what the target prunes, in the network's order
	Baseline stats.Estimate // accuracy of the arm's dense network
	Control  stats.Estimate // accuracy of the arm's retrained, unpruned control, of the last point where points have controls of their own; N = 0: not in the study
	Compared bool           // the plan has the networks that losses are taken against
	Points   []Point        // by rising amount, the point at 0 included when the study has it
	Until    float64        // a bisection looked for where the loss first exceeds this; 0: none did
	Unseen   []float64      // amounts of its grid that it did not visit, ascending
	Warnings []string       // what a reader of this curve must know
}

// Point is one amount of pruning. Without any seed (Accuracy.N = 0) it only
// says what is missing; its Sparsity, Whole and Kept are then those requested
// where Placed, and MACs is not known.
type Point struct {
	Requested      float64        // the parameter's value
	Round          int            // of iterative pruning, from 1
	Fixed          bool           // one network from a file, neither retrained nor drawn: the same for every seed, so N = 1 is all there is
	Placed         bool           // whether Sparsity, Whole and Kept are known
	Sparsity       float64        // fraction of the target's weights removed, mean over seeds
	Whole          float64        // fraction of all the network's weights removed
	Kept           float64        // weights of the target kept, mean over seeds
	Size           int            // weights of the target
	MACs           float64        // of the whole network, mean over seeds
	Images         int            // that each network was scored on
	Accuracy       stats.Estimate // of a Fixed point over images, where it was scored image by image
	Loss           stats.Estimate // paired by seed: dense - pruned before retraining, control - retrained after it; of a Fixed point paired by image
	Across         stats.Estimate // Loss over seeds and images, see LossAcross; N = 0: of a Fixed point, or not scored image by image
	AccuracyAcross stats.Estimate // Accuracy over seeds and images; N = 0: not scored image by image
	TopK           int            // how many answers count beside the first; 0: none
	Top            stats.Estimate // the right class is among the first TopK answers, as Accuracy, but over seeds where it is over those; N = 0: not counted
	Seeds          []Sample       // ascending by seed
	Missing        []Missing      // seeds without a number, and why

	// Accuracy and loss at the mean log odds over seeds, with intervals that hold
	// together over the curve (stats.AccuracyBand, stats.LossBand); N = 0 where there
	// is no number, and of the loss where nothing was pruned. Of Fixed points over
	// images, of the accuracies themselves (stats.ImageBand).
	AccuracyBand, LossBand stats.Estimate
}

// Sample is what one seed contributes to a point.
type Sample struct {
	Seed     uint64
	Key      trial.Key
	Network  trial.Key // of the pruned network: equal where trials differ in their retraining only
	Epochs   int       // of all its retrainings
	Before   int       // epochs of the retrainings before its last pruning
	Accuracy float64
	Loss     float64 // see Point.Loss
	HasLoss  bool    // whether its reference is there
	Sparsity float64 // of the target

	bits *marked // nil: not kept
}

// Recovered reports whether networks of the point were retrained before their last pruning:
// right after it they have still been retrained.
func (p Point) Recovered() bool {
	return slices.ContainsFunc(p.Seeds, func(s Sample) bool { return s.Before > 0 })
}

// marked are the images that a network and its reference get right, see
// stats.Crossed; reference is nil where there is none.
type marked struct{ right, reference []byte }
