package prune

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"prunelab/model/nn"
)

func TestSampledPositions(t *testing.T) {
	for _, size := range []int{0, 1, 7, sampleSize - 1, sampleSize, sampleSize + 1, 2*sampleSize - 1, 235_200, 1 << 24} {
		at := Sampled(size)
		if len(at) != min(size, sampleSize) || !slices.IsSorted(at) || len(slices.Compact(slices.Clone(at))) != len(at) {
			t.Errorf("%d weights: %d positions, ascending without repetition: %v", size, len(at), slices.IsSorted(at))
		}
		if len(at) > 0 && (at[0] < 0 || int(at[len(at)-1]) >= size) {
			t.Errorf("%d weights: positions from %d to %d", size, at[0], at[len(at)-1])
		}
	}
	// Outcomes hold what lay at these positions: they never change.
	if at := Sampled(235_200); at[0] != 19 || at[1] != 32 || at[8191] != 235_186 {
		t.Errorf("positions %d, %d, ..., %d", at[0], at[1], at[8191])
	}
}

// The overlap of two masks estimated on the sample is that of the masks, to
// within four standard errors.
func TestSampleEstimatesOverlap(t *testing.T) {
	const size = 100_000
	r := rand.New(rand.NewPCG(1, 2))
	var a, b []int32
	inter, union := 0, 0
	for i := range int32(size) {
		common, one, two := r.Float64() < 0.05, r.Float64() < 0.05, r.Float64() < 0.05
		if common || one {
			a = append(a, i)
		}
		if common || two {
			b = append(b, i)
		}
		if (common || one) && (common || two) {
			inter++
		}
		if common || one || two {
			union++
		}
	}
	sample := func(index []int32) []byte {
		p, err := nn.NewMask(size, index)
		if err != nil {
			t.Fatal(err)
		}
		return Sample(p)
	}
	x, y := sample(a), sample(b)
	both, either := 0, 0
	for i := range Sampled(size) {
		u, v := x[i/8]>>(i%8)&1, y[i/8]>>(i%8)&1
		both += int(u & v)
		either += int(u | v)
	}
	want := float64(inter) / float64(union)
	got := float64(both) / float64(either)
	if se := math.Sqrt(want * (1 - want) / float64(either)); math.Abs(got-want) > 4*se {
		t.Errorf("Jaccard index %.3f on the sample, %.3f of the masks", got, want)
	}
}

// A layer that is not larger than the sample is recorded exactly.
func TestSampleOfASmallLayer(t *testing.T) {
	p, err := nn.NewMask(11, []int32{0, 3, 8, 10})
	if err != nil {
		t.Fatal(err)
	}
	if got := Sample(p); !slices.Equal(got, []byte{0b00001001, 0b00000101}) {
		t.Errorf("%08b", got)
	}
}
