package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"prunelab/experiments/trial"
)

// Mismatch says that a folder was made by another plan.
type Mismatch struct {
	Dir         string
	Differences []string
	Adds        int  // trials that the study has and the folder has not
	Changes     bool // it also changes or drops trials, or what the plan says of them
	Part        bool // the study is a part of what the folder has
	Refused     bool // the folder was to be extended
}

// Error lists the differences and what to do.
func (m *Mismatch) Error() string {
	list := strings.Join(m.Differences, "\n  ")
	switch {
	case m.Refused && !m.Part:
		return fmt.Sprintf("%s cannot be extended to this study: an extension adds trials and changes none, and this one differs otherwise:\n  %s\n"+
			"give the study back its settings, or run it in another folder with --out DIR", m.Dir, list)
	case !m.Changes:
		return fmt.Sprintf("%s was made by a smaller version of this study:\n  %s\nadd what is new (%d trials) with --extend, give the study back its settings, or run it in another folder with --out DIR",
			m.Dir, list, m.Adds)
	case m.Part:
		return fmt.Sprintf("%s was made by a larger version of this study, or was extended:\n  %s\nrun the study that is in the folder, %s, or run this one in another folder with --out DIR",
			m.Dir, list, Dir(m.Dir).Study())
	}
	return fmt.Sprintf("%s was made by another version of this study:\n  %s\ngive the study back its settings, or run it in another folder with --out DIR", m.Dir, list)
}

// Compare returns a *Mismatch when the folder's plan is not the other one.
func (s *Store) Compare(have, want trial.Plan) error {
	if m := compare(s.Dir, have, want); m != nil {
		return m
	}
	return nil
}

func compare(dir Dir, have, want trial.Plan) *Mismatch {
	if samePlan(have, want) {
		return nil
	}
	m := &Mismatch{Dir: string(dir), Differences: difference(have, want), Changes: !within(have, want), Part: within(want, have)}
	old := byKey(have)
	for k := range byKey(want) {
		if _, ok := old[k]; !ok {
			m.Adds++
		}
	}
	return m
}

// within reports whether a plan says the same as another one and lacks some of
// its cells and trials at most.
func within(small, large trial.Plan) bool {
	trials := byKey(large)
	for k := range byKey(small) {
		if _, ok := trials[k]; !ok {
			return false
		}
	}
	cells := byLabel(large)
	for label, key := range byLabel(small) {
		if cells[label] != key {
			return false
		}
	}
	arms := large.Arms
	for _, a := range small.Arms { // in the same order: tables and colours follow it
		at := slices.Index(arms, a)
		if at < 0 {
			return false
		}
		arms = arms[at+1:]
	}
	for _, p := range []*trial.Plan{&small, &large} {
		p.Arms, p.Cells, p.Trials = nil, nil, nil
	}
	return samePlan(small, large)
}

// maxDifferences bounds what is listed.
const maxDifferences = 12

// difference says in words how two plans differ.
func difference(have, want trial.Plan) []string {
	var lines []string
	add := func(what string, a, b any) {
		if x, y := fmt.Sprint(a), fmt.Sprint(b); x != y {
			lines = append(lines, fmt.Sprintf("%s: %s in the folder, %s now", what, x, y))
		}
	}
	add("schema", have.Schema, want.Schema)
	add("study", have.Study, want.Study)
	add("kernel variant", have.Kernel, want.Kernel)
	add("evaluated on", have.Split, want.Split)
	add("layers", have.Layers, want.Layers)
	add("arms", have.Arms, want.Arms)
	add("seeds", seeds(have), seeds(want))

	a, b := byLabel(have), byLabel(want)
	specsA, specsB := byKey(have), byKey(want)
	changes := map[string]int{}
	gone, fresh := map[string]int{}, map[string]int{}
	for label, key := range a {
		other, ok := b[label]
		switch {
		case !ok:
			gone[series(label)]++
		case other != key:
			for _, c := range changed(specsA[key], specsB[other]) {
				changes[c]++
			}
		}
	}
	for label := range b {
		if _, ok := a[label]; !ok {
			fresh[series(label)]++
		}
	}
	lines = append(lines, ranked(changes, "%s (%d points)")...)
	lines = append(lines, ranked(gone, "%s: %d points in the folder only")...)
	lines = append(lines, ranked(fresh, "%s: %d points in the study only")...)
	if len(lines) == 0 {
		lines = []string{"the order of its trials"}
	}
	if n := len(lines); n > maxDifferences {
		lines = append(lines[:maxDifferences], fmt.Sprintf("and %d more", n-maxDifferences))
	}
	return lines
}

func seeds(p trial.Plan) []uint64 {
	var s []uint64
	for _, c := range p.Cells {
		s = append(s, c.Seed)
	}
	slices.Sort(s)
	return slices.Compact(s)
}

func byLabel(p trial.Plan) map[trial.Cell]trial.Key {
	m := map[trial.Cell]trial.Key{}
	for _, c := range p.Cells {
		key := c.Key
		c.Key = ""
		m[c] = key
	}
	return m
}

func byKey(p trial.Plan) map[trial.Key]trial.Spec {
	m := map[trial.Key]trial.Spec{}
	for _, s := range p.Trials {
		m[s.Key()] = s
	}
	return m
}

// series names the points that a cell is one of.
func series(c trial.Cell) string {
	if c.Role == trial.Dense {
		return fmt.Sprintf("arm %s, dense", c.Arm)
	}
	return fmt.Sprintf("arm %s, target %s, %s", c.Arm, c.Target, c.Method)
}

// ranked formats counted lines, the most frequent first.
func ranked(counts map[string]int, format string) []string {
	var keys []string
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	lines := make([]string, len(keys))
	for i, k := range keys {
		lines[i] = fmt.Sprintf(format, k, counts[k])
	}
	return lines
}

// changed lists the fields in which two specs differ.
func changed(a, b trial.Spec) []string { return unequal(a, b, "in the folder", "now") }

// ResultDifferences lists the fields in which the results of two outcomes of a
// trial differ, with what the first and the second are called.
func ResultDifferences(a, b trial.Outcome, first, second string) []string {
	type result struct {
		Status trial.Status `json:"status"`
		Error  string       `json:"error,omitempty"`
		Result trial.Result `json:"result"`
	}
	return unequal(result{a.Status, a.Error, a.Result}, result{b.Status, b.Error, b.Result}, first, second)
}

// unequal lists the fields in which the JSON of two values differs.
func unequal(a, b any, first, second string) []string {
	x, y := flatten(a), flatten(b)
	var paths []string
	for p := range x {
		paths = append(paths, p)
	}
	for p := range y {
		if _, ok := x[p]; !ok {
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	var lines []string
	for _, p := range paths {
		if x[p] != y[p] {
			lines = append(lines, fmt.Sprintf("%s: %s %s, %s %s", p, cmp.Or(x[p], "nothing"), first, cmp.Or(y[p], "nothing"), second))
		}
	}
	return lines
}

// flatten is a value's JSON as paths and values.
func flatten(v any) map[string]string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("store: a value that is not JSON: " + err.Error())
	}
	var tree any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber() // floating point would round what is compared
	if err := d.Decode(&tree); err != nil {
		panic("store: JSON that is not JSON: " + err.Error())
	}
	out := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, w := range v {
				walk(strings.TrimPrefix(path+"."+k, "."), w)
			}
		case []any:
			for i, w := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), w)
			}
		default:
			out[path] = fmt.Sprint(v)
		}
	}
	walk("", tree)
	return out
}
