package stats

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// bySeed numbers values from seed 1.
func bySeed(values ...float64) map[uint64]float64 {
	m := map[uint64]float64{}
	for i, v := range values {
		m[uint64(i+1)] = v
	}
	return m
}

// bandOf is Simultaneous of seeds x points.
func bandOf(x [][]float64, level float64) ([]Estimate, error) {
	return Simultaneous(pointsOf(x), level)
}

func pointsOf(x [][]float64) []map[uint64]float64 {
	points := make([]map[uint64]float64, len(x[0]))
	for j := range points {
		points[j] = map[uint64]float64{}
		for i, row := range x {
			points[j][uint64(i+1)] = row[j]
		}
	}
	return points
}

// columnsOf is points x seeds.
func columnsOf(x [][]float64) [][]float64 {
	columns := make([][]float64, len(x[0]))
	for _, row := range x {
		for j, v := range row {
			columns[j] = append(columns[j], v)
		}
	}
	return columns
}

// The values that every published figure was drawn with.
func TestSimultaneousOfWholeSeedsStaysWhatItWas(t *testing.T) {
	es, err := Simultaneous([]map[uint64]float64{bySeed(0.98, 0.95, 0.97, 0.99), bySeed(0.90, 0.93, 0.88, 0.91)}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][3]float64{
		{0.9724999999999999, 0.936836044216377, 1.0081639557836228},
		{0.905, 0.8615292470763937, 0.9484707529236064},
	} {
		if got := [3]float64{es[i].Value, es[i].Lo, es[i].Hi}; got != want || es[i].Method != MethodMaxT {
			t.Errorf("point %d: %v by %s, want %v", i, got, es[i].Method, want)
		}
	}
}

// With a seed missing at one point there is no band: each interval is at
// 1 - 0.05/2. SciPy 1.10.1: stats.t.interval(1-.05/2, len(d)-1, d.mean(),
// stats.sem(d)).
func TestSimultaneousOfBrokenSeedsAgreesWithSciPy(t *testing.T) {
	points := []map[uint64]float64{bySeed(0.98, 0.95, 0.97, 0.99), bySeed(0.90, 0.93, 0.88)}
	es, err := Simultaneous(points, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][3]float64{
		{0.9725, 0.9368360442160409, 1.008163955783959},
		{0.9033333333333333, 0.8131717342902489, 0.993494932376418},
	} {
		near(t, "mean", es[i].Value, want[0], 1e-12)
		near(t, "lo", es[i].Lo, want[1], 1e-9)
		near(t, "hi", es[i].Hi, want[2], 1e-9)
		if es[i].Level != 0.95 || es[i].N != len(points[i]) || !strings.Contains(es[i].Method, "Bonferroni over 2 points") {
			t.Errorf("point %d says %+v", i, es[i])
		}
	}
	back, err := Simultaneous([]map[uint64]float64{points[1], points[0]}, 0.95)
	if err != nil || !reflect.DeepEqual(back[0], es[1]) || !reflect.DeepEqual(back[1], es[0]) {
		t.Errorf("the points in the other order give %+v (%v)", back, err)
	}
}

// As many seeds, but others: they share no experiment.
func TestSimultaneousOfDifferentSeedsIsNoBand(t *testing.T) {
	es, err := Simultaneous([]map[uint64]float64{{1: 0.9, 2: 0.8}, {1: 0.9, 3: 0.7}}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range es {
		if !strings.Contains(e.Method, "Bonferroni") {
			t.Errorf("the method is %q", e.Method)
		}
	}
}

func TestSimultaneousOfOneSeedHasNoInterval(t *testing.T) {
	es, err := Simultaneous([]map[uint64]float64{{1: 0.9, 2: 0.8}, {2: 0.7}}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if e := es[1]; e.Level != 0 || e.Lo != 0.7 || e.Hi != 0.7 || strings.Contains(e.Method, "Bonferroni") {
		t.Errorf("a point of one seed says %+v", e)
	}
	for _, points := range [][]map[uint64]float64{nil, {{1: 1, 2: 2}, {}}} {
		if _, err := Simultaneous(points, 0.95); !errors.Is(err, ErrEmpty) {
			t.Errorf("of %v: %v", points, err)
		}
	}
}
