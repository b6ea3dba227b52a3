package finding

import (
	"fmt"
	"maps"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
)

// order: retraining changes which layers are the sensitive ones. Descriptive: the
// rank correlation of the layers' areas before and after, over one range, of every
// arm that prunes layers alone.
func order(s *study) ([]draft, error) {
	const lo, hi = 0.5, 0.9
	order := claim("order-of-layers", "Retraining changes the order of the layers by sensitivity", "before / after", measured{
		fmt.Sprintf("Kendall's tau of the layers' areas of the loss before and after retraining, sparsity %v to %v", lo, hi),
		[]curve.Stage{curve.Pruned, curve.Retrained},
	}, "descriptive")
	var ds []draft
	for _, arm := range s.g.Plan.Arms {
		d := order.ofArm(arm, len(ds))
		var before, after []float64
		var e evidence
		for _, name := range s.g.Plan.Layers {
			of := func(stage curve.Stage) []series {
				return s.find(func(x series) bool { return x.Stage == stage && x.layer(name) && x.plain() && x.Arm == arm })
			}
			pruned, retrained := of(curve.Pruned), of(curve.Retrained)
			if len(pruned) == 0 || len(retrained) == 0 {
				continue
			}
			a, _ := s.meanArea(&e, pruned[:1], lo, hi)
			b, _ := s.meanArea(&e, retrained[:1], lo, hi)
			if len(a) == 0 || len(b) == 0 {
				continue
			}
			before, after = append(before, average(a)), append(after, average(b))
		}
		if len(before) < 3 { // of two layers it is 1 or -1, whatever they are
			continue
		}
		tau, err := stats.Kendall(before, after)
		if err != nil {
			return nil, fmt.Errorf("finding %s: %w", d.ID, err)
		}
		d.Correlation, d.Verdict = &tau, Descriptive
		slices.Sort(e.keys)
		d.Trials, d.Caveats = slices.Compact(e.keys), append([]stats.Warning{stats.Warning("arm " + arm)}, tau.Warnings...)
		if tau.P != nil {
			d.Caveats = append(d.Caveats, "p of tau takes the layers for independent, which those of one network are not")
		}
		d.Reason = fmt.Sprintf("tau-b = %.2f over %d layers", tau.Value, tau.N)
		ds = append(ds, d)
	}
	if len(ds) == 0 {
		ds = []draft{order.absent("fewer than three layers are pruned alone, before and after retraining, over the range", "layers-lenet-5", "layers-cifar-quick")}
	}
	return ds, nil
}

// average is the mean over seeds, summed in their order.
func average(v map[uint64]float64) float64 {
	var x []float64
	for _, seed := range slices.Sorted(maps.Keys(v)) {
		x = append(x, v[seed])
	}
	return stats.Average(x)
}
