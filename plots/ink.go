package plots

import (
	"fmt"
	"image/color"
	"slices"
)

// Where colours are asked for, a page is drawn in codes for the places of what is told
// apart by colour, which a canvas takes for the colours that were chosen: it is known
// then how many are needed.

// codeRed marks a code; it is the red of no ink of the house.
const codeRed = 3

// coded is the code of a place, up to 65535.
func coded(place int) color.NRGBA {
	return color.NRGBA{R: codeRed, G: uint8(place >> 8), B: uint8(place), A: 255}
}

// placeOfCode is the place of a code.
func placeOfCode(c color.NRGBA) (place int, is bool) {
	return int(c.G)<<8 | int(c.B), c.R == codeRed
}

// inks are the colours for the codes of a page; nil: it has none.
type inks map[int]color.NRGBA

// SetColor takes the colour of what follows, that of its place where it is a code.
func (c *canvas) SetColor(clr color.Color) {
	if n, ok := clr.(color.NRGBA); ok && c.inks != nil {
		if place, is := placeOfCode(n); is {
			if c.seen != nil {
				c.seen[place] = true
			}
			clr = faded(c.inks[place], n.A)
		}
	}
	c.Canvas.SetColor(clr)
}

// lookAt is the look of the i-th arm or layer, in its code where colours are asked for.
func (in Input) lookAt(i int) look {
	l := lookAt(i)
	if in.coded {
		l.color = coded(i)
	}
	return l
}

// inked is a page in the colours that are asked for, those of its places in their order.
func (p page) inked(kind string, palette []color.NRGBA) (page, error) {
	w, h := p.size()
	c := &canvas{Canvas: newSVG(w, h, 1, ""), inks: inks{}, seen: map[int]bool{}}
	p.draw(c)
	var places []int
	for place := range c.seen {
		places = append(places, place)
	}
	slices.Sort(places)
	switch n := len(places); {
	case n == 0:
		return p, refused("the figure %s tells nothing apart by colours that could be chosen; leave the palette out", kind)
	case n > len(palette):
		return p, refused("the figure %s needs %d colours, and %d are given", kind, n, len(palette))
	}
	p.inks = inks{}
	for i, place := range places {
		p.inks[place] = palette[i]
	}
	return p, nil
}

// Refused is what a figure cannot be because of what was asked, rather than of the data.
type Refused struct{ error }

func refused(format string, args ...any) error { return Refused{fmt.Errorf("plots: "+format, args...)} }
