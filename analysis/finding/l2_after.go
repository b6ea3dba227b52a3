package finding

import "prunelab/analysis/curve"

// l2After: with retraining, L2 loses less than L1 (section 3.1, Figure 5).
func l2After(s *study) (draft, error) {
	d := claim("l2-better-after", "After retraining, networks trained and retrained with L2 lose less accuracy than those with L1",
		"L1 − L2", area(curve.Retrained, 0.5, 0.95), "above 0")
	ps := s.pairs(penalties(curve.Retrained, isL1, isL1), penalties(curve.Retrained, isL2, isL2), regularizers)
	if len(ps) == 0 {
		return d.absent("no arm with L1 in both trainings beside one with L2 in both", "regularizers-lenet-300-100", "regularizers-lenet-5"), nil
	}
	if w := strengths(ps, true); w != "" {
		return d.absent(w, "regularizers-lenet-300-100"), nil
	}
	d.notes = spare(ps)
	d.parts = []evidence{s.areas("L1 − L2", []series{ps[0].a}, []series{ps[0].b}, 0.5, 0.95)}
	d.act(s, ps[0], 0.5, 0.95)
	return d, nil
}
