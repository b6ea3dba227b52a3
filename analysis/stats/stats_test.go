package stats

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func sampleGen(smallest, largest int) *rapid.Generator[[]float64] {
	return rapid.SliceOfN(rapid.Float64Range(-10, 10), smallest, largest)
}

// bruteFlip sums every pattern of signs.
func bruteFlip(d []float64) float64 {
	observed, abs := 0.0, 0.0
	for _, v := range d {
		observed += v
		abs += math.Abs(v)
	}
	count := 0
	for pattern := range 1 << len(d) {
		s := 0.0
		for i, v := range d {
			if pattern>>i&1 == 1 {
				v = -v
			}
			s += v
		}
		if math.Abs(s) >= math.Abs(observed)-1e-10*abs {
			count++
		}
	}
	return float64(count) / math.Exp2(float64(len(d)))
}

func TestSignFlipEqualsEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := sampleGen(1, 11).Draw(t, "d")
		if rapid.Bool().Draw(t, "ties") {
			for i := range d {
				d[i] = math.Round(d[i]) * 1e-4 // steps of one image in 10,000, as accuracies have
			}
		}
		got, err := SignFlip(d, TwoSided)
		if err != nil {
			t.Fatal(err)
		}
		if want := bruteFlip(d); math.Abs(got.P-want) > 1e-12 {
			t.Fatalf("p = %v, enumeration gives %v", got.P, want)
		}
	})
}

func TestSignFlipCountsTies(t *testing.T) {
	// 0.1+0.2 and 0.3 differ by rounding: of the 8 patterns of {.1, .2, -.3}
	// all have |sum| >= 0.
	got, _ := SignFlip([]float64{.1, .2, -.3}, TwoSided)
	if got.P != 1 {
		t.Errorf("p = %v of differences that add up to 0, want 1", got.P)
	}
	if got, _ = SignFlip([]float64{0, 0, 0}, TwoSided); got.P != 1 {
		t.Errorf("p = %v of no difference, want 1", got.P)
	}
	// Equal differences: only the pattern itself and its mirror reach the sum.
	if got, _ = SignFlip([]float64{.1, .1, .1, .1, .1, .1}, TwoSided); got.P != 2.0/64 || got.P != got.Smallest {
		t.Errorf("p = %v, smallest %v, want 1/32", got.P, got.Smallest)
	}
}

func TestSignFlipOfManySeedsAgreesWithExact(t *testing.T) {
	d := make([]float64, 60)
	r := stream("many")
	for i := range d {
		d[i] = r.NormFloat64() + 0.25
	}
	got, err := SignFlip(d, TwoSided)
	if err != nil {
		t.Fatal(err)
	}
	mean, sd := meanSD(d)
	want := 2 * tTail(math.Abs(mean)/(sd/math.Sqrt(60)), 59)
	near(t, "random patterns against t", got.P, want, 0.2*want+0.002)
}

func TestNotFiniteIsRefused(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		x := []float64{1, bad, 2}
		ok := []float64{1, 2, 3}
		calls := map[string]func() error{
			"Mean":        func() error { _, err := Mean(x, .95); return err },
			"SignFlip":    func() error { _, err := SignFlip(x, TwoSided); return err },
			"BCa":         func() error { _, err := BCa(x, func(x []float64) float64 { return x[0] }, .95); return err },
			"Band":        func() error { _, err := bandOf([][]float64{ok, x}, .95); return err },
			"Spearman":    func() error { _, err := Spearman(ok, x); return err },
			"Kendall":     func() error { _, err := Kendall(x, ok); return err },
			"NonInferior": func() error { _, err := NonInferior(x, 1, .95); return err },
			"margin":      func() error { _, err := Equivalent(ok, bad, .95); return err },
			"Compare":     func() error { _, err := Compare("a", x, .95); return err },
		}
		for name, call := range calls {
			if err := call(); !errors.Is(err, ErrNotFinite) {
				t.Errorf("%s of %v: error %v, want ErrNotFinite", name, bad, err)
			}
		}
	}
	if _, err := Mean(nil, .95); !errors.Is(err, ErrEmpty) {
		t.Errorf("mean of nothing: %v", err)
	}
}

func TestOneSeedHasNoInterval(t *testing.T) {
	e, err := Mean([]float64{0.98}, .95)
	if err != nil || e.Level != 0 || e.Lo != e.Value || e.Hi != e.Value || e.N != 1 || len(e.Warnings) == 0 {
		t.Errorf("%+v, %v", e, err)
	}
}

// 1.96 standard errors as "95 %" cover 75 % at three seeds.
func TestMeanIsNever196StandardErrors(t *testing.T) {
	e, _ := Mean([]float64{1, 2, 3}, .95)
	se := 1 / math.Sqrt(3)
	near(t, "half width in standard errors at n = 3", (e.Hi-e.Value)/se, 4.302652729911275, 1e-8) // stats.t.ppf(.975, 2)
}

