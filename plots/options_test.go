package plots

import (
	"bytes"
	"errors"
	"image/color"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"prunelab/analysis/stats"
	"prunelab/experiments/figure"
)

// The names that a study file and the command line know are those of the figures.
func TestKindsAreThoseThatCanBeAskedFor(t *testing.T) {
	if !slices.Equal(Kinds(), figure.Kinds) {
		t.Errorf("%v, asked for can be %v", Kinds(), figure.Kinds)
	}
}

// A page with letters of another size has the width and the rows that were asked for, in
// every format.
func TestFontSize(t *testing.T) {
	in := lenetSample().input()
	f, err := Draw(in, "tradeoff", Style{Width: 180 * mm, Height: 50 * mm, FontSize: 12})
	if err != nil {
		t.Fatal(err)
	}
	w, h, by := f.page.printed()
	if math.Abs(float64(w-180*mm)) > 1e-6 || by != 1.5 || math.Abs(float64(f.page.rows[0].height*by-50*mm)) > 1e-6 {
		t.Errorf("%v wide, %v times", w/mm, by)
	}
	b, err := f.PNG(100)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := m.Bounds().Dx(), int(math.Ceil(w.Dots(100))); got < want-1 || got > want+1 {
		t.Errorf("%d pixels wide, want %d", got, want)
	}
	right, low := m.Bounds().Dx()*3/4, m.Bounds().Dy()*3/4 // the page is filled, not its corner
	seen := [2]bool{}
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			if r, _, _, _ := m.At(x, y).RGBA(); r < 0x8000 {
				seen[0], seen[1] = seen[0] || x > right, seen[1] || y > low
			}
		}
	}
	if !seen[0] || !seen[1] {
		t.Errorf("the page is not filled: %v", seen)
	}
	svg, err := f.Render(SVG)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(svg, []byte(`width="180mm"`)) || !bytes.Contains(svg, []byte(`viewBox="0 0 340.16 `)) { // 180 mm in points, over 1.5
		t.Errorf("%.300s", svg)
	}
	if b, err := f.Render(PDF); err != nil || !bytes.Contains(b, []byte("[0 0 510.24 ")) {
		t.Errorf("the page of the PDF: %v, %v", err, h)
	}
	if _, err := Draw(in, "tradeoff", Style{Width: 80 * mm, FontSize: 20}); err == nil || !strings.Contains(err.Error(), "letters of 20 pt need a width of at least 100 mm") {
		t.Errorf("%v", err)
	}
}

