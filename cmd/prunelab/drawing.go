package main

import (
	"runtime"

	"golang.org/x/sync/errgroup"

	"prunelab/plots"
)

// drawing is a figure in every form that is written.
type drawing struct {
	formats [][]byte // files, in the order of plots.Formats
	element []byte   // for the page
}

// draw draws the figures, as many at a time as there are cores: a run has
// nothing else to do by then.
func draw(figures []plots.Figure) ([]drawing, error) {
	drawings := make([]drawing, len(figures))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range figures {
		g.Go(func() error {
			d := drawing{element: f.Element()}
			for _, format := range plots.Formats() {
				b, err := f.Render(format)
				if err != nil {
					return err
				}
				d.formats = append(d.formats, b)
			}
			drawings[i] = d
			return nil
		})
	}
	return drawings, g.Wait()
}
