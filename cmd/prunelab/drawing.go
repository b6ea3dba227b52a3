package main

import (
	"errors"
	"runtime"
	"sync"

	"prunelab/plots"
)

// drawing is a figure in every form that is written.
type drawing struct {
	formats [][]byte // files, in the order of plots.Formats
	element []byte   // for the page
	err     error
}

// draw draws the figures, as many at a time as there are cores: a run has
// nothing else to do by then.
func draw(figures []plots.Figure) ([]drawing, error) {
	drawings := make([]drawing, len(figures))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				drawings[i] = newDrawing(figures[i])
			}
		})
	}
	for i := range figures {
		next <- i
	}
	close(next)
	workers.Wait()
	var errs []error
	for _, d := range drawings {
		errs = append(errs, d.err)
	}
	return drawings, errors.Join(errs...)
}

func newDrawing(f plots.Figure) drawing {
	d := drawing{element: f.Element()}
	for _, format := range plots.Formats() {
		b, err := f.Render(format)
		if err != nil {
			d.err = err
			return d
		}
		d.formats = append(d.formats, b)
	}
	return d
}
