package plots

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"
)

// A picture like a figure: flat areas, and between each two of them every shade.
func TestPalettedKeepsFlatColours(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	m := image.NewRGBA(image.Rect(0, 0, 600, 400))
	flat := []color.RGBA{{255, 255, 255, 255}, {213, 94, 0, 255}, {0, 114, 178, 255}, {240, 228, 220, 255}, {60, 60, 60, 255}}
	for y := range 400 {
		for x := range 600 {
			m.SetRGBA(x, y, flat[x/120])
		}
	}
	for range 20000 { // shades that 256 colours do not hold
		a, b, w := flat[r.IntN(5)], flat[r.IntN(5)], r.Float64()
		mix := func(p, q uint8) uint8 { return uint8(float64(p)*w + float64(q)*(1-w) + 0.5) }
		m.SetRGBA(r.IntN(600), r.IntN(400), color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255})
	}
	shades := map[color.RGBA]int{}
	for y := range 400 {
		for x := range 600 {
			shades[m.RGBAAt(x, y)]++
		}
	}
	p := paletted(m)
	if len(shades) <= 256 || len(p.Palette) > 256 {
		t.Fatalf("%d shades became %d", len(shades), len(p.Palette))
	}
	furthest := 0
	for y := range 400 {
		for x := range 600 {
			was, is := m.RGBAAt(x, y), p.At(x, y).(color.RGBA)
			furthest = max(furthest, farthest(was, is))
			for _, f := range flat {
				if was == f && is != f {
					t.Fatalf("%v of a flat area became %v", was, is)
				}
			}
		}
	}
	if furthest > 24 {
		t.Errorf("a channel moved by %d", furthest)
	}
}

func TestPalettedIsExactWithFewColours(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range 256 {
		m.SetRGBA(i%16, i/16, color.RGBA{uint8(i), uint8(255 - i), 7, 255})
	}
	p := paletted(m)
	for i := range 256 {
		if was, is := m.RGBAAt(i%16, i/16), p.At(i%16, i/16).(color.RGBA); was != is {
			t.Fatalf("%v became %v", was, is)
		}
	}
}
