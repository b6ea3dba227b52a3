package finding

import "prunelab/analysis/curve"

// l1Before: without retraining, L1 loses less than L2 (section 3.1, Figure 5).
func l1Before(s *study) (draft, error) {
	d := claim("l1-better-before", "Right after pruning, networks trained with L1 lose less accuracy than those trained with L2",
		"L2 − L1", area(curve.Pruned, 0.5, 0.9), "above 0")
	ps := s.pairs(penalties(curve.Pruned, isL2, nil), penalties(curve.Pruned, isL1, nil), training)
	if len(ps) == 0 {
		return d.absent("no arm with L2 beside one with L1", "regularizers-lenet-300-100", "regularizers-lenet-5"), nil
	}
	if w := strengths(ps, false); w != "" {
		return d.absent(w, "regularizers-lenet-300-100"), nil
	}
	d.parts = []evidence{s.areas("L2 − L1", []series{ps[0].a}, []series{ps[0].b}, 0.5, 0.9)}
	return d, nil
}
