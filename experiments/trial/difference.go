package trial

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// maxDifferences bounds what is listed.
const maxDifferences = 12

// Differences says in words how another plan differs, the most important first;
// here and there are what the two are called, as "in the folder".
func (p Plan) Differences(o Plan, here, there string) []string {
	var lines []string
	add := func(what string, a, b any) {
		if x, y := fmt.Sprint(a), fmt.Sprint(b); x != y {
			lines = append(lines, fmt.Sprintf("%s: %s %s, %s %s", what, x, here, y, there))
		}
	}
	add("schema", p.Schema, o.Schema)
	add("study", p.Study, o.Study)
	add("kernel variant", p.Kernel, o.Kernel)
	add("evaluated on", p.Split, o.Split)
	add("layers", p.Layers, o.Layers)
	add("arms", p.Arms, o.Arms)
	add("primary", p.Primary, o.Primary)
	add("strengths", p.Pilot, o.Pilot)
	seedsA, seedsB := seeds(p), seeds(o)
	add("seeds", seedsA, seedsB)

	a, b := p.ByLabel(), o.ByLabel()
	specsA, specsB := p.ByKey(), o.ByKey()
	changes := map[string]int{}
	gone, fresh := map[string]int{}, map[string]int{}
	for label, key := range a {
		other, ok := b[label]
		switch {
		case !ok && !slices.Contains(seedsB, label.Seed): // said above
		case !ok:
			gone[series(label)]++
		case other != key:
			for _, c := range unequal(specsA[key], specsB[other], here, there) {
				changes[c]++
			}
		}
	}
	for label := range b {
		if _, ok := a[label]; !ok && slices.Contains(seedsA, label.Seed) {
			fresh[series(label)]++
		}
	}
	lines = append(lines, ranked(changes, "%s (%s)")...)
	only := func(where string) string { return "%s: %s " + strings.ReplaceAll(where, "%", "%%") + " only" }
	lines = append(lines, ranked(gone, only(here))...)
	lines = append(lines, ranked(fresh, only(there))...)
	if len(lines) == 0 {
		lines = p.unlisted(o, here, there)
	}
	if n := len(lines); n > maxDifferences {
		lines = append(lines[:maxDifferences], fmt.Sprintf("and %d more", n-maxDifferences))
	}
	return lines
}

// unlisted says how plans differ that are equal in all that has words of its own here: in
// other fields, which a reader of JSON finds by their names, or in an order.
func (p Plan) unlisted(o Plan, here, there string) []string {
	bare := func(p Plan) Plan {
		p.Cells, p.Trials, p.Seen, p.StudyDigest = nil, nil, nil, ""
		return p
	}
	lines := unequal(bare(p), bare(o), here, there)
	if len(lines) == 0 {
		lines = []string{"the order of its trials"}
	}
	return lines
}

// ByLabel returns the key of each cell, by the cell without its key and with no
// more of its method than the words: what of it is read off the trials may depend
// on what else a plan has.
func (p Plan) ByLabel() map[Cell]Key {
	m := map[Cell]Key{}
	for _, c := range p.Cells {
		key := c.Key
		c.Key, c.Method = "", Method{Name: c.Method.String()}
		m[c] = key
	}
	return m
}

// ByKey returns the trials by their keys.
func (p Plan) ByKey() map[Key]Spec {
	m := map[Key]Spec{}
	for _, s := range p.Trials {
		m[s.Key()] = s
	}
	return m
}

func seeds(p Plan) []uint64 {
	var s []uint64
	for _, c := range p.Cells {
		s = append(s, c.Seed)
	}
	slices.Sort(s)
	return slices.Compact(s)
}

// series names the points that a cell is one of.
func series(c Cell) string {
	if c.Role == Dense {
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
		lines[i] = fmt.Sprintf(format, k, Counted(counts[k], "point"))
	}
	return lines
}

// Differences lists the fields in which the results of two outcomes differ.
func (o Outcome) Differences(p Outcome, here, there string) []string {
	type result struct {
		Status Status `json:"status"`
		Error  string `json:"error,omitempty"`
		Result Result `json:"result"`
	}
	return unequal(result{o.Status, o.Error, o.Result}, result{p.Status, p.Error, p.Result}, here, there)
}

// unequal lists the fields in which the JSON of two values differs.
func unequal(a, b any, first, second string) []string {
	x, y := Flatten(a), Flatten(b)
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

// Flatten is a value's JSON as paths and values: "levels[0].prune.scope" and
// "layer". Numbers keep their digits.
func Flatten(v any) map[string]string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("trial: a value that is not JSON: " + err.Error())
	}
	var tree any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		panic("trial: JSON that is not JSON: " + err.Error())
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
