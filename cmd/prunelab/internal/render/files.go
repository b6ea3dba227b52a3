package render

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"prunelab/analysis"
	"prunelab/analysis/finding"
	"prunelab/analysis/report"
	"prunelab/analysis/table"
	"prunelab/experiments/study"
	"prunelab/plots"
)

// file is a rendered file.
type file struct {
	name string // path in the folder, with slashes
	data []byte
}

// tableFiles are tables in every format, in a folder.
func tableFiles(folder string, tables []table.Table) ([]file, error) {
	var files []file
	for _, t := range tables {
		rendered, err := t.Files()
		if err != nil {
			return nil, err
		}
		for _, f := range rendered {
			files = append(files, file{path.Join(folder, f.Name), f.Data})
		}
	}
	return files, nil
}

// plotted is what figures are drawn from.
func plotted(r *Rendering, a *analysis.Analysis) plots.Input {
	return plots.Input{Plan: r.Plan, Curves: a.Curves, Overlaps: a.Overlaps, Proxies: a.Proxies, Findings: a.Findings, Courses: a.Courses, Outcomes: r.Outcomes, Sensitivities: a.Sensitivities}
}

// Plotted is what figures of a run are drawn from.
func (r *Rendering) Plotted() (plots.Input, error) {
	a, err := analysis.Analyze(r.Plan, r.Outcomes)
	if err != nil {
		return plots.Input{}, err
	}
	return plotted(r, a), nil
}

// draw draws the figures.
func (f Figures) draw(in plots.Input) ([]plots.Figure, error) {
	switch f {
	case MainFigures:
		return plots.Main(in)
	case AllFigures:
		return plots.All(in)
	}
	var figures []plots.Figure
	for name := range strings.SplitSeq(string(f), ",") {
		one, err := plots.Draw(in, name, plots.Style{})
		switch {
		case errors.Is(err, plots.ErrNoData):
			return nil, fmt.Errorf("figure %s: the study has no data for it: %w", name, err)
		case err != nil:
			return nil, err
		}
		figures = append(figures, one)
	}
	return figures, nil
}

// files renders everything, in memory.
func (r *Rendering) files() ([]file, error) {
	a, err := analysis.Analyze(r.Plan, r.Outcomes)
	if err != nil {
		return nil, err
	}
	dir := r.store.Dir
	tables := filepath.Base(dir.Tables())
	var rendered []table.Table
	for _, t := range a.Tables {
		rendered = append(rendered, t.Table)
	}
	files, err := tableFiles(tables, rendered)
	if err != nil {
		return nil, err
	}
	files = append(files, file{path.Join(tables, "trials.csv"), a.Trials})
	if a.Classes != nil {
		files = append(files, file{path.Join(tables, "classes.csv"), a.Classes})
	}
	verdicts, err := finding.JSON(r.Plan, a.Findings)
	if err != nil {
		return nil, err
	}
	files = append(files, file{filepath.Base(dir.Findings()), verdicts})
	figs, err := r.Figures.draw(plotted(r, a))
	if err != nil {
		return nil, err
	}
	figs = append(figs, r.drawAsked(plotted(r, a), figs)...)
	drawings, err := drawAll(figs, filepath.Base(dir.Figures()))
	if err != nil {
		return nil, err
	}
	tried, err := study.History(dir.Study(), r.study)
	if err != nil {
		return nil, err
	}
	network, err := study.NetworkName(dir.Study(), r.study)
	if err != nil {
		return nil, err
	}
	in := report.Input{Analysis: a, Question: study.HeadComment(r.study), History: tried, Tables: tables, Network: network}
	for _, d := range drawings {
		files = append(files, d.files...)
		in.Figures = append(in.Figures, d.shown)
	}
	r.answer = report.Lines(in)
	text, err := report.Markdown(in)
	if err != nil {
		return nil, err
	}
	page, err := report.HTML(in)
	if err != nil {
		return nil, err
	}
	return append(files, file{filepath.Base(dir.Report()), text}, file{filepath.Base(dir.Page()), page}), nil
}
