// Package figure is what people ask of a figure: which one, of what, and how it looks.
// It is plain data in the words of the command line, which a study file has too:
//
//  1. Options are as they are typed, for the command as flags, for a study as keys.
//  2. Look reads them: lengths in points, ranges as numbers, colours.
//
// Nothing here draws; package plots does.
package figure

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Kinds are the names of the figures.
var Kinds = []string{
	"tradeoff", "sensitivity", "effects", "proxies", "weights", "accuracy", "pareto", "effects-secondary", "sensitivity-count",
	"first-layer", "layers", "heatmap", "overlap", "training", "retraining",
}

// Style names a way to draw a figure.
type Style string

// The styles.
const (
	Paper   Style = "paper"   // as reports have it: printed size, with its note
	Screen  Style = "screen"  // without the note, for a slide or a page whose text says it
	Han2015 Style = "han2015" // linear axes and the ranges of Han et al. (2015), Figures 5 and 6
)

// Stages are the stages that a figure can be narrowed to.
var Stages = []string{"pruned", "retrained"}

// Options are what is asked of a figure, as it is typed. The zero value asks for what
// reports have. Tags are those of flags; the keys of a study are their names with _.
type Options struct {
	Style    Style    `default:"paper" enum:"paper,screen,han2015" help:"paper: as in reports; screen: without the note; han2015: linear axes and the ranges of Figures 5 and 6 of Han et al. 2015."`
	Arms     []string `placeholder:"ARM,..." help:"Only these arms."`
	Layers   []string `placeholder:"LAYER,..." help:"Of layers pruned alone only these."`
	Stage    string   `placeholder:"STAGE" enum:"pruned,retrained," default:"" help:"Only before retraining (pruned) or after it (retrained)."`
	X        string   `placeholder:"FROM:TO" help:"Range of the x axis, in the unit of its label."`
	Y        string   `placeholder:"FROM:TO" help:"Range of the y axis, in the unit of its label: --y=-5:0.5."`
	Linear   bool     `help:"Linear axes."`
	Width    string   `placeholder:"LENGTH" help:"Of the figure: 89mm, 5.5in."`
	Height   string   `placeholder:"LENGTH" help:"Of each row of panels: 50mm, 2in."`
	DPI      int      `name:"dpi" default:"300" help:"Of a PNG, at the printed size."`
	FontSize string   `placeholder:"PT" help:"Size of the labels in points: 10 (default: 8); notes and ticks are an eighth smaller, lines and markers grow along."`
	Palette  []string `placeholder:"NAME|#RRGGBB,..." help:"Colours of what is told apart by colour, in its order: okabe-ito, tol-bright, tol-vibrant, tol-muted, ibm, all safe for the colour-blind, or a list."`
	Title    string   `placeholder:"TEXT" help:"Written above the figure."`
	NoNote   bool     `help:"Without the note below."`
	NoLegend bool     `help:"Without the legend."`
}

// PaperKinds are the figures that the style han2015 has.
var PaperKinds = []string{"tradeoff", "sensitivity"}

// Fault is what is wrong with an option.
type Fault struct {
	Option  string // its flag, without the dashes
	Message string // what and how to mend it, after the option
}

func (f Fault) Error() string {
	if strings.HasPrefix(f.Message, ":") {
		return "--" + f.Option + f.Message
	}
	return "--" + f.Option + " " + f.Message
}

func fault(option, format string, args ...any) error {
	return Fault{option, fmt.Sprintf(format, args...)}
}

// Look is how a figure is drawn.
type Look struct {
	Style               Style
	Width, Height       float64    // points; 0: the figure's own
	X, Y                [2]float64 // in the unit of the labels; equal ends: the figure's own
	Linear              bool
	DPI                 int
	FontSize            float64       // points; 0: the figure's own
	Palette             []color.NRGBA // nil: the figure's own
	Title               string
	NoNote, NoLegend    bool
	Arms, Layers, Stage []string // only these; none: all
}

// One is an option that was given, and all of them but it.
type One struct {
	Name    string // its flag, without the dashes
	Without Options
}

// Given are those of the options given that some figures have no use for.
func (o Options) Given() []One {
	var all []One
	for _, x := range []struct {
		name  string
		given bool
		clear func(*Options)
	}{
		{"arms", len(o.Arms) > 0, func(o *Options) { o.Arms = nil }},
		{"layers", len(o.Layers) > 0, func(o *Options) { o.Layers = nil }},
		{"stage", o.Stage != "", func(o *Options) { o.Stage = "" }},
		{"x", o.X != "", func(o *Options) { o.X = "" }},
		{"y", o.Y != "", func(o *Options) { o.Y = "" }},
		{"linear", o.Linear, func(o *Options) { o.Linear = false }},
		{"palette", len(o.Palette) > 0, func(o *Options) { o.Palette = nil }},
		{"no-legend", o.NoLegend, func(o *Options) { o.NoLegend = false }},
	} {
		if x.given {
			without := o
			x.clear(&without)
			all = append(all, One{x.name, without})
		}
	}
	return all
}

