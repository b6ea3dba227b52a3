package scan

import (
	"slices"
	"testing"
)

// A bisection visits at most as many ratios as it takes to halve the grid, finds the
// first beyond the bound wherever it is, and asks for the same again when it goes on.
func TestBisect(t *testing.T) {
	grid := []float64{0.3, 0.5, 0.7, 0.8, 0.9, 0.95}
	for first := range len(grid) + 1 {
		known := map[float64]float64{}
		lost := func(r float64) (float64, bool) { l, ok := known[r]; return l, ok }
		var before []float64
		rounds := 0
		for {
			visited, done := Bisect(grid, 0.05, lost)
			for _, r := range before {
				if !slices.Contains(visited, r) {
					t.Fatalf("first beyond %d: %v was visited, now it is %v", first, before, visited)
				}
			}
			before = visited
			if done {
				break
			}
			if rounds++; rounds > 3 {
				t.Fatalf("first beyond %d: %d rounds", first, rounds)
			}
			for _, r := range visited {
				known[r] = 0.05
				if slices.Index(grid, r) >= first {
					known[r] = 0.051
				}
			}
		}
		if first < len(grid) && !slices.Contains(before, grid[first]) || first > 0 && !slices.Contains(before, grid[first-1]) {
			t.Errorf("the first beyond is number %d of %v, visited were %v", first, grid, before)
		}
		if !slices.IsSorted(before) || len(before) > 3 {
			t.Errorf("visited %v", before)
		}
	}
}
