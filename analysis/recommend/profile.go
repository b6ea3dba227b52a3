package recommend

import (
	"math"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
)

// Profile is what a layer pruned alone loses: its mean loss made monotone, the
// largest so far, from no loss without pruning.
//
// Points whose 95 % interval reaches 0 are passed over, because a loss of
// −0.01 ± 0.10 pp is not no loss, and what cannot be told from none of each layer
// alone is a loss of all of them together; the last measured point, if it is one
// of these, counts with the upper end of its interval. What was passed over gets
// its part of the next visible loss by how much the layer was disturbed
// (disturbance); between these the profile is linear in the compression
// 1/(1−ratio).
//
// Nothing is read between no pruning and Least, the least ratio at which the layer was
// pruned at all or, where the first measured loss is farther than curve.Near, at which
// its loss was measured.
type Profile struct {
	Sparsity, Loss []float64 // ascending, from 0 and 0
	Least          float64
	N              int // seeds of the point with the fewest
}

// newProfile reads a curve as far as every point has a number; ok is false
// without any point.
func newProfile(c curve.Curve, d disturbance, power float64) (e Profile, ok bool) {
	e = Profile{Sparsity: []float64{0}, Loss: []float64{0}}
	var points []curve.Point
	for _, p := range c.Points {
		if p.Loss.N == 0 || p.Sparsity >= 1 {
			break // what lies beyond is not vouched for
		}
		if p.Sparsity > 0 {
			points = append(points, p)
		}
	}
	if len(points) > 0 {
		if e.Least = points[0].Sparsity; curve.Joined(e.Least) && len(d.sparsity) > 0 {
			e.Least = min(e.Least, d.sparsity[0])
		}
	}
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
		e.bridge(p.Sparsity, max(e.Loss[len(e.Loss)-1], loss), d, power)
	}
	return e, len(e.Sparsity) > 1
}

// bridge goes on to a point, by way of the sparsities whose disturbance is known.
func (e *Profile) bridge(sparsity, loss float64, d disturbance, power float64) {
	from, before := e.Sparsity[len(e.Sparsity)-1], e.Loss[len(e.Loss)-1]
	for _, s := range d.sparsity {
		if s > from && s < sparsity {
			e.Sparsity = append(e.Sparsity, s)
			e.Loss = append(e.Loss, before+(loss-before)*d.part(from, s, sparsity, power))
		}
	}
	e.Sparsity, e.Loss = append(e.Sparsity, sparsity), append(e.Loss, loss)
}

// visible reports whether a loss can be told from none; of one seed, which has no
// interval, every loss is.
func visible(e stats.Estimate) bool { return e.Level == 0 || e.Lo > 0 }

// Within returns the largest sparsity whose loss is within a share of at least
// 0; open when that is the end of what was measured. One below Least is only known to
// be below, and none is pruned.
func (e Profile) Within(share float64) (sparsity float64, open bool) {
	for i := 1; i < len(e.Sparsity); i++ {
		if e.Loss[i] > share {
			from, to := compression(e.Sparsity[i-1]), compression(e.Sparsity[i])
			s := 1 - 1/(from+(to-from)*(share-e.Loss[i-1])/(e.Loss[i]-e.Loss[i-1]))
			if s < e.Least {
				return 0, false
			}
			return s, false
		}
	}
	return e.Sparsity[len(e.Sparsity)-1], true
}

// At returns the loss at a sparsity; ok is false below Least and beyond what was
// measured.
func (e Profile) At(sparsity float64) (loss float64, ok bool) {
	if sparsity > 0 && sparsity < e.Least {
		return 0, false
	}
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

// disturbance is how much pruning disturbs a layer: the energy of the weights
// removed, Σw², over that of the weights kept, as noise over signal. A loss is
// taken to grow with a power of it.
type disturbance struct {
	sparsity, ratio []float64 // ascending
}

// disturbances reads it off the networks of a layer's curve right after pruning,
// the energies summed over the seeds.
func disturbances(g *group.Study, c curve.Curve) (d disturbance) {
	for _, p := range c.Points {
		var removed, kept float64
		for _, s := range p.Seeds {
			for _, l := range g.Outcome(s.Key).Result.Layers {
				if l.Name == c.Layers[0] {
					kept += l.NormKept * l.NormKept
					removed += l.NormStart*l.NormStart - l.NormKept*l.NormKept
				}
			}
		}
		if p.Sparsity > 0 && p.Sparsity < 1 && kept > 0 {
			ratio := removed / kept
			if n := len(d.ratio); n > 0 {
				ratio = max(ratio, d.ratio[n-1])
			}
			d.sparsity, d.ratio = append(d.sparsity, p.Sparsity), append(d.ratio, ratio)
		}
	}
	return d
}

// part is how much of the way between two sparsities' disturbances, to a power, is
// done at one in between; of their compressions where these are not disturbed
// differently.
func (d disturbance) part(from, at, to, power float64) float64 {
	a, x, b := math.Pow(d.at(from), power), math.Pow(d.at(at), power), math.Pow(d.at(to), power)
	if !(b > a) {
		a, x, b = compression(from), compression(at), compression(to)
	}
	return (x - a) / (b - a)
}

// at interpolates, linearly in the compression, from none without pruning; beyond
// the last it stays.
func (d disturbance) at(sparsity float64) float64 {
	s, r := 0.0, 0.0
	for i, next := range d.sparsity {
		if sparsity <= next {
			return r + (d.ratio[i]-r)*(compression(sparsity)-compression(s))/(compression(next)-compression(s))
		}
		s, r = next, d.ratio[i]
	}
	return r
}
