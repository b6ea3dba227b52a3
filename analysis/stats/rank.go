package stats

import (
	"fmt"
	"math"
	"slices"
)

// fewestRanked is the number of items below which a rank correlation carries no
// p: two of the 24 orders of four items are as far from 0 as can be, 0.083, of the
// 120 of five 0.017.
const fewestRanked = 5

// NoOrder warns of a correlation that has no value.
const NoOrder Warning = "no order to compare: all items are equal"

// mostPermuted is the largest number of items whose n! orders are all counted.
const mostPermuted = 9

// Correlation is a rank correlation of n items. P is two-sided and nil where
// there are too few items or no order.
type Correlation struct {
	Value    float64   `json:"value"`
	P        *float64  `json:"p,omitempty"`
	N        int       `json:"n"`
	Method   string    `json:"method"`
	Warnings []Warning `json:"warnings,omitempty"`
}

// Spearman returns Pearson's correlation of the ranks, ties sharing their mean
// rank (Spearman 1904). p counts the orders of y whose correlation is as far
// from 0, up to n = 9, and takes t = r sqrt((n-2)/(1-r^2)) with n-2 degrees of
// freedom beyond.
func Spearman(x, y []float64) (Correlation, error) {
	c := Correlation{Method: "Spearman rho"}
	if err := checkPairs(x, y); err != nil {
		return c, fmt.Errorf("rank correlation: %w", err)
	}
	approximate := func(r float64, n int) float64 {
		if 1-r*r <= 0 {
			return 0
		}
		return 2 * tTail(math.Abs(r)*math.Sqrt(float64(n-2)/(1-r*r)), n-2)
	}
	return c.of(ranks(x), ranks(y), pearson, approximate), nil
}

// Kendall returns tau-b (Kendall 1945): concordant minus discordant pairs over
// sqrt((pairs - ties in x)(pairs - ties in y)). p counts orders up to n = 9 and
// is normal beyond, with the variance of S corrected for ties (Kendall 1970).
func Kendall(x, y []float64) (Correlation, error) {
	c := Correlation{Method: "Kendall tau-b"}
	if err := checkPairs(x, y); err != nil {
		return c, fmt.Errorf("rank correlation: %w", err)
	}
	approximate := func(float64, int) float64 {
		return math.Erfc(math.Abs(concordance(x, y)) / math.Sqrt(2*concordanceVariance(x, y)))
	}
	return c.of(ranks(x), ranks(y), tauB, approximate), nil
}

func checkPairs(x, y []float64) error {
	if len(x) != len(y) {
		return fmt.Errorf("%d and %d values", len(x), len(y))
	}
	if err := checkSample(x); err != nil {
		return err
	}
	return checkSample(y)
}

// of fills in the correlation of two lists of ranks.
func (c Correlation) of(x, y []float64, measure func(x, y []float64) float64, approximate func(r float64, n int) float64) Correlation {
	c.N = len(x)
	switch {
	case c.N < 2 || allEqual(x) || allEqual(y):
		c.Warnings = []Warning{NoOrder}
		return c
	case c.N < fewestRanked:
		c.Warnings = []Warning{Warning(fmt.Sprintf("no p: a rank correlation of fewer than %d items cannot be significant", fewestRanked))}
	}
	c.Value = measure(x, y)
	if c.N < fewestRanked {
		return c
	}
	var p float64
	if c.N <= mostPermuted {
		p = permutationP(x, y, c.Value, measure)
	} else {
		p = approximate(c.Value, c.N)
	}
	c.P = &p
	return c
}

// ranks returns the ranks of x from 1, ties sharing their mean rank.
func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case x[a] < x[b]:
			return -1
		case x[a] > x[b]:
			return 1
		}
		return 0
	})
	r := make([]float64, len(x))
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && x[order[to]] == x[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			r[i] = float64(from+1+to) / 2
		}
		from = to
	}
	return r
}

func pearson(x, y []float64) float64 {
	mx, _ := meanSD(x)
	my, _ := meanSD(y)
	var xy, xx, yy float64
	for i := range x {
		xy += (x[i] - mx) * (y[i] - my)
		xx += (x[i] - mx) * (x[i] - mx)
		yy += (y[i] - my) * (y[i] - my)
	}
	return max(-1, min(1, xy/math.Sqrt(xx*yy)))
}

// concordance is the number of concordant minus discordant pairs.
func concordance(x, y []float64) float64 {
	s := 0
	for i := range x {
		for j := range i {
			s += sign(x[i]-x[j]) * sign(y[i]-y[j])
		}
	}
	return float64(s)
}

func sign(v float64) int {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

func tauB(x, y []float64) float64 {
	n := float64(len(x))
	pairs := n * (n - 1) / 2
	var tx, ty float64
	for _, t := range ties(x) {
		tx += t * (t - 1) / 2
	}
	for _, t := range ties(y) {
		ty += t * (t - 1) / 2
	}
	return concordance(x, y) / math.Sqrt((pairs-tx)*(pairs-ty))
}

// concordanceVariance is the variance of concordance under independence.
func concordanceVariance(x, y []float64) float64 {
	n := float64(len(x))
	sums := func(t []float64) (v, two, three float64) {
		for _, t := range t {
			v += t * (t - 1) * (2*t + 5)
			two += t * (t - 1)
			three += t * (t - 1) * (t - 2)
		}
		return
	}
	vx, tx, ux := sums(ties(x))
	vy, ty, uy := sums(ties(y))
	return (n*(n-1)*(2*n+5)-vx-vy)/18 + ux*uy/(9*n*(n-1)*(n-2)) + tx*ty/(2*n*(n-1))
}

// ties returns the sizes of the groups of equal values, ascending by value.
func ties(x []float64) []float64 {
	sorted := slices.Sorted(slices.Values(x))
	var sizes []float64
	for i, v := range sorted {
		if i > 0 && v == sorted[i-1] {
			sizes[len(sizes)-1]++
		} else {
			sizes = append(sizes, 1)
		}
	}
	return sizes
}

// permutationP is the fraction of the n! orders of y whose correlation with x
// is at least as far from 0 as the observed one.
func permutationP(x, y []float64, observed float64, measure func(x, y []float64) float64) float64 {
	const tie = 1e-12
	y = slices.Clone(y)
	count, all := 0, 0
	visit := func() {
		all++
		if math.Abs(measure(x, y)) >= math.Abs(observed)-tie {
			count++
		}
	}
	// Heap's algorithm: each step is one exchange.
	visit()
	c := make([]int, len(y))
	for i := 1; i < len(y); {
		if c[i] < i {
			j := 0
			if i%2 == 1 {
				j = c[i]
			}
			y[i], y[j] = y[j], y[i]
			visit()
			c[i]++
			i = 1
		} else {
			c[i] = 0
			i++
		}
	}
	return float64(count) / float64(all)
}
