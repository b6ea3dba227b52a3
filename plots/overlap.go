package plots

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"prunelab/analysis/overlap"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// curveArms is the largest number of arms whose overlaps are drawn as curves;
// more have too many pairs and become a matrix.
const curveArms = 3

// Overlap shows how much the masks of two arms, at the same seed, and of two
// seeds of an arm agree: the Jaccard index of what they keep over the fraction
// pruned away, a panel a layer, with what independent masks would have. Of more
// than three arms, as of many strengths, it is a matrix at one amount.
func Overlap(in Input) (Figure, error) {
	sets := in.overlapSets()
	if len(sets) == 0 {
		return Figure{}, fmt.Errorf("%w: no two masks to compare", ErrNoData)
	}
	if len(sets[0].Arms) > curveArms {
		return in.overlapMatrix(sets[0])
	}
	var views []overlapView
	for _, s := range sets {
		for _, c := range s.Curves {
			title := c.Layer
			if title == "" {
				title = "all layers"
			}
			i := slices.IndexFunc(views, func(v overlapView) bool { return v.title == title })
			if i < 0 {
				i = len(views)
				views = append(views, overlapView{title: title})
			}
			views[i].series = append(views[i].series, in.overlapSeries(s, c))
			if views[i].chance == nil {
				views[i].chance = overlapChance(c)
			}
		}
	}
	var all []series
	for _, v := range views {
		for _, s := range v.series {
			if len(views) > 1 {
				s.name = v.title + " " + s.name
			}
			all = append(all, s)
		}
	}
	x := sparsityAxis(all, "Weights pruned away (%)")
	y := axis{label: "Overlap of what is kept", scale: linear{}, from: 0, to: 1, ticks: linearTicks(0, 1, 5, 1)}
	data := curveTable("sparsity", "jaccard")
	data.header = append(data.header, "chance")
	pg := page{width: pageWidth, shareX: true, shareY: true}
	columns := min(len(views), 4)
	if n := len(views); n == 5 || n == 6 || n == 9 {
		columns = 3
	}
	height := 40 * mm
	if len(views) <= 2 {
		height = 52 * mm
	}
	for i, v := range views {
		p := &panel{x: x, y: y}
		if len(views) > 1 {
			p.title = v.title
		}
		p.marks = append(p.marks, named{"by chance", []mark{polyline{pts: v.chance, width: baselineLine, color: ink, dash: baselineDash}}, []facet{{byPart, "chance"}}, 0})
		p.show(v.series)
		if i%columns == 0 {
			pg.rows = append(pg.rows, row{height: height})
		}
		last := &pg.rows[len(pg.rows)-1]
		last.panels = append(last.panels, p)
	}
	key := slices.Clone(views[0].series)
	slices.SortStableFunc(key, func(a, b series) int { return len(a.look.dash) - len(b.look.dash) })
	for _, s := range key {
		pg.legend = append(pg.legend, lineEntry(s.name, s.look).of(byArm, s.Arm))
	}
	pg.legend = append(pg.legend, ruleEntry("by chance", ink, baselineLine, baselineDash).of(byPart, "chance"))
	recordOverlaps(&data, sets)
	arms := slices.DeleteFunc(slices.Clone(all), func(s series) bool { return len(s.look.dash) > 0 })
	pairs := slices.DeleteFunc(slices.Clone(all), func(s series) bool { return len(s.look.dash) == 0 })
	var words []string
	if f := factsOf(arms); f.most > 0 {
		w := "Solid: two arms at the same seed, means, " + f.seeds()
		if f.level > 0 {
			w = fmt.Sprintf("Solid: two arms at the same seed, means; bands: %s, %s", f.interval(), f.seeds())
		}
		words = append(words, w+".")
	}
	if f := factsOf(pairs); f.most > 0 {
		pairs := "one pair, without an interval"
		if f.most > 1 {
			pairs = fmt.Sprintf("means of %d pairs, without intervals", f.most)
		}
		words = append(words, fmt.Sprintf("Dashed: the seeds of one arm, %s.", pairs))
	}
	pg.note = slices.Concat(words, []string{overlapNote(sets)}, overlapShared(sets))
	caption := joined(slices.Concat([]string{overlapLead}, pg.note, []string{in.where()}))
	return Figure{Name: "overlap", Title: "Overlap of masks", Caption: caption, page: pg, data: data}, nil
}

const overlapLead = "Weights that two masks both keep over those that either keeps (Jaccard index)."

// overlapView is one panel.
type overlapView struct {
	title  string
	series []series
	chance []xy
}

// overlapSets are the masks that are shown: those of the whole network, by the
// main way of pruning, or of each layer pruned alone.
func (in Input) overlapSets() []overlap.Set {
	whole := slices.DeleteFunc(slices.Clone(in.Overlaps), func(s overlap.Set) bool { return len(s.Layers) < 2 })
	rank := func(s overlap.Set) int {
		r := slices.Index(in.methods(), s.Method) * 2
		if s.Parameter != trial.Ratio {
			r++
		}
		return r
	}
	slices.SortStableFunc(whole, func(a, b overlap.Set) int {
		if n := len(b.Layers) - len(a.Layers); n != 0 {
			return n
		}
		return rank(a) - rank(b)
	})
	if len(whole) > 0 {
		return whole[:1]
	}
	var layers []overlap.Set
	for _, layer := range in.Plan.Layers {
		own := slices.DeleteFunc(slices.Clone(in.Overlaps), func(s overlap.Set) bool {
			return len(s.Layers) != 1 || s.Layers[0] != layer || s.Parameter == trial.Given
		})
		if len(own) > 0 {
			layers = append(layers, slices.MinFunc(own, func(a, b overlap.Set) int { return rank(a) - rank(b) }))
		}
	}
	return layers
}

