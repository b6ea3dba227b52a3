package study

import (
	"slices"
	"strings"
	"testing"

	"prunelab/experiments/trial"
)

// Without controls a sweep has the same cells but for them, one-shot and in
// rounds, and no trial that retrains an unpruned network.
func TestControlsLeftOut(t *testing.T) {
	for _, sweep := range []string{
		"targets: [all], ratios: [0.5, 0.9]",
		"targets: [fc1, all], iterative: {levels: [0.5, 0.8], equal_steps: true}",
	} {
		want := planOf(t, "{"+sweep+"}").Cells
		all := len(want)
		want = slices.DeleteFunc(want, func(c trial.Cell) bool { return c.Role == trial.Control })
		s := mustParse(t, small+"  - {"+sweep+", control: false}\n")
		got := mustPlan(t, s)
		if !slices.Equal(got.Cells, want) || len(want) == all {
			t.Errorf("%s: cells %v, want %v", sweep, got.Cells, want)
		}
		for _, spec := range got.Trials {
			if len(spec.Levels) > 0 && len(spec.Levels[0].Prune.Layers) == 0 {
				t.Errorf("%s: an unpruned network is retrained in %s", sweep, spec.Key().Short())
			}
		}
		if again := mustPlan(t, mustParse(t, string(s.YAML()))); !slices.Equal(again.Cells, got.Cells) {
			t.Errorf("%s: printed and read again it is another study", sweep)
		}
	}
	_, err := Parse("study.yaml", []byte(small+"  - {targets: [all], ratios: [0.5], retrain: false, control: false}\n"), nil, lookup)
	if err == nil || !strings.Contains(err.Error(), "does not retrain") {
		t.Errorf("a control without retraining: %v", err)
	}
}
