package plots

import (
	"fmt"

	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
)

// Accuracy is the accuracy against the sparsity of each target that is more
// than a layer, before and after retraining, with the dense baseline of every
// arm. Methods are told apart by their markers.
func Accuracy(in Input) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	g := grid{x: "Weights of the target pruned away (%)"}
	for _, target := range in.targets() {
		if in.isLayer(target) {
			continue
		}
		for _, parameter := range in.parameters(target) {
			title := target
			if parameter != trial.Ratio {
				title += ", by " + parameter
			}
			var part []series
			for _, arm := range in.arms() {
				for _, method := range in.methods() {
					for _, stage := range stages {
						if method.Schedule.Kind == trial.Iterative && stage == curve.Pruned {
							continue // a round starts from the retrained network of the round before
						}
						if c, ok := in.curveBy(parameter, arm, target, method, stage); ok {
							s := accuracies(c, prunedFraction, in.seriesName(arm, method), in.methodLook(in.armLook(arm), method))
							part = append(part, s)
						}
					}
				}
			}
			g.add(title, part)
		}
	}
	if blank(g.all()) {
		return Figure{}, fmt.Errorf("%w: no curve of a group of layers", ErrNoData)
	}
	if len(g.parts) == 1 {
		g.x = "Weights pruned away (%)"
	}
	page, data := g.arrange(in)
	lead, target := "Accuracy against the fraction of the target's weights that is pruned away.", ""
	if len(g.parts) == 1 {
		target = "Target: " + g.parts[0].title + "."
	}
	note, caption := in.describe(joined([]string{lead, target}), g.all(), g.notes(in)...)
	page.note = append([]string{target}, note...)
	return Figure{Name: "accuracy", Title: "Accuracy against sparsity", Caption: caption, page: page, data: data}, nil
}
