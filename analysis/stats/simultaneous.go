package stats

import (
	"fmt"
	"maps"
	"slices"
)

// Simultaneous returns the mean of each point over its seeds with intervals that
// hold together at the given level: a Band where every seed has every point,
// else Bonferroni's. points[j] maps a seed to its value at point j, of which
// there is at least one.
func Simultaneous(points []map[uint64]float64, level float64) ([]Estimate, error) {
	if len(points) == 0 {
		return nil, fmt.Errorf("simultaneous intervals: %w", ErrEmpty)
	}
	seeds := slices.Sorted(maps.Keys(points[0]))
	whole := true
	for _, p := range points {
		whole = whole && slices.Equal(slices.Sorted(maps.Keys(p)), seeds)
	}
	if whole {
		x := make([][]float64, len(seeds))
		for i, seed := range seeds {
			for _, p := range points {
				x[i] = append(x[i], p[seed])
			}
		}
		return Band(x, level)
	}
	var es []Estimate
	for _, p := range points {
		var x []float64
		for _, seed := range slices.Sorted(maps.Keys(p)) {
			x = append(x, p[seed])
		}
		e, err := Mean(x, 1-(1-level)/float64(len(points)))
		if err != nil {
			return nil, err
		}
		if e.Level > 0 {
			e.Level, e.Method = level, fmt.Sprintf("Student t, Bonferroni over %d points", len(points))
		}
		es = append(es, e)
	}
	return es, nil
}
