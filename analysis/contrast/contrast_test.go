package contrast

import (
	"strings"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/internal/fixtures"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// only is the one contrast of a study, and what its table says of who lost less.
func only(t *testing.T, p trial.Plan, outs []trial.Outcome) (Contrast, table.Cell) {
	t.Helper()
	g, err := group.New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	curves, err := curve.FromGroups(g)
	if err != nil {
		t.Fatal(err)
	}
	cs, err := All(curves)
	if err != nil {
		t.Fatal(err)
	}
	if len(cs) != 1 || len(cs[0].Points) != 1 {
		t.Fatalf("%d contrasts, want one of one amount", len(cs))
	}
	return cs[0], row(cs[0], cs[0].Points[0])[7]
}

// An arm that loses less only because its dense network is worse.
func TestOppositeSignInRawAccuracyIsSaid(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{
		Arms: []string{"L2", "L1"}, Seeds: []uint64{1, 2, 3}, Sweeps: []fixtures.Sweep{fixtures.All(false, 0.5)},
		Correct: func(a fixtures.At) int {
			n := 900 + int(a.Seed)
			if a.Arm == "L2" && a.Stage == "dense" {
				n += 80
			}
			if a.Arm == "L2" && a.Stage == "pruned" {
				n += 20 - int(a.Seed)/2
			}
			return n
		},
	})
	c, less := only(t, p, outs)
	if d := c.Points[0]; c.Less(d) != "L1" || !c.Opposed(d) {
		t.Errorf("L1 lost nothing and is still behind: %+v", d)
	}
	mirrored := Contrast{A: c.B, B: c.A}
	d := c.Points[0]
	d.Loss.Value, d.Loss.Lo, d.Loss.Hi = -d.Loss.Value, -d.Loss.Hi, -d.Loss.Lo
	d.Accuracy.Value, d.Accuracy.Lo, d.Accuracy.Hi = -d.Accuracy.Value, -d.Accuracy.Hi, -d.Accuracy.Lo
	if mirrored.Less(d) != "L1" || !mirrored.Opposed(d) {
		t.Error("the order of the arms matters")
	}
	if less.Note == "" {
		t.Error("the table does not say so")
	}
}

// Where raw accuracies lean the other way by chance nothing is said of their sign: as
// of L1 and L2 at 90 % in a published study, 0.15 pp lost less and 0.02 ± 0.15 pp less
// accurate.
func TestRawAccuraciesThatLeanByChanceAreAlike(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{
		Arms: []string{"L2", "L1"}, Seeds: []uint64{1, 2, 3, 4, 5, 6}, Sweeps: []fixtures.Sweep{fixtures.All(false, 0.5)},
		Correct: func(a fixtures.At) int {
			lean := []int{0, -9, 11, -8, 10, -9, 9}[a.Seed] // of L2, in accuracy
			switch {
			case a.Arm == "L1":
				return 900
			case a.Stage == "dense":
				return 930 + lean + int(a.Seed)%2
			}
			return 900 + lean
		},
	})
	c, less := only(t, p, outs)
	if d := c.Points[0]; c.Less(d) != "L1" || d.Accuracy.Value <= 0 || c.Opposed(d) || !c.Alike(d) {
		t.Errorf("a lean by chance: %+v", d)
	}
	if !strings.Contains(less.Note, "cannot be told apart") {
		t.Errorf("the table says %q", less.Note)
	}
}

// Seeds that all differ by the same number of images do not make a difference
// certain.
func TestEqualDifferencesAreNoInterval(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{
		Arms: []string{"L2", "L1"}, Seeds: []uint64{1, 2, 3}, Sweeps: []fixtures.Sweep{fixtures.All(false, 0.5)},
		Correct: func(a fixtures.At) int {
			if a.Arm == "L2" && a.Stage == "pruned" {
				return 940 + int(a.Seed)
			}
			return 950 + int(a.Seed)
		},
	})
	if c, _ := only(t, p, outs); c.Points[0].Loss.Value != 0.01 || c.Less(c.Points[0]) != "" {
		t.Errorf("all seeds differ by 10 images: %+v, less lost by %q", c.Points[0].Loss, c.Less(c.Points[0]))
	}
}

// A network from a file, which has no seeds, is compared with every draw of the
// weights to remove.
func TestAFixedNetworkIsComparedWithEveryDraw(t *testing.T) {
	drawn := fixtures.All(false, 0.5)
	drawn.Random = true
	p, outs := fixtures.Build(fixtures.Config{
		Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3}, Sweeps: []fixtures.Sweep{fixtures.All(false, 0.5), drawn},
		Correct: func(a fixtures.At) int { return 900 },
	})
	for i := range outs {
		if l := outs[i].Spec.Levels; len(l) > 0 && l[0].Prune.Criterion.Draws() {
			outs[i].Result.Pruned.Correct = 700 + int(outs[i].Spec.Seed)
		}
	}
	fixtures.FromFile("a digest", &p, outs)
	c, _ := only(t, p, outs)
	if d := c.Points[0]; d.Fixed || d.Loss.N != 3 || d.Accuracy.N != 3 {
		t.Errorf("n = %d and %d, want 3", d.Loss.N, d.Accuracy.N)
	}
}
