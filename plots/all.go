package plots

import (
	"errors"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/experiments/trial"
)

// MainFigures is the largest number of figures that Main draws.
const MainFigures = 6

// Main draws the figures that a report shows unless asked for all: one a message, of
// those that a study has the data for.
func Main(in Input) ([]Figure, error) {
	whole := Tradeoff
	if all, _ := in.traded(); blank(all) {
		whole = Accuracy
	}
	kinds := []func(Input) (Figure, error){whole, Sensitivity, Effects, Proxies, Weights}
	unvisited := func(c curve.Curve) bool { return len(c.Unseen) > 0 }
	if slices.ContainsFunc(in.Curves, unvisited) { // by bisections: a map alone shows what they left out
		kinds = slices.Insert(kinds, 2, HeatMap)
	}
	given := func(c curve.Curve) bool { return c.Parameter == trial.Given }
	if slices.ContainsFunc(in.Curves, given) { // recommended ratios, say: each is a point beside the curves of others
		kinds = slices.Insert(kinds, 1, Pareto)
	}
	figures, err := each(in, kinds)
	return figures[:min(len(figures), MainFigures)], err
}

// All draws every figure that a study has the data for, those of Main first.
func All(in Input) ([]Figure, error) {
	figures, err := Main(in)
	if err != nil {
		return nil, err
	}
	var rest []func(Input) (Figure, error)
	for _, k := range kinds {
		rest = append(rest, k.draw)
	}
	more, err := each(in, rest)
	if err != nil {
		return nil, err
	}
	for _, f := range more {
		if !slices.ContainsFunc(figures, func(o Figure) bool { return o.Name == f.Name }) {
			figures = append(figures, f)
		}
	}
	return figures, nil
}

// each draws what there is data for.
func each(in Input, kinds []func(Input) (Figure, error)) ([]Figure, error) {
	var figures []Figure
	for _, draw := range kinds {
		f, err := draw(in)
		switch {
		case err == nil:
			figures = append(figures, f)
		case !errors.Is(err, ErrNoData):
			return nil, err
		}
	}
	return figures, nil
}
