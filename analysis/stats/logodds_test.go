package stats

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What eight seeds of LeNet-5 get right of 5,000 images, dense and with 80 % of conv1
// pruned (results/layers-lenet-5).
var (
	lenetDense = []float64{4943, 4939, 4950, 4943, 4941, 4948, 4948, 4944}
	lenetConv1 = []float64{4918, 4888, 4745, 4919, 4931, 4916, 4914, 4899}
)

const lenetImages = 5000

func accuracies(correct []float64) map[uint64]float64 {
	m := map[uint64]float64{}
	for i, k := range correct {
		m[uint64(i+1)] = k / lenetImages
	}
	return m
}

func paired(correct, reference []float64) map[uint64]Pair {
	m := map[uint64]Pair{}
	for i, k := range correct {
		m[uint64(i+1)] = Pair{k / lenetImages, reference[i] / lenetImages}
	}
	return m
}

// By the formulas in Python's floats, t(.975, 7) by bisection of the incomplete
// beta function.
func TestLogOddsOfConv1(t *testing.T) {
	as, err := AccuracyBand([]map[uint64]float64{accuracies(lenetConv1)}, lenetImages, .95)
	if err != nil {
		t.Fatal(err)
	}
	ls, err := LossBand([]map[uint64]Pair{paired(lenetConv1, lenetDense)}, lenetImages, .95)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		e    Estimate
		want [3]float64
	}{
		{as[0], [3]float64{0.9800701984116702, 0.9719156552074366, 0.9858998648188546}},
		{ls[0], [3]float64{0.008852464820614525, 0.0025744843267965223, 0.017911952646594065}},
	} {
		near(t, "value", c.e.Value, c.want[0], 1e-12)
		near(t, "lo", c.e.Lo, c.want[1], 1e-9)
		near(t, "hi", c.e.Hi, c.want[2], 1e-9)
		if len(c.e.Warnings) > 0 || c.e.N != 8 || c.e.Level != .95 {
			t.Errorf("%+v", c.e)
		}
	}
	_, sd := meanSD(values(accuracies(lenetConv1)))
	near(t, "deviation, of accuracies", as[0].SD, sd, 1e-15)
	few, _ := AccuracyBand([]map[uint64]float64{accuracies(lenetConv1[:5])}, lenetImages, .95)
	if !slices.Contains(few[0].Warnings, TooFew) {
		t.Errorf("five seeds: %v", few[0].Warnings)
	}
	one, _ := LossBand([]map[uint64]Pair{paired(lenetConv1[:1], lenetDense)}, lenetImages, .95)
	near(t, "a single seed", one[0].Value, (4943-4918)/5000., 1e-12)
	if one[0].Level != 0 {
		t.Errorf("a single seed: %+v", one[0])
	}
	if _, err := LossBand(nil, lenetImages, .95); !errors.Is(err, ErrEmpty) {
		t.Errorf("of nothing: %v", err)
	}
}

func values(m map[uint64]float64) []float64 {
	var x []float64
	for seed := range uint64(len(m)) {
		x = append(x, m[seed+1])
	}
	return x
}

// No accuracy is below 0 or above 1, no loss more than the reference, and each
// value lies in its interval; where all seeds agree they are the value.
func TestLogOddsStayWithinWhatIsPossible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 9).Draw(t, "seeds")
		count := rapid.SliceOfN(rapid.IntRange(0, lenetImages), n, n)
		var as []map[uint64]float64
		var ls []map[uint64]Pair
		for range rapid.IntRange(1, 3).Draw(t, "points") {
			a, b := map[uint64]float64{}, map[uint64]Pair{}
			ref := count.Draw(t, "reference")
			for i, k := range count.Draw(t, "correct") {
				a[uint64(i)] = float64(k) / lenetImages
				b[uint64(i)] = Pair{a[uint64(i)], float64(ref[i]) / lenetImages}
			}
			as, ls = append(as, a), append(ls, b)
		}
		accuracy, err1 := AccuracyBand(as, lenetImages, .95)
		loss, err2 := LossBand(ls, lenetImages, .95)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		references := make([]map[uint64]float64, len(ls))
		for j, p := range ls {
			references[j] = map[uint64]float64{}
			for seed, q := range p {
				references[j][seed] = q.Reference
			}
		}
		base, _ := AccuracyBand(references, lenetImages, .95)
		for j, e := range accuracy {
			l := loss[j]
			if !(0 <= e.Lo && e.Lo <= e.Value && e.Value <= e.Hi && e.Hi <= 1) {
				t.Fatalf("accuracy %+v", e)
			}
			if b := base[j].Value; !(b-1 <= l.Lo+1e-12 && l.Lo <= l.Value && l.Value <= l.Hi && l.Hi <= b+1e-12) {
				t.Fatalf("loss %+v against %v", l, b)
			}
			if math.Abs(l.Value-(base[j].Value-e.Value)) > 1e-12 {
				t.Fatalf("a loss of %v is not %v - %v", l.Value, base[j].Value, e.Value)
			}
		}
	})
	same, _ := AccuracyBand([]map[uint64]float64{accuracies([]float64{5000, 5000}), accuracies([]float64{4931, 4931})}, lenetImages, .95)
	for j, want := range []float64{1, 4931. / 5000} {
		for _, v := range []float64{same[j].Value, same[j].Lo, same[j].Hi} {
			near(t, "all seeds equal", v, want, 1e-12)
		}
	}
}

// Points that say the same have Student's interval, unrelated ones that of
// independent t, P(all |t| < c) = P(|t| < c)^points, and neither order nor call
// changes a value.
func TestResampledT(t *testing.T) {
	const n, level = 40, .95
	r := stream("resampled test")
	x := draws(n, r.NormFloat64)
	twice := make([]float64, n)
	for i, v := range x {
		twice[i] = 2*v + 1
	}
	below, above := resampledT([][]float64{x, twice, slices.Repeat([]float64{7}, n)}, level)
	near(t, "of the same points", below, tQuantile(level, n-1), .15)
	near(t, "of the same points", above, tQuantile(level, n-1), .15)
	var columns [][]float64
	for range 8 {
		columns = append(columns, draws(n, r.NormFloat64))
	}
	want := tQuantile(math.Pow(level, 1./8), n-1)
	below, above = resampledT(columns, level)
	near(t, "of unrelated points", below, want, .1*want)
	near(t, "of unrelated points", above, want, .1*want)
	if b, a := resampledT(columns, level); b != below || a != above {
		t.Error("two calls differ")
	}
	if b, a := resampledT(columns[:1], level); b != tQuantile(level, n-1) || a != b {
		t.Errorf("one point: %v, %v", b, a)
	}
	// Of seven seeds alike and one that differs a third of the resamples hold no
	// other, and would have a t without bound.
	alike := [][]float64{{0, 0, 0, 0, 0, 0, 0, 1}, {1, 0, 0, 0, 0, 0, 0, 0}}
	if below, above := resampledT(alike, level); !(below < 8 && above < 8) {
		t.Errorf("seeds alike: %v below, %v above", below, above)
	}
	// A long tail above draws the upper limits out.
	for j := range columns {
		for i, v := range columns[j] {
			columns[j][i] = math.Exp(v)
		}
	}
	if below, above = resampledT(columns, level); above < 1.2*below {
		t.Errorf("skewed points: %v below, %v above", below, above)
	}
}
