package curve

import "prunelab/analysis/stats"

// LossAcross is the loss of other seeds on other images, see stats.Crossed. N = 0:
// some seed's loss was not scored image by image, or there is none.
func (p Point) LossAcross(level float64) (stats.Estimate, error) {
	var right, reference [][]byte
	for _, s := range p.Seeds {
		if !s.HasLoss {
			continue
		}
		if s.bits == nil {
			return stats.Estimate{Method: stats.MethodPoint}, nil
		}
		right, reference = append(right, s.bits.right), append(reference, s.bits.reference)
	}
	if len(right) == 0 {
		return stats.Estimate{Method: stats.MethodPoint}, nil
	}
	return stats.Crossed(right, reference, p.Images, level)
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
