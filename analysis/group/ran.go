package group

import (
	"maps"
	"slices"
	"strconv"

	"prunelab/experiments/trial"
)

// Planned is the number of the plan's trials.
func (s *Study) Planned() int { return len(s.specs) }

// Ran returns the outcomes of the plan's trials in the order of their keys.
func (s *Study) Ran() []*trial.Outcome {
	var outs []*trial.Outcome
	for _, k := range slices.Sorted(maps.Keys(s.outcomes)) {
		outs = append(outs, s.outcomes[k])
	}
	return outs
}

// Amount words a parameter's value: "0.9", "quality 1.5".
func Amount(parameter string, v float64) string {
	s := strconv.FormatFloat(v, 'g', -1, 64)
	if parameter == "ratio" {
		return s
	}
	return parameter + " " + s
}
