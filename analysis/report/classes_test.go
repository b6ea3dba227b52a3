package report

import (
	"encoding/binary"
	"strings"
	"testing"

	"prunelab/analysis/internal/fixtures"
	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// Of a network from a file the report names the class that loses most at the recommended
// ratios, how many images that is of, and that it is the worst of several; and the counts
// among the first answers have a table with intervals over images.
func TestTheClassThatLosesMostIsNamed(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1}, Sweeps: []fixtures.Sweep{fixtures.All(false, 0.5)},
		Correct: func(a fixtures.At) int {
			if a.Ratio > 0 {
				return 800
			}
			return 900
		}})
	fixtures.FromFile("a digest", &p, outs) // the first ones are right
	for i, c := range p.Cells {
		if c.Target != "" {
			p.Cells[i].Target, p.Cells[i].Parameter = "recommended", trial.Given
		}
	}
	for i := range outs {
		r := &outs[i].Result
		r.Start.Top = &train.Top{K: 3, Correct: 950}
		if r.Pruned != nil {
			r.Pruned.Top = &train.Top{K: 3, Correct: 940}
			continue
		}
		r.Scored = &trial.Scored{Names: []string{"ant", "bee"}}
		for k := range fixtures.Images {
			r.Scored.Labels = binary.LittleEndian.AppendUint16(r.Scored.Labels, uint16(k/600))
		}
	}
	got := write(t, p, outs)
	for _, want := range []string{
		"At the recommended ratios, right after pruning, class 1 (bee) loses most: 25.00 \\[20.0",
		"pp of accuracy on its 400 images (one network). It is the worst of 2 classes, picked by these images, so the interval, over images, is corrected to hold for all 2 (Bonferroni). classes.csv has each of them.",
		"has every trial in long form, [classes.csv](tables/classes.csv) every class.",
		"Top-3 accuracy on the validation split, right after pruning: the right class is among the first 3 answers",
		"94.00 \\[92.", // of 1,000 images by Wilson
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
}
