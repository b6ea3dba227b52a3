package group

import "prunelab/experiments/trial"

// Fixed reports whether a cell is one network, the same for every seed: a network
// from a file that is not retrained and of which no weights are drawn.
func (c Cell) Fixed() bool { return !c.Members[0].Spec.Replicates() }

// once leaves one member of a fixed cell, the first that has a result, and sets
// the others aside.
func (c Cell) once() Cell {
	if !c.Fixed() {
		return c
	}
	at := 0
	for i, m := range c.Members {
		if m.Outcome != nil && m.Outcome.Status == trial.Done {
			at = i
			break
		}
	}
	for i, m := range c.Members {
		if i != at {
			c.Again = append(c.Again, m)
		}
	}
	c.Members = []Member{c.Members[at]}
	return c
}
