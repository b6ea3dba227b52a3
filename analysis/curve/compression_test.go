package curve

import (
	"testing"

	"prunelab/analysis/internal/fixtures"
)

// Half and nine tenths of every layer gone leave a half and a tenth of the
// weights and of the multiply-adds.
func TestCompressionAndSpeedupAreDenseOverKept(t *testing.T) {
	p, outs := study(fixtures.All(true, 0.5, 0.9))
	curves := build(t, p, outs)
	for _, c := range curves {
		speedup := Speedups(curves, c.Arm)
		for i, want := range []float64{1, 2, 10} {
			point := c.Points[i]
			times, ok := point.Compression()
			if !ok {
				t.Fatalf("%v has no compression", point.Requested)
			}
			near(t, "compression", times, want)
			if times, ok = speedup(point); !ok {
				t.Fatalf("%v has no speed-up", point.Requested)
			}
			near(t, "speed-up", times, want)
		}
	}
	if _, ok := (Point{Placed: true, Whole: 1}).Compression(); ok {
		t.Error("a network without weights has a compression")
	}
	if _, ok := Speedups(curves, "another")(curves[0].Points[1]); ok {
		t.Error("an arm without a dense network has a speed-up")
	}
}
