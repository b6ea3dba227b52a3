package analysis_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prunelab/analysis"
	"prunelab/analysis/curve"
	"prunelab/experiments/store"
	"prunelab/experiments/trial"
	"prunelab/plots"
)

// The published studies and how many of their seeds are looked at.
var publishedStudies = map[string]int{
	"compression-lenet-300-100":        5,
	"compression-lenet-5":              5,
	"layers-cifar-quick":               3,
	"layers-lenet-5":                   4,
	"layers-lenet-5-within-0.5pp":      3,
	"regularizers-lenet-300-100":       6,
	"survivors-lenet-300-100":          10,
	"layers-lenet-5-within-0.5pp-test": 2,
}

// What arms, targets and methods are called is for people: with nonsense in the
// place of every name, which sorts the other way round, all numbers are the same.
func TestNamesAreForPeople(t *testing.T) {
	for name, seeds := range publishedStudies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := store.Inspect(filepath.Join("..", "results", name), store.Disk{}, func(name string, why error) { t.Errorf("%s: %v", name, why) })
			p, err := st.Plan()
			if err != nil {
				t.Fatal(err)
			}
			p = firstSeeds(p, seeds)
			outs, err := st.Outcomes(p)
			if err != nil {
				t.Fatal(err)
			}
			q, back := nonsense(t, p)
			want, got := numbersOf(t, p, outs, worded(t, p)), numbersOf(t, q, outs, back)
			for _, what := range slices.Sorted(maps.Keys(want)) {
				if len(want[what]) == 0 && what == "curves" {
					t.Errorf("no %s", what)
				}
				for i, line := range want[what] {
					if i >= len(got[what]) || got[what][i] != line {
						t.Errorf("%s: line %d of %d is\n%.600s\nwas\n%.600s", what, i+1, len(want[what]), append(got[what], make([]string, i+1)...)[i], line)
						break
					}
				}
				if len(got[what]) != len(want[what]) {
					t.Errorf("%s: %d lines, were %d", what, len(got[what]), len(want[what]))
				}
			}
			for what := range got {
				if _, ok := want[what]; !ok {
					t.Errorf("%s was not there", what)
				}
			}
		})
	}
}

// firstSeeds leaves of a plan what the first so many seeds have.
func firstSeeds(p trial.Plan, n int) trial.Plan {
	var seeds []uint64
	for _, c := range p.Cells {
		if !slices.Contains(seeds, c.Seed) && len(seeds) < n {
			seeds = append(seeds, c.Seed)
		}
	}
	p.Cells = slices.DeleteFunc(slices.Clone(p.Cells), func(c trial.Cell) bool { return !slices.Contains(seeds, c.Seed) })
	p.Trials = slices.DeleteFunc(slices.Clone(p.Trials), func(s trial.Spec) bool { return !slices.Contains(seeds, s.Seed) })
	return p
}

// nonsense calls everything in a plan by other names and returns what calls it
// back. Names that came first come last.
func nonsense(t *testing.T, p trial.Plan) (trial.Plan, *strings.Replacer) {
	t.Helper()
	names := map[string]map[string]string{"A": {}, "T": {}, "M": {}}
	for _, c := range p.Cells {
		names["A"][c.Arm], names["T"][c.Target], names["M"][c.Method.String()] = "", "", ""
	}
	var pairs []string
	for kind, of := range names {
		for i, name := range slices.Sorted(maps.Keys(of)) {
			if name != "" { // the dense network's
				of[name] = fmt.Sprintf("qz%s%02d", kind, 99-i)
				pairs = append(pairs, of[name], name)
			}
		}
	}
	p.Arms = slices.Clone(p.Arms)
	for i, a := range p.Arms {
		p.Arms[i] = names["A"][a]
	}
	p.Cells = slices.Clone(p.Cells)
	for i := range p.Cells {
		c := &p.Cells[i]
		c.Arm, c.Target, c.Method = names["A"][c.Arm], names["T"][c.Target], trial.Method{Name: names["M"][c.Method.String()]}
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var q trial.Plan
	if err := json.Unmarshal(text, &q); err != nil {
		t.Fatal(err)
	}
	return q, strings.NewReplacer(pairs...)
}

// worded turns the labels of a plan's methods into what people read.
func worded(t *testing.T, p trial.Plan) *strings.Replacer {
	t.Helper()
	var pairs []string
	for _, c := range p.Cells {
		label, err := c.Method.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		if words := c.Method.String(); string(label) != words {
			pairs = append(pairs, string(label), words)
		}
	}
	return strings.NewReplacer(pairs...)
}

// numbersOf is all that an analysis and its figures say, as sorted lines in which
// the names are called back.
func numbersOf(t *testing.T, p trial.Plan, outs []trial.Outcome, back *strings.Replacer) map[string][]string {
	t.Helper()
	a, err := analysis.Analyze(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string][]string{}
	say := func(what string, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		what = back.Replace(what)
		lines[what] = append(lines[what], back.Replace(string(b)))
	}
	for _, c := range a.Curves {
		say("curves", struct {
			Series trial.Series
			Stage  curve.Stage
			Rest   curve.Curve
		}{c.Series, c.Stage, c})
	}
	for _, c := range a.Contrasts {
		say("contrasts", []any{c.A, c.B, c.Series, c.Stage, c.Points})
	}
	for _, s := range a.Sensitivities {
		say("sensitivities", []any{s.Series, s.Stage, s})
	}
	for _, s := range a.Overlaps {
		say("overlaps", s)
	}
	for _, f := range a.Findings {
		say("findings", f)
	}
	for _, r := range a.Suggested {
		say("recommendations", []any{r.Arm, r.Stage, r.Method, r.Joint, r.Layers, r.Summed, r.Ladder()})
	}
	for _, c := range a.Checklist {
		say("checklist", []any{c.Name, c.Ticked}) // a reason may name the first of several series
	}
	for _, t := range a.Tables {
		if t.Name == "checklist" {
			continue // said above
		}
		for _, row := range t.Rows {
			var cells []any
			for _, c := range row {
				cells = append(cells, []any{c.Text, number(c.Value), number(c.Lo), number(c.Hi), c.N, c.Note})
			}
			say("table "+t.Name, cells)
		}
	}
	rows := func(what string, text []byte) {
		all, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for _, row := range all {
			say(what, row)
		}
	}
	rows("trials.csv", a.Trials)
	figures, err := plots.All(plots.Input{Plan: p, Curves: a.Curves, Overlaps: a.Overlaps, Proxies: a.Proxies, Findings: a.Findings, Courses: a.Courses, Outcomes: outs})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range figures {
		rows("figure "+f.Name, f.CSV())
	}
	for _, ls := range lines {
		slices.Sort(ls)
	}
	return lines
}

func number(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}
