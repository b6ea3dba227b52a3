package scan

import "slices"

// Bisect looks on an ascending grid of ratios for the first whose accuracy loss exceeds
// a bound, if losses grow with the ratio. lost is the loss where it is known. It returns
// the ratios that were asked for, ascending, the last one that is not known among them;
// done is false where there is one. What it asks for depends on the losses alone, so a
// bisection that was stopped goes on where it was.
func Bisect(grid []float64, until float64, lost func(ratio float64) (loss float64, known bool)) (visited []float64, done bool) {
	within, beyond := -1, len(grid)
	done = true
	for beyond-within > 1 && done {
		at := (within + beyond) / 2
		visited = append(visited, grid[at])
		loss, known := lost(grid[at])
		switch {
		case !known:
			done = false
		case loss > until:
			beyond = at
		default:
			within = at
		}
	}
	slices.Sort(visited)
	return visited, done
}
