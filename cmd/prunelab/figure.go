package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/cmd/prunelab/internal/render"
	"prunelab/plots"
)

type figureCmd struct {
	runDir
	Name     string          `arg:"" help:"Which figure."`
	Output   string          `short:"o" placeholder:"FILE" help:"File to write: .pdf, .svg or .png; its numbers lie beside it as .csv (default: NAME.pdf)."`
	Style    plots.StyleName `default:"paper" enum:"paper,screen,han2015" help:"paper: as in reports; screen: without the note; han2015: linear axes and the ranges of Figures 5 and 6 of Han et al. 2015."`
	Arms     []string        `placeholder:"ARM,..." help:"Only these arms."`
	Layers   []string        `placeholder:"LAYER,..." help:"Of layers pruned alone only these."`
	Stage    curve.Stage     `placeholder:"STAGE" enum:"pruned,retrained," default:"" help:"Only before retraining (pruned) or after it (retrained)."`
	X        string          `placeholder:"FROM:TO" help:"Range of the x axis, in the unit of its label."`
	Y        string          `placeholder:"FROM:TO" help:"Range of the y axis, in the unit of its label: --y=-5:0.5."`
	Linear   bool            `help:"Linear axes."`
	Width    string          `placeholder:"LENGTH" help:"Of the figure: 89mm, 5.5in."`
	Height   string          `placeholder:"LENGTH" help:"Of each row of panels: 50mm, 2in."`
	DPI      int             `name:"dpi" default:"300" help:"Of a PNG, at the printed size."`
	Title    string          `placeholder:"TEXT" help:"Written above the figure."`
	NoNote   bool            `help:"Without the note below."`
	NoLegend bool            `help:"Without the legend."`
}

func (*figureCmd) Help() string {
	return `Draws one figure of a run. What is drawn stays in a CSV beside it, and what the
intervals are is printed as a caption. Colours of arms and layers are those that
they have in all figures of the study.

Figures: ` + strings.Join(plots.Kinds(), ", ") + `.

  prunelab figure results/quick tradeoff -o figure5.pdf --style han2015
  prunelab figure results/quick-lenet-5 sensitivity -o figure6.pdf --style han2015
  prunelab figure results/quick tradeoff -o slide.png --style screen --width 200mm --dpi 144
  prunelab figure results/quick tradeoff --arms L2 --stage retrained --y=-2:0.2 --width 3.5in`
}

func (c *figureCmd) Run(s *session) error {
	style, err := c.style()
	if err != nil {
		return usageError{err}
	}
	name := c.Output
	if name == "" {
		name = c.Name + ".pdf"
	}
	format := plots.Format(strings.TrimPrefix(strings.ToLower(filepath.Ext(name)), "."))
	switch {
	case !slices.Contains(plots.Kinds(), c.Name):
		return usageError{fmt.Errorf("no figure is called %s; there are %s", c.Name, strings.Join(plots.Kinds(), ", "))}
	case !slices.Contains(plots.Formats(), format):
		return usageError{fmt.Errorf("-o %s: the name has to end in .pdf, .svg or .png", name)}
	case c.DPI < 30 || c.DPI > 1200:
		return usageError{fmt.Errorf("--dpi %d: between 30 and 1200 is needed", c.DPI)}
	}
	st := s.open(c.Dir)
	plan, err := st.Plan()
	if err != nil {
		return err
	}
	for _, w := range []struct {
		flag       string
		said, have []string
	}{{"--arms", c.Arms, plan.Arms}, {"--layers", c.Layers, plan.Layers}} {
		for _, x := range w.said {
			if !slices.Contains(w.have, x) {
				return usageError{fmt.Errorf("%s: the study has no %s; it has %s", w.flag, x, strings.Join(w.have, ", "))}
			}
		}
	}
	r, err := render.Open(st, plan)
	if err != nil {
		return err
	}
	in, err := r.Plotted()
	if err != nil {
		return err
	}
	var stages []curve.Stage
	if c.Stage != "" {
		stages = append(stages, c.Stage)
	}
	f, err := plots.Draw(in.Only(c.Arms, c.Layers, stages), c.Name, style)
	switch {
	case errors.Is(err, plots.ErrNoData):
		return fmt.Errorf("%s has nothing that the figure %s could show, of what was chosen: %w", st.Dir, c.Name, err)
	case err != nil:
		return err
	}
	var drawn []byte
	if format == plots.PNG {
		drawn, err = f.PNG(c.DPI)
	} else {
		drawn, err = f.Render(format)
	}
	if err != nil {
		return err
	}
	numbers := strings.TrimSuffix(name, filepath.Ext(name)) + ".csv"
	// Nobody named the file of the numbers: one that is no figure's stays, and the figure
	// is not drawn.
	if err := replace(numbers, f.CSV()); err != nil {
		return err
	}
	if err := os.WriteFile(name, drawn, 0o666); err != nil {
		return fmt.Errorf("write the figure: %w", err)
	}
	fmt.Fprintf(s.stdout, "%s. %s\n%s and %s written\n", f.Title, f.Caption, name, numbers)
	return nil
}

// style is what the flags say of the look.
func (c *figureCmd) style() (plots.Style, error) {
	s := plots.Style{Name: c.Style, Linear: c.Linear, Title: c.Title, NoNote: c.NoNote, NoLegend: c.NoLegend}
	var err error
	if s.Width, err = length("--width", c.Width); err != nil {
		return s, err
	}
	if s.Height, err = length("--height", c.Height); err != nil {
		return s, err
	}
	if s.X, err = interval("--x", c.X); err != nil {
		return s, err
	}
	s.Y, err = interval("--y", c.Y)
	return s, err
}

// length reads 89mm or 5.5in; nothing is 0.
func length(flag, text string) (plots.Length, error) {
	if text == "" {
		return 0, nil
	}
	for unit, points := range map[string]plots.Length{"mm": plots.Millimetre, "in": plots.Inch} {
		if number, is := strings.CutSuffix(text, unit); is {
			if v, err := strconv.ParseFloat(strings.TrimSpace(number), 64); err == nil && v >= 10/25.4 && v <= 2000 {
				return plots.Length(v) * points, nil
			}
		}
	}
	return 0, fmt.Errorf("%s %s: a length as 89mm or 5.5in is needed", flag, text)
}

// interval reads FROM:TO; nothing is an interval without length.
func interval(flag, text string) (ends [2]float64, err error) {
	if text == "" {
		return ends, nil
	}
	from, to, is := strings.Cut(text, ":")
	a, errA := strconv.ParseFloat(from, 64)
	b, errB := strconv.ParseFloat(to, 64)
	if !is || errA != nil || errB != nil || a == b {
		return ends, fmt.Errorf("%s %s: two different numbers with a colon between them are needed, as %s=-5:0.5", flag, text, flag)
	}
	return [2]float64{a, b}, nil
}
