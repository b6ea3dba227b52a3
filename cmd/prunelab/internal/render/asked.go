package render

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/experiments/figure"
	"prunelab/experiments/store"
	"prunelab/experiments/study"
	"prunelab/plots"
)

// Asked draws a figure of runs, on the same axes where these are several, as it is asked
// for. Warnings say what of it cannot be shown as it is and which of its words are no
// sentence of it. The error is a figure.Fault, or a plots.Refused, where what was asked
// for is wrong, and plots.ErrNoData where there is nothing to draw.
func Asked(runs []plots.Run, r figure.Request) (f plots.Figure, warnings []string, err error) {
	in, style, err := asked(runs, r)
	if err != nil {
		return f, nil, err
	}
	if warnings, err = unknownWords(runs, in, r, style); err != nil {
		return f, nil, err
	}
	if f, err = plots.Draw(in, r.Kind, style); err != nil {
		return f, nil, err
	}
	texts := append(slices.Collect(maps.Values(r.Words)), r.Title)
	if undrawn, _ := plots.Undrawn(texts...); len(undrawn) > 0 {
		warnings = append(warnings, noFont(undrawn)+", then draw it again")
	}
	return f, warnings, nil
}

// Idle are the options, as flags, without which a figure that is asked for is the same.
func Idle(runs []plots.Run, r figure.Request, f plots.Figure) ([]string, error) {
	given := r.Given()
	if len(given) == 0 {
		return nil, nil
	}
	with, err := f.Render(plots.SVG)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, o := range given {
		r.Options = o.Without
		in, style, err := asked(runs, r)
		if err != nil {
			continue // without it nothing can be drawn
		}
		g, err := plots.Draw(in, r.Kind, style)
		if err != nil {
			continue
		}
		without, err := g.Render(plots.SVG)
		if err != nil {
			return nil, err
		}
		if bytes.Equal(with, without) {
			names = append(names, "--"+o.Name)
		}
	}
	return names, nil
}

// askedOf are the figures that a folder's file asks for.
func askedOf(dir store.Dir) ([]figure.Request, error) {
	text, err := os.ReadFile(dir.Asked())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read which figures are asked for: %w", err)
	}
	return study.Figures(dir.Asked(), text)
}

// drawAsked draws the figures that the folder asks for, beside those that there are. One
// that cannot be drawn, or not yet, keeps nothing else from being rendered.
func (r *Rendering) drawAsked(in plots.Input, beside []plots.Figure) []plots.Figure {
	var figures []plots.Figure
	r.undone = nil
	for _, request := range r.asked {
		f, warnings, err := Asked([]plots.Run{{Name: r.Plan.Study, Input: in}}, request)
		taken := func(o plots.Figure) bool { return o.Name == request.File }
		if err == nil && slices.ContainsFunc(beside, taken) {
			err = errors.New("the report has a figure of that name; give it another file")
		}
		if err != nil {
			r.undone = append(r.undone, fmt.Sprintf("the figure %s, which %s asks for, is not drawn: %v", request.File, r.store.Dir.Asked(), err))
			continue
		}
		for _, w := range warnings {
			r.undone = append(r.undone, request.File+": "+w)
		}
		f.Name = request.File
		if request.Title == "" {
			f.Title += " (" + request.File + ")"
		}
		figures = append(figures, f)
	}
	return figures
}

// Words are the texts of a figure that is asked for.
func Words(runs []plots.Run, r figure.Request) ([]string, error) {
	in, style, err := asked(runs, r)
	if err != nil {
		return nil, err
	}
	return plots.Words(in, r.Kind, style)
}

// asked is what a figure is drawn from, and how.
func asked(runs []plots.Run, r figure.Request) (plots.Input, plots.Style, error) {
	look, err := r.Look()
	if err != nil {
		return plots.Input{}, plots.Style{}, err
	}
	if err := chosen(runs, look); err != nil {
		return plots.Input{}, plots.Style{}, err
	}
	var stages []curve.Stage
	for _, s := range look.Stage {
		stages = append(stages, curve.Stage(s))
	}
	var narrowed []plots.Run
	for _, run := range runs {
		run.Input = run.Only(look.Arms, look.Layers, stages)
		narrowed = append(narrowed, run)
	}
	style := plots.StyleOf(look)
	style.Words = r.Words
	in, err := together(narrowed)
	return in, style, err
}

func together(runs []plots.Run) (plots.Input, error) {
	if len(runs) == 1 {
		return runs[0].Input, nil
	}
	return plots.Together(runs)
}

// chosen checks that there are the arms and layers that are asked for.
func chosen(runs []plots.Run, look figure.Look) error {
	var arms, layers []string
	for _, run := range runs {
		arms, layers = append(arms, run.Plan.Arms...), append(layers, run.Plan.Layers...)
	}
	for _, w := range []struct {
		option     string
		said, have []string
	}{{"arms", look.Arms, arms}, {"layers", look.Layers, layers}} {
		for _, x := range w.said {
			if !slices.Contains(w.have, x) {
				slices.Sort(w.have)
				return figure.Fault{Option: w.option, Message: fmt.Sprintf(": the study has no %s; it has %s", x, strings.Join(slices.Compact(w.have), ", "))}
			}
		}
	}
	return nil
}

// unknownWords refuses words that no figure of the runs has. Sentences of notes, which
// come and go with what is drawn, are warned of.
func unknownWords(runs []plots.Run, in plots.Input, r figure.Request, style plots.Style) (warnings []string, err error) {
	if len(r.Words) == 0 {
		return nil, nil
	}
	style.Words = nil
	have, err := plots.Words(in, r.Kind, style)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, word := range slices.Sorted(maps.Keys(r.Words)) {
		if slices.Contains(have, word) {
			continue
		}
		if all == nil {
			whole, err := together(runs)
			if err != nil {
				return nil, err
			}
			all = append(slices.Clone(have), plots.AllWords(whole)...)
			slices.Sort(all)
			all = slices.Compact(all)
		}
		if slices.Contains(all, word) {
			continue
		}
		said := fmt.Sprintf("%q: no figure has that", word)
		if near := study.Closest(word, all); near != "" {
			said += fmt.Sprintf("; did you mean %q?", near)
		}
		if strings.HasSuffix(word, ".") {
			warnings = append(warnings, "words: "+said)
			continue
		}
		return nil, figure.Fault{Option: "words", Message: said + "; --print-words lists the words of a figure"}
	}
	return warnings, nil
}
