package plots

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// tick is a mark on an axis. Ticks without a label are minor. Where labels
// would touch, those of a higher rank go.
type tick struct {
	at    float64
	label string
	rank  int
}

// linearTicks are multiples of 1, 2 or 5 times a power of ten, at most n
// intervals of them unless that would leave fewer than three ticks, written in
// the given unit with as many decimals as the step has.
func linearTicks(from, to float64, n int, unit float64) []tick {
	lo, hi := min(from, to), max(from, to)
	step := niceStep(lo, hi, n)
	for math.Floor(hi/step)-math.Ceil(lo/step) < 2 {
		n++
		step = niceStep(lo, hi, n)
	}
	decimals := max(0, -int(math.Floor(math.Log10(step/unit)+1e-9)))
	var ticks []tick
	for i := math.Ceil(lo/step - 1e-9); i*step <= hi+1e-9*step; i++ {
		v := round(i*step) + 0 // never -0
		ticks = append(ticks, tick{at: v, label: minus(strconv.FormatFloat(v/unit, 'f', decimals, 64))})
	}
	return ticks
}

// niceStep is the least 1, 2 or 5 times a power of ten that divides the range
// into at most n intervals.
func niceStep(lo, hi float64, n int) float64 {
	raw := (hi - lo) / float64(n)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*power >= raw*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// logTicks are 1, 2 and 5 times the powers of ten, all labelled while the range
// is under two and a half decades, otherwise the powers alone. Where these are
// fewer than four, other multiples stand between them.
func logTicks(from, to float64, write func(float64) string) []tick {
	lo, hi := min(from, to), max(from, to)
	if lo <= 0 {
		panic("plots: logarithmic ticks from 0 or less")
	}
	wide := math.Log10(hi/lo) > 2.5
	rank := map[float64]int{1: 0, 2: 1, 5: 2, 1.5: 3, 3: 3, 4: 4, 6: 4, 8: 4}
	var ticks []tick
	add := func(multiples ...float64) {
		for e := math.Floor(math.Log10(lo)); e <= math.Log10(hi); e++ {
			for _, m := range multiples {
				v := round(m * math.Pow(10, e))
				if v < lo*(1-1e-9) || v > hi*(1+1e-9) {
					continue
				}
				t := tick{at: v, rank: rank[m]}
				if !wide || m == 1 {
					t.label = write(v)
				}
				ticks = append(ticks, t)
			}
		}
	}
	if add(1, 2, 5); len(ticks) < 4 {
		add(1.5, 3, 4, 6, 8)
	}
	slices.SortFunc(ticks, func(a, b tick) int { return cmp.Compare(a.at, b.at) })
	return ticks
}

// complementTicks are the fractions that lack 1, 2 or 5 times a power of ten to
// 1: 0, 50, 80, 90, 95, 98, 99, ... percent.
func complementTicks(from, to float64) []tick {
	lo, hi := min(from, to), max(from, to)
	var ticks []tick
	for _, t := range logTicks(1-hi, 1-lo, func(v float64) string { return percent(1 - v) }) {
		if t.label == "" {
			t.label = percent(1 - t.at)
			t.rank += 2
		}
		t.at = round(1 - t.at)
		ticks = append(ticks, t)
	}
	return ticks
}

// changeTicks are 0 and both signs of 0.5 and of 1, 2 and 5 times the powers of
// ten from 1 pp on.
func changeTicks(s changing, from, to float64) []tick {
	lo, hi := min(from, to), max(from, to)
	var ticks []tick
	add := func(v float64, rank int) {
		if v >= lo-1e-12 && v <= hi+1e-12 {
			ticks = append(ticks, tick{at: v, label: points(v), rank: rank})
		}
	}
	add(0, 0)
	for _, sign := range []float64{-1, 1} {
		add(sign*s.linear/2, 2)
		for v := s.linear; v < 2; v *= 10 {
			for rank, m := range []float64{1, 2, 5} {
				add(sign*round(v*m), rank)
			}
		}
	}
	return ticks
}

// round drops the rounding error of a computed tick.
func round(v float64) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 9, 64), 64)
	return r
}

// plain writes a number with a true minus sign.
func plain(v float64) string {
	return minus(strconv.FormatFloat(round(v), 'f', -1, 64))
}

func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

// hundredth is the unit of percent and of percentage points.
const hundredth = 0.01

// percent writes a fraction in percent, without the sign.
func percent(v float64) string { return plain(round(v) * 100) }

// points writes a change of accuracy in percentage points, without the unit.
func points(v float64) string { return plain(round(v) * 100) }

// count writes a large number of things: 500, 2k, 10M.
func count(v float64) string {
	switch {
	case v >= 1e6:
		return plain(v/1e6) + "M"
	case v >= 1e3:
		return plain(v/1e3) + "k"
	}
	return plain(v)
}

// times writes a factor.
func times(v float64) string { return plain(v) + "×" }
