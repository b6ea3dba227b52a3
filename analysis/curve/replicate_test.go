package curve_test

import (
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/internal/fixtures"
	"prunelab/experiments/trial"
)

// A network from a file is the same for every seed until it is retrained: before
// that n is 1, however many seeds there are, and no interval has no width.
func TestSeedsOfAGivenNetworkAreNoReplicates(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{
		Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3}, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5, 0.9)},
		Correct: func(a fixtures.At) int { return 900 },
	})
	given := map[trial.Key]trial.Spec{}
	for i, s := range p.Trials {
		old := s.Key()
		s.Net.Source = "digest"
		p.Trials[i], given[old] = s, s
	}
	for i := range p.Cells {
		p.Cells[i].Key = given[p.Cells[i].Key].Key()
	}
	for i := range outs {
		outs[i].Spec = given[outs[i].Key]
		outs[i].Key = outs[i].Spec.Key()
	}
	g, err := group.New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	curves, err := curve.FromGroups(g)
	if err != nil {
		t.Fatal(err)
	}
	if len(curves) != 2 {
		t.Fatalf("%d curves", len(curves))
	}
	for _, c := range curves {
		want := map[curve.Stage]int{curve.Pruned: 1, curve.Retrained: 3}[c.Stage]
		for _, pt := range c.Points {
			if pt.Accuracy.N != want || len(pt.Seeds) != want || len(pt.Missing) > 0 {
				t.Errorf("%s at %v: n = %d, want %d", c.Stage, pt.Requested, pt.Accuracy.N, want)
			}
		}
		if c.Baseline.N != 1 {
			t.Errorf("%s: %d dense networks", c.Stage, c.Baseline.N)
		}
	}
}
