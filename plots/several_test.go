package plots

import (
	"strings"
	"testing"

	"prunelab/analysis/overlap"
	"prunelab/experiments/trial"
)

// What is said of several arms, ways of pruning or layers is not what holds of the
// first of them.
func TestNotesAreOfAllThatIsDrawn(t *testing.T) {
	in := quickSample().input()
	for i := range in.Courses {
		if c := &in.Courses[i]; c.First() && c.Arm == "L1" {
			c.Runs = c.Runs[:2]
		}
	}
	f, err := Training(in)
	if err != nil {
		t.Fatal(err)
	}
	says(t, f, "Lines: means over n = 2 to 3 seeds.")

	in = Input{Plan: trial.Plan{Study: "made-up", Arms: []string{"L2"}, Layers: []string{"conv1", "fc1", "fc2"}}, Proxies: sampleRankings()}
	if f, err = Proxies(in); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(f.Caption, "other way") {
		t.Errorf("one way of pruning: %s", f.Caption)
	}
	other := ranking(0.9, [3]float64{3, 2, 1}, [3]float64{0.01, 0.02, 0.03})
	other.Parameter = "threshold"
	in.Proxies = append(in.Proxies, other)
	if f, err = Proxies(in); err != nil {
		t.Fatal(err)
	}
	says(t, f, "1 other way of pruning: see the table.")

	plain, drawn := overlap.Set{Series: trial.Series{Method: trial.Plain()}}, overlap.Set{Series: trial.Series{Method: inventedMethods["random"]}}
	if note := overlapNote([]overlap.Set{plain, drawn, plain}); !strings.Contains(note, "Method: magnitude, or random;") {
		t.Error(note)
	}
}
