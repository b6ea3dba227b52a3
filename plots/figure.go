package plots

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
)

// Format is a file format of figures, and the extension of its files.
type Format string

// The formats.
const (
	PNG Format = "png"
	SVG Format = "svg"
	PDF Format = "pdf"
)

// Formats lists every format that Render knows.
func Formats() []Format { return []Format{PNG, SVG, PDF} }

// ErrNoData says that a study has nothing that a kind of figure could show.
var ErrNoData = errors.New("plots: no data for this figure")

// Figure is a finished figure. It does not change.
type Figure struct {
	Name    string // file name without extension, unique within a study
	Title   string // one line, for a heading; not drawn
	Caption string // what is drawn, what the intervals are, what is missing

	page page
	data table
	dpi  int // of a PNG; 0: dpi
}

// Render returns the figure as a file of the given format.
func (f Figure) Render(format Format) ([]byte, error) {
	switch format {
	case PNG:
		return renderPNG(f)
	case SVG:
		return renderSVG(f), nil
	case PDF:
		return renderPDF(f)
	}
	return nil, fmt.Errorf("plots: figure %s: unknown format %q; known are %v", f.Name, format, Formats())
}

// CSV returns the drawn numbers, one row a point, with a header. Accuracies,
// their changes and sparsities are fractions; a number that is missing is
// empty.
func (f Figure) CSV() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(f.data.header) // a bytes.Buffer does not fail
	w.WriteAll(f.data.rows)
	return b.Bytes()
}

// table is the drawn numbers as text.
type table struct {
	header []string
	rows   [][]string
}

func (t *table) add(cells ...string) {
	if len(cells) != len(t.header) {
		panic("plots: a CSV row that does not fit its header")
	}
	t.rows = append(t.rows, cells)
}

// number writes a float for a CSV with ten significant digits: more than any
// mean over seeds carries, fewer than would show the rounding of its sum.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 10, 64) }

// numberIf is number, or empty when there is none.
func numberIf(ok bool, v float64) string {
	if !ok {
		return ""
	}
	return number(v)
}
