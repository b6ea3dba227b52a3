package finding

import "prunelab/analysis/curve"

// l1ThenL2: L1 first and L2 for the retraining does not beat L2 in both
// (section 3.1, Figure 5).
func l1ThenL2(s *study) (draft, error) {
	d := claim("l1-then-l2-no-better", "After retraining, L1 in the first training and L2 in the retraining is no better than L2 in both, to within the margin",
		"L2 − (L1→L2)", area(curve.Retrained, 0.5, 0.95), "below the margin")
	ps := s.pairs(penalties(curve.Retrained, isL2, isL2), penalties(curve.Retrained, isL1, isL2), regularizers)
	if len(ps) == 0 {
		return d.absent("no arm with L2 in both trainings beside one with L1 and then L2", "regularizers-lenet-300-100", "regularizers-lenet-5"), nil
	}
	if w := strengths(ps, true); w != "" {
		return d.absent(w, "regularizers-lenet-300-100"), nil
	}
	if s.margin == 0 {
		return d.noMargin(), nil
	}
	d.Margin, d.bound, d.below = s.margin, s.margin, true
	d.notes = spare(ps)
	d.parts = []evidence{s.areas("L2 − (L1→L2)", []series{ps[0].a}, []series{ps[0].b}, 0.5, 0.95)}
	d.act(s, ps[0], 0.5, 0.95)
	return d, nil
}
