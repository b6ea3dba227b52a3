package nn

import "slices"

// plan is how the layers on slices follow each other: a region after the other, each
// slice by slice, forward and backward. See Topology.regions.
type plan struct {
	regions [][]int
	back    [][]int // by region: what runs backward with it, in that order
	of      []int   // region of each layer
	lasts   []bool  // by layer: the gradient of each slice of its output is needed after the region in which it comes
}

// newPlan arranges the layers. waits holds for those that need the whole batch
// before they can run, which are batch normalisations. Such a layer runs forward in
// a later region than what it reads, and backward with it; what it needs of its own
// region is the gradient of its outputs.
func newPlan(t *Topology, waits func(i int) bool) *plan {
	p := &plan{regions: t.regions(waits), of: make([]int, t.sliced), lasts: make([]bool, len(t.nodes))}
	p.back = make([][]int, len(p.regions))
	for r, region := range p.regions {
		for _, i := range region {
			p.of[i] = r
			p.back[r] = append(p.back[r], i)
			if j := t.nodes[i].inputs[0]; waits(i) && j != networkInput {
				p.back[p.of[j]] = append(p.back[p.of[j]], i)
			}
		}
	}
	for _, list := range p.back {
		slices.Sort(list)
		slices.Reverse(list)
	}
	for i := range t.sliced {
		p.lasts[i] = waits(i) || slices.ContainsFunc(t.receivers(i), func(j int) bool {
			return j < t.sliced && p.of[j] != p.of[i] && !waits(j)
		})
		if t.nodes[i].Kind == KindAdd { // what it hands on is its own gradient
			p.lasts[i] = p.lasts[i] || slices.ContainsFunc(t.nodes[i].inputs, func(j int) bool {
				return j != networkInput && p.lasts[t.emitter(j)]
			})
		}
	}
	return p
}
