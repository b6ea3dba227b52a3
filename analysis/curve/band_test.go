package curve

import (
	"reflect"
	"runtime"
	"testing"

	"prunelab/analysis/internal/fixtures"
	"prunelab/model/train"
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

// published are the images of 5,000 that eight networks get right, dense and with 80 %
// of conv1 removed: 0.50, 1.02, 4.10, 0.48, 0.20, 0.64, 0.68 and 0.90 pp are lost. A
// Student band of these losses reaches from 3 pp lost to 0.7 gained.
func published(a fixtures.At) int {
	dense := []int{0, 4943, 4939, 4950, 4943, 4941, 4948, 4948, 4944}[a.Seed]
	lost := []int{0, 25, 51, 205, 24, 10, 32, 34, 45}[a.Seed]
	switch {
	case a.Stage != "pruned" || a.Ratio == 0:
		return dense
	case a.Ratio == 0.5:
		return dense - lost/4
	}
	return dense - lost
}

// Where every seed loses, the band does not say that nothing or more than that
// may have been gained, and no accuracy is beyond 100 %.
func TestBandsStayWithinWhatIsPossible(t *testing.T) {
	for _, x := range []struct {
		correct func(fixtures.At) int
		images  int
	}{{skewed, fixtures.Images}, {published, 5000}} {
		stayWithin(t, x.correct, x.images)
	}
}

func stayWithin(t *testing.T, correct func(fixtures.At) int, images int) {
	t.Helper()
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2", "L1"}, Seeds: []uint64{1, 2, 3, 4, 5, 6, 7, 8},
		Sweeps: []fixtures.Sweep{fixtures.All(false, 0.5, 0.8)}, Correct: correct})
	for _, o := range outs {
		for _, e := range []*train.Evaluation{o.Result.Start, o.Result.Pruned, o.Result.Retrained} {
			if e != nil {
				e.N = images
			}
		}
	}
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
