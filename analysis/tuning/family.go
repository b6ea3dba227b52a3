package tuning

import (
	"encoding/json"
	"fmt"
	"slices"

	"prunelab/analysis/table"
	"prunelab/experiments/trial"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

// of is the family of a trial and its setting along the axis, "" of a trial that has
// none or not the same one throughout.
func (a Axis) of(s trial.Spec) (family string, value float64) {
	if a == Rate {
		return rateOf(s)
	}
	return strengthOf(s)
}

// strengthOf is the regularizer of a trial that has the same one in the training
// and in every retraining.
func strengthOf(s trial.Spec) (family string, value float64) {
	r := s.Train.Regularizer
	for _, l := range s.Levels {
		if l.Retrain == nil || l.Retrain.Regularizer != r {
			return "", 0
		}
	}
	return pure(r)
}

// rateOf is the rate of a trial that has the same one in every retraining; its
// regularizers with their strengths are the family.
func rateOf(s trial.Spec) (family string, value float64) {
	if len(s.Levels) == 0 || s.Levels[0].Retrain == nil {
		return "", 0
	}
	first := s.Levels[0].Retrain
	for _, l := range s.Levels {
		if l.Retrain == nil || l.Retrain.Optimizer.LR != first.Optimizer.LR || l.Retrain.Regularizer != first.Regularizer {
			return "", 0
		}
	}
	family = strong(s.Train.Regularizer)
	if first.Regularizer != s.Train.Regularizer {
		family += ", then " + strong(first.Regularizer)
	}
	return family, first.Optimizer.LR
}

// strong names a regularizer with its strengths.
func strong(r regularizer.Config) string {
	text := trial.Penalty(r)
	for _, t := range r.Terms() {
		text += " " + table.Short(t.Strength)
	}
	return text
}

// pure names a penalty of one kind and its strength.
func pure(r regularizer.Config) (family string, value float64) {
	terms := r.Terms()
	if len(terms) != 1 {
		return "", 0
	}
	return trial.Penalty(r), terms[0].Strength
}

// frame is what a trial has besides its regularizers, seed and amounts, and along the
// axis of rates its rates of the retraining.
func (a Axis) frame(s trial.Spec) string {
	s.Seed = 0
	s.Train.Regularizer = regularizer.Config{}
	s.Levels = slices.Clone(s.Levels)
	for i, l := range s.Levels {
		l.Prune.Amounts = nil
		r := train.Config{}
		if l.Retrain != nil {
			r = *l.Retrain
		}
		r.Regularizer = regularizer.Config{}
		if a == Rate {
			r.Optimizer.LR = 0
		}
		s.Levels[i] = trial.Level{Prune: l.Prune, Retrain: &r}
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("tuning: a trial that is no JSON: %v", err)) // its key has been computed
	}
	return string(b)
}
