package study

import (
	"strings"

	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// Method is how a sweep prunes and retrains.
func (w *Sweep) Method() trial.Method {
	m := trial.Method{Criterion: w.Criterion, Scope: w.Scope, Schedule: trial.Schedule{Kind: trial.OneShot}, BatchNorm: trial.Statistics(w.BatchNorm), Retrain: w.retrain.words()}
	if l := w.Iterative; l != nil {
		m.Schedule = trial.Schedule{Kind: trial.Iterative, PerRound: l.PerRound, Own: trial.OwnRates(l.Own)}
	}
	return m
}

// RetrainAs gives a sweep the retraining of another one.
func (w *Sweep) RetrainAs(o Sweep) { w.retrain, w.source = o.retrain, o.source }

// words says what a sweep's own retraining differs in.
func (p patch) words() string {
	var r Retraining
	rewound := p.rewindLR
	p.rewindLR = false // its rate is that of the arm
	p.apply(&r, train.Config{}, 0)
	var set trial.Settings
	for _, s := range []struct {
		setting trial.Settings
		set     bool
	}{
		{trial.SetEpochs, p.epochs != nil}, {trial.SetBatch, p.batch != nil}, {trial.SetOptimizer, p.optimizer != nil},
		{trial.SetRate, p.lr != nil}, {trial.SetRewound, rewound}, {trial.SetSchedule, p.schedule != nil},
		{trial.SetRegularizer, p.regularizer != nil}, {trial.SetDropout, p.dropout != nil},
		{trial.SetStart, p.start != nil && *p.start != train.StartKeep}, {trial.SetFrozen, p.freeze != nil && *p.freeze}, {trial.SetBatchNorm, p.batchNorm != nil},
	} {
		if s.set {
			set |= s.setting
		}
	}
	return strings.Join(set.Words(r.Config), ", ")
}
