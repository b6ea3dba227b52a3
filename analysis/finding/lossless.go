package finding

import (
	"fmt"

	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
)

// lossless: with retraining, most of the weights can go (Table 1), asked of every
// arm that has its unpruned control. The ratios are tested in ascending order, up to
// the first that fails.
func lossless(s *study) ([]draft, error) {
	var ds []draft
	for _, arm := range s.g.Plan.Arms {
		d := losslessRate().ofArm(arm, len(ds))
		d.Arm, d.spare = arm, len(ds) > 0
		for _, want := range []trial.ScheduleKind{trial.OneShot, trial.Iterative} {
			of := s.find(func(x series) bool { return x.Arm == arm && x.compresses(want) && x.Compared })
			if len(of) == 0 {
				continue
			}
			if s.margin == 0 {
				return []draft{d.noMargin()}, nil
			}
			ds = append(ds, s.climbs(d, of[0]))
			break
		}
	}
	if len(ds) == 0 {
		d := losslessRate()
		ds = []draft{d.absent("no retrained series of the whole network with a threshold for each layer, beside its unpruned control", "regularizers-lenet-300-100")}
	}
	return ds, nil
}

func losslessRate() draft {
	return claim("lossless-rate", "Pruning with retraining is lossless up to some ratio, to within the margin",
		"retrained − control", after("loss after retraining, ratios ascending, up to the first failure"), "below the margin")
}

// climbs makes the comparisons of a ladder of ratios.
func (s *study) climbs(d draft, x series) draft {
	d.rule, d.Margin, d.bound, d.below = ladder, s.margin, s.margin, true
	for _, p := range x.Points {
		if p.Requested == 0 {
			continue
		}
		e := s.loss(fmt.Sprintf("ratio %v", p.Requested), curve.Retrained, p)
		if len(e.diff) == 0 {
			d.notes = append(d.notes, fmt.Sprintf("tested up to ratio %v: the ratio has no numbers yet", p.Requested))
			break
		}
		d.parts, d.rates = append(d.parts, e), append(d.rates, p.Requested)
	}
	d.notes = append(d.notes, "arm "+x.words())
	return d
}

// compresses selects pruning of the whole network by magnitude, layers with a
// rate of their own included.
func (s series) compresses(want trial.ScheduleKind) bool {
	p, r := s.spec.Levels[0].Prune, s.retraining()
	return s.Stage == curve.Retrained && s.prunes(trial.Whole, want) && p.Criterion == prune.Magnitude &&
		p.Scope == prune.PerLayer && len(r.Frozen) == 0 && r.Start == "keep"
}
