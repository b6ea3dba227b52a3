package curve_test

import (
	"math"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/internal/fixtures"
	"prunelab/analysis/stats"
)

// fixed are the curves of one network from a file, 900 of whose 1000 images are right
// unpruned, and the first so many pruned.
func fixed(t *testing.T, retrain bool, right map[float64]int) []curve.Curve {
	t.Helper()
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3},
		Sweeps: []fixtures.Sweep{fixtures.All(retrain, 0.5, 0.7, 0.9)},
		Correct: func(a fixtures.At) int {
			if n, ok := right[a.Ratio]; ok && a.Stage == "pruned" {
				return n
			}
			return 900
		}})
	fixtures.FromFile("a digest", &p, outs)
	g, err := group.New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	curves, err := curve.FromGroups(g)
	if err != nil {
		t.Fatal(err)
	}
	return curves
}

func equal(t *testing.T, what string, got, want stats.Estimate) {
	t.Helper()
	if math.Abs(got.Value-want.Value) > 1e-12 || math.Abs(got.Lo-want.Lo) > 1e-12 || math.Abs(got.Hi-want.Hi) > 1e-12 || got.N != want.N || got.Level != want.Level || got.Method != want.Method {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
}

// One network that is the same for every seed has intervals over images, of its losses
// paired with the dense network, and none beside them; what was retrained has seeds.
func TestAFixedNetworkHasIntervalsOverImages(t *testing.T) {
	right := map[float64]int{0.5: 895, 0.7: 850, 0.9: 500}
	curves := fixed(t, true, right)
	for _, c := range curves {
		baseline, _ := stats.Wilson(900, fixtures.Images, curve.Level)
		equal(t, "baseline", c.Baseline, baseline)
		if c.Fixed() != (c.Stage == curve.Pruned) {
			t.Errorf("%s is fixed: %v", c.Stage, c.Fixed())
		}
		for _, p := range c.Points {
			if c.Stage == curve.Retrained {
				if p.Accuracy.OverImages() || p.Accuracy.N != 3 || p.AccuracyBand.OverImages() {
					t.Errorf("retrained, at %v: %+v", p.Requested, p.Accuracy)
				}
				continue
			}
			n := right[p.Requested]
			if p.Requested == 0 {
				if n = 900; p.Loss.Level != 0 || p.Loss.Value != 0 || p.LossBand.N != 0 {
					t.Errorf("the unpruned network loses %+v against itself", p.Loss)
				}
			} else {
				// The right images are the first ones: only the dense network gets 900 - n.
				loss := stats.Agreement{Both: n, OnlyA: 900 - n, None: 100}.Difference(curve.Level)
				equal(t, "loss", p.Loss, loss)
				if b := p.LossBand; !b.OverImages() || b.Value != p.Loss.Value || b.Lo > p.Loss.Lo || b.Hi < p.Loss.Hi {
					t.Errorf("at %v the band is %+v, alone %+v", p.Requested, b, p.Loss)
				}
			}
			accuracy, _ := stats.Wilson(n, fixtures.Images, curve.Level)
			equal(t, "accuracy", p.Accuracy, accuracy)
			if b := p.AccuracyBand; !b.OverImages() || b.Lo > p.Accuracy.Lo || b.Hi < p.Accuracy.Hi {
				t.Errorf("at %v the band is %+v, alone %+v", p.Requested, b, p.Accuracy)
			}
			if p.Across.N != 0 || p.AccuracyAcross.N != 0 {
				t.Errorf("at %v there are intervals over seeds and images: %+v, %+v", p.Requested, p.Across, p.AccuracyAcross)
			}
		}
	}
	x, ok := curves[0].Within(0.02)
	if !ok || x.Level != curve.Level || !(x.Lo < x.Sparsity && x.Sparsity < x.Hi) {
		t.Errorf("within 2 pp: %+v", x)
	}
}

// The area's interval is over the images that it loses, weighted as its points are.
func TestAreaOfAFixedNetworkIsOverImages(t *testing.T) {
	c := fixed(t, false, map[float64]int{0.5: 895, 0.7: 850, 0.9: 500})[0]
	values, _ := c.Areas(0.5, 0.9)
	logit := func(p float64) float64 { return math.Log(p / (1 - p)) }
	span := logit(0.9) - logit(0.5)
	weight := map[float64]float64{0.5: (logit(0.7) - logit(0.5)) / 2 / span, 0.7: 0.5, 0.9: (logit(0.9) - logit(0.7)) / 2 / span}
	lost := make([]float64, fixtures.Images)
	for i := range 900 {
		for ratio, n := range map[float64]int{0.5: 895, 0.7: 850, 0.9: 500} {
			if i >= n {
				lost[i] += weight[ratio]
			}
		}
	}
	want, err := stats.ImageMean(lost, curve.Level)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.AreaOverImages(0.5, 0.9, curve.Level)
	if err != nil || len(values) != 1 || math.Abs(got.Value-values[0].Value) > 2e-3 || math.Abs(got.Lo-want.Lo) > 2e-3 || math.Abs(got.Hi-want.Hi) > 2e-3 || !got.OverImages() {
		t.Errorf("%+v, %v; by definition %+v, the area is %v", got, err, want, values)
	}
	c.Points[1].Accuracy.N, c.Points[1].Fixed = 3, false
	if got, err := c.AreaOverImages(0.5, 0.9, curve.Level); err != nil || got.N != 0 {
		t.Errorf("a curve with seeds: %+v, %v", got, err)
	}
}
