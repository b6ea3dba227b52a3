package overlap

import (
	"bytes"
	"cmp"
	"maps"
	"math/bits"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/model/prune"
)

// masks are those of one way of pruning.
type masks map[place]mask

// place is whose mask it is, and how much was pruned; iterative pruning comes to
// an amount in a round.
type place struct {
	arm string
	amount
	seed uint64
}

type amount struct {
	requested float64
	round     int
}

// mask is what a trial kept, by layer.
type mask map[string]kept

// kept is what a layer kept.
type kept struct {
	size, left int
	bits       []byte // at the sampled positions
}

// add takes in the masks that a cell's trials recorded.
func (all masks) add(c group.Cell) {
	for _, m := range c.Members {
		if m.Outcome == nil || m.Seed != c.Members[0].Seed && !curve.PrunedNetwork(m.Spec).Replicates() {
			continue // not run, or the same mask for every seed
		}
		of := mask{}
		for _, l := range m.Outcome.Result.Layers {
			if l.Kept != nil {
				of[l.Name] = kept{l.Size, l.Size - l.Removed, l.Kept}
			}
		}
		if len(of) > 0 {
			all[place{c.Arm, amount{c.Requested, c.Round}, m.Seed}] = of
		}
	}
}

// have reports whether any mask has the layer.
func (all masks) have(layer string) bool {
	for _, m := range all {
		if _, ok := m[layer]; ok {
			return true
		}
	}
	return false
}

// of are the masks of an arm, by amount and, within one, by seed.
func (all masks) of(arm string) []place {
	var at []place
	for p := range all {
		if p.arm == arm {
			at = append(at, p)
		}
	}
	slices.SortFunc(at, func(x, y place) int {
		return cmp.Or(cmp.Compare(x.requested, y.requested), cmp.Compare(x.round, y.round), cmp.Compare(x.seed, y.seed))
	})
	return at
}

// same reports whether two arms have equal masks at whatever both have.
func (all masks) same(a, b string) bool {
	shared := false
	for _, p := range all.of(a) {
		m := all[p]
		p.arm = b
		o, ok := all[p]
		if ok && !maps.EqualFunc(m, o, func(x, y kept) bool { return x.left == y.left && bytes.Equal(x.bits, y.bits) }) {
			return false
		}
		shared = shared || ok
	}
	return shared
}

// compare are the points of a curve.
func (all masks) compare(a, b string, layers []string) ([]Point, error) {
	var points []Point
	for rest := all.of(a); len(rest) > 0; {
		at, n := rest[0].amount, 1
		for n < len(rest) && rest[n].amount == at {
			n++
		}
		seeds := rest[:n]
		rest = rest[n:]
		var js, chances, sparsities []float64
		compare := func(x, y mask) {
			t := newTally(layers, x, y)
			if t.either > 0 {
				js, chances, sparsities = append(js, t.both/t.either), append(chances, t.chance()), append(sparsities, t.sparsity())
			}
		}
		for i, p := range seeds {
			if a != b {
				other := p
				other.arm = b
				if y, ok := all[other]; ok {
					compare(all[p], y)
				}
				continue
			}
			for _, other := range seeds[i+1:] {
				compare(all[p], all[other])
			}
		}
		if len(js) == 0 {
			continue
		}
		p := Point{Requested: at.requested, Sparsity: stats.Average(sparsities), Chance: stats.Average(chances), Jaccard: stats.Estimate{Value: stats.Average(js), N: len(js)}}
		if a != b {
			var err error
			if p.Jaccard, err = stats.Mean(js, curve.Level); err != nil {
				return nil, err
			}
		}
		points = append(points, p)
	}
	return points, nil
}

// tally counts what two masks keep, over layers.
type tally struct {
	both, either        float64 // estimated on the sampled positions
	size, left          float64 // of weights; left: kept, mean of the two
	bothByChance, total float64 // expected of independent masks; kept by either mask, counted twice where by both
}

func newTally(layers []string, x, y mask) tally {
	var t tally
	for _, name := range layers {
		a, okA := x[name]
		b, okB := y[name]
		if !okA || !okB || a.size != b.size || a.size == 0 || len(a.bits) != len(b.bits) {
			continue // one of them prunes nothing there, or networks of two sizes
		}
		both, either := 0, 0
		for i := range a.bits {
			both += bits.OnesCount8(a.bits[i] & b.bits[i])
			either += bits.OnesCount8(a.bits[i] | b.bits[i])
		}
		weight := float64(a.size) / float64(prune.SampleSize(a.size))
		t.both += weight * float64(both)
		t.either += weight * float64(either)
		t.size += float64(a.size)
		t.left += float64(a.left+b.left) / 2
		t.bothByChance += float64(a.left) * float64(b.left) / float64(a.size)
		t.total += float64(a.left + b.left)
	}
	return t
}

// chance is the Jaccard index of independent masks with as many weights.
func (t tally) chance() float64 { return t.bothByChance / (t.total - t.bothByChance) }

// sparsity is the fraction that is removed.
func (t tally) sparsity() float64 { return 1 - t.left/t.size }
