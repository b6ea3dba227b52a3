package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Agresti and Min (2005), table 1: of 1600 persons 794 approve twice, 570 never, 150
// the first time alone and 86 the second.
func TestImageMeanOfAKnownTable(t *testing.T) {
	var lost []float64
	for value, n := range map[float64]int{0: 794 + 570, 1: 150, -1: 86} {
		for range n {
			lost = append(lost, value)
		}
	}
	e, err := ImageMean(lost, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	// With half a person more in each cell, n = 1602, b = 150.5 and c = 86.5:
	// (64 ± 1.959964 sqrt(237 - 64²/1602)) / 1602.
	half := 1.959964 * math.Sqrt(237-64.*64/1602) / 1602
	if e.N != 1 || !e.OverImages() || math.Abs(e.Value-0.04) > 1e-12 || math.Abs(e.Lo-(64./1602-half)) > 1e-7 || math.Abs(e.Hi-(64./1602+half)) > 1e-7 {
		t.Errorf("%+v, want 0.04 [%.6f, %.6f]", e, 64./1602-half, 64./1602+half)
	}
}

// No image lost is no proof of none.
func TestImageMeanOfNothingHasAWidth(t *testing.T) {
	e, err := ImageMean(make([]float64, 2000), 0.95)
	if err != nil || e.Value != 0 || e.Hi < 0.0009 || e.Hi > 0.0015 || e.Lo != -e.Hi {
		t.Errorf("%+v, %v", e, err)
	}
}

// nested draws which of n images networks get right that lose more and more of what
// their reference, right at 9 of 10, gets right, and win back some of the rest.
func nested(r *rand.Rand, n int, lose []float64) (right [][]byte, reference []byte) {
	set := func(b []byte, i int) { b[i/8] |= 1 << (i % 8) }
	reference = make([]byte, (n+7)/8)
	for range lose {
		right = append(right, make([]byte, (n+7)/8))
	}
	for i := range n {
		was, u := r.Float64() < 0.9, r.Float64()
		if was {
			set(reference, i)
		}
		for j, p := range lose {
			if was && u >= p || !was && u < p/4 {
				set(right[j], i)
			}
		}
	}
	return right, reference
}

// Of one network intervals over images hold what they say, for an area and for
// all points of a curve at once, also where few images are lost.
func TestSimulationIntervalsOverImages(t *testing.T) {
	lose := []float64{0.002, 0.01, 0.05, 0.3}
	weights := []float64{0.1, 0.2, 0.3, 0.4}
	truth, under := make([]float64, len(lose)), 0.0
	for j, p := range lose {
		truth[j] = 0.9*p - 0.1*p/4
		under += weights[j] * truth[j]
	}
	runs := *simulations / 8
	for _, images := range []int{500, 2000} {
		r := stream("images", []float64{float64(images)})
		area, few, losses, accuracies := 0, 0, 0, 0
		for range runs {
			right, reference := nested(r, images, lose)
			one, least := make([]float64, images), make([]float64, images)
			for i := range one {
				for j := range right {
					d := float64(int(reference[i/8]>>(i%8)&1) - int(right[j][i/8]>>(i%8)&1))
					one[i] += weights[j] * d
					if j == 0 {
						least[i] = d
					}
				}
			}
			if e, _ := ImageMean(one, 0.95); e.Lo <= under && under <= e.Hi {
				area++
			}
			if e, _ := ImageMean(least, 0.95); e.Lo <= truth[0] && truth[0] <= e.Hi {
				few++
			}
			ls, err := ImageBand(right, reference, images, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			as, err := ImageBand(right, nil, images, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			both, all := true, true
			for j := range lose {
				both = both && ls[j].Lo <= truth[j] && truth[j] <= ls[j].Hi
				all = all && as[j].Lo <= 0.9-truth[j] && 0.9-truth[j] <= as[j].Hi
			}
			if both {
				losses++
			}
			if all {
				accuracies++
			}
		}
		rate(t, "area", area, runs, .94, .97)
		rate(t, "few images lost", few, runs, .94, 1)
		rate(t, "losses at once", losses, runs, .94, .99)
		rate(t, "accuracies at once", accuracies, runs, .94, .98)
	}
}

// For one point a band is its interval; for several it is wider, and no wider than
// Bonferroni's.
func TestImageBandLiesBetweenOneIntervalAndBonferroni(t *testing.T) {
	right, reference := nested(stream("between"), 1000, []float64{0.02, 0.1, 0.3})
	one, _ := Crossed(right[:1], [][]byte{reference}, 1000, 0.95)
	if b, err := ImageBand(right[:1], reference, 1000, 0.95); err != nil || math.Abs(b[0].Lo-one.Lo) > 2e-4 || !b[0].OverImages() {
		t.Errorf("%+v, %v; one interval is %+v", b, err, one)
	}
	band, err := ImageBand(right, reference, 1000, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for j, e := range band {
		narrow, _ := Crossed(right[j:j+1], [][]byte{reference}, 1000, 0.95)
		wide, _ := Crossed(right[j:j+1], [][]byte{reference}, 1000, 1-0.05/3+1e-4)
		if !(e.Lo < narrow.Lo && e.Hi > narrow.Hi && e.Lo >= wide.Lo-1e-4 && e.Hi <= wide.Hi+1e-4) {
			t.Errorf("point %d: %+v, alone %+v, Bonferroni %+v", j, e, narrow, wide)
		}
	}
}
