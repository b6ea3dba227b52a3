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
	Args     []string        `arg:"" name:"dir... name" help:"Results folder of a run, or several, and then which figure."`
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

Several folders are drawn on the same axes. Each curve then has the name of its run,
which is that of the study or, of versions of one study, of the folder, and the CSV
says which run a row is of. Figures that are of one run are refused.

Figures: ` + strings.Join(plots.Kinds(), ", ") + `.

  prunelab figure results/quick tradeoff -o figure5.pdf --style han2015
  prunelab figure results/quick-lenet-5 sensitivity -o figure6.pdf --style han2015
  prunelab figure results/quick tradeoff -o slide.png --style screen --width 200mm --dpi 144
  prunelab figure results/quick tradeoff --arms L2 --stage retrained --y=-2:0.2 --width 3.5in
  prunelab figure results/quick results/quick-lenet-5 tradeoff --arms L2 -o both.pdf`
}

func (c *figureCmd) Run(s *session) error {
	style, err := c.style()
	if err != nil {
		return usageError{err}
	}
	dirs, kind := c.Args[:len(c.Args)-1], c.Args[len(c.Args)-1]
	name := c.Output
	if name == "" {
		name = kind + ".pdf"
	}
	format := plots.Format(strings.TrimPrefix(strings.ToLower(filepath.Ext(name)), "."))
	switch {
	case len(dirs) == 0:
		return usageError{fmt.Errorf("the results folder of a run and then the name of a figure are needed, as prunelab figure results/quick tradeoff")}
	case !slices.Contains(plots.Kinds(), kind):
		return usageError{fmt.Errorf("no figure is called %s; there are %s", kind, strings.Join(plots.Kinds(), ", "))}
	case !slices.Contains(plots.Formats(), format):
		return usageError{fmt.Errorf("-o %s: the name has to end in .pdf, .svg or .png", name)}
	case c.DPI < 30 || c.DPI > 1200:
		return usageError{fmt.Errorf("--dpi %d: between 30 and 1200 is needed", c.DPI)}
	}
	in, err := c.plotted(s, dirs)
	if err != nil {
		return err
	}
	f, err := plots.Draw(in, kind, style)
	switch {
	case errors.Is(err, plots.ErrNoData):
		return fmt.Errorf("%s has nothing that the figure %s could show, of what was chosen: %w", strings.Join(dirs, ", "), kind, err)
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

// plotted is what figures of the runs are drawn from, of what was chosen of them.
func (c *figureCmd) plotted(s *session, dirs []string) (plots.Input, error) {
	var runs []plots.Run
	var arms, layers []string
	for i, dir := range dirs {
		st := s.open(dir)
		plan, err := st.Plan()
		if err != nil {
			return plots.Input{}, err
		}
		if slices.ContainsFunc(dirs[:i], func(o string) bool { return sameFolder(o, dir) }) {
			return plots.Input{}, usageError{fmt.Errorf("%s is named twice", dir)}
		}
		r, err := render.Open(st, plan)
		if err != nil {
			return plots.Input{}, err
		}
		in, err := r.Plotted()
		if err != nil {
			return plots.Input{}, err
		}
		runs = append(runs, plots.Run{Name: plan.Study, Input: in})
		arms, layers = append(arms, plan.Arms...), append(layers, plan.Layers...)
	}
	for _, w := range []struct {
		flag       string
		said, have []string
	}{{"--arms", c.Arms, arms}, {"--layers", c.Layers, layers}} {
		for _, x := range w.said {
			if !slices.Contains(w.have, x) {
				have := slices.Clone(w.have)
				slices.Sort(have)
				return plots.Input{}, usageError{fmt.Errorf("%s: the study has no %s; it has %s", w.flag, x, strings.Join(slices.Compact(have), ", "))}
			}
		}
	}
	var stages []curve.Stage
	if c.Stage != "" {
		stages = append(stages, c.Stage)
	}
	for i := range runs {
		runs[i].Input = runs[i].Only(c.Arms, c.Layers, stages)
	}
	if len(runs) == 1 {
		return runs[0].Input, nil
	}
	nameRuns(runs, dirs)
	return plots.Together(runs)
}

// nameRuns gives runs that are of studies of the same name, as versions of one, the names
// of their folders, or else their paths.
func nameRuns(runs []plots.Run, dirs []string) {
	for _, name := range []func(i int) string{
		func(i int) string { return runs[i].Name },
		func(i int) string { return filepath.Base(filepath.Clean(dirs[i])) },
		func(i int) string { return filepath.ToSlash(filepath.Clean(dirs[i])) },
	} {
		var names []string
		for i := range runs {
			names = append(names, name(i))
		}
		distinct := slices.Clone(names)
		slices.Sort(distinct)
		if len(slices.Compact(distinct)) == len(names) {
			for i := range runs {
				runs[i].Name = names[i]
			}
			return
		}
	}
}

// sameFolder reports whether two paths lead to the same folder.
func sameFolder(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
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