// overlapSeries is an overlap as a curve: of two arms in a colour of its own, of
// the seeds of an arm in that of the arm.
func (in Input) overlapSeries(s overlap.Set, c overlap.Curve) series {
	out := series{Series: s.Series, name: c.Words()}
	out.Arm = c.Words()
	if c.A == c.B {
		out.look = in.armLook(c.A).before()
	} else {
		a, b := slices.Index(s.Arms, c.A), slices.Index(s.Arms, c.B)
		out.look = in.lookAt(len(in.arms()) + a + b - 1) // 0-1, 0-2, 1-2: of three arms all different
	}
	for _, p := range c.Points {
		out.data = append(out.data, datum{requested: p.Requested, x: p.Sparsity, at: placeOf(true, p.Sparsity < 1), y: p.Jaccard})
	}
	return out
}

// overlapChance is what independent masks have: the curve of masks that keep the same
// fraction of every layer, where the points lie on it, else the points.
func overlapChance(c overlap.Curve) []xy {
	var pts []xy
	last, alike := 0.0, true
	for _, p := range c.Points {
		if p.Sparsity > 0 && p.Sparsity < 1 {
			pts = append(pts, xy{p.Sparsity, p.Chance})
			last, alike = max(last, p.Sparsity), alike && math.Abs(p.Chance-overlap.Independent(p.Sparsity)) < 0.01
		}
	}
	if !alike {
		return pts
	}
	pts = nil
	const steps = 60 // in equal steps of the axis
	for i := range steps + 1 {
		x := 1 - math.Pow(1-last, float64(i)/steps)
		pts = append(pts, xy{x, overlap.Independent(x)})
	}
	return pts
}

// overlapNote says how the curves and numbers came about.
func overlapNote(sets []overlap.Set) string {
	var methods []string
	for _, s := range sets {
		if words := s.Method.String(); !slices.Contains(methods, words) {
			methods = append(methods, words)
		}
	}
	return fmt.Sprintf("By chance: independent masks that keep as many. Method: %s; estimated at up to 8192 positions of each layer.", strings.Join(methods, ", or "))
}

func overlapShared(sets []overlap.Set) []string {
	var notes []string
	for _, s := range sets {
		for _, w := range s.Shared {
			if !slices.Contains(notes, w+".") {
				notes = append(notes, w+".")
			}
		}
	}
	return notes
}

func recordOverlaps(t *table, sets []overlap.Set) {
	for _, s := range sets {
		for _, c := range s.Curves {
			panel := c.Layer
			if panel == "" {
				panel = "all layers"
			}
			for _, p := range c.Points {
				e := p.Jaccard
				t.add(panel, c.Words(), s.Target, s.Method.String(), "", number(p.Requested), "", number(p.Sparsity), number(e.Value),
					numberIf(e.Level > 0, e.Lo), numberIf(e.Level > 0, e.Hi), numberIf(e.Level > 0, e.Level), fmt.Sprint(e.N), e.Method, "", number(p.Chance))
			}
		}
	}
}

// overlapMatrix is the overlap of every two arms, over all layers, at the
// amount nearest to 90 %; on the diagonal stands that of an arm's seeds.
func (in Input) overlapMatrix(s overlap.Set) (Figure, error) {
	layer := s.Curves[0].Layer
	at, chance := 0.0, 0.0
	for _, c := range s.Curves {
		for _, p := range c.Points {
			if math.Abs(p.Requested-0.9) < math.Abs(at-0.9) {
				at, chance = p.Requested, p.Chance
			}
		}
	}
	n := len(s.Arms)
	p := &panel{bare: true, x: axis{scale: linear{}, from: 0, to: float64(n)}, y: axis{scale: linear{}, from: float64(n), to: 0}}
	const gap = 0.03
	value := func(i, j int) (stats.Estimate, bool) {
		for _, c := range s.Curves {
			if c.Layer != layer || c.A != s.Arms[min(i, j)] || c.B != s.Arms[max(i, j)] {
				continue
			}
			for _, q := range c.Points {
				if q.Requested == at {
					return q.Jaccard, true
				}
			}
		}
		return stats.Estimate{}, false
	}
	for i, arm := range s.Arms {
		p.x.ticks = append(p.x.ticks, tick{at: float64(i) + 0.5, label: arm})
		p.y.ticks = append(p.y.ticks, tick{at: float64(i) + 0.5, label: arm})
		for j := range s.Arms {
			c := cell{x0: float64(j) + gap, x1: float64(j+1) - gap, y0: float64(i) + gap, y1: float64(i+1) - gap, color: emptyInk, word: "×"}
			if e, ok := value(i, j); ok {
				c.color, c.word = uniform(e.Value), fmt.Sprintf("%.2f", e.Value)
			}
			p.marks = append(p.marks, c)
		}
	}
	data := curveTable("sparsity", "jaccard")
	data.header = append(data.header, "chance")
	recordOverlaps(&data, []overlap.Set{s})
	pg := page{width: pageWidth, rows: []row{{height: max(vg.Length(n)*6*mm, 40*mm), panels: []*panel{p}}}}
	var notes []string
	notes = append(notes, fmt.Sprintf("Target %s at %s: two arms at the same seed, means; diagonal: the seeds of one arm, means over pairs; by chance it would be %.2f.",
		s.Target, amount(s.Parameter, at), chance))
	notes = append(notes, overlapNote([]overlap.Set{s}))
	notes = append(notes, overlapShared([]overlap.Set{s})...)
	pg.note = notes
	return Figure{Name: "overlap", Title: "Overlap of masks", Caption: joined(slices.Concat([]string{overlapLead}, notes, []string{in.where()})), page: pg, data: data}, nil
}