// Everything on an enlarged canvas is as it is on one of that size.
func TestEnlargedIsTheSameInLarge(t *testing.T) {
	c := newSVG(100, 100, 1, "x")
	e := enlarged{c, 2}
	e.SetLineWidth(1)
	e.SetLineDash([]vg.Length{3}, 1)
	e.Push()
	e.Translate(vg.Point{X: 10, Y: 10})
	e.Stroke(vg.Path{{Type: vg.MoveComp, Pos: vg.Point{X: 1, Y: 1}}, {Type: vg.LineComp, Pos: vg.Point{X: 2, Y: 2}}})
	e.FillString(words{size: 10}.face(), vg.Point{X: 5, Y: 5}, "a")
	e.Pop()
	got := string(c.finish())
	for _, want := range []string{`M22,78L24,76`, `stroke-width="2"`, `stroke-dasharray="6"`, `stroke-dashoffset="2"`, `font-size="20"`, `x="30" y="70"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

// Colours are taken in the order of what is drawn; too few are an error that says how
// many are needed, and so are colours for a figure without curves.
func TestPalette(t *testing.T) {
	in := lenetSample().input()
	red, blue, green := color.NRGBA{R: 255, A: 255}, color.NRGBA{B: 255, A: 255}, color.NRGBA{G: 128, A: 255}
	draw := func(kind string, in Input, palette ...color.NRGBA) (string, error) {
		f, err := Draw(in, kind, Style{Palette: palette})
		if err != nil {
			return "", err
		}
		b, err := f.Render(SVG)
		return string(b), err
	}
	svg, err := draw("tradeoff", in, red, blue, green)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"#ff0000", "#0000ff", "#008000"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, own := range []string{"#0072b2", "#d55e00", "#009e73", "#03"} {
		if strings.Contains(svg, own) {
			t.Errorf("%s is left", own)
		}
	}
	if _, err := draw("tradeoff", in, red, blue); err == nil || !strings.Contains(err.Error(), "the figure tradeoff needs 3 colours, and 2 are given") || !errors.As(err, new(Refused)) {
		t.Errorf("%v", err)
	}
	if svg, err = draw("tradeoff", in.Only([]string{"L1"}, nil, nil), red); err != nil || !strings.Contains(svg, "#ff0000") {
		t.Errorf("one arm needs one colour: %v", err)
	}
	if _, err := draw("heatmap", in, red); err == nil || !strings.Contains(err.Error(), "leave the palette out") {
		t.Errorf("%v", err)
	}
	many, err := Together([]Run{{"a", lenetSample().input()}, {"b", lenetSample().input()}, {"c", lenetSample().input()}, {"d", lenetSample().input()}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := draw("tradeoff", many, red, blue); err == nil || !strings.Contains(err.Error(), "needs 12 colours") {
		t.Errorf("colours that come twice are counted once: %v", err)
	}
	if _, err := Draw(in, "sensitivity", Style{Name: Han2015, Palette: []color.NRGBA{red}}); err == nil || !strings.Contains(err.Error(), "needs 4 colours") {
		t.Errorf("the paper's figures are not coloured: %v", err)
	}
	for _, c := range slices.Concat(okabeIto, viridis, []color.NRGBA{ink, softInk, gridInk, stripInk, paper, emptyInk, quietInk, gainInk, marginInk}) {
		if _, is := placeOfCode(c); is {
			t.Errorf("%v is taken for a code", c)
		}
	}
}

// Texts are in the words that are given, and the others as they are.
func TestWords(t *testing.T) {
	in := lenetSample().input()
	words, err := Words(in, "tradeoff", Style{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Parameters pruned away (%)", "Change of accuracy (pp)", "Before retraining", "L1→L2", "iterative 0.2", "The vertical axis is linear to 1 pp and logarithmic beyond."} {
		if !slices.Contains(words, want) {
			t.Errorf("%q is no word: %q", want, words)
		}
	}
	f, err := Draw(in, "tradeoff", Style{Words: map[string]string{"Change of accuracy (pp)": "Genauigkeit (Prozentpunkte)", "Before retraining": "Vor dem Nachtrainieren", "L1": "Betragssumme"}})
	if err != nil {
		t.Fatal(err)
	}
	texts, _, _ := drawn(f)
	has := func(s string) bool { return slices.ContainsFunc(texts, func(b textBox) bool { return b.text == s }) }
	for _, want := range []string{"Genauigkeit (Prozentpunkte)", "a  Vor dem Nachtrainieren", "Betragssumme", "Parameters pruned away (%)", "b  After retraining"} {
		if !has(strings.ReplaceAll(want, "  ", panelLetter)) {
			t.Errorf("%q is not drawn", want)
		}
	}
	if has("Change of accuracy (pp)") || has("L1") {
		t.Error("the own words are drawn as well")
	}
	claims, err := Words(in, "effects", Style{})
	if err != nil || len(claims) < 5 {
		t.Fatalf("%q, %v", claims, err)
	}
	if f, err = Draw(in, "effects", Style{Words: map[string]string{claims[0]: "Behauptung eins"}}); err != nil { // which the figure breaks into lines itself
		t.Fatal(err)
	}
	if texts, _, _ = drawn(f); !has("Behauptung eins") {
		t.Errorf("%q is not drawn in other words", claims[0])
	}
	all := AllWords(in)
	for _, w := range slices.Concat(words, claims) {
		if !slices.Contains(all, w) {
			t.Errorf("%q is a word of no figure", w)
		}
	}
}

// A text of a script without spaces is broken between its characters, and nothing of it
// is lost.
func TestChineseIsWrapped(t *testing.T) {
	w := words{size: noteSize}
	const text = "带状区域：95 % 置信区间（Student t），共10个种子。虚线为重新训练之前，实线为重新训练之后。"
	lines := w.wrap(text, 80)
	if len(lines) < 3 {
		t.Errorf("%q", lines)
	}
	for _, line := range lines {
		if w.width(line) > 80 {
			t.Errorf("%q is too long", line)
		}
		if first := []rune(line)[0]; strings.ContainsRune("，。）", first) {
			t.Errorf("%q begins with what ends a phrase", line)
		}
	}
	if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.ReplaceAll(text, " ", "") {
		t.Errorf("%q", lines)
	}
	if got := w.wrap("a bb ccc", 1000); len(got) != 1 || got[0] != "a bb ccc" {
		t.Errorf("%q", got)
	}
}

// A range in which nothing lies is refused with the range that the data have; one that a
// curve passes through is drawn.
func TestRangeWithoutData(t *testing.T) {
	in := lenetSample().input()
	for want, s := range map[string]Style{
		"x from 0 to 98 (Parameters pruned away (%)), not within 98.5:99": {X: [2]float64{98.5, 99}},
		"(Change of accuracy (pp)), not within 5:9":                       {Y: [2]float64{5, 9}},
	} {
		if _, err := Draw(in, "tradeoff", s); err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, new(Refused)) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	f, err := Draw(in, "tradeoff", Style{X: [2]float64{51, 52}})
	if err != nil {
		t.Fatalf("a curve passes through it: %v", err)
	}
	if x := f.page.rows[0].panels[0].x; !slices.ContainsFunc(x.ticks, func(t tick) bool { return t.label != "" && x.within(t.at) }) {
		t.Errorf("nothing tells where it is: %v", x.ticks)
	}
	if _, err := Draw(in, "weights", Style{X: [2]float64{90, 91}}); err == nil || !errors.As(err, new(Refused)) || strings.Contains(err.Error(), "Inf") {
		t.Errorf("%v", err)
	}
	if _, err := Draw(in, "heatmap", Style{Linear: true}); err == nil || !strings.Contains(err.Error(), "no axes of numbers") {
		t.Errorf("%v", err)
	}
	if _, err := Draw(in, "sensitivity", Style{Width: 100 * mm, Height: 2000 * mm}); err == nil || !strings.Contains(err.Error(), "and 5080 mm are the most") {
		t.Errorf("%v", err)
	}
}

// Where networks lack a control there are curves, and what they lack is said.
func TestNoLossSaysWhy(t *testing.T) {
	in := quickSample().input()
	in.Curves = slices.Clone(in.Curves)
	for i := range in.Curves {
		points := slices.Clone(in.Curves[i].Points)
		for j := range points {
			points[j].Loss, points[j].LossBand = stats.Estimate{}, stats.Estimate{}
		}
		in.Curves[i].Points = points
	}
	for _, c := range []struct {
		in   Input
		want string
	}{{in, "have no result of an unpruned control"}, {in.Only([]string{"none"}, nil, nil), "no curve over the whole network"}} {
		if err := c.in.noLoss(); !errors.Is(err, ErrNoData) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// What is missing is listed by series.
func TestMissingPointsAreListedBySeries(t *testing.T) {
	l := lacks{{"L2", "50 %", "not run", 1, 1, ""}, {"L2", "80 %", "not run", 1, 1, ""}, {"L1", "50 %", "", 1, 2, "retrained"}, {"L3", "50 %", "", 1, 1, ""}, {"L3", "90 %", "", 1, 1, ""}}
	if got, want := l.words(2), "L2 at 50 %, 80 % (not run); L1 retrained at 50 %; and 2 more, see the CSV"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
