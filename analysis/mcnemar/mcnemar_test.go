package mcnemar

import (
	"math"
	"strings"
	"testing"

	"prunelab/model/train"
)

// scoreOf is a score of n images of which those at the positions are right.
func scoreOf(n int, right ...int) *train.Evaluation {
	s := &train.Evaluation{N: n, Correct: len(right), Bits: make([]byte, (n+7)/8)}
	for _, i := range right {
		s.Bits[i/8] |= 1 << (i % 8)
	}
	return s
}

// upTo are the positions from lo to hi - 1.
func upTo(lo, hi int) []int {
	var at []int
	for i := lo; i < hi; i++ {
		at = append(at, i)
	}
	return at
}

func compare(t *testing.T, pairs ...scores) Comparison {
	t.Helper()
	var c Comparison
	if err := c.test(pairs); err != nil {
		t.Fatal(err)
	}
	return c
}

// Three pairs of networks on 20 images, of which 2 and 7, 3 and 3, 1 and 4 are
// right in the one only and in the other only. SciPy 1.10.1:
// 2 stats.binom.cdf(k, m, .5) - stats.binom.pmf(k, m, .5), k the smaller one and
// m the sum, gives 0.109375 and 0.21875; with equally many of both, mid-p is
// 1 - stats.binom.pmf(3, 6, .5) / 2 = 0.84375 (Fagerland et al. 2013).
func TestAgreementAgreesWithSciPy(t *testing.T) {
	var pairs, swapped []scores
	for _, c := range [][2]int{{2, 7}, {3, 3}, {1, 4}} {
		one := scoreOf(20, append(upTo(10, 20), upTo(0, c[0])...)...)
		two := scoreOf(20, append(upTo(10, 20), upTo(c[0], c[0]+c[1])...)...)
		pairs, swapped = append(pairs, scores{1, one, two}), append(swapped, scores{1, two, one})
	}
	cells := compare(t, pairs...).cells()
	// Right of 20 are the second networks in 17, 13 and 14. NumPy 1.24.2:
	// np.std([17, 13, 14], ddof=1).
	for i, want := range map[int]float64{0: 3, 1: 100 * 2.0816659994661326 / 20, 3: 2, 4: 14. / 3, 5: 0.21875, 6: 0} {
		if v := *cells[i].Value; math.Abs(v-want) > 1e-6 {
			t.Errorf("column %d = %v, want %v", i, v, want)
		}
	}
	mean := (17. + 13 + 14) / 60
	if v, want := *cells[2].Value, 100*math.Sqrt(mean*(1-mean)/20); math.Abs(v-want) > 1e-6 {
		t.Errorf("binomial standard error %v, want %v", v, want)
	}
	if want := "0.2188 (0.1094–0.8437)"; cells[5].Text != want {
		t.Errorf("McNemar's p reads %q, want %q", cells[5].Text, want)
	}
	back := compare(t, swapped...).cells()
	if *back[5].Value != *cells[5].Value || *back[3].Value != *cells[4].Value || *back[4].Value != *cells[3].Value {
		t.Errorf("the other way round: %v", back)
	}
}

// What was not scored on the same images, or image by image, is left out.
func TestOnlyScoresOfTheSameImagesAreCompared(t *testing.T) {
	bare := scoreOf(20, 1)
	bare.Bits = nil
	for what, pair := range map[string][2]*train.Evaluation{
		"no first":      {nil, scoreOf(20, 1)},
		"no second":     {scoreOf(20, 1), nil},
		"no bits":       {scoreOf(20, 1), bare},
		"other images":  {scoreOf(20, 1), scoreOf(21, 1)},
		"no first bits": {bare, scoreOf(20, 1)},
	} {
		if c := compare(t, scores{1, pair[0], pair[1]}); len(c.Pairs) != 0 {
			t.Errorf("%s: %d pairs", what, len(c.Pairs))
		}
	}
	damaged := scoreOf(20, 1)
	damaged.Bits = damaged.Bits[:1]
	var c Comparison
	if err := c.test([]scores{{7, scoreOf(20, 1), damaged}}); err == nil || !strings.Contains(err.Error(), "seed 7") {
		t.Errorf("too few bits: %v, want an error that names the seed", err)
	}
}

func TestOnePairHasNoStandardDeviation(t *testing.T) {
	cells := compare(t, scores{1, scoreOf(10, 0, 1, 2, 3, 4, 5), scoreOf(10)}).cells()
	if cells[1].Value != nil || cells[5].Text != "0.0156" || *cells[6].Value != 1 { // 2^-6
		t.Errorf("%+v", cells)
	}
}
