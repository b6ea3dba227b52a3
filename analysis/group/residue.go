package group

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"prunelab/experiments/trial"
)

// residue is a spec as path = value, without the seed.
type residue map[string]string

func residueOf(s trial.Spec) residue {
	s.Seed = 0
	return trial.Flatten(s)
}

// value is the residue at a path, "unset" where there is none.
func (r residue) value(path string) string {
	if v, ok := r[path]; ok {
		return v
	}
	return "unset"
}

// differences returns the paths at which residues differ, ascending.
func differences(rs []residue) []string {
	paths := map[string]bool{}
	for _, r := range rs {
		for _, with := range []residue{r, rs[0]} { // what differs differs from the first
			for p := range with {
				if r.value(p) != rs[0].value(p) {
					paths[p] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(paths))
}

// split returns the cell, or, where a seed has several trials, one cell for
// each residue with what differs added to the method. Averaging them would
// count a seed twice.
func split(c Cell) []Cell {
	twice := false
	for i := range c.Members[1:] {
		twice = twice || c.Members[i].Seed == c.Members[i+1].Seed
	}
	if !twice {
		return []Cell{c}
	}
	all := make([]residue, len(c.Members))
	for i, m := range c.Members {
		all[i] = residueOf(m.Spec)
	}
	paths := differences(all)
	parts := map[string][]Member{}
	for i, m := range c.Members {
		var words []string
		for _, p := range paths {
			words = append(words, p+"="+all[i].value(p))
		}
		name := strings.Join(words, ", ")
		parts[name] = append(parts[name], m)
	}
	var cells []Cell
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		l := c.Labels
		l.Method.Apart = name
		cells = append(cells, Cell{Labels: l, Members: parts[name]})
	}
	return cells
}

// varies words in what the members differ besides the seed, "" when in nothing.
func (c Cell) varies() string {
	var rs []residue
	seen := map[string]bool{}
	for _, m := range c.Members {
		m.Spec.Seed = 0
		if text := m.Spec.Text(); !seen[text] {
			seen[text] = true
			rs = append(rs, residueOf(m.Spec))
		}
	}
	paths := differences(rs)
	if len(paths) == 0 {
		return ""
	}
	var words []string
	for _, p := range paths {
		values := map[string]bool{}
		for _, r := range rs {
			values[r.value(p)] = true
		}
		words = append(words, fmt.Sprintf("%s (%s)", p, strings.Join(slices.Sorted(maps.Keys(values)), ", ")))
	}
	return fmt.Sprintf("%s: its seeds also vary in %s", c.Labels, strings.Join(words, "; "))
}

// String names a cell for a message.
func (l Labels) String() string {
	if l.Role == trial.Dense {
		return fmt.Sprintf("arm %s, dense", l.Arm)
	}
	return fmt.Sprintf("arm %s, target %s, %s, %s %v", l.Arm, l.Target, l.Method, l.Parameter, l.Requested)
}
