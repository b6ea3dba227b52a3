package finding

import "prunelab/analysis/curve"

// halfFree: half of the weights can go without retraining (section 5).
func halfFree(s *study) (draft, error) {
	d := claim("half-free", "Half of the weights can be removed without retraining at no loss of accuracy, to within the margin",
		"pruned − dense", before("loss at a ratio of 0.5, before retraining"), "below the margin")
	for _, x := range s.find(whole(curve.Pruned)) {
		p, ok := x.at(0.5)
		if !ok {
			continue
		}
		if s.margin == 0 {
			return d.noMargin(), nil
		}
		d.Margin, d.bound, d.below = s.margin, s.margin, true
		d.notes = append(d.notes, "arm "+x.Arm)
		d.parts = []evidence{s.loss("pruned − dense", curve.Pruned, p)}
		return d, nil
	}
	return d.absent("no series of the whole network has a ratio of 0.5", "regularizers-lenet-300-100"), nil
}
