package tables

import (
	"fmt"
	"testing"

	"prunelab/analysis/group"
	"prunelab/analysis/internal/fixtures"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
)

// What is requested is what the study says, not the share that its rounding gives;
// a global ratio, a threshold and a quality ask no ratio of a layer.
func TestRequestedIsWhatWasAskedFor(t *testing.T) {
	global := fixtures.All(false, 0.5)
	global.Global = true
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1, 2}, Correct: func(fixtures.At) int { return 900 },
		Sweeps: []fixtures.Sweep{fixtures.One("conv1", false, 0.3333), fixtures.One("fc1", false, 0.3), global}})
	fixtures.Respecify(&p, outs, func(s *trial.Spec) {
		if len(s.Levels) > 0 && s.Levels[0].Prune.Layers[0] == "fc1" {
			s.Levels[0].Prune.Rule = prune.ByThreshold
		}
	})
	g, err := group.New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	table := Sparsity(g)
	got := map[string]string{}
	for _, r := range table.Rows {
		n := len(r)
		got[fmt.Sprint(r[0].Text, " ", r[n-7].Text)] = r[n-2].Text + " of " + r[n-1].Text
	}
	for of, want := range map[string]string{"conv1 conv1": "33.33 of 35.00", "fc1 fc1": " of 30.00", "all fc2": " of 50.00"} {
		if got[of] != want {
			t.Errorf("%s: %q, want %q (%v)", of, got[of], want, got)
		}
	}
}
