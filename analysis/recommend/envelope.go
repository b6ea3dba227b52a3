package recommend

import (
	"math"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
)

// Envelope is what a layer pruned alone loses: its mean loss made monotone, the
// largest so far, from no loss without pruning.
//
// Points whose 95 % interval reaches 0 are passed over, because a loss of
// −0.01 ± 0.10 pp is not no loss, and what cannot be told from none of each layer
// alone is a loss of all of them together; the last measured point, if it is one
// of these, counts with the upper end of its interval. Between its points the
// envelope is linear in the compression 1/(1−ratio): a layer whose loss is first
// seen at a compression of 20 is taken to lose a fifth of it at 4.8.
type Envelope struct {
	Sparsity, Loss []float64 // ascending, from 0 and 0
	N              int       // seeds of the point with the fewest
}

// newEnvelope reads a curve as far as every point has a number; ok is false
// without any point.
func newEnvelope(c curve.Curve) (e Envelope, ok bool) {
	var points []curve.Point
	for _, p := range c.Points {
		if p.Loss.N == 0 || p.Sparsity >= 1 {
			break // what lies beyond is not vouched for
		}
		if p.Sparsity > 0 {
			points = append(points, p)
		}
	}
	e = Envelope{Sparsity: []float64{0}, Loss: []float64{0}}
	for i, p := range points {
		if e.N == 0 || p.Loss.N < e.N {
			e.N = p.Loss.N
		}
		loss := p.Loss.Value
		if !visible(p.Loss) {
			if i < len(points)-1 {
				continue
			}
			loss = p.Loss.Hi
		}
		e.Sparsity = append(e.Sparsity, p.Sparsity)
		e.Loss = append(e.Loss, max(e.Loss[len(e.Loss)-1], loss))
	}
	return e, len(e.Sparsity) > 1
}

// visible reports whether a loss can be told from none; of one seed, which has no
// interval, every loss is.
func visible(e stats.Estimate) bool { return e.Level == 0 || e.Lo > 0 }

// Within returns the largest sparsity whose loss is within a share of at least
// 0; open when that is the end of what was measured.
func (e Envelope) Within(share float64) (sparsity float64, open bool) {
	for i := 1; i < len(e.Sparsity); i++ {
		if e.Loss[i] > share {
			from, to := compression(e.Sparsity[i-1]), compression(e.Sparsity[i])
			return 1 - 1/(from+(to-from)*(share-e.Loss[i-1])/(e.Loss[i]-e.Loss[i-1])), false
		}
	}
	return e.Sparsity[len(e.Sparsity)-1], true
}

// At returns the loss at a sparsity; ok is false beyond what was measured.
func (e Envelope) At(sparsity float64) (loss float64, ok bool) {
	for i := 1; i < len(e.Sparsity); i++ {
		if sparsity > e.Sparsity[i] {
			continue
		}
		from, to := compression(e.Sparsity[i-1]), compression(e.Sparsity[i])
		part := math.Max(0, (compression(sparsity)-from)/(to-from))
		return e.Loss[i-1] + (e.Loss[i]-e.Loss[i-1])*part, true
	}
	return 0, false
}

// compression is how many times fewer weights are left.
func compression(sparsity float64) float64 { return 1 / (1 - sparsity) }
