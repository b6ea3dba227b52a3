package recommend

import (
	"strings"
	"testing"

	"prunelab/analysis/stats"
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
