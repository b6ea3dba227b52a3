package render

import (
	"errors"
	"path"
	"runtime"
	"sync"

	"prunelab/analysis/report"
	"prunelab/plots"
)

// drawing is a figure as it is written and as the report shows it.
type drawing struct {
	files []file
	shown report.Figure
	err   error
}

// drawAll draws the figures into a folder, as many at a time as there are
// cores: a run has nothing else to do by then.
func drawAll(figures []plots.Figure, folder string) ([]drawing, error) {
	drawings := make([]drawing, len(figures))
	cores := make(chan struct{}, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for i, f := range figures {
		all.Go(func() {
			cores <- struct{}{}
			drawings[i] = draw(f, path.Join(folder, f.Name))
			<-cores
		})
	}
	all.Wait()
	var errs []error
	for _, d := range drawings {
		errs = append(errs, d.err)
	}
	return drawings, errors.Join(errs...)
}

// draw draws a figure in every format, with its numbers beside it.
func draw(f plots.Figure, name string) drawing {
	d := drawing{
		files: []file{{name + ".csv", f.CSV()}},
		shown: report.Figure{Name: f.Name, Title: f.Title, Caption: f.Caption, Path: name + "." + string(plots.PNG), Numbers: name + ".csv", Element: f.Element()},
	}
	for _, format := range plots.Formats() {
		b, err := f.Render(format)
		if err != nil {
			d.err = err
			return d
		}
		d.files = append(d.files, file{name + "." + string(format), b})
	}
	return d
}
