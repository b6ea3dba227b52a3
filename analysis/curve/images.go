package curve

import (
	"slices"

	"prunelab/analysis/stats"
)

// overImages takes, of one network that is the same for every seed, the intervals over
// images for those of its accuracy and loss, which have no others. The unpruned network
// loses nothing against itself, on any image.
func (p *Point) overImages() {
	none := stats.Estimate{Method: stats.MethodPoint}
	if p.AccuracyAcross.OverImages() {
		p.Accuracy, p.AccuracyAcross = p.AccuracyAcross, none
	}
	if p.Across.OverImages() {
		if p.Requested != 0 {
			p.Loss = p.Across
		}
		p.Across = none
	}
}

// Fixed reports whether all of a curve's numbers are of one network that is the same
// for every seed, see Point.Fixed.
func (c Curve) Fixed() bool {
	return slices.ContainsFunc(c.Points, func(p Point) bool { return p.Fixed }) &&
		!slices.ContainsFunc(c.Points, func(p Point) bool { return !p.Fixed && p.Accuracy.N > 0 })
}

// AreaByImage is what a Fixed curve loses at each image on the mean over a range of
// sparsities, see Areas; nil where it has no area there or was not scored image by image.
func (c Curve) AreaByImage(lo, hi float64) []float64 {
	values, _ := c.Areas(lo, hi)
	if !c.Fixed() || len(values) != 1 {
		return nil
	}
	lost, _ := c.areaByImage(values[0].Seed, lo, hi)
	return lost
}

// AreaOverImages is the area under the loss of a Fixed curve from lo to hi, see Areas,
// with its interval over images. N = 0: it has none, or was not scored image by image.
func (c Curve) AreaOverImages(lo, hi, level float64) (stats.Estimate, error) {
	lost := c.AreaByImage(lo, hi)
	if lost == nil {
		return stats.Estimate{Method: stats.MethodPoint}, nil
	}
	return stats.ImageMean(lost, level)
}

// LossByImage is what a Fixed point loses at each image; nil where it was not scored
// image by image.
func (p Point) LossByImage() []float64 {
	if !p.Fixed || len(p.Seeds) != 1 || p.Seeds[0].bits == nil || p.Seeds[0].bits.reference == nil {
		return nil
	}
	b := p.Seeds[0].bits
	lost := make([]float64, p.Images)
	for i := range lost {
		lost[i] = float64(int(b.reference[i/8]>>(i%8)&1) - int(b.right[i/8]>>(i%8)&1))
	}
	return lost
}

// imageBands estimates accuracies and losses of the Fixed points together, over images.
// They are of networks pruned from one, which is the reference of all.
func (c *Curve) imageBands() error {
	var right, pruned [][]byte
	var at, prunedAt []int
	var reference []byte
	for i, p := range c.Points {
		if !p.Fixed || len(p.Seeds) != 1 || p.Seeds[0].bits == nil {
			continue
		}
		b := p.Seeds[0].bits
		right, at = append(right, b.right), append(at, i)
		if b.reference != nil && p.Requested != 0 {
			pruned, prunedAt, reference = append(pruned, b.right), append(prunedAt, i), b.reference
		}
	}
	set := func(right [][]byte, reference []byte, at []int, to func(*Point) *stats.Estimate) error {
		if len(at) == 0 {
			return nil
		}
		es, err := stats.ImageBand(right, reference, c.Points[at[0]].Images, Level)
		if err != nil {
			return err
		}
		for k, i := range at {
			*to(&c.Points[i]) = es[k]
		}
		return nil
	}
	if err := set(right, nil, at, func(p *Point) *stats.Estimate { return &p.AccuracyBand }); err != nil {
		return err
	}
	return set(pruned, reference, prunedAt, func(p *Point) *stats.Estimate { return &p.LossBand })
}
