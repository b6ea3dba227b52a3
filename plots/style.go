package plots

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

const mm = vg.Millimeter

// Widths of figures in print: one column and a whole page.
const (
	columnWidth = 89 * mm
	pageWidth   = 183 * mm
)

// dpi is the resolution of PNG files at their printed size.
const dpi = 300

// Sizes of text, in points at the printed size.
const (
	tickSize  = 7 * vg.Length(1)
	noteSize  = 7 * vg.Length(1)
	labelSize = 8 * vg.Length(1)
	titleSize = 8 * vg.Length(1)
)

// Widths of lines.
const (
	frameLine    = 0.5 * vg.Length(1)
	gridLine     = 0.4 * vg.Length(1)
	curveLine    = 1.0 * vg.Length(1)
	baselineLine = 0.6 * vg.Length(1)
	whiskerLine  = 0.6 * vg.Length(1)
	historyLine  = 0.35 * vg.Length(1)
	quietLine    = 0.5 * vg.Length(1)
)

// Distances.
const (
	margin      = 3 * vg.Length(1) // around the page
	tickLength  = 2.2 * vg.Length(1)
	tickGap     = 1.8 * vg.Length(1) // between a tick and its label
	labelGap    = 2.5 * vg.Length(1) // between tick labels and the axis label
	panelGap    = 9 * vg.Length(1)   // between panels side by side that share an axis
	rowGap      = 7 * vg.Length(1)   // between rows of panels
	headGap     = 3.5 * vg.Length(1) // between a panel and its title or legend
	noteGap     = 6 * vg.Length(1)   // between the panels and the note
	lineSpacing = 1.25               // of lines of text, times their size
	stripHeight = 8 * vg.Length(1)   // of the strip for crosses at a panel's foot
	keyLength   = 17 * vg.Length(1)  // of the sample line in a legend
	keyGap      = 3 * vg.Length(1)   // between the sample and its word
	entryGap    = 9 * vg.Length(1)   // between entries of a legend
)

// Radii of markers.
const (
	markerRadius = 1.9 * vg.Length(1)
	seedRadius   = 0.85 * vg.Length(1)
)

// Inks that carry no series.
var (
	ink      = color.NRGBA{A: 255}
	softInk  = color.NRGBA{R: 0x55, G: 0x55, B: 0x55, A: 255}
	gridInk  = color.NRGBA{R: 0xE4, G: 0xE4, B: 0xE4, A: 255}
	stripInk = color.NRGBA{R: 0xF1, G: 0xF1, B: 0xF1, A: 255}
	paper    = color.NRGBA{R: 255, G: 255, B: 255, A: 255}
	emptyInk = color.NRGBA{R: 0xD9, G: 0xD9, B: 0xD9, A: 255} // a cell without a number

	quietInk  = color.NRGBA{R: 0xA8, G: 0xA8, B: 0xA8, A: 255} // curves that are not told apart
	gainInk   = color.NRGBA{R: 0xE6, G: 0x9F, A: 255}          // cells of gains, at the largest
	marginInk = color.NRGBA{R: 0xE3, G: 0xEE, B: 0xDC, A: 255} // differences that count as none
)

// Opacities.
const (
	bandAlpha = 0x28
	seedAlpha = 0x70
	pastAlpha = 0x60 // of whiskers and of single trainings
)

// okabeIto is the palette of Okabe and Ito (2008), which the colour-blind can
// tell apart: the five colours of the house first. In the place of its yellow,
// which a thin line on paper loses, stands the grey that R's version adds. The
// brown after them serves the ninth arm of a 3 × 3 study: darker than vermillion,
// orange and green, lighter than black, however colours are seen.
var okabeIto = []color.NRGBA{
	{R: 0x00, G: 0x72, B: 0xB2, A: 255}, // blue
	{R: 0xD5, G: 0x5E, B: 0x00, A: 255}, // vermillion
	{R: 0x00, G: 0x9E, B: 0x73, A: 255}, // bluish green
	{R: 0xCC, G: 0x79, B: 0xA7, A: 255}, // reddish purple
	{R: 0x00, G: 0x00, B: 0x00, A: 255}, // black
	{R: 0xE6, G: 0x9F, B: 0x00, A: 255}, // orange
	{R: 0x56, G: 0xB4, B: 0xE9, A: 255}, // sky blue
	{R: 0x99, G: 0x99, B: 0x99, A: 255}, // grey
	{R: 0x7A, G: 0x48, B: 0x10, A: 255}, // brown
}

