package plots

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// namedMisses is how many series with missing points a note names before it counts points.
const namedMisses = 4

// facts are what a reader must know of the means and intervals of a figure.
type facts struct {
	least, most int // seeds behind a mean
	level       float64
	mixed       bool // several levels
	methods     []string
	dots        bool // single seeds are drawn somewhere
	few         bool // a point has too few seeds for its band
	moved       bool // curves stand aside
	packed      bool // a panel has too many curves for single seeds
	fixed       bool // a point is one network from a file, without seeds
	images      over // its intervals, where it has some
	shapes           // of intervals over seeds

	together [2]int // points, fewest and most, over which the intervals of a series hold together; 0: none do
}

// shapes are how intervals are drawn.
type shapes struct {
	banded bool // as bands somewhere
	barred bool // and as error bars somewhere
}

// add notes a drawn interval.
func (h *shapes) add(s series, d datum) {
	h.banded, h.barred = h.banded || s.banded(d), h.barred || s.barred(d)
}

// and are the shapes of both.
func (h shapes) and(o shapes) shapes { return shapes{h.banded || o.banded, h.barred || o.barred} }

// drawnAs words them.
func (h shapes) drawnAs() string {
	switch {
	case h.banded && h.barred:
		return "bands and error bars"
	case h.barred:
		return "error bars"
	}
	return "bands"
}

// over are intervals over images.
type over struct {
	shapes
	level   float64
	methods []string
	paired  bool // with the unpruned network
}

// add notes an interval over images.
func (o *over) add(s series, d datum) {
	o.shapes.add(s, d)
	o.level, o.paired = d.y.Level, o.paired || s.change
	if !slices.Contains(o.methods, d.y.Method) {
		o.methods = append(o.methods, d.y.Method)
		slices.Sort(o.methods)
	}
}

// String says what they are.
func (o over) String() string {
	paired := ""
	if o.paired {
		paired = ", paired with the unpruned network"
	}
	return fmt.Sprintf("%s %% interval over images%s (%s)", percent(o.level), paired, strings.Join(o.methods, "; "))
}

func factsOf(all []series) facts {
	var f facts
	for _, s := range all {
		together := 0
		f.moved = f.moved || s.aside != 0
		gather([]series{s}, func(d datum) {
			if f.fixed = f.fixed || d.fixed; d.fixed {
				if s.bounded(d) {
					f.images.add(s, d)
					together += b2i(strings.HasPrefix(d.y.Method, stats.MethodMaxT))
				}
				return
			}
			if f.least == 0 || d.y.N < f.least {
				f.least = d.y.N
			}
			f.most = max(f.most, d.y.N)
			f.dots = f.dots || s.dotted(d)
			if d.y.Level == 0 {
				return
			}
			f.few = f.few || d.y.N < bandSeeds
			f.packed = f.packed || s.packed && d.y.N < bandSeeds
			f.shapes.add(s, d)
			if !s.bounded(d) {
				return
			}
			f.mixed = f.mixed || f.level > 0 && f.level != d.y.Level
			f.level = d.y.Level
			if strings.HasPrefix(d.y.Method, stats.MethodMaxT) {
				together++
			}
			if d.y.Method != "" && !slices.Contains(f.methods, d.y.Method) {
				f.methods = append(f.methods, d.y.Method)
			}
		})
		if together > 0 && (f.together[0] == 0 || together < f.together[0]) {
			f.together[0] = together
		}
		f.together[1] = max(f.together[1], together)
	}
	slices.Sort(f.methods)
	return f
}

// atOnce says in plain words what a simultaneous interval is, of what is drawn as
// bands or whiskers; nothing where none is.
func (f facts) atOnce(bands string) string {
	points := fmt.Sprintf("%d points", f.together[1])
	switch {
	case f.together[1] < 2:
		return ""
	case f.together[0] < f.together[1]:
		points = fmt.Sprintf("%d to %s", f.together[0], points)
	}
	return fmt.Sprintf("Simultaneous: %s hold for a whole curve at once, over its %s, and are wider than an interval for one point alone.", bands, points)
}

// intervals are the shapes of all intervals, over seeds and over images.
func (f facts) intervals() shapes { return f.shapes.and(f.images.shapes) }

// seeds says how many there are.
func (f facts) seeds() string {
	s := fmt.Sprintf("n = %d seeds", f.most)
	switch {
	case f.most == 0 && f.fixed:
		return "one network from a file"
	case f.most == 1:
		s = "one seed"
	case f.least < f.most:
		s = fmt.Sprintf("n = %d to %d seeds", f.least, f.most)
	}
	if f.fixed {
		s += ", but one network from a file where nothing is drawn or retrained"
	}
	return s
}

