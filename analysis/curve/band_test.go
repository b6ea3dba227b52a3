package curve

import (
	"reflect"
	"runtime"
	"testing"

	"prunelab/analysis/internal/fixtures"
)

// skewed is a study of eight seeds that all lose, one of them much.
func skewed(a fixtures.At) int {
	lost := []int{0, 2, 4, 5, 6, 8, 12, 30, 300}[a.Seed]
	switch {
	case a.Stage != "pruned":
		return 990 + int(a.Seed)%3
	case a.Ratio == 0.5:
		return 990 + int(a.Seed)%3 - lost
	}
	return 990 + int(a.Seed)%3 - 2*lost
}

// Where every seed loses, the band does not say that nothing or more than that
// may have been gained, and no accuracy is beyond 100 %.
func TestBandsStayWithinWhatIsPossible(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2", "L1"}, Seeds: []uint64{1, 2, 3, 4, 5, 6, 7, 8},
		Sweeps: []fixtures.Sweep{fixtures.All(false, 0.5, 0.9)}, Correct: skewed})
	curves := build(t, p, outs)
	for _, c := range curves {
		for _, pt := range c.Points {
			a, l := pt.AccuracyBand, pt.LossBand
			if a.N != 8 || a.Lo < 0 || a.Hi > 1 || !(a.Lo < a.Value && a.Value < a.Hi) {
				t.Errorf("%s at %v: accuracy %+v", c.Stage, pt.Requested, a)
			}
			if pt.Requested > 0 && (l.N != 8 || l.Lo <= 0 || l.Hi > 1 || !(l.Lo < l.Value && l.Value < l.Hi)) {
				t.Errorf("%s at %v: loss %+v, of seeds that all lose", c.Stage, pt.Requested, l)
			}
		}
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if again := build(t, p, outs); !reflect.DeepEqual(curves, again) {
		t.Error("bands depend on the number of workers")
	}
}
