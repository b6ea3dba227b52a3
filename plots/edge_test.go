package plots

import (
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/curve"
)

// emptied is a study whose last points have no weights left.
func emptied() Input {
	s := quickSample()
	s.broken, s.retrain = false, true
	s.scan, s.ratios = append(slices.Clone(s.scan), 1), append(slices.Clone(s.ratios), 1)
	return s.input()
}

// headsWithin counts the arrowheads that lie in a panel's frame.
func headsWithin(p *panel) int {
	n := 0
	for _, m := range p.marks {
		group, _ := m.(named)
		for _, part := range group.marks {
			if a, ok := part.(arrowheads); ok {
				for _, at := range a.pts {
					n += b2i(p.y.within(at.y))
				}
			}
		}
	}
	return n
}

func TestNotesTellOfTheEdgeAndOfCrossesWhereTheseAreDrawn(t *testing.T) {
	unplaced := emptied() // as a threshold at which every seed diverged
	for i := range unplaced.Curves {
		for j := range unplaced.Curves[i].Points {
			if p := &unplaced.Curves[i].Points[j]; p.Requested == 0.9 {
				*p = curve.Point{Requested: 0.9, Missing: []curve.Missing{{Seed: 1, Reason: "diverged"}}}
			}
		}
	}
	atEdge, gone := 0, 0
	for name, in := range map[string]Input{"nothing at the edge": quickSample().input(), "emptied": emptied(), "without a place": unplaced} {
		figures, err := All(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range figures {
			heads, crosses := 0, 0
			for _, row := range f.page.rows {
				for _, p := range row.panels {
					if p != nil {
						heads += headsWithin(p)
						crosses += len(p.misses)
					}
				}
			}
			for _, text := range []string{f.Caption, joined(f.page.note)} {
				if told := strings.Contains(text, "Arrowheads at the right edge"); told != (heads > 0) {
					t.Errorf("%s, %s: %d arrowheads are drawn, the note tells of some: %v", name, f.Name, heads, told)
				}
				if told := strings.Contains(text, "Crosses in the grey strip"); told != (crosses > 0) {
					t.Errorf("%s, %s: %d crosses are drawn, the note tells of some: %v", name, f.Name, crosses, told)
				}
			}
			atEdge += heads
			gone += b2i(strings.Contains(f.Caption, "Not drawn: "))
		}
	}
	if atEdge == 0 || gone == 0 {
		t.Errorf("%d points at an edge, %d figures with points that are not drawn", atEdge, gone)
	}
}

// A network that is emptied is where the curve ends, with its accuracy.
func TestAnEmptiedNetworkStandsAtTheEdge(t *testing.T) {
	in := emptied()
	for name, draw := range map[string]func() (Figure, error){
		"layers":      func() (Figure, error) { return LayerCurves(in) },
		"accuracy":    func() (Figure, error) { return Accuracy(in) },
		"tradeoff":    func() (Figure, error) { return Tradeoff(in) },
		"sensitivity": func() (Figure, error) { return Sensitivity(in) },
	} {
		f, err := draw()
		if err != nil {
			t.Fatal(err)
		}
		p := f.page.rows[0].panels[0]
		if headsWithin(p) == 0 {
			t.Errorf("%s: nothing at the edge of %q", name, p.title)
			continue
		}
		for _, m := range p.marks {
			group, _ := m.(named)
			for _, part := range group.marks {
				if line, ok := part.(polyline); ok && line.arrows && len(line.pts) > 1 {
					if last := line.pts[len(line.pts)-1]; last.x != p.x.to {
						t.Errorf("%s: the curve %s ends at %v, the axis at %v", name, group.name, last.x, p.x.to)
					}
				}
			}
		}
		for _, r := range rowsOf(f) {
			if x := r["sparsity"] + r["kept"]; r["requested"] == "1" && x != "1" && x != "0" {
				t.Errorf("%s: the CSV has %q where all is removed", name, x)
			}
		}
	}
	f, err := Pareto(in)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(joined(f.page.note), "below the axis") == (headsWithin(f.page.rows[0].panels[0]) > 0) {
		t.Errorf("an emptied network is neither drawn nor counted, or both: %s", joined(f.page.note))
	}
	for _, r := range rowsOf(f) {
		if r["requested"] == "1" && (r["on_front"] != "" || r["factor"] != "") {
			t.Errorf("an emptied network is on the front: %v", r)
		}
	}
}

// What stands at the edge is not at any number, and its arrowhead is on the page.
func TestTheEdgeHasNoTickAndRoomForArrowheads(t *testing.T) {
	s := quickSample()
	s.broken, s.scan = false, []float64{0, 0.2, 0.5, 1}
	f, err := LayerCurves(s.input())
	if err != nil {
		t.Fatal(err)
	}
	p := f.page.rows[0].panels[0]
	if headsWithin(p) == 0 {
		t.Fatal("nothing stands at the edge")
	}
	for _, tick := range p.x.ticks {
		if p.x.at(tick.at) > 0.95 {
			t.Errorf("the edge has the tick %v", tick.at)
		}
	}
	_, frames := panelFrames(f)
	if tip := frames[len(frames)-1].Max.X + markerRadius + headGapX + headLength; tip > f.page.width-margin+0.01 {
		t.Errorf("arrowheads reach to %v of a page of %v", tip, f.page.width)
	}
}
