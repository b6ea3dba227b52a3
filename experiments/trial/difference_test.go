package trial

import (
	"slices"
	"testing"
)

// Whatever plans differ in is named, also what is no trial.
func TestDifferencesNameEveryField(t *testing.T) {
	spec := Spec{Schema: 1, Seed: 1}
	other := Spec{Schema: 1, Seed: 2}
	plan := func() Plan {
		return Plan{Schema: 1, Study: "s", Layers: []string{"fc1"}, Kinds: []string{"dense"}, Arms: []string{"L2"}, Trials: []Spec{spec, other}}
	}
	for want, change := range map[string]func(*Plan){
		"primary: [] here, [l1-best-without-retraining layer-order] there": func(p *Plan) { p.Primary = []string{"l1-best-without-retraining", "layer-order"} },
		"strengths: not said here, from rate, seeds [7 8] there":           func(p *Plan) { p.Pilot = &Pilot{Study: "rate", Seeds: []uint64{7, 8}} },
		"bisected[0].target: nothing here, fc1 there":                      func(p *Plan) { p.Bisected = []Bisection{{Target: "fc1"}} },
		"kinds[0]: dense here, conv there":                                 func(p *Plan) { p.Kinds = []string{"conv"} },
		"the order of its trials":                                          func(p *Plan) { slices.Reverse(p.Trials) },
	} {
		now := plan()
		change(&now)
		if lines := plan().Differences(now, "here", "there"); !slices.Contains(lines, want) || now.Same(plan()) {
			t.Errorf("%q lacks %q", lines, want)
		}
	}
}
