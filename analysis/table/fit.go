package table

import (
	"strings"
	"unicode/utf8"
)

// block is the part of a table that is set side by side: columns of it, the first of
// which say what a row is about, and how wide they are.
type block struct {
	columns []int
	widths  []float64
}

// room is what a format has for a table.
type room struct {
	width   float64              // of a line
	gap     float64              // that a column takes beside its content
	measure func(string) float64 // of a text on one line
}

// longestWord is the share of a line from which on a word may be broken.
const longestWord = 0.3

// keyColumns is the largest number of columns that each block of a wide table repeats,
// and shortest and narrowest how narrow a column of words may become, as a share of the
// line: while it has room, and where nothing else helps.
const (
	keyColumns = 4
	shortest   = 0.14
	narrowest  = 0.07
)

// blocks breaks a table into parts no wider than a line. Columns of words become narrow
// and their texts are wrapped; heads are wrapped in any column. Where that does not
// do, further columns go into a block of their own, which begins with the columns
// that say what a row is about.
func (t Table) blocks(r room) []block {
	least, most := make([]float64, len(t.Columns)), make([]float64, len(t.Columns))
	keys := 0
	for j, c := range t.Columns {
		least[j], most[j] = t.span(j, r)
		if c.Align == Left && keys == j && keys < min(keyColumns, len(t.Columns)-1) {
			keys++
		}
	}
	total := func(columns []int, widths []float64) float64 {
		sum := 0.0
		for _, j := range columns {
			sum += widths[j] + r.gap
		}
		return sum
	}
	head := make([]int, keys)
	for j := range head {
		head[j] = j
	}
	// What a row is about takes at most half of a line.
	for total(head, least) > r.width/2 {
		widest := 0
		for _, j := range head {
			if least[j] > least[widest] {
				widest = j
			}
		}
		if least[widest] <= narrowest*r.width {
			break
		}
		least[widest] = max(narrowest*r.width, least[widest]*0.9)
	}
	var parts [][]int
	now := append([]int(nil), head...)
	for j := keys; j < len(t.Columns); j++ {
		if len(now) > keys && total(append(append([]int(nil), now...), j), least) > r.width {
			parts = append(parts, now)
			now = append([]int(nil), head...)
		}
		now = append(now, j)
	}
	parts = append(parts, now)
	var out []block
	for _, columns := range parts {
		b := block{columns: columns}
		spare := r.width - total(columns, least)
		for _, j := range columns {
			b.widths = append(b.widths, least[j])
		}
		for spare > 1e-9 { // what is left goes to the columns that want it, in equal shares
			var want []int
			for k, j := range columns {
				if b.widths[k] < most[j]-1e-9 {
					want = append(want, k)
				}
			}
			if len(want) == 0 {
				break
			}
			share := spare / float64(len(want))
			for _, k := range want {
				more := min(share, most[columns[k]]-b.widths[k])
				b.widths[k] += more
				spare -= more
			}
		}
		out = append(out, b)
	}
	return out
}

// span is how narrow a column may be, and how wide its longest text is.
func (t Table) span(j int, r room) (least, most float64) {
	words := t.Columns[j].Align == Left
	token := 0.0
	marks, _ := t.notes()
	see := func(s string, breaks bool) {
		most = max(most, r.measure(s))
		if !breaks {
			least = max(least, r.measure(s))
			return
		}
		for _, w := range strings.Fields(s) {
			token = max(token, r.measure(w))
		}
	}
	pad := t.markRoom(marks)[j]
	for _, row := range t.Rows {
		s, mark := oneLine(row[j].Text), ""
		if n := row[j].Note; n != "" {
			mark = superscript(marks[n])
		}
		if !words { // the marks of a column of numbers have a place of their own
			mark += strings.Repeat("0", pad-utf8.RuneCountInString(mark))
		}
		see(s+mark, words)
	}
	see(oneLine(t.Columns[j].Head), true)
	if words {
		return min(max(min(token, longestWord*r.width), min(most, shortest*r.width)), most), most
	}
	return max(least, token), max(most, token, least)
}

// wrap breaks a text into lines no wider than a column; a word that is wider is
// broken, behind a sign if it has one.
func (r room) wrap(s string, width float64) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(s) {
		for r.measure(w) > width {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			runes := []rune(w)
			n := len(runes)
			for n > 1 && r.measure(string(runes[:n])) > width {
				n--
			}
			for k := n; k > n/2; k-- {
				if strings.ContainsRune("-_/.,→−", runes[k-1]) {
					n = k
					break
				}
			}
			lines = append(lines, string(runes[:n]))
			w = string(runes[n:])
		}
		switch {
		case line == "":
			line = w
		case r.measure(line+" "+w) <= width+1e-9:
			line += " " + w
		default:
			lines, line = append(lines, line), w
		}
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}