func TestSeedsNeededAsTabulated(t *testing.T) {
	for claims, want := range map[int]int{1: 6, 2: 7, 3: 7, 4: 8, 6: 8, 7: 9, 12: 9, 13: 10, 25: 10} {
		if got := SeedsNeeded(claims, .05, TwoSided); got != want {
			t.Errorf("%d claims need %d seeds, want %d", claims, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.IntRange(1, 500).Draw(t, "claims")
		n := SeedsNeeded(m, .05, TwoSided)
		if smallestP(n, TwoSided)*float64(m) > .05 || smallestP(n-1, TwoSided)*float64(m) <= .05 {
			t.Fatalf("%d claims: %d is not the smallest number of seeds", m, n)
		}
		if Decidable(n, .05, TwoSided) < m || Decidable(n-1, .05, TwoSided) >= m {
			t.Fatalf("%d seeds decide %d claims, one seed less %d", n, Decidable(n, .05, TwoSided), Decidable(n-1, .05, TwoSided))
		}
	})
	for n, want := range map[int]int{2: 0, 5: 0, 6: 1, 7: 3, 8: 6, 9: 12, 10: 25} {
		if got := Decidable(n, .05, TwoSided); got != want {
			t.Errorf("%d seeds decide %d claims, want %d", n, got, want)
		}
	}
	if got := Decidable(100, .05, TwoSided); got != 2500 {
		t.Errorf("a hundred seeds, whose smallest p is 2/100000, decide %d claims", got)
	}
}

func TestHolmProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 15).Draw(t, "p")
		got := Holm(p)
		for i := range p {
			if got[i] < p[i] || got[i] > 1 || got[i] > math.Min(1, float64(len(p))*p[i])+1e-15 {
				t.Fatalf("p %v adjusted to %v: below p or above Bonferroni", p[i], got[i])
			}
			for j := range p {
				if p[i] < p[j] && got[i] > got[j] {
					t.Fatal("order is not kept")
				}
			}
		}
	})
}

func TestBCaIsDeterministicAndOrderFree(t *testing.T) {
	mean := func(x []float64) float64 { m, _ := meanSD(x); return m }
	a, _ := BCa(sleep, mean, .95)
	reversed := slices.Clone(sleep)
	slices.Reverse(reversed)
	b, _ := BCa(reversed, mean, .95)
	if a.Lo != b.Lo || a.Hi != b.Hi || a.Value != b.Value {
		t.Errorf("%+v and %+v", a, b)
	}
	if len(a.Warnings) == 0 {
		t.Error("a bootstrap of 10 seeds is not marked as descriptive")
	}
}

func TestBCaOfFewSeedsAgreesWithAllResamples(t *testing.T) {
	// Four values have 4^4 = 256 resamples: the ideal bootstrap by enumeration.
	x := []float64{1, 2, 4, 9}
	mean := func(x []float64) float64 { m, _ := meanSD(x); return m }
	var all []float64
	for i := range 256 {
		all = append(all, mean([]float64{x[i&3], x[i>>2&3], x[i>>4&3], x[i>>6&3]}))
	}
	slices.Sort(all)
	lo, hi := bcaLevels(all, mean(x), acceleration(x, mean), .8)
	e, err := BCa(x, mean, .8)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "lo", e.Lo, quantile(all, lo), 0.26) // one step of the coarse distribution
	near(t, "hi", e.Hi, quantile(all, hi), 0.26)
}

// Draws equal to the value are neither below nor above it: a symmetric
// distribution has no bias, however coarse it is.
func TestBCaCountsTiesHalf(t *testing.T) {
	lo, hi := bcaLevels([]float64{-1, 0, 0, 1}, 0, 0, .9)
	near(t, "lower level", lo, .05, 1e-9)
	near(t, "upper level", hi, .95, 1e-9)
}

func TestMcNemar(t *testing.T) {
	a := bitsOf(10, 0, 1, 2)
	g, err := McNemar(a, a, 10)
	if err != nil || g.Exact != 1 || g.MidP != 1 || g.Both != 3 || g.None != 7 {
		t.Errorf("%+v, %v", g, err)
	}
	// 2 against 2: mid-p is 1 - C(4,2)/2^5.
	g, _ = McNemar(bitsOf(10, 0, 1), bitsOf(10, 2, 3), 10)
	near(t, "mid-p of a tie", g.MidP, 1-6.0/32, 1e-12)
	if _, err := McNemar(a, a[:1], 10); err == nil {
		t.Error("too few bits are accepted")
	}
	if _, err := McNemar([]byte{0, 0xff}, a, 10); err == nil {
		t.Error("bits beyond the last image are accepted")
	}
}

