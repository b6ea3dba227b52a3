package finding

import (
	"fmt"

	"prunelab/analysis/curve"
)

// postHoc is said of the claims before retraining, the stage of the paper's Figure 6.
const postHoc = "added after the published results had been seen, which had this claim after retraining alone"

// span is where a claim about single layers looks: its words and its range.
type span struct {
	stage   curve.Stage
	when    string // of the pruning
	lo, hi  float64
	caveats []string
}

var (
	beforeRetraining = span{curve.Pruned, "pruned one at a time", 0.5, 0.9, []string{postHoc}}
	afterRetraining  = span{curve.Retrained, "pruned one at a time and retrained", 0.5, 0.95, nil}
)

func (p span) endpoint() measured { return area(p.stage, p.lo, p.hi) }

// convolutionsBefore: convolutional layers are more sensitive than fully connected
// ones (section 5, Figure 6, without retraining). Each layer is pruned alone; a
// type's sensitivity is the mean over its layers.
func convolutionsBefore(s *study) (draft, error) {
	return s.convolutions("conv-more-sensitive-before", beforeRetraining)
}

// convolutionsAfter asks the same after retraining, which the paper did not.
func convolutionsAfter(s *study) (draft, error) {
	return s.convolutions("conv-more-sensitive-after", afterRetraining)
}

func (s *study) convolutions(id string, at span) (draft, error) {
	d := claim(id, "Convolutional layers lose more accuracy than fully connected ones when "+at.when,
		"conv − fc (mean over the layers of a type)", at.endpoint(), "above 0")
	conv, fc, lacking := s.layers(at.stage)
	if lacking != "" {
		return d.absent(lacking, "layers-lenet-5", "layers-cifar-quick"), nil
	}
	d.notes = at.caveats
	d.parts = []evidence{s.areas("conv − fc", conv, fc, at.lo, at.hi)}
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
