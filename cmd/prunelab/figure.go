package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"prunelab/cmd/prunelab/internal/render"
	"prunelab/experiments/figure"
	"prunelab/experiments/study"
	"prunelab/plots"
)

type figureCmd struct {
	Args           []string `arg:"" name:"dir... name" help:"Results folder of a run, or several, and then which figure."`
	Output         string   `short:"o" placeholder:"FILE" help:"File to write: .pdf, .svg or .png; its numbers lie beside it as .csv (default: NAME.pdf)."`
	figure.Options `embed:""`
	Words          string `placeholder:"FILE" help:"YAML file with words of the figure in another language, as \"Accuracy (%)\": \"Genauigkeit (%)\"; those that it lacks stay."`
	PrintWords     bool   `help:"Print the words of the figure, as a file for --words, and draw nothing."`
}

func (*figureCmd) Help() string {
	return `Draws one figure of a run. What is drawn stays in a CSV beside it, and what the
intervals are is printed as a caption. Colours of arms and layers are those that
they have in all figures of the study.

Several folders are drawn on the same axes. Each curve then has the name of its run,
which is that of the study or, of versions of one study, of the folder, and the CSV
says which run a row is of. Figures that are of one run are refused.

Colours are handed out in the order of what is drawn; too few are refused. --words has
the texts of the figure in another language, and --print-words prints them to be
translated. Chinese, Japanese and Korean are drawn with a font of this machine, which
the variable PRUNELAB_FONT names; an SVG keeps the text for the viewer's fonts. The
caption that is printed, and the CSV, keep the program's words.

Figures: ` + strings.Join(plots.Kinds(), ", ") + `.

  prunelab figure results/quick tradeoff -o figure5.pdf --style han2015
  prunelab figure results/quick-lenet-5 sensitivity -o figure6.pdf --style han2015
  prunelab figure results/quick tradeoff -o slide.png --style screen --width 200mm --dpi 144
  prunelab figure results/quick tradeoff --arms L2 --stage retrained --y=-2:0.2 --width 3.5in
  prunelab figure results/quick results/quick-lenet-5 tradeoff --arms L2 -o both.pdf
  prunelab figure results/quick tradeoff --font-size 10 --palette tol-bright
  prunelab figure results/quick tradeoff --print-words > words.yaml
  prunelab figure results/quick tradeoff --words words.yaml -o tradeoff.svg`
}

func (c *figureCmd) Run(s *session) error {
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
	}
	request := figure.Request{Kind: kind, Options: c.Options}
	if _, err := request.Look(); err != nil { // before the runs are read, which can take long
		return usageError{err}
	}
	var err error
	if request.Words, err = c.words(); err != nil {
		return err
	}
	runs, err := s.plotted(dirs)
	if err != nil {
		return err
	}
	if c.PrintWords {
		words, err := render.Words(runs, request)
		if err != nil {
			return asked(err, dirs, kind)
		}
		fmt.Fprintf(s.stdout, "# What stands on the figure %s; give it behind the colons in another language, or remove the line.\n", kind)
		for _, w := range words {
			fmt.Fprintf(s.stdout, "%s: %[1]s\n", strconv.Quote(w))
		}
		return nil
	}
	f, warnings, err := render.Asked(runs, request)
	if err != nil {
		return asked(err, dirs, kind)
	}
	drawn, err := f.Render(format)
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
	idle, err := render.Idle(runs, request, f)
	if err != nil {
		return err
	}
	for _, option := range idle {
		warnings = append(warnings, fmt.Sprintf("%s changes nothing in the figure %s of this study", option, kind))
	}
	if c.DPI != 300 && format != plots.PNG {
		warnings = append(warnings, fmt.Sprintf("--dpi is of a PNG; %s is drawn at any resolution", name))
	}
	for _, w := range warnings {
		s.notice("warning: " + w)
	}
	fmt.Fprintf(s.stdout, "%s. %s\n%s and %s written\n", f.Title, f.Caption, name, numbers)
	return nil
}

// asked tells what was asked for wrongly from what there is no data for.
func asked(err error, dirs []string, kind string) error {
	var fault figure.Fault
	var refused plots.Refused
	switch {
	case errors.As(err, &fault) || errors.As(err, &refused):
		return usageError{err}
	case errors.Is(err, plots.ErrNoData):
		return fmt.Errorf("%s has nothing that the figure %s could show, of what was chosen: %w", strings.Join(dirs, ", "), kind, err)
	}
	return err
}

// words reads the file of words, if there is one.
func (c *figureCmd) words() (map[string]string, error) {
	if c.Words == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.Words)
	if err != nil {
		return nil, usageError{fmt.Errorf("--words: %w", err)}
	}
	return study.Words(c.Words, text)
}

// plotted is what figures of the runs are drawn from.
func (s *session) plotted(dirs []string) ([]plots.Run, error) {
	var runs []plots.Run
	for i, dir := range dirs {
		if slices.ContainsFunc(dirs[:i], func(o string) bool { return sameFolder(o, dir) }) {
			return nil, usageError{fmt.Errorf("%s is named twice", dir)}
		}
		st := s.open(dir)
		plan, err := st.Plan()
		if err != nil {
			return nil, err
		}
		r, err := render.Open(st, plan)
		if err != nil {
			return nil, err
		}
		in, err := r.Plotted()
		if err != nil {
			return nil, err
		}
		runs = append(runs, plots.Run{Name: plan.Study, Input: in})
	}
	nameRuns(runs, dirs)
	return runs, nil
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
