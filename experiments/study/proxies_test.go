package study

import (
	"strings"
	"testing"

	"prunelab/experiments/trial"
)

// Predictions are asked for by the trial, so it is another one than the same
// pruning without.
func TestProxies(t *testing.T) {
	s := mustParse(t, small+"  - {targets: [each], ratios: [0.5], retrain: false, proxies: true}\n")
	plain := mustParse(t, small+"  - {targets: [each], ratios: [0.5], retrain: false, proxies: false}\n")
	without := map[trial.Key]bool{}
	for _, spec := range mustPlan(t, plain).Trials {
		without[spec.Key()] = true
	}
	n := 0
	for _, spec := range mustPlan(t, s).Trials {
		if err := spec.Validate(); err != nil {
			t.Error(err)
		}
		if len(spec.Levels) == 0 {
			continue
		}
		n++
		if !spec.Levels[0].Proxies || without[spec.Key()] {
			t.Errorf("trial %s does not ask for them, or has the key of one that does not", spec.Key().Short())
		}
		spec.Levels = []trial.Level{spec.Levels[0]}
		if spec.Levels[0].Proxies = false; !without[spec.Key()] {
			t.Error("they change more than that")
		}
	}
	if n == 0 {
		t.Error("nothing is pruned")
	}
	if again := mustParse(t, string(s.YAML())); string(again.YAML()) != string(s.YAML()) || mustPlan(t, again).Trials[1].Key() != mustPlan(t, s).Trials[1].Key() {
		t.Error("printed and read again it is another study")
	}
	for _, sweep := range []string{"{targets: [all], ratios: [0.5], proxies: true}", "{targets: [all], ratios: [0.5], retrain: false, iterative: {per_round: 0.2}, proxies: true}"} {
		_, err := Parse("study.yaml", []byte(small+"  - "+sweep+"\n"), nil, lookup)
		if err == nil || !strings.Contains(err.Error(), "neither retrained nor iterated") {
			t.Errorf("%s: %v", sweep, err)
		}
	}
}
