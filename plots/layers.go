package plots

import (
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
)

// LayerCurves are small multiples: the accuracy of the network while each layer
// alone is pruned, before and after retraining on one axis, a panel a layer.
func LayerCurves(in Input) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	g := grid{x: "Weights of the layer pruned away (%)"}
	for _, layer := range in.Plan.Layers {
		var part []series
		for _, arm := range in.arms() {
			for _, stage := range stages {
				if c, ok := in.layerCurve(arm, layer, stage); ok {
					part = append(part, accuracies(c, prunedFraction, arm, in.armLook(arm)))
				}
			}
		}
		g.add(layer, part)
	}
	if blank(g.all()) {
		return Figure{}, fmt.Errorf("%w: no layer was pruned alone", ErrNoData)
	}
	page, data := g.arrange(in)
	note, caption := in.describe("Accuracy of the network while one layer alone is pruned.", g.all(), g.notes(in)...)
	page.note = note
	return Figure{Name: "layers", Title: "Each layer " + joinedStages(stageParts(g.all())), Caption: caption, page: page, data: data}, nil
}

// layerCurve is the curve of one layer pruned alone, by the main method that
// did it.
func (in Input) layerCurve(arm, layer string, stage curve.Stage) (curve.Curve, bool) {
	for _, method := range in.methods() {
		if method.Schedule.Kind == trial.Iterative {
			continue
		}
		for _, target := range in.targetsOf(layer) {
			if c, ok := in.curve(arm, target, method, stage); ok {
				return c, true
			}
		}
	}
	return curve.Curve{}, false
}

// targetsOf are the targets that a single layer is.
func (in Input) targetsOf(layer string) []string {
	var targets []string
	for _, c := range in.Curves {
		if len(c.Layers) == 1 && c.Layers[0] == layer && c.Parameter != trial.Given && !slices.Contains(targets, c.Target) {
			targets = append(targets, c.Target)
		}
	}
	slices.Sort(targets)
	return targets
}
