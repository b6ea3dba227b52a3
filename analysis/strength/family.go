package strength

import (
	"encoding/json"
	"slices"

	"prunelab/experiments/trial"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

// familyOf is the regularizer of a trial that has the same one in the training
// and in every retraining, "" of others.
func familyOf(s trial.Spec) (family string, value float64) {
	r := s.Train.Regularizer
	for _, l := range s.Levels {
		if l.Retrain == nil || l.Retrain.Regularizer != r {
			return "", 0
		}
	}
	return pure(r)
}

// pure names a penalty of one kind and its strength.
func pure(r regularizer.Config) (family string, value float64) {
	terms := r.Terms()
	if len(terms) != 1 {
		return "", 0
	}
	return trial.Penalty(r), terms[0].Strength
}

// frameOf is what a trial has besides its regularizer, seed and amounts.
func frameOf(s trial.Spec) string {
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
		s.Levels[i] = trial.Level{Prune: l.Prune, Retrain: &r}
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic("strength: a trial that is no JSON: " + err.Error()) // its key has been computed
	}
	return string(b)
}
