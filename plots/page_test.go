package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/color"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/plot/vg"

	"prunelab/analysis/curve"
	"prunelab/analysis/overlap"
	"prunelab/experiments/trial"
)

// samples are the invented studies, the odd ones among them.
func samples() []sampleStudy {
	one := quickSample()
	one.name, one.seeds = "sample-one-seed", 1

	many := quickSample()
	many.name, many.arms, many.broken = "sample-strengths", nil, false
	for i := range 12 {
		many.arms = append(many.arms, fmt.Sprintf("L1 %d·10⁻⁶ in training, L2 in retraining", i+1))
	}

	fine := alexnetSample()
	fine.name, fine.scan = "sample-fine-grid", nil
	for i := range 20 {
		fine.scan = append(fine.scan, float64(i)*0.05)
	}

	deep := alexnetSample()
	deep.name, deep.layers = "sample-sixteen-layers", nil
	for i := range 13 {
		deep.layers = append(deep.layers, sampleLayer{fmt.Sprintf("conv%d", i+1), "conv", 1000 << (i / 2), 1_000_000, 0.6 + 0.02*float64(i)})
	}
	for i := range 3 {
		deep.layers = append(deep.layers, sampleLayer{fmt.Sprintf("a_layer_with_a_long_name_%d", i+1), "dense", 1_000_000 >> (4 * i), 1_000_000 >> (4 * i), 0.95})
	}
	return []sampleStudy{quickSample(), lenetSample(), alexnetSample(), one, many, fine, deep, factorialSample(), lostSample()}
}

// sampleFigures draws every figure of every sample, once for all tests.
var sampleFigures = sync.OnceValues(func() (map[string][]Figure, error) {
	all := map[string][]Figure{}
	for _, s := range samples() {
		figures, err := All(s.input())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		all[s.name] = figures
	}
	more := map[string]Input{ // what the samples have no data for
		"sample-masks":       {Plan: trial.Plan{Arms: []string{"L2", "L1"}}, Overlaps: []overlap.Set{overlapSample("L2", "L1")}},
		"sample-many-masks":  {Plan: trial.Plan{Arms: []string{"a", "b", "c", "d"}}, Overlaps: []overlap.Set{overlapSample("a", "b", "c", "d")}},
		"sample-predictions": {Plan: trial.Plan{Arms: []string{"L2"}}, Proxies: sampleRankings()},
	}
	for name, in := range more {
		in.Plan.Layers = []string{"conv1", "fc1", "fc2"}
		figures, err := All(in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[name] = figures
	}
	return all, nil
})

// eachFigure runs a test on every figure of every sample.
func eachFigure(t *testing.T, test func(t *testing.T, f Figure)) {
	all, err := sampleFigures()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, f := range all[name] {
			t.Run(name+"/"+f.Name, func(t *testing.T) { test(t, f) })
		}
	}
}

// drawn is a figure's texts and their places.
func drawn(f Figure) (texts []textBox, w, h vg.Length) {
	w, h = f.page.size()
	c := &canvas{Canvas: newSVG(w, h, 1, f.Title)}
	f.page.draw(c)
	return c.texts, w, h
}

func TestTextsNeitherOverlapNorLeaveThePage(t *testing.T) {
	eachFigure(t, func(t *testing.T, f Figure) {
		texts, w, h := drawn(f)
		for i, a := range texts {
			if a.Min.X < 0 || a.Min.Y < 0 || a.Max.X > w || a.Max.Y > h {
				t.Errorf("%q at %v leaves the page of %v by %v", a.text, a.Rectangle, w, h)
			}
			for _, b := range texts[:i] {
				if a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y {
					t.Errorf("%q at %v overlaps %q at %v", a.text, a.Rectangle, b.text, b.Rectangle)
				}
			}
		}
	})
}

func TestPanelsAlignAndKeepTheirDistance(t *testing.T) {
	eachFigure(t, func(t *testing.T, f Figure) {
		l := f.page.layout()
		w, _ := f.page.size()
		if w != columnWidth && w != pageWidth {
			t.Errorf("the page is %v wide", w)
		}
		for r, frames := range l.frames {
			for i, a := range frames {
				if a.Max.X-a.Min.X < 2*mm || a.Max.X > w-margin+0.01 {
					t.Errorf("row %d, panel %d is %v to %v wide on a page of %v", r, i, a.Min.X, a.Max.X, w)
				}
				if i > 0 && frames[i-1].Max.X >= a.Min.X {
					t.Errorf("row %d: panel %d overlaps its neighbour", r, i)
				}
				if a.Min.X != l.frames[0][i].Min.X || a.Max.X != l.frames[0][i].Max.X {
					t.Errorf("row %d, panel %d is not under that of the first row", r, i)
				}
				if a.Max.Y != frames[0].Max.Y || a.Min.Y != frames[0].Min.Y {
					t.Errorf("row %d: panel %d is not level with the first", r, i)
				}
			}
			if r > 0 && l.frames[r-1][0].Min.Y >= frames[0].Max.Y {
				t.Errorf("row %d overlaps the row above", r)
			}
		}
	})
}

