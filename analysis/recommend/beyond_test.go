package recommend

import (
	"strings"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/internal/fixtures"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// No table says that more is lost than there is.
func TestNothingLosesMoreThanThereIs(t *testing.T) {
	for loss, want := range map[float64]string{0.5: "50.00", 1: "100.00", 1.37: "> 100"} {
		if got := lossCell(loss).Text; got != want {
			t.Errorf("%v is %q, want %q", loss, got, want)
		}
	}
	if got := interval(stats.Estimate{Value: 0.9, Lo: 0.7, Hi: 1.1, Level: 0.95, N: 2}).Text; strings.Contains(got, "110") || !strings.Contains(got, "100.00") {
		t.Errorf("an interval beyond what there is to lose: %q", got)
	}
	if got := interval(stats.Estimate{Value: 1.2, Lo: 1, Hi: 1.4, Level: 0.95, N: 2}).Text; got != "> 100" {
		t.Errorf("a sum of more than there is: %q", got)
	}
	c := &Check{Recommendation: &Recommendation{Layers: []Layer{{Loss: 0.8}, {Loss: 0.7}}}}
	if row := c.summed(); row[3].Text != "> 100" {
		t.Errorf("layers that lose 150 pp in all: %q", row[3].Text)
	}
}

// Whether one network from a file is within a budget is said by its bound over images, as
// it has none over seeds.
func TestTheBoundOfAFixedNetworkIsOverImages(t *testing.T) {
	build := func(sweeps ...fixtures.Sweep) (*group.Study, []curve.Curve) {
		p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1}, Sweeps: sweeps,
			Correct: func(a fixtures.At) int { return 900 - int(20*a.Ratio) }})
		fixtures.FromFile("a digest", &p, outs)
		for i, c := range p.Cells {
			if c.Target == Target {
				p.Cells[i].Parameter = trial.Given
			}
		}
		g, err := group.New(p, outs)
		if err != nil {
			t.Fatal(err)
		}
		curves, err := curve.FromGroups(g)
		if err != nil {
			t.Fatal(err)
		}
		return g, curves
	}
	for budget, holds := range map[float64]bool{0.06: true, 0.0105: false} {
		g, curves := build(fixtures.One("conv1", false, 0.5), fixtures.One("fc1", false, 0.5), fixtures.One("fc2", false, 0.5))
		r, err := New(g, curves, Config{Arm: "L2", Budget: budget, Objective: Weights})
		if err != nil {
			t.Fatal(err)
		}
		for i := range r.Layers {
			r.Layers[i].Ratio = 0.5
		}
		all := fixtures.All(false, 0.5)
		all.Target = Target
		g, curves = build(all)
		row := Row{Kind: Recommended, Name: "recommended", Equal: true}
		c := &Check{Recommendation: r, Split: trial.Validation}
		for _, x := range curves {
			for _, p := range x.Points {
				if p.Requested > 0 {
					row.Loss = p.Loss
					if err := c.fill(&row, g, p); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		c.Rows = []Row{row}
		if row.Across == nil || !row.Fixed || row.ByBound != holds || !row.ByMean || *row.Across <= row.Loss.Value || *row.Across >= row.Loss.Hi {
			t.Errorf("budget %v: %+v", budget, row)
		}
		said := c.Verdict()
		want := "holds by the mean and does not hold by the one-sided 95 % bound, "
		if holds {
			want = "holds by the mean and holds by the one-sided 95 % bound, "
		}
		if !strings.Contains(said, want) || !strings.Contains(said, "pp over images.") || !strings.Contains(said, "(one network, over images)") || strings.Contains(said, "over seeds") {
			t.Error(said)
		}
		if cells := c.cells(row); cells[6].Text == "1.00" || cells[8].Text != table.Missing("").Text {
			t.Errorf("a bound over seeds, or p, of one network: %+v", cells)
		}
	}
}
