package curve

import (
	"cmp"
	"slices"

	"prunelab/analysis/stats"
)

// LossAcross is the loss of other seeds on other images, see stats.Crossed. N = 0:
// some seed's loss was not scored image by image, or there is none.
func (p Point) LossAcross(level float64) (stats.Estimate, error) {
	var right, reference [][]byte
	for _, s := range p.Seeds {
		if !s.HasLoss {
			continue
		}
		if s.bits == nil || s.bits.reference == nil {
			return stats.Estimate{Method: stats.MethodPoint}, nil
		}
		right, reference = append(right, s.bits.right), append(reference, s.bits.reference)
	}
	return across(right, reference, p.Images, level)
}

// accuracyAcross is the accuracy of other seeds on other images, likewise.
func (p Point) accuracyAcross(level float64) (stats.Estimate, error) {
	var right [][]byte
	for _, s := range p.Seeds {
		if s.bits == nil {
			return stats.Estimate{Method: stats.MethodPoint}, nil
		}
		right = append(right, s.bits.right)
	}
	return across(right, nil, p.Images, level)
}

func across(right, reference [][]byte, images int, level float64) (stats.Estimate, error) {
	if len(right) == 0 {
		return stats.Estimate{Method: stats.MethodPoint}, nil
	}
	return stats.Crossed(right, reference, images, level)
}

// AreaAcross is the mean area under the loss from lo to hi, see Areas, of other seeds
// on other images. N = 0: fewer than two seeds have an area, or some network was not
// scored image by image.
func (c Curve) AreaAcross(lo, hi, level float64) (stats.Estimate, error) {
	none := stats.Estimate{Method: stats.MethodPoint}
	values, _ := c.Areas(lo, hi)
	if len(values) < 2 {
		return none, nil
	}
	var lost [][]float64
	accuracy := 0.0
	for _, v := range values {
		row, right := c.areaByImage(v.Seed, lo, hi)
		if row == nil || len(lost) > 0 && len(row) != len(lost[0]) {
			return none, nil
		}
		lost, accuracy = append(lost, row), accuracy+right/float64(len(values))
	}
	return stats.CrossedMeans(lost, accuracy, level)
}

// areaByImage is a seed's area at each image, and the area under its accuracy; nil
// where a network was not scored image by image. An area is linear in the losses, so
// that of an image is made with the weights that the points have.
func (c Curve) areaByImage(seed uint64, lo, hi float64) (lost []float64, accuracy float64) {
	var of []Sample
	slack, images := 0.0, 0
	for _, p := range c.Points {
		if p.Size > 0 {
			slack = 1 / float64(p.Size)
		}
		for _, s := range p.Seeds {
			if s.Seed == seed && s.HasLoss {
				of, images = append(of, s), max(images, p.Images)
			}
		}
	}
	slices.SortStableFunc(of, func(a, b Sample) int { return cmp.Compare(a.Sparsity, b.Sparsity) })
	sparsity, unit := make([]float64, len(of)), make([]float64, len(of))
	for i, s := range of {
		sparsity[i] = s.Sparsity
	}
	lost = make([]float64, images)
	for k, s := range of {
		unit[k] = 1
		w, err := Area(sparsity, unit, lo, hi, slack)
		unit[k] = 0
		if w == 0 && err == nil {
			continue
		}
		if err != nil || s.bits == nil || len(s.bits.right) != (images+7)/8 || len(s.bits.reference) != len(s.bits.right) {
			return nil, 0
		}
		accuracy += w * s.Accuracy
		for i := range lost {
			lost[i] += w * float64(int(s.bits.reference[i/8]>>(i%8)&1)-int(s.bits.right[i/8]>>(i%8)&1))
		}
	}
	return lost, accuracy
}

// wider is the loss with the wider of its intervals over seeds and over seeds and
// images, on either side.
func (p Point) wider() stats.Estimate {
	l := p.Loss
	if l.Level > 0 && p.Across.N == l.N {
		l.Lo, l.Hi = min(l.Lo, p.Across.Lo), max(l.Hi, p.Across.Hi)
	}
	return l
}
