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

// masks are those of one way of pruning: by arm, amount and seed.
type masks map[string]map[amount]map[uint64]mask

// amount is how much is pruned; iterative pruning comes to it in a round.
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
		if m.Outcome == nil {
			continue
		}
		of := mask{}
		for _, l := range m.Outcome.Result.Layers {
			if l.Kept != nil {
				of[l.Name] = kept{l.Size, l.Size - l.Removed, l.Kept}
			}
		}
		if len(of) == 0 {
			continue
		}
		if all[c.Arm] == nil {
			all[c.Arm] = map[amount]map[uint64]mask{}
		}
		at := amount{c.Requested, c.Round}
		if all[c.Arm][at] == nil {
			all[c.Arm][at] = map[uint64]mask{}
		}
		all[c.Arm][at][m.Seed] = of
	}
}

// have reports whether any mask has the layer.
func (all masks) have(layer string) bool {
	for _, amounts := range all {
		for _, seeds := range amounts {
			for _, m := range seeds {
				if _, ok := m[layer]; ok {
					return true
				}
			}
		}
	}
	return false
}

// same reports whether two arms have equal masks at whatever both have.
func (all masks) same(a, b string) bool {
	shared := false
	for at, seeds := range all[a] {
		for seed, m := range seeds {
			o, ok := all[b][at][seed]
			if !ok {
				continue
			}
			shared = true
			if !maps.EqualFunc(m, o, func(x, y kept) bool { return x.left == y.left && bytes.Equal(x.bits, y.bits) }) {
				return false
			}
		}
	}
	return shared
}

// compare are the points of a curve.
func (all masks) compare(a, b string, layers []string) ([]Point, error) {
	amounts := slices.SortedFunc(maps.Keys(all[a]), func(x, y amount) int {
		return cmp.Or(cmp.Compare(x.requested, y.requested), cmp.Compare(x.round, y.round))
	})
	var points []Point
	for _, at := range amounts {
		var js, chances, sparsities []float64
		compare := func(x, y mask) {
			t := newTally(layers, x, y)
			if t.either > 0 {
				js, chances, sparsities = append(js, t.both/t.either), append(chances, t.chance()), append(sparsities, t.sparsity())
			}
		}
		for _, seed := range slices.Sorted(maps.Keys(all[a][at])) {
			x := all[a][at][seed]
			if a != b {
				if y, ok := all[b][at][seed]; ok {
					compare(x, y)
				}
				continue
			}
			for _, other := range slices.Sorted(maps.Keys(all[a][at])) {
				if other > seed {
					compare(x, all[a][at][other])
				}
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
