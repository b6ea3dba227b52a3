package plots

import "errors"

// All draws every figure that a study has the data for, in the order in which
// a report shows them.
func All(in Input) ([]Figure, error) {
	var figures []Figure
	add := func(f Figure, err error) error {
		if err == nil {
			figures = append(figures, f)
		}
		return unlessNoData(err)
	}
	errs := []error{add(Tradeoff(in)), add(Accuracy(in)), add(Effects(in))}
	for _, arm := range in.arms() {
		for _, stage := range stages {
			errs = append(errs, add(Sensitivity(in, arm, stage)))
		}
	}
	for _, arm := range in.arms() {
		errs = append(errs, add(FirstLayer(in, arm)))
	}
	errs = append(errs, add(LayerCurves(in)))
	for _, arm := range in.arms() {
		errs = append(errs, add(HeatMap(in, arm)))
	}
	for _, arm := range in.arms() {
		errs = append(errs, add(Proxies(in, arm)))
	}
	weights, err := Weights(in)
	figures = append(figures, weights...)
	errs = append(errs, unlessNoData(err), add(Overlap(in)), add(Pareto(in)), add(Training(in)), add(Retraining(in)))
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return figures, nil
}

func unlessNoData(err error) error {
	if errors.Is(err, ErrNoData) {
		return nil
	}
	return err
}
