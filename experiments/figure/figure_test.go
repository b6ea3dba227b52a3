package figure

import (
	"errors"
	"image/color"
	"math"
	"testing"
)

// What is typed is read into points, numbers and colours.
func TestLook(t *testing.T) {
	l, err := Options{Width: "25.4mm", Height: "2in", X: "50:95", Y: "-5:0.5", FontSize: "10", Palette: []string{"#0072b2", "#D55E00"}, Stage: "pruned"}.Look()
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(l.Width-72) > 1e-9 || math.Abs(l.Height-144) > 1e-9 || l.X != [2]float64{50, 95} || l.Y != [2]float64{-5, 0.5} || l.FontSize != 10 || l.DPI != 300 || l.Style != Paper {
		t.Errorf("%+v", l)
	}
	if want := (color.NRGBA{R: 0xd5, G: 0x5e, A: 255}); len(l.Palette) != 2 || l.Palette[1] != want {
		t.Errorf("%v", l.Palette)
	}
	if l, err := (Options{Arms: []string{"L2", " L1 "}}).Look(); err != nil || len(l.Arms) != 2 || l.Arms[1] != "L1" {
		t.Errorf("%q, %v", l.Arms, err)
	}
	for _, name := range Palettes() {
		if l, err := (Options{Palette: []string{name}}).Look(); err != nil || len(l.Palette) < 5 {
			t.Errorf("%s: %v, %v", name, l.Palette, err)
		}
	}
}

// A fault names its option and says what is needed.
func TestFaults(t *testing.T) {
	for want, o := range map[string]Options{
		"--width 3: a length as 89mm or 5.5in is needed":                                                                                        {Width: "3"},
		"--width 51m: a length as 89mm or 5.5in is needed":                                                                                      {Width: "51m"},
		"--height 90in: between 10 and 2000 mm are possible":                                                                                    {Height: "90in"},
		"--width 9mm: between 10 and 2000 mm are possible":                                                                                      {Width: "9mm"},
		"--width NaNmm: between 10 and 2000 mm are possible":                                                                                    {Width: "NaNmm"},
		"--x 1: two different numbers with a colon between them are needed, as --x=-5:0.5":                                                      {X: "1"},
		"--y 1:1: two different numbers with a colon between them are needed, as --y=-5:0.5":                                                    {Y: "1:1"},
		"--y inf:1: two different numbers with a colon between them are needed, as --y=-5:0.5":                                                  {Y: "inf:1"},
		"--dpi 1: between 30 and 1200 is needed":                                                                                                {DPI: 1},
		"--font-size 100: a size of 4 to 72 points is needed, as 10":                                                                            {FontSize: "100"},
		"--font-size big: a size of 4 to 72 points is needed, as 10":                                                                            {FontSize: "big"},
		"--style fancy: it can be paper, screen or han2015":                                                                                     {Style: "fancy"},
		"--arms has an empty name; give names with commas between them, or leave the option out":                                                {Arms: []string{""}},
		"--layers has an empty name; give names with commas between them, or leave the option out":                                              {Layers: []string{"conv1", " "}},
		"--stage all: it can be pruned or retrained":                                                                                            {Stage: "all"},
		"--palette tol: colours as #0072b2,#d55e00, or the name of a palette are needed: okabe-ito, tol-bright, tol-vibrant, tol-muted, ibm":    {Palette: []string{"tol"}},
		"--palette #0072b: colours as #0072b2,#d55e00, or the name of a palette are needed: okabe-ito, tol-bright, tol-vibrant, tol-muted, ibm": {Palette: []string{"#0072b"}},
		"--palette #0072B2: it is there twice, and what has it would not be told apart":                                                         {Palette: []string{"#0072b2", "#0072B2"}},
		"--palette #ffffff: white is not seen on a page":                                                                                        {Palette: []string{"#ffffff"}},
	} {
		_, err := o.Look()
		var f Fault
		if !errors.As(err, &f) || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
