package plots

import (
	"fmt"
	"slices"
	"strings"
)

// kinds are the figures by their names.
var kinds = []struct {
	name string
	draw func(Input) (Figure, error)
}{
	{"tradeoff", Tradeoff}, {"sensitivity", Sensitivity}, {"effects", Effects}, {"proxies", Proxies}, {"weights", Weights},
	{"accuracy", Accuracy}, {"pareto", Pareto}, {"effects-secondary", SecondaryEffects}, {"sensitivity-count", SensitivityByCount},
	{"first-layer", FirstLayer}, {"layers", LayerCurves}, {"heatmap", HeatMap}, {"overlap", Overlap}, {"training", Training}, {"retraining", Retraining},
}

// Kinds are the names of the figures that there are.
func Kinds() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// Draw draws the figure of a name in a style.
func Draw(in Input, name string, s Style) (Figure, error) {
	draw := func(Input) (Figure, error) {
		return Figure{}, fmt.Errorf("plots: no figure is called %q; there are %s", name, strings.Join(Kinds(), ", "))
	}
	for _, k := range kinds {
		if k.name == name {
			draw = k.draw
		}
	}
	switch {
	case s.Name != Han2015:
	case name == "tradeoff":
		draw = hanFigure5
	case name == "sensitivity":
		draw = hanFigure6
	case slices.Contains(Kinds(), name):
		return Figure{}, fmt.Errorf("plots: the style %s has the figures tradeoff, which is the paper's Figure 5, and sensitivity, its Figure 6, not %s", Han2015, name)
	}
	if len(in.runs) > 0 && s.Name == Han2015 {
		one := draw
		draw = func(in Input) (Figure, error) { return hanTogether(in, one) }
	} else if len(in.runs) > 0 {
		one := draw
		draw = func(in Input) (Figure, error) { return in.drawTogether(name, one) }
	}
	f, err := draw(in)
	if err != nil {
		return Figure{}, err
	}
	return s.apply(f)
}