func TestPanelsThatShareAnAxisHaveTheSame(t *testing.T) {
	same := func(a, b axis) bool { return a.from == b.from && a.to == b.to && a.scale == b.scale }
	eachFigure(t, func(t *testing.T, f Figure) {
		for r, row := range f.page.rows {
			for i, p := range row.panels {
				if f.page.shareY && !p.yRight && !same(p.y, row.panels[0].y) {
					t.Errorf("row %d: the y axis of panel %d differs from the labelled one", r, i)
				}
				if f.page.shareX && !same(p.x, f.page.rows[0].panels[i].x) {
					t.Errorf("row %d: the x axis of panel %d differs from that above", r, i)
				}
			}
		}
	})
}

// The Pareto front leaves out on purpose what collapsed, and says so.
func TestEveryMeanLiesWithinItsPanel(t *testing.T) {
	eachFigure(t, func(t *testing.T, f Figure) {
		for r, row := range f.page.rows {
			for i, p := range row.panels {
				if f.Name == "pareto" {
					continue
				}
				for _, m := range p.marks {
					g, _ := m.(named)
					for _, m := range g.marks {
						pts, ok := m.(markers)
						if !ok || pts.radius != markerRadius {
							continue
						}
						for _, at := range pts.pts {
							if !p.x.within(at.x) || !p.y.within(at.y) {
								t.Errorf("row %d, panel %d: %s has a mean at (%v, %v), outside [%v, %v] x [%v, %v]", r, i, g.name, at.x, at.y, p.x.from, p.x.to, p.y.from, p.y.to)
							}
						}
					}
				}
			}
		}
	})
}

func TestSVGIsWellFormedAndFinite(t *testing.T) {
	eachFigure(t, func(t *testing.T, f Figure) {
		b, err := f.Render(SVG)
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		d := xml.NewDecoder(bytes.NewReader(b))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			switch v := token.(type) {
			case xml.StartElement:
				for _, a := range v.Attr {
					if a.Name.Local != "data-name" && (strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf")) {
						t.Errorf("<%s %s=%q>", v.Name.Local, a.Name.Local, a.Value)
					}
				}
			case xml.CharData:
				said.Write(v)
			}
		}
		for _, p := range f.page.rows[0].panels {
			if p.y.label != "" && !strings.Contains(said.String(), p.y.label) {
				t.Errorf("the label %q is not in the SVG", p.y.label)
			}
		}
		if len(f.page.note) == 0 || f.Caption == "" || f.Title == "" {
			t.Error("the figure does not say what it shows")
		}
	})
}

func TestCurvesStayInTheirPanels(t *testing.T) {
	c := &pathRecorder{}
	f := frame{Rectangle: vg.Rectangle{Min: vg.Point{X: 10, Y: 10}, Max: vg.Point{X: 110, Y: 60}},
		x: axis{scale: linear{}, from: 0, to: 1}, y: axis{scale: complement{}, from: 0, to: 0.9}}
	pts := []xy{{-1, 0.5}, {0.2, 2}, {0.5, 1}, {0.7, 0.1}, {3, -4}}
	for _, m := range []mark{
		polyline{pts: pts, width: 1, arrows: false},
		polygon{pts: pts},
		whiskers{x: []float64{0.5}, lo: []float64{-3}, hi: []float64{1}},
		level{y: 5, width: 1},
		upright{x: 5, width: 1},
		markers{pts: []xy{{5, 5}, {0.5, 1}}, radius: 2},
	} {
		m.draw(&canvas{Canvas: c}, f)
	}
	if len(c.pts) == 0 {
		t.Fatal("nothing drawn")
	}
	for _, p := range c.pts {
		if math.IsNaN(float64(p.X)) || p.X < f.Min.X-0.01 || p.X > f.Max.X+0.01 || p.Y < f.Min.Y-0.01 || p.Y > f.Max.Y+0.01 {
			t.Errorf("drawn at %v, outside %v", p, f.Rectangle)
		}
	}
}

// pathRecorder keeps the corners of the paths drawn on it.
type pathRecorder struct {
	vg.Canvas
	pts   []vg.Point
	fills int
}

