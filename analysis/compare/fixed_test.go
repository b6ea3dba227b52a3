package compare

import (
	"strings"
	"testing"

	"prunelab/analysis/internal/fixtures"
	"prunelab/experiments/trial"
)

// fixed is a run of one network from a file, with as many images right at ratio
// 0.5 as given and 900 unpruned.
func fixed(name string, seeds []uint64, right int) Run {
	p, o := fixtures.Build(fixtures.Config{
		Arms: []string{"L2"}, Seeds: seeds, Sweeps: []fixtures.Sweep{fixtures.All(false, 0.5)},
		Correct: func(a fixtures.At) int {
			if a.Stage == "dense" {
				return 900
			}
			return right
		},
	})
	fixtures.FromFile("the network "+name, &p, o)
	return Run{Name: name, Plan: p, Outcomes: o}
}

func TestNetworksFromFilesAreComparedImageByImage(t *testing.T) {
	d := compared(t, fixed("a", seeds(1, 3), 880), fixed("b", seeds(1, 3), 320))
	moved := d.Moved()
	if len(moved) != 1 || !moved[0].Fixed || moved[0].Requested != 0.5 || moved[0].Difference.Test.Method != "McNemar, mid-p" {
		t.Fatalf("56 pp between two networks: %+v; %s", moved, d.Conclusion())
	}
	if e := moved[0].Difference.Difference; e.Value != -0.56 || e.Hi > -0.5 || e.Lo < -0.62 {
		t.Errorf("the difference is %+v", e)
	}
	// Networks that are as good: what would have been found rests on no seeds.
	d = compared(t, fixed("a", seeds(1, 3), 880), fixed("b", seeds(1, 3), 879))
	if s := d.Conclusion(); !strings.HasPrefix(s, "nothing moved") || strings.Contains(s, "seeds") || !strings.Contains(s, "image by image, 2 settings") {
		t.Error(s)
	}
	text, err := d.Table(9).Txt()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "n = images") || strings.Contains(string(text), "trained") {
		t.Errorf("%s", text)
	}
}

func TestOneNetworkFromAFileIsTheSameForOtherSeeds(t *testing.T) {
	d := compared(t, fixed("a", seeds(1, 3), 880), fixed("a", seeds(4, 6), 880))
	if len(d.Settings) != 0 || d.Identical != 2 {
		t.Errorf("%d settings are compared, %d identical", len(d.Settings), d.Identical)
	}
}

// Against networks that were trained, or on other images, there is no test, and
// that is said.
func TestWhatCannotBeTestedIsNotCalledUnmoved(t *testing.T) {
	trained := run("b", seeds(1, 8), noise("x"))
	other := fixed("c", seeds(1, 3), 320)
	fixtures.Respecify(&other.Plan, other.Outcomes, func(s *trial.Spec) { s.Data.SplitSeed = 2 })
	for _, b := range []Run{trained, other} {
		d := compared(t, fixed("a", seeds(1, 3), 880), b)
		if len(d.Settings) == 0 || !strings.Contains(d.Conclusion(), "cannot be tested") {
			t.Errorf("%s: %s", b.Name, d.Conclusion())
		}
	}
}
