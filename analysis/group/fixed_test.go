package group

import (
	"testing"

	"prunelab/analysis/internal/fixtures"
	"prunelab/experiments/trial"
)

// A network from a file is one network however many seeds a study has, until it
// is retrained or weights are drawn.
func TestSeedsOfAFixedNetworkAreOneMember(t *testing.T) {
	drawn := fixtures.All(false, 0.5)
	drawn.Random = true
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3}, Correct: func(fixtures.At) int { return 900 },
		Sweeps: []fixtures.Sweep{fixtures.All(false, 0.5), fixtures.One("fc1", true, 0.5), drawn}})
	fixtures.FromFile("a digest", &p, outs)
	outs[0].Status = trial.Failed // of the first seed's dense network
	g, err := New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range g.Cells {
		want := 1
		if c.Retrain || c.Method.Criterion.Draws() {
			want = 3
		}
		if len(c.Members) != want || len(c.Members)+len(c.Again) != 3 {
			t.Errorf("%+v: %d members and %d more, want %d of 3", c.Labels, len(c.Members), len(c.Again), want)
		}
		if c.Members[0].Outcome.Status != trial.Done && c.Fixed() {
			t.Errorf("%+v: the seed that failed stands for the others", c.Labels)
		}
	}
}
