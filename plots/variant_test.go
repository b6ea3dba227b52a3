package plots

import (
	"math"
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/curve"
)

// Figure 5 of Han et al. (2015) has five curves on linear axes over its ranges, and says
// which of them a study lacks.
func TestHan2015Figure5(t *testing.T) {
	f, err := Draw(lenetSample().input(), "tradeoff", Style{Name: Han2015})
	if err != nil {
		t.Fatal(err)
	}
	p := f.page.rows[0].panels[0]
	if p.x.scale != (linear{}) || p.y.scale != (linear{}) || p.x.from != 0.4 || p.x.to != 1 || p.y.from != -0.045 || p.y.to != 0.005 {
		t.Errorf("the axes are %+v and %+v", p.x, p.y)
	}
	if strings.Contains(f.Caption, "aside") {
		t.Errorf("nothing stands aside: %s", f.Caption)
	}
	var words []string
	for _, e := range f.page.legend {
		words = append(words, e.word)
	}
	if got := strings.Join(words, ", "); got != "L2 without retraining, L1 without retraining, L1 with retraining, L2 with retraining, L2 with iterative pruning and retraining" {
		t.Errorf("the curves are %s", got)
	}
	for i, dashes := range []bool{true, true, false, false, false} {
		if got := len(f.page.legend[i].look.dash) > 0; got != dashes {
			t.Errorf("curve %d: dashed %v", i, got)
		}
	}
	if f, err = Draw(quickSample().input(), "tradeoff", Style{Name: Han2015}); err != nil || len(f.page.legend) != 4 {
		t.Fatalf("without iterating: %v", err)
	}
	says(t, f, "Not in the study: L2 with iterative pruning and retraining.")
	says(t, f, "Small triangles at the frame: what goes on beyond it.")
}

func TestHan2015OwnsUpToWhatItLeavesOut(t *testing.T) {
	in := factorialSample().input()
	f, err := Draw(in, "tradeoff", Style{Name: Han2015})
	if err != nil {
		t.Fatal(err)
	}
	for _, arm := range in.arms()[2:] {
		if !strings.Contains(f.Caption, "The paper's figure has no place for ") || !strings.Contains(f.Caption, arm) {
			t.Errorf("%s is not named: %s", arm, f.Caption)
		}
	}
	if !strings.Contains(f.Caption, paperRanges) {
		t.Errorf("%s", f.Caption)
	}
	f, err = Draw(in, "tradeoff", Style{Name: Han2015, Y: [2]float64{-50, 0}})
	if err != nil || strings.Contains(f.Caption, "same ranges") {
		t.Errorf("over other ranges: %s, %v", f.Caption, err)
	}
}

func TestHan2015Figure6(t *testing.T) {
	f, err := Draw(alexnetSample().input(), "sensitivity", Style{Name: Han2015})
	if err != nil {
		t.Fatal(err)
	}
	panels := f.page.rows[0].panels
	if len(panels) != 2 || panels[0].title != "Convolutional layers" || panels[1].title != "Fully connected layers" || len(panels[0].legend) != 5 || len(panels[1].legend) != 3 {
		t.Fatalf("%d panels", len(panels))
	}
	for _, p := range panels {
		if p.x.scale != (linear{}) || p.x.from != 0 || p.x.to != 1 || p.y.from != -0.2 {
			t.Errorf("%+v, %+v", p.x, p.y)
		}
	}
	for _, r := range rowsOf(f) {
		if r["stage"] != string(curve.Pruned) {
			t.Errorf("it has %v", r)
		}
	}
	if _, err := Draw(quickSample().input(), "pareto", Style{Name: Han2015}); err == nil || !strings.Contains(err.Error(), "Figure 5") {
		t.Errorf("the paper has no such figure: %v", err)
	}
}

// A style changes the look; the numbers and the figure that it was made of stay.
func TestAStyleChangesTheLookAlone(t *testing.T) {
	in := lenetSample().input()
	plain, err := Draw(in, "tradeoff", Style{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := Draw(in, "tradeoff", Style{Width: 120 * mm, Height: 30 * mm, X: [2]float64{50, 98}, Y: [2]float64{-3, 0.5}, Linear: true, Title: "A title", NoNote: true, NoLegend: true})
	if err != nil {
		t.Fatal(err)
	}
	if string(f.CSV()) != string(plain.CSV()) {
		t.Error("the numbers are others")
	}
	p := f.page.rows[0].panels[0]
	if f.page.width != 120*mm || f.page.rows[0].height != 30*mm || len(f.page.note)+len(f.page.legend) > 0 || f.Title != "A title" {
		t.Errorf("the page is %+v", f.page)
	}
	if p.x.scale != (linear{}) || math.Abs(p.x.from-0.5) > 1e-12 || math.Abs(p.x.to-0.98) > 1e-12 || math.Abs(p.y.from+0.03) > 1e-12 || math.Abs(p.y.to-0.005) > 1e-12 {
		t.Errorf("the axes are %+v and %+v", p.x, p.y)
	}
	texts, w, h := drawn(f)
	if !slices.ContainsFunc(texts, func(b textBox) bool { return b.text == "A title" && b.Max.Y <= h && b.Max.X <= w }) {
		t.Error("the title is not on the page")
	}
	again, _ := Draw(in, "tradeoff", Style{})
	if a, b := plain.page.rows[0].panels[0].x, again.page.rows[0].panels[0].x; a.from != b.from || a.scale != b.scale {
		t.Error("a style changed another figure")
	}
	cut, err := Draw(in, "tradeoff", Style{Y: [2]float64{-1, 0.2}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(joined(cut.page.note), "Small triangles") {
		t.Error("what the range cuts is not explained")
	}
	for _, s := range []Style{{Width: mm}, {X: [2]float64{50, 100}}} {
		if _, err := Draw(in, "tradeoff", s); err == nil {
			t.Errorf("drawn with %+v", s)
		}
	}
	if _, err := Draw(in, "nothing", Style{}); err == nil || !strings.Contains(err.Error(), "tradeoff, sensitivity") {
		t.Errorf("an unknown figure: %v", err)
	}
}

func TestOnlySomeArmsLayersAndStages(t *testing.T) {
	in := lenetSample().input()
	f, err := Draw(in.Only([]string{"L1"}, nil, []curve.Stage{curve.Retrained}), "tradeoff", Style{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rowsOf(f) {
		if r["arm"] != "L1" || r["stage"] != "retrained" {
			t.Errorf("it has %v", r)
		}
	}
	if e := f.page.legend[0]; e.look.color != in.armLook("L1").color {
		t.Errorf("L1 has another colour: %+v", e)
	}
	if f, err = Draw(in.Only(nil, []string{"fc1", "conv1"}, nil), "sensitivity", Style{}); err != nil {
		t.Fatal(err)
	}
	for _, r := range rowsOf(f) {
		if r["target"] != "fc1" && r["target"] != "conv1" {
			t.Errorf("it has %v", r)
		}
	}
}
