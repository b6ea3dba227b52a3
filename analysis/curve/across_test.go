package curve

import (
	"math"
	"strings"
	"testing"

	"prunelab/analysis/stats"
)

// Three seeds of sixty images: which ones a network and its reference get right.
var (
	rightOf     = many("110110", "011110", "111010")
	lessOf      = many("100110", "010010", "011010")
	referenceOf = many("111111", "111111", "110111")
)

// many repeats patterns of images, each seed's with one more in the end.
func many(patterns ...string) []string {
	for s, p := range patterns {
		patterns[s] = strings.Repeat(p, 9) + strings.Repeat("1", 4+s%2) + strings.Repeat("0", 2-s%2)
	}
	return patterns
}

func packed(bits string) []byte {
	b := make([]byte, (len(bits)+7)/8)
	for i, c := range bits {
		if c == '1' {
			b[i/8] |= 1 << (i % 8)
		}
	}
	return b
}

func ones(bits string) (n float64) {
	for _, c := range bits {
		n += float64(c - '0')
	}
	return n
}

// scored is a point of these networks at a sparsity.
func scored(sparsity float64, right []string) Point {
	p := Point{Requested: sparsity, Placed: true, Sparsity: sparsity, Size: 1000, Images: len(right[0])}
	for s, bits := range right {
		n := float64(len(bits))
		p.Seeds = append(p.Seeds, Sample{Seed: uint64(s + 1), Sparsity: sparsity, HasLoss: true, Accuracy: ones(bits) / n,
			Loss: (ones(referenceOf[s]) - ones(bits)) / n, bits: &marked{packed(bits), packed(referenceOf[s])}})
	}
	return p
}

// quantileOf is Student's: with t = sqrt(df) tan(angle) the density of the angle is
// in proportion to cos(angle)^(df-1), which is added up until it comes to p.
func quantileOf(p, df float64) float64 {
	const parts = 200_000
	density := func(k float64) float64 { return math.Pow(math.Cos(k*math.Pi/2/parts), df-1) }
	half := 0.0
	for k := range parts {
		half += density(float64(k) + 0.5)
	}
	sum, k := 0.0, 0.0
	for ; k < parts && 0.5+sum/half/2 < p; k++ {
		sum += density(k + 0.5)
	}
	return math.Sqrt(df) * math.Tan(k*math.Pi/2/parts)
}

// byDefinition are the limits of a mean of x, seeds x images, as stats.Crossed
// states them, with every sum written out; m is the mean accuracy.
func byDefinition(x [][]float64, m, level float64) (mean, lo, hi float64) {
	seeds, images := float64(len(x)), float64(len(x[0]))
	row, column := make([]float64, len(x)), make([]float64, len(x[0]))
	for s := range x {
		for i, v := range x[s] {
			mean += v / seeds / images
			row[s] += v / images
			column[i] += v / seeds
		}
	}
	var a, b, e float64
	for s := range x {
		for i, v := range x[s] {
			a += math.Pow(row[s]-mean, 2) / (seeds - 1)
			b += math.Pow(column[i]-mean, 2) / (images - 1)
			e += math.Pow(v-row[s]-column[i]+mean, 2) / (seeds - 1) / (images - 1)
		}
	}
	e = math.Min(e, b)
	v := a + b - e
	df := v * v / (a*a/(seeds-1) + b*b/(images-1) + e*e/(seeds-1)/(images-1))
	odds := math.Log((m*images + 0.5) / ((1-m)*images + 0.5))
	p := 1 / (1 + math.Exp(-odds))
	w := quantileOf(0.5+level/2, df) * math.Sqrt(v/seeds/images) / (p * (1 - p))
	back := func(y float64) float64 {
		return math.Max(0, math.Min(1, ((images+1)/(1+math.Exp(-y))-0.5)/images))
	}
	return mean, mean + m - back(odds+w), mean + m - back(odds-w)
}

func agrees(t *testing.T, what string, got stats.Estimate, mean, lo, hi float64) {
	t.Helper()
	for _, v := range [][2]float64{{got.Value, mean}, {got.Lo, lo}, {got.Hi, hi}} {
		if math.Abs(v[0]-v[1]) > 1e-4 {
			t.Errorf("%s: %.6f [%.6f, %.6f], by definition %.6f [%.6f, %.6f]", what, got.Value, got.Lo, got.Hi, mean, lo, hi)
			return
		}
	}
}

// The interval over seeds and images of a loss, of an accuracy and of an area is that
// of the definition, and the one-sided bound of a budget its upper limit at 90 %.
func TestIntervalsOverSeedsAndImages(t *testing.T) {
	const wLess, wMore = 0.5, 0.5 // of an area between its only two points
	var loss, wrong, area [][]float64
	accuracy, under := 0.0, 0.0
	for s := range rightOf {
		var l, w, a []float64
		for i := range rightOf[s] {
			bit := func(bits string) float64 { return float64(bits[i] - '0') }
			l = append(l, bit(referenceOf[s])-bit(rightOf[s]))
			w = append(w, 1-bit(rightOf[s]))
			a = append(a, bit(referenceOf[s])-wLess*bit(rightOf[s])-wMore*bit(lessOf[s]))
		}
		loss, wrong, area = append(loss, l), append(wrong, w), append(area, a)
		accuracy += ones(rightOf[s]) / 180
		under += (wLess*ones(rightOf[s]) + wMore*ones(lessOf[s])) / 180
	}
	p := scored(0.5, rightOf)
	for _, level := range []float64{0.95, 0.90} {
		got, err := p.LossAcross(level)
		if err != nil {
			t.Fatal(err)
		}
		mean, lo, hi := byDefinition(loss, accuracy, level)
		agrees(t, "loss", got, mean, lo, hi)
	}
	got, err := p.accuracyAcross(0.95)
	if err != nil {
		t.Fatal(err)
	}
	mean, lo, hi := byDefinition(wrong, accuracy, 0.95)
	agrees(t, "accuracy", got, 1-mean, 1-hi, 1-lo)

	c := Curve{Points: []Point{p, scored(0.9, lessOf)}}
	if got, err = c.AreaAcross(0.5, 0.9, 0.95); err != nil {
		t.Fatal(err)
	}
	mean, lo, hi = byDefinition(area, under, 0.95)
	agrees(t, "area", got, mean, lo, hi)

	c.Points[1].Seeds[1].bits = nil
	if got, err := c.AreaAcross(0.5, 0.9, 0.95); err != nil || got.N != 0 {
		t.Errorf("a network that was not scored image by image: %+v, %v", got, err)
	}
}
