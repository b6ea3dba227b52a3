package plots

import (
	"cmp"
	"image"
	"image/color"
	"iter"
	"slices"
)

// paletted returns the picture, which has to be opaque, in at most 256 colours: a third of the bytes as a PNG. Flat colours
// keep their value; the shades at the edges of lines and letters, far more than 256, take the nearest of those that are
// there. No channel of any pixel moves by more than the least step at which so many colours suffice.
func paletted(m *image.RGBA) *image.Paletted {
	count := map[color.RGBA]int{}
	for y := range m.Rect.Dy() {
		for c, n := range runs(m, y) {
			count[c] += n
		}
	}
	colours := make([]color.RGBA, 0, len(count))
	for c := range count {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	for step := 0; ; step++ {
		palette, index, ok := leaders(step, colours)
		if !ok {
			continue
		}
		out := image.NewPaletted(m.Rect, palette)
		for y := range m.Rect.Dy() {
			row := out.Pix[y*out.Stride:]
			for c, n := range runs(m, y) {
				i := index[c]
				for x := range n {
					row[x] = i
				}
				row = row[n:]
			}
		}
		return out
	}
}

// runs are the colours of a row from left to right, each with the number of its pixels side by side.
func runs(m *image.RGBA, y int) iter.Seq2[color.RGBA, int] {
	return func(yield func(color.RGBA, int) bool) {
		row := m.Pix[y*m.Stride:][:4*m.Rect.Dx()]
		for len(row) > 0 {
			n := 4
			for n < len(row) && [4]byte(row[n:]) == [4]byte(row) {
				n += 4
			}
			if !yield(color.RGBA{row[0], row[1], row[2], row[3]}, n/4) {
				return
			}
			row = row[n:]
		}
	}
}

// leaders takes of the colours, the most frequent first, those that no colour taken before comes within the step of, and gives
// each colour the index of the nearest of those taken so far; not ok if it takes more than 256.
func leaders(step int, colours []color.RGBA) (palette color.Palette, index map[color.RGBA]uint8, ok bool) {
	var taken []color.RGBA
	index = make(map[color.RGBA]uint8, len(colours))
	for _, c := range colours {
		nearest, least := 0, 256
		for i, t := range taken {
			if d := farthest(c, t); d < least {
				nearest, least = i, d
			}
		}
		if least > step {
			if len(taken) == 256 {
				return nil, nil, false
			}
			nearest = len(taken)
			taken = append(taken, c)
			palette = append(palette, c)
		}
		index[c] = uint8(nearest)
	}
	return palette, index, true
}

// farthest is the largest difference of a channel.
func farthest(a, b color.RGBA) int {
	d := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return max(d(a.R, b.R), d(a.G, b.G), d(a.B, b.B))
}