// interval says what the intervals are, nothing where there are none.
func (f facts) interval() string {
	if f.level == 0 {
		return ""
	}
	s := percent(f.level) + " % interval over seeds"
	if f.mixed {
		s = "interval over seeds, its level in the CSV"
	}
	if len(f.methods) > 0 {
		s += " (" + strings.Join(f.methods, "; ") + ")"
	}
	return s
}

// intervalNote says what lines, bands and dots are.
func intervalNote(all []series) []string {
	f := factsOf(all)
	switch {
	case f.most == 0 && f.fixed && f.images.level == 0:
		return []string{"One network from a file, the same for every seed, and not scored image by image, so no intervals."}
	case f.most == 0 && f.fixed:
		notes := []string{fmt.Sprintf("Lines: one network from a file, the same for every seed; %s: %s.", f.images.drawnAs(), f.images)}
		if f.moved {
			notes = append(notes, asideNote)
		}
		return notes
	case f.most == 0:
		return nil
	case f.most == 1:
		return []string{"One seed, so no intervals."}
	}
	lines := fmt.Sprintf("Lines: means over seeds on the log odds of accuracy, %s", f.seeds())
	if f.level > 0 {
		lines = fmt.Sprintf("Lines: means over seeds on the log odds of accuracy; %s: %s, %s", f.drawnAs(), f.interval(), f.seeds())
	}
	switch {
	case f.few:
		lines += fmt.Sprintf("; no intervals below n = %d", bandSeeds)
	case f.level == 0:
		lines += "; no intervals"
	}
	notes := []string{lines + "."}
	if f.images.level > 0 {
		notes = append(notes, fmt.Sprintf("Where nothing is drawn or retrained, %s: %s.", f.images.drawnAs(), f.images))
	}
	if f.moved {
		notes = append(notes, asideNote)
	}
	if f.dots {
		notes = append(notes, "Faint: single seeds.")
	}
	if f.packed {
		notes = append(notes, fmt.Sprintf("Single seeds, of which panels of more than %d curves show none, are in the CSV.", seedCurves))
	}
	return notes
}

// asideNote explains why curves with error bars do not stand where they are.
const asideNote = "Curves stand a little aside, so that their error bars are told apart."

// goesOn explains the marks of curves and intervals that panels cut.
func (p *page) goesOn() string {
	for _, r := range p.rows {
		for _, pan := range r.panels {
			if pan != nil && pan.cut() {
				return "Small triangles at the frame: what goes on beyond it."
			}
		}
	}
	return ""
}

// unplaced is why a point that was measured is not drawn.
const unplaced = "its sparsity is not known"

// missingNotes say which points lack a number, which stand at the edge and which
// rest on fewer seeds than the others of their series. Each is named by how it is
// drawn: points without a number are crosses where a word for these is given and
// they have a place, else they are not drawn. The short form is for the figure.
func missingNotes(all []series, crosses string) (short, full []string) {
	var crossed, undrawn, fewer lacks
	if absent := absentNote(all); absent != "" {
		short, full = []string{absent}, []string{absent}
	}
	for _, s := range all {
		if s.empty() {
			continue // named as a whole
		}
		for _, d := range s.data {
			switch {
			case d.unseen != "":
			case d.crossed() && crosses != "":
				crossed.add(all, s, d, reasons(d.missing))
			case d.y.N == 0:
				undrawn.add(all, s, d, reasons(d.missing))
			case d.at == nowhere:
				undrawn.add(all, s, d, unplaced)
			}
			if d.y.N > 0 && d.y.N < s.replicates() && !d.fixed {
				fewer.add(all, s, d, strings.TrimSuffix(fmt.Sprintf("n = %d, %s", d.y.N, reasons(d.missing)), ", "))
			}
		}
	}
	for _, l := range []struct {
		head string
		lacks
	}{
		{crosses + ", no result: ", crossed},
		{"Not drawn: ", undrawn},
		{atEdgeWords, edged(all)},
		{"Fewer seeds: ", fewer},
	} {
		if len(l.lacks) > 0 {
			full = append(full, l.head+l.words(len(l.lacks))+".")
			short = append(short, l.head+l.words(namedMisses)+".")
		}
	}
	return short, full
}

// lack is a point without the numbers it should have.
type lack struct {
	name, at, reason string
	stages, possible int // of the series of that name, those that lack it
	stage            curve.Stage
}

type lacks []lack

