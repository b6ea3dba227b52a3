package stats

import (
	"math"
	"testing"
)

// Data sets of the literature.
var (
	// Student 1908: extra hours of sleep under two drugs.
	sleep = differences(
		[]float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4},
		[]float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0})
	// Darwin 1876: differences of crossed and self-fertilized maize, eighths of
	// an inch, which Fisher 1935 made an example of.
	maize = []float64{49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48}
	// Efron and Tibshirani 1993: spatial test, A.
	spatial = []float64{48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41}
)

func differences(a, b []float64) []float64 {
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	return d
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s = %.12g, want %.12g ± %.1g", what, got, want, tolerance)
	}
}

func TestMeanAgreesWithSciPy(t *testing.T) {
	// SciPy 1.10.1: stats.t.interval(.95, 9, d.mean(), stats.sem(d))
	e, err := Mean(sleep, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "sleep mean", e.Value, 1.58, 1e-12)
	near(t, "sleep lo", e.Lo, 0.7001142367452713, 1e-9)
	near(t, "sleep hi", e.Hi, 2.4598857632547286, 1e-9)
	// Likewise for d = maize/8, with 14 degrees of freedom.
	e, _ = Mean(maize, 0.95)
	near(t, "maize mean", e.Value/8, 2.6166666666666667, 1e-12)
	near(t, "maize sd", e.SD/8, 4.718047290786225, 1e-12)
	near(t, "maize lo", e.Lo/8, 0.00389916480019048, 1e-9)
	near(t, "maize hi", e.Hi/8, 5.2294341685331425, 1e-9)
}

func TestWelchAgreesWithSciPy(t *testing.T) {
	// SciPy 1.10.1: stats.ttest_ind(a, b, equal_var=False), stats.t.ppf and, for
	// the smallest effect, the root of 1 - stats.nct.cdf(t, df, m) - 0.8.
	a := []float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4}
	b := []float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8}
	c, err := Welch("sleep", a, b, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "difference", c.Difference.Value, 1.6425, 1e-12)
	near(t, "lo", c.Difference.Lo, -0.3497822837095055, 1e-9)
	near(t, "hi", c.Difference.Hi, 3.6347822837095047, 1e-9)
	near(t, "p", c.Test.P, 0.0993962183304807, 1e-9)
	near(t, "detectable", *c.Detectable, 2.80301697530346, 1e-6)
	for _, x := range [][2][]float64{{{1}, {1, 2}}, {{1, 1}, {2, 2}}} {
		if c, err := Welch("nothing", x[0], x[1], 0.95); err != nil || c.Test.P != 1 || c.Difference.Level != 0 || len(c.Warnings) != 1 {
			t.Errorf("%v: %+v, %v", x, c, err)
		}
	}
	if _, err := Welch("none", nil, b, 0.95); err == nil {
		t.Error("no values were compared")
	}
}

func TestSignFlipAgreesWithSciPy(t *testing.T) {
	// SciPy 1.10.1: stats.permutation_test((d,), np.mean, permutation_type='samples',
	// n_resamples=np.inf, alternative=...).pvalue, for maize Fisher's test (1935,
	// section 21): 1726 of the 32768 patterns.
	for _, c := range []struct {
		name    string
		d       []float64
		against Alternative
		want    float64
	}{
		{"maize", maize, TwoSided, 1726.0 / 32768},
		{"maize", maize, Greater, 0.026336669921875},
		{"maize", maize, Less, 0.974517822265625},
		{"sleep", sleep, TwoSided, 0.00390625},
	} {
		got, err := SignFlip(c.d, c.against)
		if err != nil {
			t.Fatal(err)
		}
		near(t, c.name+" "+string(c.against), got.P, c.want, 1e-15)
	}
}

func TestHolmByHand(t *testing.T) {
	// Ascending: 4 x .005, 3 x .01, 2 x .03, and .04, which must not be below .06.
	got := Holm([]float64{.01, .04, .03, .005})
	for i, want := range []float64{.03, .06, .06, .02} {
		near(t, "adjusted p", got[i], want, 1e-15)
	}
	// Capped at 1 and monotone: .6*2 = 1.2 is cut.
	got = Holm([]float64{.6, .9})
	near(t, "capped", got[0], 1, 0)
	near(t, "capped", got[1], 1, 0)
}

func TestBCaAgreesWithSciPy(t *testing.T) {
	variance := func(x []float64) float64 {
		m, _ := meanSD(x)
		s := 0.0
		for _, v := range x {
			s += (v - m) * (v - m)
		}
		return s / float64(len(x))
	}
	// SciPy 1.10.1: stats.bootstrap((x,), lambda x, axis: np.var(x, axis=axis),
	// method='BCa', n_resamples=200000, confidence_level=.9, random_state=1,
	// batch=2000) is (115.409, 260.880).
	e, err := BCa(spatial, variance, 0.90)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "variance", e.Value, 171.53402366863904, 1e-9)
	near(t, "lo", e.Lo, 115.409, 3)
	near(t, "hi", e.Hi, 260.880, 3)
	// Same call for np.mean of the sleep differences, 400000 resamples, .95.
	mean := func(x []float64) float64 { m, _ := meanSD(x); return m }
	e, _ = BCa(sleep, mean, 0.95)
	near(t, "sleep lo", e.Lo, 1.06, 0.03)
	near(t, "sleep hi", e.Hi, 2.64, 0.05)
}

