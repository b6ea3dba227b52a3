package finding

import (
	"fmt"

	"prunelab/analysis/curve"
)

// convolutions: convolutional layers are more sensitive than fully connected
// ones (section 5, Figure 6). Each layer is pruned alone; a type's sensitivity is
// the mean over its layers.
func convolutions(s *study) (draft, error) {
	d := claim("conv-more-sensitive", "Convolutional layers lose more accuracy than fully connected ones when pruned one at a time and retrained",
		"conv − fc (mean over the layers of a type)", "area of the loss after retraining, sparsity 0.5 to 0.95", "above 0")
	conv, fc, lacking := s.layers(curve.Retrained)
	if lacking != "" {
		return d.absent(lacking, "layers-lenet-5", "layers-cifar-quick"), nil
	}
	d.parts = []evidence{s.areas("conv − fc", conv, fc, 0.5, 0.95)}
	return d, nil
}

// layers returns the series of single layers by type, of the first arm that has
// one for every layer; otherwise what is lacking.
func (s *study) layers(stage curve.Stage) (conv, fc []series, lacking string) {
	plan := s.g.Plan
	for _, arm := range plan.Arms {
		conv, fc = nil, nil
		for i, name := range plan.Layers {
			own := s.find(func(x series) bool {
				return x.Arm == arm && x.Stage == stage && x.layer(name) && x.plain()
			})
			switch {
			case len(own) == 0:
			case plan.Kinds[i] == "conv":
				conv = append(conv, own[0])
			default:
				fc = append(fc, own[0])
			}
		}
		if len(conv)+len(fc) == len(plan.Layers) {
			break
		}
		conv, fc = nil, nil
	}
	hasConv, hasFC := false, false
	for _, k := range plan.Kinds {
		hasConv, hasFC = hasConv || k == "conv", hasFC || k != "conv"
	}
	switch {
	case !hasConv || !hasFC:
		return nil, nil, "the network does not have both types of layers"
	case len(conv)+len(fc) == 0:
		return nil, nil, fmt.Sprintf("not every layer is pruned alone and scored when %s", stage)
	}
	return conv, fc, ""
}