// add notes a point, together with the same point of the other stage.
func (l *lacks) add(all []series, s series, d datum, reason string) {
	at := amount(s.Parameter, d.requested)
	for i, k := range *l {
		if k.name == s.called() && k.at == at && k.reason == reason {
			(*l)[i].stages++
			return
		}
	}
	stages := map[curve.Stage]bool{}
	for _, t := range all {
		if t.called() == s.called() {
			stages[t.Stage] = true
		}
	}
	*l = append(*l, lack{s.called(), at, reason, 1, len(stages), s.Stage})
}

// words lists at most the first n series, each with all that it lacks for one reason, and
// counts the rest.
func (l lacks) words(n int) string {
	type lacking struct{ name, reason string }
	var order []lacking
	at := map[lacking][]string{}
	for _, k := range l {
		of := lacking{k.name, k.reason}
		if k.stages < k.possible {
			of.name += map[curve.Stage]string{curve.Pruned: " before retraining", curve.Retrained: " retrained"}[k.stage]
		}
		if at[of] == nil {
			order = append(order, of)
		}
		at[of] = append(at[of], k.at)
	}
	var items []string
	for i, of := range order {
		if i == n {
			rest := 0
			for _, of := range order[n:] {
				rest += len(at[of])
			}
			items = append(items, fmt.Sprintf("and %d more, see the CSV", rest))
			break
		}
		reason := ""
		if of.reason != "" {
			reason = " (" + of.reason + ")"
		}
		items = append(items, fmt.Sprintf("%s at %s%s", of.name, strings.Join(at[of], ", "), reason))
	}
	return strings.Join(items, "; ")
}

// amount is what was asked for, as a reader knows it.
func amount(parameter string, v float64) string {
	switch parameter {
	case trial.Ratio:
		return percent(v) + " %"
	case trial.Given:
		return "the given ratios"
	}
	return parameter + " " + plain(v)
}

// reasons counts why seeds are missing.
func reasons(missing []curve.Missing) string {
	n := map[string]int{}
	var order []string
	for _, m := range missing {
		if n[m.Reason] == 0 {
			order = append(order, m.Reason)
		}
		n[m.Reason]++
	}
	slices.Sort(order)
	for i, r := range order {
		if n[r] > 1 || len(order) > 1 {
			order[i] = fmt.Sprintf("%d × %s", n[r], r)
		}
	}
	return strings.Join(order, ", ")
}

// words of a figure: what is drawn on the page and what its caption says.
func (in Input) describe(lead string, all []series, more ...string) (note []string, caption string) {
	short, full := missingNotes(all, "Crosses in the grey strip")
	note = append(slices.Concat(intervalNote(all), more), short...)
	return note, joined(slices.Concat([]string{lead}, intervalNote(all), []string{factsOf(all).atOnce(factsOf(all).intervals().drawnAs())}, more, full, []string{in.where()}))
}

// joined sets sentences one after the other.
func joined(sentences []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(sentences), func(s string) bool { return s == "" }), " ")
}

// curveTable is the drawn numbers of series: a row for every mean, one for
// every single seed that is drawn, and one, without y, for every missing point.
func curveTable(x, y string) table {
	return table{header: []string{"panel", "arm", "target", "method", "stage", "requested", "seed", x, y, "lo", "hi", "level", "n", "interval", "missing"}}
}

// unvisited adds a row for each amount that a bisection did not visit.
func (t *table) unvisited(panel string, c curve.Curve) {
	for _, a := range c.Unseen {
		t.add(panel, c.Arm, c.Target, c.Method.String(), string(c.Stage), number(a), "", "", "", "", "", "", "0", "", c.NotVisited())
	}
}

// record adds the series of a panel.
func (t *table) record(panel string, all []series) {
	for _, s := range all {
		head := []string{panel, s.Arm, s.Target, s.Method.String(), string(s.Stage)}
		for _, d := range s.data {
			x := numberIf(d.at != nowhere && !math.IsInf(d.x, 0), d.x)
			has, bounded := d.drawn(), d.drawn() && d.y.Level > 0
			t.add(slices.Concat(head, []string{number(d.requested), "", x, numberIf(has, d.y.Value),
				numberIf(bounded, d.y.Lo), numberIf(bounded, d.y.Hi), numberIf(bounded, d.y.Level),
				fmt.Sprint(d.y.N), d.y.Method, reasons(d.missing)})...)
			if !d.drawn() || d.y.N < 2 || d.y.N >= bandSeeds {
				continue
			}
			for _, v := range d.seeds {
				t.add(slices.Concat(head, []string{number(d.requested), fmt.Sprint(v.seed), x, number(v.y), "", "", "", "1", "", ""})...)
			}
		}
	}
}
