package stats

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
)

// MethodImages is the method of an Estimate by ImageMean.
const MethodImages = "Agresti-Min score"

// OverImages reports whether the interval of an Estimate is over the images that one
// network was scored on, and says nothing of other seeds.
func (e Estimate) OverImages() bool {
	method := strings.TrimPrefix(e.Method, simultaneousImages)
	return e.Level > 0 && slices.ContainsFunc([]string{MethodWilson, MethodNewcombe, MethodImages}, func(m string) bool { return strings.HasPrefix(method, m) })
}

// simultaneousImages begins the method of an Estimate by ImageBand.
const simultaneousImages = MethodMaxT + ", "

// ImageMean is the mean of what one network loses against another at each image, or of
// a weighted mean of such losses, as an area is: each between -1 and 1. Its N is 1, as
// there is one network of either.
//
// The interval is that of Agresti and Min (2005) for two proportions paired by image,
// who add half an image to each of the four ways in which two networks can be right or
// wrong: two images in all, one of which each loses half. With n images, T the sum of
// the losses and Q that of their squares,
//
//	m = T/(n+2),  v = (Q+1)/(n+2) - m²,  m ± z sqrt(v/(n+2)).
//
// It has a width where no image was lost. The value is T/n.
func ImageMean(lost []float64, level float64) (Estimate, error) {
	checkLevel(level)
	if err := checkSample(lost); err != nil {
		return Estimate{}, fmt.Errorf("mean over images: %w", err)
	}
	n, sum, squares := float64(len(lost))+2, 0.0, 1.0
	for _, d := range lost {
		sum += d
		squares += d * d
	}
	m := sum / n
	half := distuv.UnitNormal.Quantile(0.5+level/2) * math.Sqrt(max(0, squares/n-m*m)/n)
	value := sum / float64(len(lost))
	return Estimate{Value: value, Lo: min(value, max(-1, m-half)), Hi: max(value, min(1, m+half)), Level: level, N: 1, Method: MethodImages}, nil
}

// ImageBand is the accuracy of several networks or, with a reference, by how much each
// is below it, with intervals over images that hold together at the given level: Wilson's
// and Newcombe's, see Agreement.Difference, at the level of a single one that the max-t
// statistic of the images asks for (drawnT), between the given one and Bonferroni's.
// right[j] has a bit an image, lowest first, set where network j was right; reference
// likewise.
func ImageBand(right [][]byte, reference []byte, images int, level float64) ([]Estimate, error) {
	checkLevel(level)
	if len(right) == 0 || images < 2 {
		return nil, fmt.Errorf("band over images: %w", ErrEmpty)
	}
	if reference != nil {
		if err := checkBits(images, reference); err != nil {
			return nil, fmt.Errorf("band over images, reference: %w", err)
		}
	}
	columns := make([][]float64, len(right))
	for j, r := range right {
		if err := checkBits(images, r); err != nil {
			return nil, fmt.Errorf("band over images, point %d: %w", j+1, err)
		}
		columns[j] = make([]float64, images)
		for i := range columns[j] {
			columns[j][i] = float64(r[i/8] >> (i % 8) & 1)
			if reference != nil {
				columns[j][i] -= float64(reference[i/8] >> (i % 8) & 1)
			}
		}
	}
	c, _ := drawnT(columns, level)
	own := 2*distuv.UnitNormal.CDF(c) - 1
	es := make([]Estimate, len(right))
	for j, r := range right {
		var err error
		if es[j], err = Crossed([][]byte{r}, referencesOf(reference), images, own); err != nil {
			return nil, fmt.Errorf("band over images, point %d: %w", j+1, err)
		}
		es[j].Level, es[j].Method = level, simultaneousImages+es[j].Method
	}
	return es, nil
}

// referencesOf is one reference as Crossed wants it.
func referencesOf(reference []byte) [][]byte {
	if reference == nil {
		return nil
	}
	return [][]byte{reference}
}