// names are those of a list as it is typed, without the spaces around them.
func names(option string, typed []string) ([]string, error) {
	var all []string
	for _, name := range typed {
		if name = strings.TrimSpace(name); name == "" {
			return nil, fault(option, "has an empty name; give names with commas between them, or leave the option out")
		}
		all = append(all, name)
	}
	return all, nil
}

// Look reads options. The error is the Fault of one of them.
func (o Options) Look() (Look, error) {
	l := Look{Style: o.Style, Linear: o.Linear, DPI: o.DPI, Title: o.Title, NoNote: o.NoNote, NoLegend: o.NoLegend}
	if o.Stage != "" {
		l.Stage = []string{o.Stage}
	}
	if l.Style == "" {
		l.Style = Paper
	}
	if l.DPI == 0 {
		l.DPI = 300
	}
	switch {
	case !slices.Contains([]Style{Paper, Screen, Han2015}, l.Style):
		return l, fault("style", "%s: it can be %s, %s or %s", o.Style, Paper, Screen, Han2015)
	case o.Stage != "" && !slices.Contains(Stages, o.Stage):
		return l, fault("stage", "%s: it can be %s", o.Stage, strings.Join(Stages, " or "))
	case l.DPI < 30 || l.DPI > 1200:
		return l, fault("dpi", "%d: between 30 and 1200 is needed", l.DPI)
	}
	var err error
	if l.Arms, err = names("arms", o.Arms); err != nil {
		return l, err
	}
	if l.Layers, err = names("layers", o.Layers); err != nil {
		return l, err
	}
	if l.Width, err = length("width", o.Width); err != nil {
		return l, err
	}
	if l.Height, err = length("height", o.Height); err != nil {
		return l, err
	}
	if l.X, err = interval("x", o.X); err != nil {
		return l, err
	}
	if l.Y, err = interval("y", o.Y); err != nil {
		return l, err
	}
	if l.FontSize, err = size(o.FontSize); err != nil {
		return l, err
	}
	l.Palette, err = colours(o.Palette)
	return l, err
}

// Lengths of figures, in millimetres: least and largest.
const (
	leastLength = 10
	mostLength  = 2000
)

// length reads 89mm or 5.5in into points; nothing is 0.
func length(option, text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	for unit, mm := range map[string]float64{"mm": 1, "in": 25.4} {
		number, is := strings.CutSuffix(text, unit)
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if !is || err != nil {
			continue
		}
		if v *= mm; v < leastLength || !(v <= mostLength) {
			return 0, fault(option, "%s: between %d and %d mm are possible", text, leastLength, mostLength)
		}
		return v / 25.4 * 72, nil
	}
	return 0, fault(option, "%s: a length as 89mm or 5.5in is needed", text)
}

// interval reads FROM:TO; nothing is an interval without length.
func interval(option, text string) (ends [2]float64, err error) {
	if text == "" {
		return ends, nil
	}
	from, to, is := strings.Cut(text, ":")
	a, errA := strconv.ParseFloat(strings.TrimSpace(from), 64)
	b, errB := strconv.ParseFloat(strings.TrimSpace(to), 64)
	if !is || errA != nil || errB != nil || a == b || math.IsNaN(a+b) || math.IsInf(a, 0) || math.IsInf(b, 0) {
		return ends, fault(option, "%s: two different numbers with a colon between them are needed, as --%s=-5:0.5", text, option)
	}
	return [2]float64{a, b}, nil
}

// Sizes of labels, in points.
const (
	leastSize = 4
	mostSize  = 72
)

// size reads a size of letters in points; nothing is 0.
func size(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(text, "pt")), 64)
	if err != nil || !(v >= leastSize && v <= mostSize) {
		return 0, fault("font-size", "%s: a size of %d to %d points is needed, as 10", text, leastSize, mostSize)
	}
	return v, nil
}

// Request is a figure that a study asks for.
type Request struct {
	Kind  string
	File  string // its files' name, without extension
	Words map[string]string
	Options
}

// Check reads the options of the figure. The error is the Fault of one of them.
func (r Request) Check() (Look, error) {
	l, err := r.Look()
	if err == nil && l.Style == Han2015 && !slices.Contains(PaperKinds, r.Kind) {
		err = fault("style", "%s has the figures %s, which are Figures 5 and 6 of the paper, not %s", Han2015, strings.Join(PaperKinds, " and "), r.Kind)
	}
	return l, err
}