func TestWilsonAgreesWithSciPy(t *testing.T) {
	// SciPy 1.10.1: stats.binomtest(k, n).proportion_ci(.95, 'wilson').
	for _, c := range []struct {
		k, n   int
		lo, hi float64
	}{
		{81, 263, 0.2552885198782742, 0.36620957698280004},
		{15, 148, 0.06238639953073629, 0.16048724172330803},
		{0, 20, 0, 0.16112515805281935},
		{1, 29, 0.006113214292762667, 0.17175521879320282},
		{9873, 10000, 0.9849106380508621, 0.9893151171370764},
		{20, 20, 0.8388748419471808, 1},
	} {
		e, err := Wilson(c.k, c.n, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "lo", e.Lo, c.lo, 1e-12)
		near(t, "hi", e.Hi, c.hi, 1e-12)
	}
}

func TestMcNemarAgreesWithFagerland2013(t *testing.T) {
	// Fagerland, Lydersen and Laake 2013, table 1 (Bentur et al. 2009): 1 and 7
	// discordant of 21 pairs. Exact is 2 x 9/2^8, mid-p less by 8/2^8; SciPy 1.10.1:
	// stats.binomtest(1, 8).pvalue, and minus stats.binom.pmf(1, 8, .5).
	// Both 1, only the first 1, only the second 7, none 12.
	first, second := bitsOf(21, 0, 1), bitsOf(21, 0, 2, 3, 4, 5, 6, 7, 8)
	g, err := McNemar(first, second, 21)
	if err != nil {
		t.Fatal(err)
	}
	if g.Both != 1 || g.OnlyA != 1 || g.OnlyB != 7 || g.None != 12 {
		t.Fatalf("counts %+v", g)
	}
	near(t, "exact", g.Exact, 0.0703125, 1e-12)
	near(t, "mid-p", g.MidP, 0.0390625, 1e-12)
	// 86 against 150, SciPy 1.10.1:
	// stats.binomtest(86, 236).pvalue, and minus stats.binom.pmf(86, 236, .5).
	exact, mid := binomialP(86, 150)
	near(t, "exact", exact, 3.715936139571387e-05, 1e-13)
	near(t, "mid-p", mid, 2.8933895176154288e-05, 1e-13)
}

func TestRankCorrelationsAgreeWithSciPy(t *testing.T) {
	x, y := []float64{1, 2, 3, 4, 5, 6, 7, 8}, []float64{2, 1, 4, 3, 7, 8, 5, 6}
	tied7x, tied7y := []float64{1, 2, 2, 4, 5, 6, 7}, []float64{3, 1, 4, 4, 6, 5, 9}
	tied12x := []float64{1, 2, 2, 4, 5, 6, 7, 7, 9, 10, 11, 12}
	tied12y := []float64{2, 1, 4, 4, 7, 3, 5, 6, 6, 12, 10, 10}
	// SciPy 1.10.1. Eight items: stats.kendalltau(x, y, method='exact'). Seven, for
	// f = stats.kendalltau and stats.spearmanr: r = np.array([f(x, p)[0] for p in
	// itertools.permutations(y)]); np.mean(abs(r) >= abs(f(x, y)[0]) - 1e-12). Twelve: stats.spearmanr(x, y),
	// stats.kendalltau(x, y, method='asymptotic').
	for _, c := range []struct {
		name     string
		f        func(x, y []float64) (Correlation, error)
		x, y     []float64
		value, p float64
	}{
		{"tau", Kendall, x, y, 0.5714285714285714, 0.06101190476190476},
		{"tau tied", Kendall, tied7x, tied7y, 0.75, 0.025},
		{"tau twelve", Kendall, tied12x, tied12y, 0.6771863474748654, 0.0028520254831814725},
		{"rho tied", Spearman, tied7x, tied7y, 0.8818181818181818, 0.011507936507936509},
		{"rho twelve", Spearman, tied12x, tied12y, 0.8465621631888206, 0.0005146263725061875},
	} {
		got, err := c.f(c.x, c.y)
		if err != nil || got.P == nil {
			t.Fatalf("%s: %+v %v", c.name, got, err)
		}
		near(t, c.name, got.Value, c.value, 1e-12)
		near(t, c.name+" p", *got.P, c.p, 1e-9)
	}
	rho, _ := Spearman(x, y)
	near(t, "rho", rho.Value, 0.7619047619047621, 1e-12) // stats.spearmanr(x, y)
}

func TestPowerAgreesWithSciPy(t *testing.T) {
	// SciPy 1.10.1: t = stats.t.ppf(1-a/2, n-1); stats.nct.sf(t, n-1, e*np.sqrt(n))
	for _, c := range []struct {
		effect      float64
		n           int
		alpha, want float64
	}{{1, 10, 0.05, 0.8030962087052335}, {2, 10, 0.05 / 12, 0.9732175227891281}, {0.5, 20, 0.05, 0.5644828966786407}} {
		near(t, "power", powerAt(c.effect, c.n, tQuantile(1-c.alpha, c.n-1)), c.want, 1e-8)
	}
	// The effect with power 0.8, by brentq on the same, alpha cut to a multiple
	// of 2^(1-n). Where it is that itself: stats.norm.ppf(0.8**(1/n)).
	for _, c := range []struct {
		n           int
		alpha, want float64
	}{{10, 0.05, 1.0008754742965076}, {10, 0.05 / 12, 1.5398114880051794}, {6, 0.05, 1.7927367205762806}, {8, 0.05 / 4, 1.918757308129399}} {
		got, ok := Detectable(3, c.n, c.alpha, 0.8)
		if !ok {
			t.Fatalf("n = %d detects nothing", c.n)
		}
		near(t, "detectable", got/3, c.want, 1e-6)
	}
}

// bitsOf returns correctness bits of n images with the given ones set.
func bitsOf(n int, right ...int) []byte {
	b := make([]byte, (n+7)/8)
	for _, i := range right {
		b[i/8] |= 1 << (i % 8)
	}
	return b
}
