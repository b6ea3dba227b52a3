package torch

import (
	"cmp"
	"slices"
)

// tied groups views that share numbers: those that are the same, and those that begin
// within one which has all numbers of its stretch.
func tied(views []view) [][]int {
	type stretch struct {
		root       *storage
		begin, end int // bytes
		whole      bool
		i          int
	}
	order := map[*storage]int{}
	var all []stretch
	for i, v := range views {
		n, last, err := v.elements()
		if err != nil || n == 0 {
			continue
		}
		root, at := v.of.whole()
		if _, ok := order[root]; !ok {
			order[root] = len(order)
		}
		width := v.dtype.Size()
		all = append(all, stretch{root, at + v.first*width, at + (last+1)*width, v.dense(), i})
	}
	slices.SortStableFunc(all, func(a, b stretch) int {
		return cmp.Or(cmp.Compare(order[a.root], order[b.root]), cmp.Compare(a.begin, b.begin))
	})
	var groups [][]int
	for k := 0; k < len(all); {
		group, end := []int{all[k].i}, 0
		if all[k].whole {
			end = all[k].end
		}
		j := k + 1
		for ; j < len(all) && all[j].root == all[k].root && (all[j].begin < end || all[j].begin == all[j-1].begin); j++ {
			group = append(group, all[j].i)
			if all[j].whole {
				end = max(end, all[j].end)
			}
		}
		if len(group) > 1 {
			slices.Sort(group)
			groups = append(groups, group)
		}
		k = j
	}
	slices.SortFunc(groups, func(a, b []int) int { return cmp.Compare(a[0], b[0]) })
	return groups
}

// dense reports whether a view has every number from its first to its last once, in any
// order.
func (v view) dense() bool {
	dims := make([]int, 0, len(v.shape)) // of more than one element, the nearest first
	for i, d := range v.shape {
		if d != 1 {
			dims = append(dims, i)
		}
	}
	slices.SortFunc(dims, func(a, b int) int { return cmp.Compare(v.stride[a], v.stride[b]) })
	next := 1
	for _, i := range dims {
		if v.stride[i] != next {
			return false
		}
		next *= v.shape[i]
	}
	return true
}
