package curve

import (
	"cmp"
	"slices"

	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// amount tells the points of a series apart. The controls of all rounds are one
// point, the last one's.
type amount struct {
	requested float64
	round     int
}

// amounts returns the members of each point in the cells' order. Where a series
// has the same pruning with and without retraining, a point has both.
func (s *series) amounts() [][]group.Cell {
	var order []amount
	at := map[amount][]group.Cell{}
	for _, c := range s.cells {
		a := amount{c.Requested, c.Round}
		if c.Requested == 0 {
			a.round = 0
		}
		if at[a] == nil {
			order = append(order, a)
		}
		at[a] = append(at[a], c)
	}
	slices.SortStableFunc(order, func(a, b amount) int {
		return cmp.Or(cmp.Compare(a.requested, b.requested), cmp.Compare(a.round, b.round))
	})
	points := make([][]group.Cell, len(order))
	for i, a := range order {
		points[i] = at[a]
	}
	return points
}

// point averages the members of a point over its seeds and says whether the
// plan lacks a reference.
func (s *series) point(cells []group.Cell) (p Point, unplanned bool, err error) {
	p = Point{Requested: cells[0].Requested, Size: s.size(s.layers)}
	first := cells[0].Members[0].Spec
	p.Fixed = s.stage == Pruned && !PrunedNetwork(first).Replicates()
	for _, c := range cells {
		p.Round = max(p.Round, c.Round)
	}
	var accuracy, top, loss, kept, whole, macs []float64
	var one *train.Evaluation // of a Fixed point
	for _, m := range s.choose(cells) {
		sc := Score(m, s.stage)
		if sc == nil {
			p.Missing = append(p.Missing, Missing{m.Seed, m.Key, string(s.why(m))})
			continue
		}
		p.Images = sc.N
		pruned := PrunedNetwork(m.Spec)
		x := Sample{Seed: m.Seed, Key: m.Key, Network: pruned.Key(), Epochs: m.Spec.Retraining(), Before: pruned.Retraining(), Accuracy: sc.Accuracy()}
		if len(sc.Bits) > 0 {
			x.bits = &marked{right: sc.Bits}
		}
		ref, planned := reference(s.g, m, s.stage)
		unplanned = unplanned || !planned
		if ref != nil {
			x.HasLoss, x.Loss = true, Difference(ref.Accuracy(), x.Accuracy)
			if ref.N == sc.N && len(sc.Bits) > 0 && len(ref.Bits) > 0 {
				x.bits.reference = ref.Bits
			}
			loss = append(loss, x.Loss)
		}
		accuracy = append(accuracy, x.Accuracy)
		if t := sc.Top; t != nil {
			top, p.TopK, one = append(top, float64(t.Correct)/float64(sc.N)), t.K, sc
		}
		if len(m.Outcome.Result.Layers) > 0 { // a trial that diverged in retraining has none
			removed, all, ops := s.removed(m.Outcome)
			x.Sparsity = fraction(removed, p.Size)
			kept, whole, macs = append(kept, float64(p.Size-removed)), append(whole, all), append(macs, ops)
		}
		p.Seeds = append(p.Seeds, x)
	}
	if len(kept) > 0 {
		p.Placed = true
		p.Kept, p.Whole, p.MACs = stats.Average(kept), stats.Average(whole), stats.Average(macs)
		if p.Size > 0 {
			p.Sparsity = 1 - p.Kept/float64(p.Size)
		}
	} else {
		s.place(&p, cells[0].Parameter)
	}
	for i, x := range p.Seeds {
		if o := s.g.Outcome(x.Key); len(o.Result.Layers) == 0 {
			p.Seeds[i].Sparsity = p.Sparsity
		}
	}
	if p.Accuracy, err = estimate(accuracy); err != nil {
		return p, unplanned, err
	}
	if p.Loss, err = estimate(loss); err != nil {
		return p, unplanned, err
	}
	if p.Across, err = p.LossAcross(Level); err != nil {
		return p, unplanned, err
	}
	if p.AccuracyAcross, err = p.accuracyAcross(Level); err != nil {
		return p, unplanned, err
	}
	if p.Top, err = estimate(top); err == nil && p.Fixed && one != nil {
		p.Top, err = stats.Wilson(one.Top.Correct, one.N, Level)
	}
	if p.Fixed {
		p.overImages()
	}
	return p, unplanned, err
}

// choose returns one member a seed, ascending: the one with a score where
// there are several.
func (s *series) choose(cells []group.Cell) []group.Member {
	best := map[uint64]group.Member{}
	for _, c := range cells {
		for _, m := range c.Members {
			old, taken := best[m.Seed]
			has, had := Score(m, s.stage) != nil, taken && Score(old, s.stage) != nil
			if !taken || has && !had || has == had && preferred(m, old) {
				best[m.Seed] = m
			}
		}
	}
	members := make([]group.Member, 0, len(best))
	for _, m := range best {
		members = append(members, m)
	}
	slices.SortFunc(members, func(a, b group.Member) int { return cmp.Compare(a.Seed, b.Seed) })
	if s.stage != Pruned {
		return members
	}
	one := false // of those that are the same for every seed
	return slices.DeleteFunc(members, func(m group.Member) bool {
		if PrunedNetwork(m.Spec).Replicates() {
			return false
		}
		again := one
		one = true
		return again
	})
}

// preferred takes the trial with more levels (the control of the last round),
// then the smaller key.
func preferred(a, b group.Member) bool {
	if n, m := len(a.Spec.Levels), len(b.Spec.Levels); n != m {
		return n > m
	}
	return a.Key < b.Key
}

func (s *series) why(m group.Member) group.Reason {
	if m.Outcome != nil && m.Outcome.Status == trial.Done {
		return group.Failed // done, but without this score
	}
	return s.g.Why(m.Key)
}

func (s *series) size(layers []string) int {
	n := 0
	for _, name := range layers {
		n += s.sizes[name]
	}
	return n
}

// removed returns the removed weights of the target, the removed fraction of
// the whole network, and its multiply-adds.
func (s *series) removed(o *trial.Outcome) (target int, whole, macs float64) {
	all, size, ops := 0, 0, 0
	for _, l := range o.Result.Layers {
		if slices.Contains(s.layers, l.Name) {
			target += l.Removed
		}
		all, size, ops = all+l.Removed, size+l.Size, ops+l.MACs
	}
	return target, fraction(all, size), float64(ops)
}

// place gives a point without seeds the position that was requested.
func (s *series) place(p *Point, parameter string) {
	total := s.size(s.g.Plan.Layers)
	if p.Size == 0 || total == 0 || parameter != trial.Ratio && p.Requested != 0 {
		return
	}
	p.Placed = true
	p.Sparsity = p.Requested
	p.Kept = (1 - p.Requested) * float64(p.Size)
	p.Whole = p.Requested * float64(p.Size) / float64(total)
}

// estimate is the mean with its interval, N = 0 of no values.
func estimate(x []float64) (stats.Estimate, error) {
	if len(x) == 0 {
		return stats.Estimate{Method: stats.MethodPoint}, nil
	}
	return stats.Mean(x, Level)
}

func fraction(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}