func (r *pathRecorder) keep(p vg.Path) {
	for _, c := range p {
		if c.Type != vg.CloseComp {
			r.pts = append(r.pts, c.Pos)
		}
	}
}

// Where an interval is cut at the frame a triangle says so, and the note of the
// figure explains it.
func TestCutIntervalsAreMarked(t *testing.T) {
	f := frame{Rectangle: vg.Rectangle{Max: vg.Point{X: 100, Y: 100}}, x: axis{scale: linear{}, from: 0, to: 1}, y: axis{scale: linear{}, from: 0, to: 1}}
	for _, c := range []struct {
		lo, hi float64
		want   int
	}{{0.2, 0.8, 0}, {-0.1, 0.8, 1}, {0.1, 1.3, 1}, {-3, 4, 2}} {
		r := &pathRecorder{}
		w := cuts{x: []float64{0.5}, lo: []float64{c.lo}, hi: []float64{c.hi}}
		w.draw(&canvas{Canvas: r}, f)
		if r.fills != c.want {
			t.Errorf("[%v, %v] has %d marks, want %d", c.lo, c.hi, r.fills, c.want)
		}
		p := page{rows: []row{{1, []*panel{{x: f.x, y: f.y, marks: []mark{named{marks: []mark{w}}}}}}}}
		if explained := p.goesOn() != ""; explained != (c.want > 0) {
			t.Errorf("[%v, %v]: explained %v", c.lo, c.hi, explained)
		}
	}
}

func TestArrowsMarkCurvesThatGoOn(t *testing.T) {
	f := frame{Rectangle: vg.Rectangle{Max: vg.Point{X: 100, Y: 100}}, x: axis{scale: linear{}, from: 0, to: 1}, y: axis{scale: linear{}, from: 0, to: 1}}
	for _, c := range []struct {
		name string
		pts  []xy
		want int
	}{
		{"leaves through the floor", []xy{{0.5, 1}, {0.5, -1}}, 1},
		{"leaves and comes back", []xy{{0.2, 1}, {0.5, -1}, {0.8, 1}}, 2},
		{"ends on the floor", []xy{{0.5, 1}, {0.5, 0}}, 0},
		{"leaves through the side", []xy{{0.5, 0.5}, {2, 0.5}}, 0},
		{"leaves through the ceiling", []xy{{0.5, 0}, {0.5, 2}}, 1},
		{"ends at the ceiling", []xy{{0.5, 0}, {0.5, 1}}, 0},
	} {
		r := &pathRecorder{}
		polyline{pts: c.pts, width: 1, arrows: true}.draw(&canvas{Canvas: r}, f)
		if r.fills != c.want {
			t.Errorf("a line that %s has %d arrows, want %d", c.name, r.fills, c.want)
		}
	}
}

func TestMissingPointsAreGapsAndNeverZero(t *testing.T) {
	in := lenetSample().input()
	c, ok := in.curve("L1", "all", trial.Plain(), curve.Retrained)
	if !ok {
		t.Fatal("the sample has no such curve")
	}
	s := changes(c, wholeFraction, "L1", look{})
	runs := s.runs()
	if len(runs) != 2 {
		t.Fatalf("a curve with one missing point inside has %d runs, want 2", len(runs))
	}
	for _, run := range runs {
		for _, d := range run {
			if d.requested == 0.95 {
				t.Error("the missing point is drawn")
			}
		}
	}
	f, err := Tradeoff(in)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(f.Caption, "L1 at 95 % (10 × diverged)") {
		t.Errorf("the caption does not name the missing point: %s", f.Caption)
	}
	i := slices.Index(f.data.header, "accuracy_change")
	found := false
	for _, row := range f.data.rows {
		if row[1] == "L1" && row[4] == "retrained" && row[5] == "0.95" {
			found = true
			if row[i] != "" || row[len(row)-1] != "10 × diverged" {
				t.Errorf("the missing point is %q in the CSV", row)
			}
		}
	}
	if !found {
		t.Error("the missing point is not in the CSV")
	}
	if len(f.page.rows[0].panels[0].misses) == 0 {
		t.Error("no cross for the missing point")
	}
}

func (r *pathRecorder) Stroke(p vg.Path)                   { r.keep(p) }
func (r *pathRecorder) Fill(p vg.Path)                     { r.keep(p); r.fills++ }
func (r *pathRecorder) SetColor(color.Color)               {}
func (r *pathRecorder) SetLineWidth(vg.Length)             {}
func (r *pathRecorder) SetLineDash([]vg.Length, vg.Length) {}
