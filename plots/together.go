package plots

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"prunelab/experiments/trial"
)

// Run is a run among several in one figure.
type Run struct {
	Name string // told from those of the others
	Input
}

// member is a run of a Together: as it came, and with its arms under their names among
// all.
type member struct {
	name    string
	own     Input
	renamed Input
}

// inRun is what an arm of a run is called among those of several.
func inRun(run, arm string) string { return run + ": " + arm }

// Together is what several runs found, for figures that show it on the same axes. Every
// arm has the name of its run before its own, and a colour of its own.
func Together(runs []Run) (Input, error) {
	var all Input
	for i, r := range runs {
		if slices.ContainsFunc(runs[:i], func(o Run) bool { return o.Name == r.Name }) {
			return Input{}, refused("two runs are called %s", r.Name)
		}
		m := member{r.Name, r.Input, r.Input.renamed(r.Name)}
		all.runs = append(all.runs, m)
		all.Curves = append(all.Curves, m.renamed.Curves...)
		all.Courses = append(all.Courses, m.renamed.Courses...)
		all.Sensitivities = append(all.Sensitivities, m.renamed.Sensitivities...)
		p := &all.Plan
		p.Arms = append(p.Arms, m.renamed.Plan.Arms...)
		p.Cells = append(p.Cells, m.renamed.Plan.Cells...)
		for _, layer := range r.Plan.Layers {
			if !slices.Contains(p.Layers, layer) {
				p.Layers, p.Kinds = append(p.Layers, layer), append(p.Kinds, r.Plan.KindOf(layer))
			}
		}
	}
	return all, nil
}

// renamed is a run's input with the names that its arms have among several runs. Arms of
// which nothing is left go.
func (in Input) renamed(run string) Input {
	var arms []string
	for _, c := range in.Curves {
		arms = with(arms, c.Arm)
	}
	for _, c := range in.Courses {
		arms = with(arms, c.Arm)
	}
	out := Input{Plan: in.Plan}
	out.Plan.Arms, out.Plan.Cells = nil, nil
	for _, arm := range in.arms() {
		if slices.Contains(arms, arm) {
			out.Plan.Arms = append(out.Plan.Arms, inRun(run, arm))
		}
	}
	for _, c := range in.Plan.Cells {
		if slices.Contains(arms, c.Arm) {
			c.Arm = inRun(run, c.Arm)
			out.Plan.Cells = append(out.Plan.Cells, c)
		}
	}
	for _, c := range in.Curves {
		c.Arm = inRun(run, c.Arm)
		out.Curves = append(out.Curves, c)
	}
	for _, c := range in.Courses {
		c.Arm = inRun(run, c.Arm)
		out.Courses = append(out.Courses, c)
	}
	for _, s := range in.Sensitivities {
		s.Arm = inRun(run, s.Arm)
		out.Sensitivities = append(out.Sensitivities, s)
	}
	return out
}

// of is the run that an arm is of; of one run all that there is.
func (in Input) of(arm string) Input {
	if i := in.memberOf(arm); i >= 0 {
		return in.runs[i].renamed
	}
	return in
}

// memberOf is the position of the run that an arm is of, -1 where there is one run.
func (in Input) memberOf(arm string) int {
	return slices.IndexFunc(in.runs, func(m member) bool { return slices.Contains(m.renamed.Plan.Arms, arm) })
}

// runOf is the name of the run that an arm is of, "" where there is one run.
func (in Input) runOf(arm string) string {
	if i := in.memberOf(arm); i >= 0 {
		return in.runs[i].name
	}
	return ""
}

// fair says which of some things, each of an arm, are among the first n; of several runs
// as many are of each, a multiple of step and at least that.
func (in Input) fair(n, step int, arms []string) []bool {
	n = max(n/max(1, len(in.runs))/step*step, step)
	taken := map[int]int{}
	within := make([]bool, len(arms))
	for i, arm := range arms {
		run := in.memberOf(arm)
		within[i] = taken[run] < n
		taken[run]++
	}
	return within
}

// alone says why a kind of figure is of one run.
var alone = map[string]string{
	"effects":           "a claim is judged within a study, and prunelab scoreboard sets the claims of several side by side",
	"effects-secondary": "a claim is judged within a study, and prunelab scoreboard sets the claims of several side by side",
	"proxies":           "it says how well the layers of one network are ranked",
	"weights":           "its panels are the layers of one network, over their own weights",
	"overlap":           "masks are compared that prune the same network",
}

// together checks that a kind of figure can show the runs on its axes.
func (in Input) together(kind string) error {
	if why, is := alone[kind]; is {
		return refused("the figure %s is of one run: %s", kind, why)
	}
	for i, a := range in.runs {
		for _, b := range in.runs[:i] {
			if why := apart(kind, b, a); why != "" {
				return refused("the figure %s cannot show %s and %s together: %s", kind, b.name, a.name, why)
			}
		}
	}
	return nil
}

