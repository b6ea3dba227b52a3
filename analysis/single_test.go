package analysis

import (
	"fmt"
	"math"
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

// Three pairs of networks on 20 images, of which 2 and 7, 3 and 3, 1 and 4 are
// right in the one only and in the other only. SciPy 1.10.1:
// 2 stats.binom.cdf(k, m, .5) - stats.binom.pmf(k, m, .5), k the smaller one and
// m the sum, gives 0.109375 and 0.21875; with equally many of both, mid-p is
// 1 - stats.binom.pmf(3, 6, .5) / 2 = 0.84375 (Fagerland et al. 2013).
func TestAgreementAgreesWithSciPy(t *testing.T) {
	var a, mirrored agreement
	for _, c := range [][2]int{{2, 7}, {3, 3}, {1, 4}} {
		one := scoreOf(20, append(upTo(10, 20), upTo(0, c[0])...)...)
		two := scoreOf(20, append(upTo(10, 20), upTo(c[0], c[0]+c[1])...)...)
		if err := a.add(one, two); err != nil {
			t.Fatal(err)
		}
		if err := mirrored.add(two, one); err != nil {
			t.Fatal(err)
		}
	}
	cells, err := a.cells()
	if err != nil {
		t.Fatal(err)
	}
	// Right of 20 are the second networks in 17, 13 and 14. NumPy 1.24.2:
	// np.std([17, 13, 14], ddof=1).
	for i, want := range map[int]float64{0: 3, 1: 100 * 2.0816659994661326 / 20, 3: 2, 4: 14. / 3, 5: 0.21875, 6: 0} {
		near(t, fmt.Sprintf("column %d", i), cells[i].Value, want)
	}
	mean := (17. + 13 + 14) / 60
	near(t, "binomial standard error", cells[2].Value, 100*math.Sqrt(mean*(1-mean)/20))
	if want := "0.2188 (0.1094–0.8437)"; cells[5].Text != want {
		t.Errorf("McNemar's p reads %q, want %q", cells[5].Text, want)
	}
	back, err := mirrored.cells()
	if err != nil {
		t.Fatal(err)
	}
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
		var a agreement
		if err := a.add(pair[0], pair[1]); err != nil || len(a.pairs) != 0 {
			t.Errorf("%s: %d pairs, %v", what, len(a.pairs), err)
		}
	}
	damaged := scoreOf(20, 1)
	damaged.Bits = damaged.Bits[:1]
	var a agreement
	if err := a.add(scoreOf(20, 1), damaged); err == nil {
		t.Error("too few bits are compared")
	}
}

func TestOnePairHasNoStandardDeviation(t *testing.T) {
	var a agreement
	if err := a.add(scoreOf(10, 0, 1, 2, 3, 4, 5), scoreOf(10)); err != nil {
		t.Fatal(err)
	}
	cells, err := a.cells()
	if err != nil {
		t.Fatal(err)
	}
	if cells[1].Value != nil || cells[5].Text != "0.0156" || *cells[6].Value != 1 { // 2^-6
		t.Errorf("%+v", cells)
	}
}
