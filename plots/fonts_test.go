package plots

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"

	"prunelab/model/dataset"
)

// No test but those here sees a font of the machine.
func TestMain(m *testing.M) {
	others = &fontFiles{list: func() ([]string, error) { return nil, nil }}
	os.Exit(m.Run())
}

// withFonts has figures find the fonts in files until the test ends.
func withFonts(t *testing.T, files ...string) {
	before := others
	others = &fontFiles{list: func() ([]string, error) { return files, nil }}
	t.Cleanup(func() { others = before })
}

// pixelsOf draws a text, on a page of 80 x 20 points.
func pixelsOf(s string, size vg.Length) image.Image {
	c := vgimg.NewWith(vgimg.UseWH(80, 20), vgimg.UseDPI(144), vgimg.UseBackgroundColor(paper))
	(&canvas{Canvas: c}).text(words{size: size, color: ink}, vg.Point{X: 4, Y: 4}, left, bottom, s)
	return c.Image()
}

func dark(m image.Image) (n int) {
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			if r, _, _, _ := m.At(x, y).RGBA(); r < 0x8000 {
				n++
			}
		}
	}
	return n
}

// A font of the machine draws what the program's own lacks, as wide as it is, and
// changes nothing of what that has.
func TestFontsOfTheMachineDrawWhatIsLacking(t *testing.T) {
	const text = "剪枝 無 L1→L2 é"
	w := words{size: 10}
	if got, err := Undrawn(text, "剪"); string(got) != "剪枝無" || err != nil {
		t.Fatalf("without a font %q are not drawn, %v", string(got), err)
	}
	latin, boxes := pixelsOf("L1→L2 é", 10), pixelsOf("剪枝", 10)
	withFonts(t, "testdata/missing.ttf", "fonts.go", "testdata/han.ttf")
	if got, _ := Undrawn(text); string(got) != "無" {
		t.Errorf("%q are not drawn", string(got))
	}
	if got := w.drawable(text); got != "剪枝 □ L1→L2 é" {
		t.Errorf("%q is drawn", got)
	}
	if got := w.width("剪枝"); got < 19.9 || got > 20.1 { // two squares of 10 points
		t.Errorf("two characters are %v long", got)
	}
	if got, want := w.width("a剪b"), w.width("a")+w.width("剪")+w.width("b"); got != want {
		t.Errorf("the whole is %v long, its parts %v", got, want)
	}
	same := func(a, b image.Image) bool {
		for y := range a.Bounds().Dy() {
			for x := range a.Bounds().Dx() {
				if a.At(x, y) != b.At(x, y) {
					return false
				}
			}
		}
		return true
	}
	if !same(pixelsOf("L1→L2 é", 10), latin) {
		t.Error("what the program's font has is drawn otherwise")
	}
	if m := pixelsOf("剪枝", 10); same(m, boxes) || dark(m) < 100 {
		t.Errorf("%d dark pixels, or boxes", dark(m))
	}
}

// What a viewer's fonts may have stands in an SVG whatever fonts are here.
func TestSVGKeepsWhatIsDrawnAsBoxes(t *testing.T) {
	c := newSVG(100, 100, 1, "x")
	(&canvas{Canvas: c}).text(words{size: 10, color: ink}, vg.Point{X: 4, Y: 4}, left, bottom, "剪枝 10⁻⁶")
	if svg := string(c.finish()); !strings.Contains(svg, ">剪枝 10^−6</text>") {
		t.Error(svg)
	}
}

// Scripts whose characters join or run the other way are not drawn one by one.
func TestScriptsThatAreShapedStayBoxes(t *testing.T) {
	for _, r := range "بשनไ\u0301" {
		if unshaped(r) {
			t.Errorf("%q would be drawn by itself", r)
		}
	}
	for _, r := range "剪ひカ한Ж△" {
		if !unshaped(r) {
			t.Errorf("%q would not be drawn", r)
		}
	}
}

// A file that is named and is no font is said, and what there is else is used.
func TestNamedFontThatCannotBeReadIsSaid(t *testing.T) {
	before := others
	t.Cleanup(func() { others = before })
	t.Setenv(FontVariable, "fonts.go")
	others = &fontFiles{list: installed}
	if _, err := Undrawn("a"); err == nil || !strings.Contains(err.Error(), FontVariable+": fonts.go is no TrueType or OpenType font") {
		t.Errorf("%v", err)
	}
	t.Setenv(FontVariable, "testdata/han.ttf")
	others = &fontFiles{list: installed}
	files, err := installed()
	if err != nil || len(files) == 0 || files[0] != "testdata/han.ttf" {
		t.Errorf("%q, %v", files, err)
	}
	if got, err := Undrawn("剪枝"); len(got) > 0 || err != nil {
		t.Errorf("%q, %v", string(got), err)
	}
}

// The PDF and the contact sheet of names in Chinese differ from those with boxes, and
// figures are the same bytes each time.
func TestEveryFormatDrawsNamesInChinese(t *testing.T) {
	set := &dataset.Set{Shape: dataset.Shape{C: 1, H: 4, W: 4}, Classes: 1, Labels: []uint16{0}, Images: make([]uint8, 16), Names: []string{"剪枝"}}
	render := func() (all []string) {
		sheet, err := ContactSheet(set, "x")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(bytes.NewReader(sheet)); err != nil {
			t.Fatal(err)
		}
		c := newPDF(100, 100, "x")
		(&canvas{Canvas: c}).text(words{size: 10, color: ink, turn: true}, vg.Point{X: 14, Y: 4}, center, middle, "a 剪枝 b")
		var b bytes.Buffer
		if err := c.doc.Output(&b); err != nil {
			t.Fatal(err)
		}
		return []string{string(sheet), b.String()}
	}
	boxes := render()
	withFonts(t, "testdata/han.ttf")
	drawn := render()
	if drawn[0] == boxes[0] || drawn[1] == boxes[1] {
		t.Error("boxes are drawn")
	}
	if again := render(); !slices.Equal(again, drawn) {
		t.Error("the same is drawn otherwise")
	}
}