func TestRankCorrelationOfFewLayersHasNoP(t *testing.T) {
	x := []float64{1, 2, 3, 4}
	for _, f := range []func(x, y []float64) (Correlation, error){Spearman, Kendall} {
		c, err := f(x, x)
		if err != nil || c.Value != 1 || c.P != nil || len(c.Warnings) == 0 {
			t.Errorf("%+v, %v", c, err)
		}
	}
	// Of the 120 orders of five layers two are as far from 0.
	for _, f := range []func(x, y []float64) (Correlation, error){Spearman, Kendall} {
		c, err := f([]float64{1, 2, 3, 4, 5}, []float64{9, 7, 5, 3, 1})
		if err != nil || c.Value != -1 || c.P == nil || math.Abs(*c.P-2./120) > 1e-15 || len(c.Warnings) > 0 {
			t.Errorf("five layers: %+v, %v", c, err)
		}
	}
	c, err := Kendall([]float64{1, 1, 1, 1, 1, 1}, []float64{1, 2, 3, 4, 5, 6})
	if err != nil || c.P != nil || math.IsNaN(c.Value) {
		t.Errorf("no order: %+v, %v", c, err)
	}
}

func TestBand(t *testing.T) {
	column := [][]float64{}
	for _, v := range sleep {
		column = append(column, []float64{v})
	}
	band, err := bandOf(column, .95)
	if err != nil {
		t.Fatal(err)
	}
	single, _ := Mean(sleep, .95)
	near(t, "one point is Student's t", band[0].Lo, single.Lo, 1e-12)

	x := make([][]float64, 8)
	r := stream("band test")
	for i := range x {
		for range 5 {
			x[i] = append(x[i], r.NormFloat64())
		}
		x[i] = append(x[i], 7) // a point where all seeds agree
	}
	band, err = bandOf(x, .95)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := bandOf(x, .95)
	columns := columnsOf(x)
	for j, e := range band {
		if e.Lo != again[j].Lo || e.Hi != again[j].Hi {
			t.Error("two calls differ")
		}
		if e.SD == 0 {
			if e.Lo != 7 || e.Hi != 7 {
				t.Errorf("point without spread: %+v", e)
			}
			continue
		}
		one, _ := Mean(columns[j], .95)
		five, _ := Mean(columns[j], 1-.05/5)
		if e.Hi <= one.Hi || e.Hi > five.Hi {
			t.Errorf("point %d: half width %v, want it between %v and %v", j, e.Hi-e.Value, one.Hi-one.Value, five.Hi-five.Value)
		}
	}
}

func TestMargins(t *testing.T) {
	d := []float64{-.02, .01, -.01, .02, 0, .01, -.01, 0, .02, -.02}
	for _, c := range []struct {
		shift    float64
		inferior Position
		equal    Position
	}{{0, Inside, Inside}, {-.1, Astride, Astride}, {-1, Beyond, Beyond}, {1, Inside, Beyond}} {
		n, err := NonInferior(shifted(d, c.shift), .1, .95)
		if err != nil || n.Position != c.inferior {
			t.Errorf("shift %v: non-inferiority %v (%v), want %v", c.shift, n.Position, err, c.inferior)
		}
		e, err := Equivalent(shifted(d, c.shift), .1, .95)
		if err != nil || e.Position != c.equal {
			t.Errorf("shift %v: equivalence %v (%v), want %v", c.shift, e.Position, err, c.equal)
		}
		if (n.Position == Inside) != (n.P < .025) {
			t.Errorf("shift %v: p %v and position %v", c.shift, n.P, n.Position)
		}
	}
	if one, _ := NonInferior([]float64{1}, .1, .95); one.Position != Astride {
		t.Error("one seed shows non-inferiority")
	}
	if _, err := Equivalent(d, 0, .95); err == nil {
		t.Error("a margin of 0 is accepted")
	}
}

func TestAdjustSaysWhatIsMissing(t *testing.T) {
	c, err := Compare("L2 - L1", []float64{1, 2, 1, 2, 1, 2}, .95)
	if err != nil {
		t.Fatal(err)
	}
	if c.Detectable == nil || len(c.Warnings) != 0 {
		t.Errorf("six seeds suffice for one claim: %+v", c)
	}
	a := Adjust([]Comparison{c}, 12, .05)[0]
	if a.Detectable != nil || len(a.Warnings) != 1 || a.Warnings[0] != "needs >= 9 seeds for 12 claims, has 6" {
		t.Errorf("six seeds do not suffice for twelve: %+v", a)
	}
	near(t, "adjusted", *a.Adjusted, 12*2.0/64, 1e-12)
}
