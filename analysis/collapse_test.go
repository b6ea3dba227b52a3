package analysis

import (
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/internal/fixtures"
)

// Networks that retraining made worse are counted, per cell; what one loses by chance is no
// collapse.
func TestCollapsesInRetrainingAreSaid(t *testing.T) {
	fall := 0
	said := func() []string {
		p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3, 4},
			Sweeps: []fixtures.Sweep{fixtures.One("conv1", true, 0.5, 0.95), fixtures.One("fc1", true, 0.5, 0.95)},
			Correct: func(a fixtures.At) int {
				switch {
				case a.Stage == "retrained" && a.Ratio == 0:
					return 800 // the control
				case a.Stage == "retrained" && a.Target == "conv1" && a.Ratio == 0.95 && a.Seed != 2:
					return 700 - fall
				}
				return 700
			}})
		a, err := Analyze(p, outs)
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(a.Warnings, func(w string) bool { return !strings.Contains(w, "right after pruning") })
	}
	if got := said(); len(got) > 0 {
		t.Errorf("nothing collapsed and it says %q", got)
	}
	fall = 9
	if got := said(); len(got) > 0 {
		t.Errorf("0.9 pp less is no collapse: %q", got)
	}
	fall = 600
	if got := said(); len(got) != 1 || !strings.HasPrefix(got[0], "arm L2, target conv1, magnitude, ratio 0.95: retraining left 3 of 4 networks more than 1 pp less accurate") || !strings.Contains(got[0], "networks that did not") {
		t.Errorf("it says %q", got)
	}
	if got := collapseWarnings([]Collapse{{Worse: 4, Of: 4}}); strings.Contains(got[0], "recovered") {
		t.Errorf("none recovered: %q", got)
	}
}
