package table

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
)

// CSV renders the numbers: a column of estimates is followed by its lo, hi and n and,
// where it has an interval over seeds and images, by the ends of that. Numbers have ten significant digits; missing ones are empty. Notes
// are left out.
func (t Table) CSV() ([]byte, error) {
	t.check()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	var heads []string
	spread, across := make([]bool, len(t.Columns)), make([]bool, len(t.Columns))
	for j, c := range t.Columns {
		head := oneLine(c.Head)
		heads = append(heads, head)
		if spread[j] = t.isEstimate(j); spread[j] {
			heads = append(heads, head+" lo", head+" hi", head+" n")
		}
		if across[j] = slices.ContainsFunc(t.Rows, func(row []Cell) bool { return row[j].AcrossLo != nil }); across[j] {
			heads = append(heads, head+" lo, seeds x images", head+" hi, seeds x images")
		}
	}
	if err := w.Write(heads); err != nil {
		return nil, fmt.Errorf("table %s: %w", t.Name, err)
	}
	for _, row := range t.Rows {
		var fields []string
		for j, c := range row {
			fields = append(fields, c.field())
			if spread[j] {
				fields = append(fields, number(c.Lo), number(c.Hi), count(c.N))
			}
			if across[j] {
				fields = append(fields, number(c.AcrossLo), number(c.AcrossHi))
			}
		}
		if err := w.Write(fields); err != nil {
			return nil, fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func (t Table) isEstimate(column int) bool {
	for _, row := range t.Rows {
		if row[column].Lo != nil || row[column].N > 0 {
			return true
		}
	}
	return false
}

// field is the number of a cell that has one, nothing where a number is not
// known, and the text otherwise.
func (c Cell) field() string {
	switch {
	case c.Value != nil:
		return number(c.Value)
	case c.N > 0, c.Text == Missing("").Text:
		return "" // a number that is not known, or only that it is larger than another
	}
	return oneLine(c.Text)
}

func number(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', 10, 64)
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
