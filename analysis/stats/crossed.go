package stats

import (
	"fmt"
	"math"
	"math/bits"

	"gonum.org/v1/gonum/stat/distuv"
)

// MethodCrossed is the method of an Estimate whose interval is over seeds and
// images.
const MethodCrossed = "seeds x images, Satterthwaite"

// Crossed estimates the accuracy that another seed would have on other images or,
// with references, by how much it would be below that of its reference. right[s]
// has a bit an image, lowest first, set where the network of seed s was right;
// reference[s] likewise for what it is compared with, nil for accuracies.
//
// With S seeds, I images and x_si the bit of seed s at image i (or that of its
// reference less it: -1, 0 or 1), seeds and images are crossed random effects,
//
//	x_si = mu + a_s + b_i + e_si
//	A = I sum_s (x_s. - x..)² / (S-1)    estimates I var(a) + var(e)
//	B = S sum_i (x_.i - x..)² / (I-1)    estimates S var(b) + var(e)
//	E = sum_si (x_si - x_s. - x_.i + x..)² / ((S-1)(I-1))    estimates var(e)
//	V = (A + B - E) / (S I)              estimates var(x..) = var(a)/S + var(b)/I + var(e)/(S I)
//
// and t has the degrees of freedom of Satterthwaite (1946, equation 17),
//
//	f = (A + B - E)² / (A²/(S-1) + B²/(I-1) + E²/((S-1)(I-1))).
//
// E counts as no larger than B, so that V is at least what it is by seeds alone,
// A/(S I). The limits are drawn on the log odds of the
// mean accuracy m, logit(m) ± t(f) sqrt(V) / (m(1-m)), the reference's
// mean held: within what is possible. The value is the mean, not that of
// AccuracyBand.
//
// A single network has images only: Wilson's interval, or Newcombe's.
func Crossed(right, reference [][]byte, images int, level float64) (Estimate, error) {
	checkLevel(level)
	seeds := len(right)
	if reference != nil && len(reference) != seeds {
		panic("stats: networks and references do not pair")
	}
	if seeds == 0 || images < 2 {
		return Estimate{}, fmt.Errorf("seeds x images: %w", ErrEmpty)
	}
	x := lost{byImage: make([]int, images)}
	for s, r := range right {
		ref := everything(images)
		if reference != nil {
			ref = reference[s]
		}
		if err := x.add(ref, r, images); err != nil {
			return Estimate{}, fmt.Errorf("seeds x images, seed %d: %w", s+1, err)
		}
	}
	if seeds == 1 {
		if reference == nil {
			return Wilson(x.right, images, level)
		}
		g, err := McNemar(reference[0], right[0], images)
		return g.Difference(level), err
	}
	out := crossed(x.bySeed, x.squares(), images, float64(x.right)/float64(seeds*images), level)
	if reference == nil {
		out.Value, out.Lo, out.Hi = 1-out.Value, 1-out.Hi, 1-out.Lo
	}
	return out, nil
}

// CrossedMeans is Crossed of losses that are weighted means over several networks
// of a seed, as an area is over those of a curve: lost[s][i] is what seed s loses at
// image i, of two seeds at least, accuracy the weighted mean accuracy of all.
func CrossedMeans(lost [][]float64, accuracy, level float64) (Estimate, error) {
	checkLevel(level)
	if len(lost) < 2 || len(lost[0]) < 2 {
		return Estimate{}, fmt.Errorf("seeds x images of means: %w", ErrEmpty)
	}
	images := len(lost[0])
	bySeed, byImage, total := make([]float64, len(lost)), make([]float64, images), 0.0
	for s, row := range lost {
		if len(row) != images {
			panic("stats: seeds with another number of images")
		}
		bySeed[s] = Average(row)
		for i, v := range row {
			byImage[i] += v
			total += v * v
		}
	}
	return crossed(bySeed, meanSquares(bySeed, byImage, total), images, accuracy, level), nil
}

// crossed makes the estimate of the means by seed and the mean squares.
func crossed(bySeed []float64, sq squares, images int, accuracy, level float64) Estimate {
	mean, sd := meanSD(bySeed)
	seeds := float64(len(bySeed))
	v, df := sq.a+sq.b-sq.e, satterthwaite(sq.a, sq.b, sq.e, seeds, float64(images))
	out := Estimate{Value: mean, Lo: mean, Hi: mean, Level: level, N: len(bySeed), SD: sd, Method: MethodCrossed}
	if v == 0 {
		out.Warnings = []Warning{"all values are equal: the interval has no width"}
		return out
	}
	half := distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(0.5+level/2) * math.Sqrt(v/(seeds*float64(images)))
	lo, hi := oddsScale(images).around(accuracy, half)
	out.Lo, out.Hi = min(mean+accuracy-hi, mean), max(mean+accuracy-lo, mean)
	return out
}

// around returns the limits at a distance of half from an accuracy, taken to its
// log odds by their slope there.
func (images oddsScale) around(accuracy, half float64) (lo, hi float64) {
	y := images.logit(accuracy)
	p := 1 / (1 + math.Exp(-y))
	w := half / (p * (1 - p))
	return images.accuracy(y - w), images.accuracy(y + w)
}

// satterthwaite returns the degrees of freedom of a + b - e.
func satterthwaite(a, b, e, seeds, images float64) float64 {
	v := a + b - e
	return v * v / (a*a/(seeds-1) + b*b/(images-1) + e*e/((seeds-1)*(images-1)))
}

// lost is what networks get wrong and their references right, less what they
// get right and these wrong: x_si, summed.
type lost struct {
	bySeed  []float64 // mean over images
	byImage []int     // sum over seeds
	changed int       // x_si that are not 0
	right   int       // images that the networks get right
}

// add adds a seed.
func (x *lost) add(reference, right []byte, images int) error {
	if err := checkBits(images, reference, right); err != nil {
		return err
	}
	sum := 0
	for k, r := range right {
		x.right += bits.OnesCount8(r)
		for d := reference[k] ^ r; d != 0; d &= d - 1 {
			i, by := bits.TrailingZeros8(d), 1
			if r>>i&1 == 1 {
				by = -1
			}
			x.byImage[8*k+i] += by
			sum += by
			x.changed++
		}
	}
	x.bySeed = append(x.bySeed, float64(sum)/float64(images))
	return nil
}

// squares are the mean squares A, B and E of seeds, of images and of the residual.
type squares struct{ a, b, e float64 }

func (x *lost) squares() squares {
	byImage := make([]float64, len(x.byImage))
	for i, c := range x.byImage {
		byImage[i] = float64(c)
	}
	return meanSquares(x.bySeed, byImage, float64(x.changed))
}

// meanSquares are those of values with these means by seed, sums by image and sum of
// squares.
func meanSquares(bySeed, byImage []float64, total float64) squares {
	s, i := float64(len(bySeed)), float64(len(byImage))
	mean, sd := meanSD(bySeed)
	b := 0.0
	for _, c := range byImage {
		d := c/s - mean
		b += s * d * d
	}
	rest := total - s*i*mean*mean - b - i*(s-1)*sd*sd // of the sum of squares
	b /= i - 1
	return squares{i * sd * sd, b, max(0, min(rest/((s-1)*(i-1)), b))}
}

// everything are the bits of a network that is always right.
func everything(images int) []byte {
	b := make([]byte, (images+7)/8)
	for i := range b {
		b[i] = 0xff
	}
	b[len(b)-1] &= 0xff >> (8*len(b) - images)
	return b
}
