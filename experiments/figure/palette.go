package figure

import (
	"image/color"
	"slices"
	"strconv"
	"strings"
)

// palettes are colours that the colour-blind can tell apart: of Okabe and Ito (2008) as
// reports have them, of Paul Tol (Colour schemes, SRON/EPS/TN/09-002, issue 3.2, 2021),
// and of IBM's design library.
var palettes = []struct {
	name    string
	colours []string
}{
	{"okabe-ito", []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#e69f00", "#56b4e9", "#999999", "#7a4810"}},
	{"tol-bright", []string{"#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb"}},
	{"tol-vibrant", []string{"#ee7733", "#0077bb", "#33bbee", "#ee3377", "#cc3311", "#009988", "#bbbbbb"}},
	{"tol-muted", []string{"#cc6677", "#332288", "#ddcc77", "#117733", "#88ccee", "#882255", "#44aa99", "#999933", "#aa4499"}},
	{"ibm", []string{"#648fff", "#dc267f", "#ffb000", "#785ef0", "#fe6100"}},
}

// Palettes are the names of the palettes.
func Palettes() []string {
	var names []string
	for _, p := range palettes {
		names = append(names, p.name)
	}
	return names
}

// colours reads the name of a palette or a list of colours; nothing is nil.
func colours(words []string) ([]color.NRGBA, error) {
	if len(words) == 1 {
		for _, p := range palettes {
			if p.name == words[0] {
				words = p.colours
			}
		}
	}
	var all []color.NRGBA
	for _, word := range words {
		hex, is := strings.CutPrefix(strings.TrimSpace(word), "#")
		v, err := strconv.ParseUint(hex, 16, 32)
		if !is || err != nil || len(hex) != 6 {
			return nil, fault("palette", "%s: colours as #0072b2,#d55e00, or the name of a palette are needed: %s", word, strings.Join(Palettes(), ", "))
		}
		c := color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 255}
		if slices.Contains(all, c) {
			return nil, fault("palette", "%s: it is there twice, and what has it would not be told apart", word)
		}
		if c == (color.NRGBA{R: 255, G: 255, B: 255, A: 255}) {
			return nil, fault("palette", "%s: white is not seen on a page", word)
		}
		all = append(all, c)
	}
	return all, nil
}
