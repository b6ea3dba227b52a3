// Package prune removes weights from a network: step two of Han et al. 2015.
//
//  1. Score gives every weight that is left a number, by a criterion, or ScoreBy
//     by a function of the caller's.
//  2. Select turns scores into a Selection: the lowest go, exactly as many as
//     the rule asks for.
//  3. Selection.Apply takes them out of the network.
//
// Package prune neither trains nor measures accuracy.
package prune

import (
	"fmt"
	"math"
	"math/rand/v2"

	"prunelab/model/nn"
)

// Scores are the scores of the layers that are pruned, in the network's
// order.
type Scores []LayerScores

// LayerScores are the scores of one layer's weights.
type LayerScores struct {
	Layer string
	Size  int       // all weights, removed ones included
	Mask  *nn.Mask  // weights that are left; nil: all
	Score []float32 // of the weights that are left, by ascending position; at least 0, lowest removed first
	Abs   []float32 // |w| of the same weights
	Std   float64   // standard deviation of the same weights
	Tie   []uint32  // order among equal scores of zero; nil: by position

	zeros int // of the same weights, those that are exactly zero
}

// Score scores the weights of the layers named in c. The stream serves the
// random criterion and the order among weights that are exactly zero. It is
// read one layer after the other over all weights, removed ones included, so
// that a layer's random scores are the same at every ratio and round.
func Score(net *nn.Network, c Config, stream func(layer string) *rand.Rand) (Scores, error) {
	return each(net, c.Layers, func(s *LayerScores) error {
		switch c.Criterion {
		case Magnitude:
			s.Score = s.Abs
			if s.zeros > 1 {
				s.Tie = draw(stream(s.Layer), s)
			}
		case Random:
			s.Score = make([]float32, len(s.Abs))
			for j, u := range draw(stream(s.Layer), s) {
				s.Score[j] = float32(u >> 8)
			}
		default:
			return fmt.Errorf("unknown criterion %q", c.Criterion)
		}
		return nil
	})
}

// ScoreBy scores the weights of the named layers, in the network's order, by a
// function that returns a number of at least 0 for each weight that is left, as
// Param.Survivors lists them. Equal scores go by position.
func ScoreBy(net *nn.Network, layers []string, score func(a *nn.Affine) []float32) (Scores, error) {
	return each(net, layers, func(s *LayerScores) error {
		if s.Score = score(net.Affine(s.Layer)); len(s.Score) != len(s.Abs) {
			return fmt.Errorf("%d scores for %d weights", len(s.Score), len(s.Abs))
		}
		for j, v := range s.Score {
			if !(v >= 0) {
				return fmt.Errorf("the score of weight %d is %v, which is not at least 0", j, v)
			}
		}
		return nil
	})
}

// each describes the weights of the named layers and has score score them.
func each(net *nn.Network, layers []string, score func(s *LayerScores) error) (Scores, error) {
	var scores Scores
	for _, name := range layers {
		a := net.Affine(name)
		if a == nil {
			return nil, fmt.Errorf("prune %s: the network has no such layer", name)
		}
		w := a.W.Survivors()
		s := LayerScores{Layer: name, Size: a.W.Size(), Mask: a.W.Mask, Std: Std(w), Abs: make([]float32, len(w))}
		for j, v := range w {
			s.Abs[j] = float32(math.Abs(float64(v)))
			if v == 0 {
				s.zeros++
			}
			if v != v {
				return nil, fmt.Errorf("prune %s: weight %d is not a number", name, j)
			}
		}
		if err := score(&s); err != nil {
			return nil, fmt.Errorf("prune %s: %w", name, err)
		}
		scores = append(scores, s)
	}
	return scores, nil
}

// draw returns a random number for each weight that is left, its own whatever
// else was removed.
func draw(r *rand.Rand, s *LayerScores) []uint32 {
	all := make([]uint32, s.Size)
	for i := range all {
		all[i] = r.Uint32()
	}
	if s.Mask == nil {
		return all
	}
	left := make([]uint32, len(s.Mask.Kept))
	for j, i := range s.Mask.Kept {
		left[j] = all[i]
	}
	return left
}

// Std is the standard deviation of weights, divided by their number; 0 of none.
func Std(w []float32) float64 {
	if len(w) == 0 {
		return 0
	}
	var sum float64
	for _, v := range w {
		sum += float64(v)
	}
	mean := sum / float64(len(w))
	var sq float64
	for _, v := range w {
		d := float64(v) - mean
		sq += float64(d * d)
	}
	return math.Sqrt(sq / float64(len(w)))
}
