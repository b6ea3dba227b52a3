package plots

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

func TestScalesRise(t *testing.T) {
	for name, s := range map[string]struct {
		scale  scale
		lo, hi float64
	}{
		"linear": {linear{}, -10, 10}, "logarithmic": {logarithmic{}, 1e-6, 1e6},
		"complement": {complement{}, 0, 0.9999}, "changing": {changeScale, -1, 1},
	} {
		rapid.Check(t, func(t *rapid.T) {
			a, b := rapid.Float64Range(s.lo, s.hi).Draw(t, "a"), rapid.Float64Range(s.lo, s.hi).Draw(t, "b")
			if p, q := s.scale.position(a), s.scale.position(b); a < b && p > q || math.IsNaN(p) || math.IsInf(p, 0) {
				t.Fatalf("%s: %v is at %v, %v at %v", name, a, p, b, q)
			}
		})
	}
}

// The change scale joins its two parts: 1 pp at 1, 10 pp at 2, 100 pp at 3.
func TestChangeScale(t *testing.T) {
	for v, want := range map[float64]float64{0: 0, 0.005: 0.5, 0.01: 1, 0.1: 2, 1: 3, -0.1: -2, -0.0025: -0.25} {
		if got := changeScale.position(v); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v is at %v, want %v", v, got, want)
		}
	}
}

func TestAxisRunsFromOneEndToTheOther(t *testing.T) {
	for _, a := range []axis{
		{scale: linear{}, from: -3, to: 8}, {scale: logarithmic{}, from: 100, to: 2}, {scale: complement{}, from: 0, to: 0.98},
	} {
		if a.at(a.from) != 0 || math.Abs(a.at(a.to)-1) > 1e-12 {
			t.Errorf("%+v runs from %v to %v", a, a.at(a.from), a.at(a.to))
		}
		for _, v := range []float64{math.Inf(1), math.Inf(-1), 1, 2, -1, 0} {
			if p := a.at(v); math.IsNaN(p) || math.Abs(p) > 100 {
				t.Errorf("%v is at %v of %+v", v, p, a)
			}
		}
	}
}

func labels(ticks []tick) string {
	var s []string
	for _, t := range ticks {
		if t.label != "" {
			s = append(s, t.label)
		}
	}
	return strings.Join(s, " ")
}

func TestTicks(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"linear, pp", labels(linearTicks(-0.87, 0.03, 6, hundredth)), "−80 −60 −40 −20 0"},
		{"linear, fine", labels(linearTicks(-0.01, 0.0012, 6, hundredth)), "−1.0 −0.8 −0.6 −0.4 −0.2 0.0"},
		{"linear, few", labels(linearTicks(-0.45, 0.45, 4, 1)), "−0.4 −0.2 0.0 0.2 0.4"},
		{"sparsities", labels(complementTicks(0, 0.982)), "98 95 90 80 50 0"},
		{"sparsities, high", labels(complementTicks(0.9, 0.9995)), "99.95 99.9 99.8 99.5 99 98 95 90"},
		{"counts", labels(logTicks(3, 4e6, count)), "10 100 1k 10k 100k 1M"},
		{"losses within a decade", labels(logTicks(0.29, 1.6, plain)), "0.3 0.4 0.5 0.6 0.8 1 1.5"},
		{"accuracies far from perfect", labels(complementTicks(0.35, 0.88)), "85 80 70 60 50 40"},
		{"factors", labels(logTicks(1, 60, times)), "1× 2× 5× 10× 20× 50×"},
		{"changes", labels(changeTicks(changeScale, -0.3, 0.004)), "0 −0.5 −1 −2 −5 −10 −20"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
}

func TestLinearTicksAreRoundInsideAndEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-100, 100).Draw(t, "from")
		hi := lo + math.Pow(10, rapid.Float64Range(-4, 2).Draw(t, "log of the range"))
		ticks := linearTicks(lo, hi, rapid.IntRange(3, 8).Draw(t, "n"), 1)
		if len(ticks) < 2 || len(ticks) > 12 {
			t.Fatalf("%d ticks", len(ticks))
		}
		for i, k := range ticks {
			if beyond := 1e-8 * (hi - lo); k.at < lo-beyond || k.at > hi+beyond || strings.HasPrefix(k.label, "−0") && !strings.ContainsAny(k.label, "123456789") {
				t.Fatalf("tick %+v outside [%v, %v] or a negative zero", k, lo, hi)
			}
			if i > 0 && (k.at <= ticks[i-1].at || k.label == ticks[i-1].label) {
				t.Fatalf("ticks %+v and %+v", ticks[i-1], k)
			}
		}
	})
}

func TestLabelsThatWouldTouchGoByRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ticks []tick
		for range rapid.IntRange(1, 20).Draw(t, "ticks") {
			ticks = append(ticks, tick{at: rapid.Float64Range(0, 100).Draw(t, "at"), label: rapid.SampledFrom([]string{"", "0.5", "−100"}).Draw(t, "label"), rank: rapid.IntRange(0, 2).Draw(t, "rank")})
		}
		extent := func(k tick) (lo, hi vg.Length) {
			half := words{size: tickSize}.width(k.label) / 2
			return vg.Length(k.at) - half, vg.Length(k.at) + half
		}
		touch := func(a, b tick) bool {
			alo, ahi := extent(a)
			blo, bhi := extent(b)
			return alo < bhi && blo < ahi
		}
		shown := fitting(ticks, extent)
		for i, a := range ticks {
			if a.label == "" {
				continue
			}
			obstacle := false
			for j, b := range ticks {
				if i == j || !shown[j] || !touch(a, b) {
					continue
				}
				if shown[i] {
					t.Fatalf("%+v and %+v touch", a, b)
				}
				obstacle = obstacle || b.rank <= a.rank
			}
			if !shown[i] && !obstacle {
				t.Fatalf("%+v is left out though nothing of its rank is in the way", a)
			}
		}
	})
}

func TestTextTheFontLacksIsSeen(t *testing.T) {
	w := words{size: tickSize}
	for s, want := range map[string]string{"L1→L2 ± 3": "L1→L2 ± 3", "10⁻⁶": "10^−6", "m²": "m²", "剪枝 a": "□□ a"} {
		if got := w.drawable(s); got != want {
			t.Errorf("%q is drawn as %q, want %q", s, got, want)
		}
	}
}

func TestWrapKeepsWordsAndWidth(t *testing.T) {
	w := words{size: noteSize}
	const s = "Lines: means; bands: 95\u00a0% interval of the mean, n\u00a0=\u00a010 seeds. Averyveryveryverylongwordwithoutaspace."
	lines := w.wrap(s, 90)
	for _, l := range lines {
		if w.width(l) > 90 {
			t.Errorf("%q is %v long", l, w.width(l))
		}
	}
	if got := strings.Join(lines, " "); !strings.HasPrefix(got, s[:60]) || !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "…") }) {
		t.Errorf("wrapped to %q", lines)
	}
}

func TestInkOnEveryColourIsReadable(t *testing.T) {
	luminance := func(r, g, b uint8) float64 { // WCAG 2, relative luminance
		l := func(v uint8) float64 {
			x := float64(v) / 255
			if x <= 0.04045 {
				return x / 12.92
			}
			return math.Pow((x+0.055)/1.055, 2.4)
		}
		return 0.2126*l(r) + 0.7152*l(g) + 0.0722*l(b)
	}
	before := 1.0
	for i := range 101 {
		c := uniform(float64(i) / 100)
		ground := luminance(c.R, c.G, c.B)
		if ground > before+1e-9 {
			t.Errorf("the colours do not darken at %d %%", i)
		}
		before = ground
		k := inkOn(c)
		a, b := luminance(k.R, k.G, k.B), ground
		if contrast := (max(a, b) + 0.05) / (min(a, b) + 0.05); contrast < 3 {
			t.Errorf("contrast %.1f at %d %%", contrast, i)
		}
	}
}
