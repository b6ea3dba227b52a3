package runner

import (
	"context"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/train"
)

// points runs a scan. When that fails it runs each pruning by itself, so that
// only those at fault are lost.
func points(ctx context.Context, from start, d *dataset.Splits, specs []trial.Spec) ([]trial.Outcome, error) {
	var outcomes []trial.Outcome
	err := guard(func() (err error) {
		outcomes, err = scan(ctx, from, d, specs)
		return err
	})
	switch {
	case err == nil:
		return outcomes, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case len(specs) == 1:
		return ended(specs, trial.Failed, err.Error()), nil
	}
	outcomes = nil
	for i := range specs {
		one, err := points(ctx, from, d, specs[i:i+1])
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, one...)
	}
	return outcomes, nil
}

// scanWeights bounds how many weights of pruned layers are in memory at once, at
// up to 16 bytes each. Prunings beyond it need another pass over the samples,
// which evaluates the whole network once more.
const scanWeights = 8 << 20

// scan measures many prunings of one network without retraining, in as few
// passes over the evaluated samples as memory allows.
func scan(ctx context.Context, from start, d *dataset.Splits, specs []trial.Spec) ([]trial.Outcome, error) {
	p, err := newPredictor(ctx, from.net, d, specs)
	if err != nil {
		return nil, err
	}
	var outcomes []trial.Outcome
	for len(specs) > 0 {
		n, weights := 0, 0
		for ; n < len(specs); n++ {
			for _, name := range specs[n].Levels[len(specs[n].Levels)-1].Prune.Layers {
				if a := from.net.Affine(name); a != nil {
					weights += a.W.Size()
				}
			}
			if n > 0 && weights > scanWeights {
				break
			}
		}
		some, err := pass(ctx, from, d, p, specs[:n])
		if err != nil {
			return nil, err
		}
		outcomes, specs = append(outcomes, some...), specs[n:]
	}
	return outcomes, nil
}

// pass measures prunings of one network without retraining in one pass over the
// evaluated samples; p may be nil.
func pass(ctx context.Context, from start, d *dataset.Splits, p *predictor, specs []trial.Spec) ([]trial.Outcome, error) {
	outcomes := make([]trial.Outcome, len(specs))
	prunings := make([]map[string]*nn.Mask, len(specs))
	selections := make([]prune.Selection, len(specs))
	for i, s := range specs {
		var err error
		if selections[i], err = choose(from.net, s); err != nil {
			return nil, err
		}
		prunings[i] = selections[i].Masks()
	}
	set, err := evaluated(d, specs[0].Evaluate)
	if err != nil {
		return nil, err
	}
	scores, errs, err := train.EvaluateScan(ctx, from.net, prunings, set, d, train.TopOf(specs[0].Top, set.Classes))
	if err != nil {
		return nil, err
	}
	for i, s := range specs {
		o := trial.Outcome{Spec: s, Status: trial.Done}
		o.Result.Start = from.score
		o.Result.Warnings = warnings(selections[i])
		if errs[i] != nil {
			o.Status, o.Error = trial.Diverged, errs[i].Error()
		} else {
			o.Result.Pruned = &scores[i]
		}
		net, err := from.net.Clone()
		if err != nil {
			return nil, err
		}
		m := measure(net)
		if err := selections[i].Apply(net); err != nil {
			return nil, err
		}
		m.pruned(net, selections[i])
		m.end(net, &o)
		o.Result.Weights = net.Digest()
		outcomes[i] = o
	}
	all := make([]*trial.Outcome, len(outcomes))
	for i := range outcomes {
		all[i] = &outcomes[i]
	}
	if err := p.predict(ctx, specs, selections, all); err != nil {
		return nil, err
	}
	return outcomes, nil
}