// viridis is ten equidistant colours of the perceptually uniform map of van
// der Walt and Smith (2015), dark to light.
var viridis = []color.NRGBA{
	{R: 0x44, G: 0x01, B: 0x54, A: 255}, {R: 0x48, G: 0x28, B: 0x78, A: 255},
	{R: 0x3E, G: 0x49, B: 0x89, A: 255}, {R: 0x31, G: 0x68, B: 0x8E, A: 255},
	{R: 0x26, G: 0x82, B: 0x8E, A: 255}, {R: 0x1F, G: 0x9E, B: 0x89, A: 255},
	{R: 0x35, G: 0xB7, B: 0x79, A: 255}, {R: 0x6E, G: 0xCE, B: 0x58, A: 255},
	{R: 0xB5, G: 0xDE, B: 0x2B, A: 255}, {R: 0xFD, G: 0xE7, B: 0x25, A: 255},
}

// Dashes: before retraining is dashed, after it solid, everywhere; the dense
// baseline has its own, finer pattern.
var (
	solid        = []vg.Length(nil)
	dashed       = []vg.Length{3.6, 2.4}
	baselineDash = []vg.Length{1.2, 1.4}
)

// sharedDash is the dash of each of several equal curves that share their gaps.
const sharedDash = 2.6 * vg.Length(1)

// trainedDash is the length of one's share of the line of arms that share their
// first training.
const trainedDash = 5 * vg.Length(1)

// Shapes: the filled ones for arms and layers, in the order of the palette,
// then the stroked ones for methods beside the main one.
var (
	solidShapes  = []shape{circle, square, triangle, diamond, wedge, pentagon, house, bar, pennant}
	strokeShapes = []shape{star, plus, chevron, hash}
)

// look is how one series appears.
type look struct {
	color  color.NRGBA
	shape  shape
	hollow bool // the marker: white inside
	dash   []vg.Length
	offset vg.Length // into the dash, so that equal curves show each other's gaps
	quiet  bool      // one of many that are not told apart: thin, without markers
}

// line is the width of its line.
func (l look) line() vg.Length {
	if l.quiet {
		return quietLine
	}
	return curveLine
}

// lookAt is the look of the i-th arm or layer. From the tenth on the shapes
// shift against the colours, so that a pair comes back after 81.
func lookAt(i int) look {
	n := len(okabeIto)
	return look{color: okabeIto[i%n], shape: solidShapes[(i+i/n)%n]}
}

// before is the look of the same series before retraining.
func (l look) before() look {
	l.dash, l.hollow = dashed, true
	return l
}

// as is the look of the same arm pruned by its i-th other method.
func (l look) as(i int) look {
	l.shape = strokeShapes[i%len(strokeShapes)]
	return l
}

// faded returns a colour with another opacity.
func faded(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}

// uniform returns the colour of v in [0, 1] on the viridis map, 0 light and 1
// dark: the light end prints as paper does.
func uniform(v float64) color.NRGBA {
	v = 1 - min(max(v, 0), 1)
	at := v * float64(len(viridis)-1)
	i := min(int(at), len(viridis)-2)
	return mixed(viridis[i], viridis[i+1], at-float64(i))
}

// gain is the colour of a gain of v in [0, 1] of the largest, from that of no change
// on.
func gain(v float64) color.NRGBA { return mixed(uniform(0), gainInk, min(max(v, 0), 1)) }

// mixed is the colour at a fraction of the way from a to b.
func mixed(a, b color.NRGBA, f float64) color.NRGBA {
	mix := func(a, b uint8) uint8 { return uint8(float64(a)*(1-f) + float64(b)*f + 0.5) }
	return color.NRGBA{R: mix(a.R, b.R), G: mix(a.G, b.G), B: mix(a.B, b.B), A: 255}
}

// inkOn is black or white, whichever can be read on a colour (relative
// luminance of WCAG 2, with a gamma of 2.2).
func inkOn(c color.NRGBA) color.NRGBA {
	linear := func(v uint8) float64 { x := float64(v) / 255; return x * x } // close enough to gamma 2.2 to choose
	if 0.2126*linear(c.R)+0.7152*linear(c.G)+0.0722*linear(c.B) < 0.25 {
		return paper
	}
	return ink
}