// apart says why two runs do not fit on the axes of a kind of figure; "" where they do.
func apart(kind string, a, b member) string {
	p, q := a.own.Plan, b.own.Plan
	switch kind {
	case "layers", "first-layer":
		if !slices.Equal(p.Layers, q.Layers) || !slices.Equal(p.Kinds, q.Kinds) {
			return fmt.Sprintf("its panels are layers, and these are of different networks (%s; %s); sensitivity has a row for each run", strings.Join(p.Layers, ", "), strings.Join(q.Layers, ", "))
		}
	case "sensitivity", "sensitivity-count":
		for _, layer := range p.Layers {
			if k := q.KindOf(layer); k != "" && k != p.KindOf(layer) {
				return fmt.Sprintf("%s is a layer of type %s in the one and %s in the other", layer, p.KindOf(layer), k)
			}
		}
	case "heatmap":
		if x, y := a.own.anyScanParameter(), b.own.anyScanParameter(); x != "" && y != "" && x != y {
			return fmt.Sprintf("its columns are amounts of one kind, and these are %s and %s", x, y)
		}
	case "accuracy", "pareto":
		for _, c := range a.own.Curves {
			for _, d := range b.own.Curves {
				ours, theirs := p.Extent(c.Layers), q.Extent(d.Layers)
				if c.Target == d.Target && (ours != theirs || ours == trial.Group && !slices.Equal(c.Layers, d.Layers)) {
					return fmt.Sprintf("the target %s is %s in the one and %s in the other", c.Target, strings.Join(c.Layers, ", "), strings.Join(d.Layers, ", "))
				}
			}
		}
	}
	return ""
}

// anyScanParameter is how the amounts of layers pruned alone are given.
func (in Input) anyScanParameter() string {
	for _, arm := range in.arms() {
		if p := in.scanParameter(arm); p != "" {
			return p
		}
	}
	return ""
}

// drawTogether draws a figure of several runs. Its CSV says which run a row is of.
func (in Input) drawTogether(kind string, draw func(Input) (Figure, error)) (Figure, error) {
	if err := in.together(kind); err != nil {
		return Figure{}, err
	}
	f, err := draw(in)
	if err != nil {
		return Figure{}, err
	}
	f.data = in.byRun(f.data)
	for _, m := range in.runs {
		if !slices.ContainsFunc(f.data.rows, func(r []string) bool { return r[0] == m.name }) {
			return Figure{}, fmt.Errorf("%w: %s has nothing that it could show", ErrNoData, m.name)
		}
	}
	if len(in.settings()) > 1 {
		f.page.note = append(slices.Clone(f.page.note), in.where())
	}
	return f, nil
}

// byRun is a table of arms of several runs with the run in a column of its own.
func (in Input) byRun(t table) table {
	out := table{header: append([]string{"run"}, t.header...)}
	at := slices.Index(t.header, "arm")
	for _, r := range t.rows {
		r = slices.Clone(r)
		run := ""
		if i := in.memberOf(r[at]); i >= 0 {
			run = in.runs[i].name
			r[at] = strings.TrimPrefix(r[at], inRun(run, ""))
		}
		out.add(append([]string{run}, r...)...)
	}
	return out
}

// settings are what the runs were measured on, each once.
func (in Input) settings() []string {
	var all []string
	for _, m := range in.runs {
		all = with(all, strings.Join(m.own.measured(), ", "))
	}
	return all
}

// whereTogether says of each run what was measured on.
func (in Input) whereTogether() string {
	var parts []string
	for _, m := range in.runs {
		about := m.own.measured()
		if s := m.own.Plan.Study; s != "" && s != m.name {
			about = slices.Insert(about, 0, "study "+s)
		}
		parts = append(parts, strings.TrimSuffix(m.name+": "+strings.Join(about, ", "), ": "))
	}
	return "Runs: " + strings.Join(parts, "; ") + "."
}

// hanTogether sets the figures that the paper has of one network beside or above each
// other, one for each run.
func hanTogether(in Input, draw func(Input) (Figure, error)) (Figure, error) {
	var out Figure
	var notes [][]string
	var names, captions []string
	var single []*panel
	for _, m := range in.runs {
		m.own.coded = in.coded
		f, err := draw(m.own)
		if errors.Is(err, ErrNoData) {
			return Figure{}, fmt.Errorf("%w, of %s", err, m.name)
		}
		if err != nil {
			return Figure{}, err
		}
		if out.Name == "" {
			out = Figure{Name: f.Name, Title: f.Title, page: page{width: pageWidth, shareY: true}, data: table{header: append([]string{"run"}, f.data.header...)}}
		}
		for _, r := range f.data.rows {
			out.data.add(append([]string{m.name}, r...)...)
		}
		names, notes, captions = append(names, m.name), append(notes, f.page.note), append(captions, m.name+": "+f.Caption)
		if len(f.page.rows) == 1 && len(f.page.rows[0].panels) == 1 && len(f.page.legend) > 0 {
			p := f.page.rows[0].panels[0]
			p.title, p.legend = m.name, f.page.legend
			single = append(single, p)
			continue
		}
		for _, r := range f.page.rows {
			for _, p := range r.panels {
				p.title = inRun(m.name, p.title)
			}
			out.page.rows = append(out.page.rows, r)
		}
	}
	for part := range slices.Chunk(single, 2) {
		out.page.rows = append(out.page.rows, row{60 * mm, part})
	}
	out.page.note, out.Caption = perRun(names, notes), joined(captions)
	if len(in.settings()) > 1 {
		out.page.note = append(out.page.note, in.where())
	}
	return out, nil
}

// perRun are the sentences of several runs: what holds of all once, and the others with
// the name of their run.
func perRun(names []string, notes [][]string) []string {
	var out []string
	for i, note := range notes {
		for _, s := range note {
			common := !slices.ContainsFunc(notes, func(o []string) bool { return !slices.Contains(o, s) })
			switch {
			case s == "":
			case common:
				out = with(out, s)
			default:
				out = append(out, inRun(names[i], s))
			}
		}
	}
	return out
}
