package plots

import (
	"bytes"
	"encoding/csv"
	"image"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// What makes a figure unreadable is looked for in what is drawn, not in what it
// was drawn from.

// drawing records where the parts of a page lie, in points from its lower left
// corner.
type drawing struct {
	states
	high  float64
	parts []drawnPart
	open  []int // parts that have begun; the first is all that has no name
}

type drawnPart struct {
	class, name string
	box         vg.Rectangle
	drawn       bool
	strokes     []stroke
}

type stroke struct {
	pts   []vg.Point
	color color.Color
}

// drawings are those of the samples' figures, by the name of the test: each is
// looked at by several.
var drawings = map[string]struct {
	*drawing
	texts []textBox
}{}

// sampleDrawing is the drawing of the figure that eachFigure is at.
func sampleDrawing(t *testing.T, f Figure) (*drawing, []textBox) {
	_, name, _ := strings.Cut(t.Name(), "/")
	d, ok := drawings[name]
	if !ok {
		d.drawing, d.texts = drawingOf(f)
		drawings[name] = d
	}
	return d.drawing, d.texts
}

// drawingOf draws a figure.
func drawingOf(f Figure) (*drawing, []textBox) {
	_, h := f.page.size()
	d := &drawing{states: newStates(h), high: h.Points(), parts: make([]drawnPart, 1), open: []int{0}}
	c := &canvas{Canvas: d}
	f.page.draw(c)
	return d, c.texts
}

func (d *drawing) begin(class, name string, _ ...facet) {
	d.open = append(d.open, len(d.parts))
	d.parts = append(d.parts, drawnPart{class: class, name: name})
}

func (d *drawing) end() { d.open = d.open[:len(d.open)-1] }

func (d *drawing) at(p vg.Point) vg.Point {
	x, y := d.place(p)
	return vg.Point{X: vg.Length(x), Y: vg.Length(d.high - y)}
}

// cover extends the innermost part to some points.
func (d *drawing) cover(pts ...vg.Point) {
	part := &d.parts[d.open[len(d.open)-1]]
	for _, p := range pts {
		if !part.drawn {
			part.box, part.drawn = vg.Rectangle{Min: p, Max: p}, true
		}
		part.box.Min = vg.Point{X: min(part.box.Min.X, p.X), Y: min(part.box.Min.Y, p.Y)}
		part.box.Max = vg.Point{X: max(part.box.Max.X, p.X), Y: max(part.box.Max.Y, p.Y)}
	}
}

func (d *drawing) path(p vg.Path) []vg.Point {
	var pts []vg.Point
	for _, c := range p {
		switch c.Type {
		case vg.MoveComp, vg.LineComp, vg.CurveComp:
			pts = append(pts, d.at(c.Pos))
		case vg.ArcComp:
			r := vg.Point{X: c.Radius, Y: c.Radius}
			pts = append(pts, d.at(c.Pos.Sub(r)), d.at(c.Pos.Add(r)))
		}
	}
	return pts
}

func (d *drawing) Stroke(p vg.Path) {
	pts := d.path(p)
	d.cover(pts...)
	part := &d.parts[d.open[len(d.open)-1]]
	part.strokes = append(part.strokes, stroke{pts, d.now().color})
}

func (d *drawing) Fill(p vg.Path) { d.cover(d.path(p)...) }

func (d *drawing) FillString(f font.Face, at vg.Point, s string) {
	d.cover(d.at(at), d.at(at.Add(vg.Point{X: f.Width(s), Y: f.Font.Size * capHeight})))
}

func (d *drawing) DrawImage(vg.Rectangle, image.Image) {}

func (p drawnPart) overlaps(r vg.Rectangle) bool {
	return p.drawn && p.box.Min.X < r.Max.X && r.Min.X < p.box.Max.X && p.box.Min.Y < r.Max.Y && r.Min.Y < p.box.Max.Y
}

// panelFrames are the panels of a figure with the frames that curves are drawn
// in.
func panelFrames(f Figure) (panels []*panel, frames []frame) {
	l := f.page.layout()
	for r, row := range f.page.rows {
		for i, p := range row.panels {
			if p == nil {
				continue
			}
			at := l.frames[r][i]
			at.Min.Y, at.Max.Y = l.height-at.Min.Y, l.height-at.Max.Y
			if f.page.strip() {
				at.Min.Y += stripHeight
			}
			panels, frames = append(panels, p), append(frames, frame{at, p.x, p.y})
		}
	}
	return panels, frames
}

func TestLegendsLieBesideTheData(t *testing.T) {
	entries := 0
	eachFigure(t, func(t *testing.T, f Figure) {
		d, _ := sampleDrawing(t, f)
		_, frames := panelFrames(f)
		for _, e := range d.parts {
			if e.class != "entry" {
				continue
			}
			entries++
			for i, at := range frames {
				if e.overlaps(at.Rectangle) {
					t.Errorf("the entry %q at %v lies over panel %d at %v", e.name, e.box, i, at.Rectangle)
				}
			}
			for _, s := range d.parts {
				if s.class == "series" && s.drawn && e.overlaps(s.box) {
					t.Errorf("the entry %q at %v lies over the series %q at %v", e.name, e.box, s.name, s.box)
				}
			}
		}
	})
	if entries == 0 {
		t.Error("no figure has a legend")
	}
}

// An axis with numbers says of what, and in which unit; where its ticks are the
// names of layers or arms these say it. Panels that share an axis share its
// label.
func TestAxesAreLabelled(t *testing.T) {
	units := map[string]string{"Accuracy": "(%)", "Change of accuracy": "(pp)", "Difference of accuracy": "(pp)", "Parameters pruned": "(%)", "Weights pruned": "(%)",
		"Weights of the layer pruned": "(%)", "Weights of the target pruned": "(%)", "Loss": "(nat)"}
	eachFigure(t, func(t *testing.T, f Figure) {
		_, texts := sampleDrawing(t, f)
		says := func(label string, where func(textBox) bool) bool {
			return slices.ContainsFunc(texts, func(b textBox) bool { return label != "" && b.text == label && where(b) })
		}
		panels, frames := panelFrames(f)
		for i, p := range panels {
			below := func(b textBox) bool { return b.Max.Y <= frames[i].Min.Y }
			beside := func(b textBox) bool { return b.Max.X <= frames[i].Min.X }
			if p.yRight {
				beside = func(b textBox) bool { return b.Min.X >= frames[i].Max.X }
			}
			label := p.x.label
			if strings.HasPrefix(f.Name, "weights") { // rows of layers, all over their weights
				label = panels[len(panels)-1].x.label
			}
			if counts(p.x) && !says(label, below) {
				t.Errorf("panel %d: the x axis from %v to %v has no label", i, p.x.from, p.x.to)
			}
			if counts(p.y) && !says(p.y.label, beside) {
				t.Errorf("panel %d: the y axis from %v to %v has no label", i, p.y.from, p.y.to)
			}
			for _, a := range []axis{p.x, p.y} {
				for begins, unit := range units {
					if strings.HasPrefix(a.label, begins) && !strings.HasSuffix(a.label, unit) {
						t.Errorf("panel %d: the label %q has no unit", i, a.label)
					}
				}
			}
		}
	})
}

// counts reports whether the ticks of an axis are numbers.
func counts(a axis) bool {
	return slices.ContainsFunc(a.ticks, func(t tick) bool {
		_, err := strconv.ParseFloat(strings.TrimRight(strings.NewReplacer("−", "-", "\u00a0", "", "k", "", "M", "").Replace(t.label), "×% "), 64)
		return err == nil
	})
}

// rule reports whether a straight line across the whole frame is drawn at a
// place, in an ink that is not the grid's.
func rule(strokes []stroke, at frame, y float64) bool {
	if !at.y.within(y) {
		return false
	}
	level := at.placeY(y)
	near := func(a, b vg.Length) bool { return math.Abs(float64(a-b)) < 0.01 }
	return slices.ContainsFunc(strokes, func(s stroke) bool {
		return len(s.pts) == 2 && s.color != gridInk && near(s.pts[0].Y, level) && near(s.pts[1].Y, level) && near(s.pts[0].X, at.Min.X) && near(s.pts[1].X, at.Max.X)
	})
}

// unruled names the arms whose dense accuracy is known and has no line in a panel
// of a figure.
func unruled(f Figure, d *drawing, in Input) []string {
	_, frames := panelFrames(f)
	var lacking []string
	for _, arm := range in.arms() {
		var known []float64
		for _, c := range in.Curves {
			if c.Arm == arm && c.Baseline.N > 0 {
				known = append(known, c.Baseline.Value)
			}
		}
		for i, at := range frames {
			drawn := slices.ContainsFunc(d.parts, func(p drawnPart) bool {
				return p.name == arm+", dense" && slices.ContainsFunc(known, func(y float64) bool { return rule(p.strokes, at, y) })
			})
			if len(known) > 0 && !drawn {
				lacking = append(lacking, arm+" in panel "+strconv.Itoa(i))
			}
		}
	}
	return lacking
}

// Every figure shows what its numbers are to be compared with: the dense networks
// of the arms, no change, independent masks, the network before pruning.
func TestBaselinesAreDrawn(t *testing.T) {
	inputs := map[string]Input{}
	for _, s := range samples() {
		inputs[s.name] = s.input()
	}
	eachFigure(t, func(t *testing.T, f Figure) {
		study := strings.Split(t.Name(), "/")[1]
		d, _ := sampleDrawing(t, f)
		panels, frames := panelFrames(f)
		series := func(name string) bool {
			return slices.ContainsFunc(d.parts, func(p drawnPart) bool { return p.class == "series" && p.name == name && p.drawn })
		}
		kind, _, _ := strings.Cut(f.Name, "-")
		switch kind {
		case "accuracy", "layers", "pareto":
			if lacking := unruled(f, d, inputs[study]); lacking != nil {
				t.Errorf("no line at the dense accuracy of %q", lacking)
			}
		case "tradeoff", "sensitivity", "first", "proxies":
			for i, at := range frames {
				if !rule(d.parts[0].strokes, at, 0) {
					t.Errorf("panel %d has no line at 0", i)
				}
			}
		case "effects":
			at := frames[1]
			zero := at.placeX(0)
			if !slices.ContainsFunc(d.parts[0].strokes, func(s stroke) bool {
				return len(s.pts) == 2 && s.color == softInk && s.pts[0] == (vg.Point{X: zero, Y: at.Min.Y}) && s.pts[1] == (vg.Point{X: zero, Y: at.Max.Y})
			}) {
				t.Error("no line at a difference of 0")
			}
		case "heatmap":
			if bar := panels[len(panels)-1]; !bar.yRight || !bar.y.within(0) || !strings.Contains(f.Caption, "against the dense network before retraining, against the retrained control after it") {
				t.Errorf("the colours do not begin at no change, or the caption does not say of what: %s", f.Caption)
			}
		case "overlap":
			if matrix := panels[0].bare; matrix && !strings.Contains(f.Caption, "by chance it would be 0.03") || !matrix && !series("by chance") {
				t.Error("what independent masks have is neither drawn nor said")
			}
		case "retraining":
			if !slices.ContainsFunc(d.parts, func(p drawnPart) bool { return p.class == "series" && strings.HasSuffix(p.name, ", 0 %") && p.drawn }) {
				t.Error("no course of the unpruned control")
			}
		case "weights":
			if !series("before") {
				t.Error("the weights before pruning are not drawn")
			}
		case "training": // of dense networks: they are the baseline
		default:
			t.Errorf("say what the baseline of the figure %s is", f.Name)
		}
	})
}

// Where pruning costs every network so much that none is near the dense ones, the
// axis reaches up to them all the same.
func TestBaselinesAreDrawnFarFromTheCurves(t *testing.T) {
	s := quickSample()
	s.broken, s.scan, s.ratios, s.dense = false, nil, []float64{0.99, 0.995}, 0.995
	in := s.input()
	for name, draw := range map[string]func(Input) (Figure, error){"accuracy": Accuracy, "pareto": Pareto} {
		f, err := draw(in)
		if err != nil {
			t.Fatal(err)
		}
		d, _ := drawingOf(f)
		if lacking := unruled(f, d, in); lacking != nil {
			t.Errorf("%s: no line at the dense accuracy of %q", name, lacking)
		}
	}
}

// Beside every figure lie its numbers, which other programs can read.
func TestEveryFigureHasItsNumbersAsCSV(t *testing.T) {
	eachFigure(t, func(t *testing.T, f Figure) {
		rows, err := csv.NewReader(bytes.NewReader(f.CSV())).ReadAll() // which refuses rows of other lengths
		if err != nil || len(rows) < 2 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		columns := 0
		for i, head := range rows[0] {
			number, other := 0, 0
			for _, r := range rows[1:] {
				v, err := strconv.ParseFloat(r[i], 64)
				switch {
				case r[i] == "": // missing
				case err == nil && !math.IsNaN(v) && !math.IsInf(v, 0):
					number++
				default:
					other++
				}
			}
			if head == "" || number > 0 && other > 0 {
				t.Errorf("the column %q holds %d numbers and %d other values", head, number, other)
			}
			columns += b2i(number > 0)
		}
		if columns < 2 {
			t.Errorf("%d columns of numbers", columns)
		}
	})
}

// A point stands where its network is, not where it was asked to be; its
// numbers have both.
func TestPointsStandAtTheAchievedSparsity(t *testing.T) {
	in := quickSample().input()
	for i := range in.Curves {
		for j := range in.Curves[i].Points {
			if p := &in.Curves[i].Points[j]; p.Requested == 0.8 {
				p.Sparsity, p.Whole, p.Kept = 0.75, 0.75*p.Whole/0.8, 0.25*float64(p.Size)
			}
		}
	}
	for name, draw := range map[string]func(Input) (Figure, error){"tradeoff": Tradeoff, "accuracy": Accuracy, "layers": LayerCurves} {
		f, err := draw(in)
		if err != nil {
			t.Fatal(err)
		}
		moved := 0
		for _, r := range rowsOf(f) {
			if r["requested"] == "0.8" && r["seed"] == "" {
				moved++
				if x, _ := strconv.ParseFloat(r["sparsity"], 64); math.Abs(x-0.75) > 1e-6 {
					t.Errorf("%s: requested 0.8, drawn at %s, want 0.75", name, r["sparsity"])
				}
			}
		}
		panels, _ := panelFrames(f)
		at := 0
		for _, m := range panels[0].marks {
			g, _ := m.(named)
			for _, m := range g.marks {
				if pts, ok := m.(markers); ok && pts.radius == markerRadius {
					for _, p := range pts.pts {
						at += b2i(math.Abs(p.x-0.75) < 1e-6)
						if math.Abs(p.x-0.8) < 1e-6 {
							t.Errorf("%s: %s has a point at what was requested", name, g.name)
						}
					}
				}
			}
		}
		if moved == 0 || at == 0 {
			t.Errorf("%s: %d rows, %d points of what was requested at 0.8", name, moved, at)
		}
	}
}
