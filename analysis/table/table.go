// Package table holds a table as a value and writes it for its readers.
//
//  1. A Table is built once: columns, rows of cells, notes. A cell carries the
//     text to be read and, where it is a number, the number, its interval and n.
//  2. Text and Markdown show the texts, with footnotes below; LaTeX likewise, for
//     the booktabs package, HTML as an element of a page; CSV gives the numbers, the interval and n in columns
//     of their own.
//
// It computes nothing: the numbers arrive in the unit that the column's head
// states, but for fractions that become percent (estimate.go).
package table

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Align is where a column's cells stand.
type Align string

// The alignments.
const (
	Left  Align = "left"
	Right Align = "right"
)

// Table is a rectangle of cells; every row has a cell for every column.
type Table struct {
	Name    string // of its files, without extension
	Title   string
	Columns []Column
	Rows    [][]Cell
	Notes   []string // what holds for the whole table

	// Targets is what each row is about, parallel to Rows, where a reader may want
	// the rows of one target alone; nil elsewhere.
	Targets []string
}

// Of returns the table with the rows of one target, a table without Targets
// whole.
func (t Table) Of(target string) Table {
	if t.Targets == nil {
		return t
	}
	var rows [][]Cell
	var targets []string
	for i, r := range t.Rows {
		if t.Targets[i] == target {
			rows, targets = append(rows, r), append(targets, target)
		}
	}
	t.Rows, t.Targets = rows, targets
	return t
}

// Fold takes a column whose cells all say the same out of the table and says it
// in a note.
func (t Table) Fold(head string) Table {
	j := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Head == head })
	if j < 0 || len(t.Rows) == 0 {
		return t
	}
	text := t.Rows[0][j].Text
	if slices.ContainsFunc(t.Rows, func(r []Cell) bool { return r[j].Text != text }) {
		return t
	}
	t.Columns = slices.Delete(slices.Clone(t.Columns), j, j+1)
	for i, r := range t.Rows {
		t.Rows[i] = slices.Delete(slices.Clone(r), j, j+1)
	}
	t.Notes = append(t.Notes, fmt.Sprintf("%s%s: %s.", strings.ToUpper(head[:1]), head[1:], text))
	return t
}

// Column is a column's head, with the unit in parentheses, and alignment.
type Column struct {
	Head  string
	Align Align
}

// Lefts are columns of words.
func Lefts(heads ...string) []Column { return columns(Left, heads) }

// Rights are columns of numbers.
func Rights(heads ...string) []Column { return columns(Right, heads) }

func columns(align Align, heads []string) []Column {
	var cs []Column
	for _, h := range heads {
		cs = append(cs, Column{h, align})
	}
	return cs
}

// Cell is one entry. Numbers that are not there are nil, never 0.
type Cell struct {
	Text               string
	Value              *float64
	Lo, Hi             *float64 // interval
	AcrossLo, AcrossHi *float64 // interval over seeds and images beside it
	N                  int      // replicates behind the value; 0: does not apply
	Note               string   // footnote of this cell
}

// Text is a cell without a number.
func Text(s string) Cell { return Cell{Text: s} }

// Texts are cells without numbers.
func Texts(words ...string) []Cell {
	var cells []Cell
	for _, s := range words {
		cells = append(cells, Text(s))
	}
	return cells
}

// Missing is a cell whose number is not there, and why.
func Missing(reason string) Cell { return Cell{Text: "–", Note: reason} }

// None is a cell that the table's design leaves empty.
func None() Cell { return Cell{} }

// Int is a whole number.
func Int(v int) Cell {
	f := float64(v)
	return Cell{Text: strconv.Itoa(v), Value: &f}
}

// Number is a number with so many decimals.
func Number(v float64, decimals int) Cell {
	checkFinite(v)
	return Cell{Text: Format(v, decimals), Value: &v}
}

// Single is a value of n replicates without an interval.
func Single(v float64, n, decimals int) Cell {
	c := Number(v, decimals)
	c.N = n
	return c
}

// Symmetric is a value of n replicates with an interval of equal halves, shown
// as value ± half.
func Symmetric(v, lo, hi float64, n, decimals int) Cell {
	c := Interval(v, lo, hi, n, decimals)
	c.Text = Format(v, decimals) + " ± " + Format((hi-lo)/2, decimals)
	return c
}

// Interval is a value of n replicates with any interval, shown as
// value [lo, hi].
func Interval(v, lo, hi float64, n, decimals int) Cell {
	checkFinite(v)
	checkFinite(lo)
	checkFinite(hi)
	text := fmt.Sprintf("%s [%s, %s]", Format(v, decimals), Format(lo, decimals), Format(hi, decimals))
	return Cell{Text: text, Value: &v, Lo: &lo, Hi: &hi, N: n}
}

// With returns the cell with a footnote.
func (c Cell) With(note string) Cell {
	c.Note = note
	return c
}

// Format writes v with so many decimals, a true minus sign and no negative
// zero.
func Format(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	digits, negative := strings.CutPrefix(s, "-")
	if !negative {
		return s
	}
	if strings.Trim(digits, "0.") == "" {
		return digits
	}
	return "−" + digits
}

func checkFinite(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		panic("table: a number that is not finite")
	}
}

// check panics where the table is no rectangle, a caller's bug.
func (t Table) check() {
	for _, row := range t.Rows {
		if len(row) != len(t.Columns) {
			panic("table: a row with another number of cells than columns")
		}
	}
}

// notes numbers the footnotes in reading order, equal texts sharing a number.
func (t Table) notes() (marks map[string]int, texts []string) {
	marks = map[string]int{}
	for _, row := range t.Rows {
		for _, c := range row {
			if c.Note != "" && marks[c.Note] == 0 {
				texts = append(texts, c.Note)
				marks[c.Note] = len(texts)
			}
		}
	}
	return marks, texts
}

// superscript is the mark of a footnote.
func superscript(n int) string {
	digits := []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")
	var b strings.Builder
	for _, d := range strconv.Itoa(n) {
		b.WriteRune(digits[d-'0'])
	}
	return b.String()
}

// oneLine replaces line breaks and control characters, which no format keeps
// inside a cell.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}
