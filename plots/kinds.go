package plots

import (
	"slices"
	"strings"

	"prunelab/experiments/figure"
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
	var l *lexicon
	if len(s.Words) > 0 {
		l = &lexicon{to: s.Words}
	}
	return in.drawn(name, s, l)
}

// drawn is Draw in the words of a lexicon.
func (in Input) drawn(name string, s Style, l *lexicon) (Figure, error) {
	draw := func(Input) (Figure, error) {
		return Figure{}, refused("no figure is called %q; there are %s", name, strings.Join(Kinds(), ", "))
	}
	for _, k := range kinds {
		if k.name == name {
			draw = k.draw
		}
	}
	switch {
	case s.Name != Han2015:
	case !slices.Contains(figure.PaperKinds, name) && slices.Contains(Kinds(), name):
		return Figure{}, refused("the style %s has the figures tradeoff, which is the paper's Figure 5, and sensitivity, its Figure 6, not %s", Han2015, name)
	case name == "tradeoff":
		draw = hanFigure5
	case name == "sensitivity":
		draw = hanFigure6
	}
	if len(in.runs) > 0 {
		one := draw
		draw = func(in Input) (Figure, error) { return in.drawTogether(name, one) }
		if s.Name == Han2015 {
			draw = func(in Input) (Figure, error) { return hanTogether(in, one) }
		}
	}
	in.coded, in.words = len(s.Palette) > 0, l
	f, err := draw(in)
	if err != nil {
		return Figure{}, err
	}
	if f, err = s.apply(f); err != nil {
		return Figure{}, err
	}
	f.page = f.page.said(l)
	if in.coded {
		f.page, err = f.page.inked(name, s.Palette)
	}
	return f, err
}
