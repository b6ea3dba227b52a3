package plots

import (
	"errors"
	"strings"
	"testing"

	"prunelab/analysis/overlap"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// overlapSample is a set of masks of arms, over two layers and together.
func overlapSample(arms ...string) overlap.Set {
	s := overlap.Set{Series: trial.Series{Target: "all", Method: trial.Plain(), Parameter: trial.Ratio}, Arms: arms, Layers: []string{"fc1", "fc2"}, Shared: []string{"L1→L2 has the same masks as L1"}}
	for _, layer := range []string{"", "fc1", "fc2"} {
		for i, a := range arms {
			for j, b := range arms[i:] {
				c := overlap.Curve{A: a, B: b, Layer: layer}
				for _, r := range []float64{0.5, 0.8, 0.95} {
					e := stats.Estimate{Value: 0.9 - r/2 - float64(j)/50, N: 4, Level: 0.95, Method: "Student t"}
					e.Lo, e.Hi = e.Value-0.05, e.Value+0.05
					if a == b {
						e = stats.Estimate{Value: 0.6 - r/2, N: 6}
					}
					c.Points = append(c.Points, overlap.Point{Requested: r, Sparsity: r, Jaccard: e, Chance: (1 - r) / (1 + r)})
				}
				s.Curves = append(s.Curves, c)
			}
		}
	}
	return s
}

func TestOverlap(t *testing.T) {
	in := Input{Plan: trial.Plan{Arms: []string{"L2", "L1"}, Layers: []string{"fc1", "fc2"}, Kinds: []string{"dense", "dense"}}, Overlaps: []overlap.Set{overlapSample("L2", "L1")}}
	f, err := Overlap(in)
	if err != nil {
		t.Fatal(err)
	}
	svg, err := f.Render(SVG)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"L2 and L1", "seeds of L2", "seeds of L1", "all layers", ">fc2<", "by chance", "means of 6 pairs", "has the same masks as L1"} {
		if !strings.Contains(string(svg), want) {
			t.Errorf("the figure does not say %q", want)
		}
	}
	if got := len(f.page.rows[0].panels); got != 3 {
		t.Errorf("%d panels, want three", got)
	}
	if !strings.Contains(string(f.CSV()), "fc1,L2 and L1,all,magnitude,,0.8,,0.8,0.48,0.43,0.53,0.95,4,Student t,,0.1111111111\n") {
		t.Errorf("the numbers are\n%s", f.CSV())
	}
}

// Many arms have too many pairs for curves.
func TestOverlapOfManyArms(t *testing.T) {
	arms := []string{"a", "b", "c", "d"}
	in := Input{Plan: trial.Plan{Arms: arms, Layers: []string{"fc1", "fc2"}, Kinds: []string{"dense", "dense"}}, Overlaps: []overlap.Set{overlapSample(arms...)}}
	f, err := Overlap(in)
	if err != nil {
		t.Fatal(err)
	}
	cells, diagonal := 0, 0
	for _, m := range f.page.rows[0].panels[0].marks {
		if c, ok := m.(cell); ok {
			cells++
			if c.word == "0.12" { // 0.6 - 0.95/2, at the amount nearest to 0.9
				diagonal++
			}
		}
	}
	if cells != 16 || diagonal != 4 {
		t.Errorf("%d cells, %d of them of seeds; want 16 and 4", cells, diagonal)
	}
}

func TestNoOverlap(t *testing.T) {
	if _, err := Overlap(Input{}); !errors.Is(err, ErrNoData) {
		t.Errorf("got %v", err)
	}
}
