package stats

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// Simultaneous returns the mean of each point over its seeds with intervals that
// hold together at the given level: mean ± c s/sqrt(n) with the c of the max-t
// statistic where every seed has every point, else Bonferroni's. points[j] maps a
// seed to its value at point j, of which there is at least one.
func Simultaneous(points []map[uint64]float64, level float64) ([]Estimate, error) {
	return simultaneous(points, level, drawnT)
}

// simultaneous is Simultaneous with a way to find, of points x seeds, the t at the
// lower limits and minus that at the upper ones.
func simultaneous(points []map[uint64]float64, level float64, critical func([][]float64, float64) (below, above float64)) ([]Estimate, error) {
	checkLevel(level)
	if len(points) == 0 {
		return nil, fmt.Errorf("simultaneous intervals: %w", ErrEmpty)
	}
	seeds := slices.Sorted(maps.Keys(points[0]))
	whole, own := true, level // own: of a single interval
	for _, p := range points {
		whole = whole && slices.Equal(slices.Sorted(maps.Keys(p)), seeds)
	}
	if !whole {
		own = 1 - (1-level)/float64(len(points))
	}
	es, columns := make([]Estimate, len(points)), make([][]float64, len(points))
	for j, p := range points {
		for _, seed := range slices.Sorted(maps.Keys(p)) {
			columns[j] = append(columns[j], p[seed])
		}
		var err error
		if es[j], err = Mean(columns[j], own); err != nil {
			return nil, fmt.Errorf("simultaneous intervals, point %d: %w", j+1, err)
		}
	}
	var below, above float64
	if whole && len(seeds) > 1 {
		below, above = critical(columns, level)
	}
	for j := range es {
		e := &es[j]
		switch {
		case e.Level == 0:
		case whole:
			root := math.Sqrt(float64(e.N))
			e.Lo, e.Hi, e.Method = e.Value-below*e.SD/root, e.Value+above*e.SD/root, MethodMaxT
		default:
			e.Level, e.Method = level, fmt.Sprintf("Student t, Bonferroni over %d points", len(points))
		}
	}
	return es, nil
}
