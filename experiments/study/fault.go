package study

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// place is a stretch of characters in a study file or an override.
type place struct {
	src   *source
	line  int // from 1
	col   int // from 1, in characters
	width int // characters; at least 1
}

// source is a text that errors point into.
type source struct {
	name     string
	override bool // one line of the command line
	lines    []string
}

func newSource(name string, text []byte) *source {
	return &source{name: name, lines: strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")}
}

// Fault is one thing that is wrong with a study, and where.
type Fault struct {
	Source  string // the file, or the override
	Line    int    // from 1; 0: the file as a whole, or an override
	Column  int    // from 1, in characters
	Message string
	Excerpt string // the line and a line with carets under the place; may be empty
}

// Error is the fault as a user reads it.
func (f Fault) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", f.Source, f.Line, f.Column, f.Message)
	if f.Line == 0 {
		s = f.Source + ": " + f.Message
	}
	if f.Excerpt != "" {
		s += "\n" + f.Excerpt
	}
	return s
}

// Faults are all that was found wrong in one pass.
type Faults []Fault

// Error lists the faults.
func (fs Faults) Error() string {
	parts := make([]string, len(fs))
	for i, f := range fs {
		parts[i] = f.Error()
	}
	return strings.Join(parts, "\n")
}

// fault is a message about the place.
func (p place) fault(format string, args ...any) Fault {
	f := Fault{Source: p.src.name, Line: p.line, Column: p.col, Message: fmt.Sprintf(format, args...)}
	if p.line >= 1 && p.line <= len(p.src.lines) {
		f.Excerpt = excerpt(p.src.lines[p.line-1], p.col, p.width)
	}
	if p.src.override {
		f.Line, f.Column = 0, 0
	}
	return f
}

// excerptWidth bounds how much of a long line is shown.
const excerptWidth = 110

// excerpt shows a line of text and, below it, carets under the place.
func excerpt(line string, col, width int) string {
	r := []rune(strings.ReplaceAll(line, "\t", " "))
	for i, c := range r {
		if c < ' ' || c == utf8.RuneError {
			r[i] = '?' // a terminal must not be steered by a file
		}
	}
	at := min(max(col-1, 0), len(r))
	width = max(1, min(width, len(r)-at))
	from := 0
	if at+width > excerptWidth {
		from = max(0, at-excerptWidth/2)
	}
	to := min(len(r), from+excerptWidth)
	head, tail := "", ""
	if from > 0 {
		head = "..."
	}
	if to < len(r) {
		tail = "..."
	}
	width = max(1, min(width, to-at))
	return "  " + head + string(r[from:to]) + tail + "\n" +
		"  " + strings.Repeat(" ", len(head)+columns(r[from:at])) + strings.Repeat("^", max(1, columns(r[at:min(at+width, to)])))
}

// columns is how many columns of a terminal a text takes: two for each character of
// East Asian scripts and each emoji, none for accents that join the character before.
func columns(text []rune) int {
	n := 0
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff,
			r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 || r >= 0x1f300 && r <= 0x1faff || r >= 0x20000 && r <= 0x3fffd:
			n += 2
		default:
			n++
		}
	}
	return n
}

// Closest is closest, for words of other files.
func Closest(word string, options []string) string { return closest(word, options) }

// closest returns the option that a mistyped word was probably meant to be:
// the only one that it begins, or the one that is the fewest edits away. It is
// "" when there is none or more than one.
func closest(word string, options []string) string {
	begun, best, distance := "", "", len([]rune(word))/3+1
	begins, ties := 0, 0
	for _, o := range options {
		if word != "" && strings.HasPrefix(o, word) {
			begun = o
			begins++
		}
		switch d := edits(strings.ToLower(word), strings.ToLower(o)); {
		case d < distance || d == distance && best == "":
			best, distance, ties = o, d, 0
		case d == distance:
			ties++
		}
	}
	switch {
	case begins == 1:
		return begun
	case ties > 0:
		return ""
	}
	return best
}

// edits is the Levenshtein distance of a and b, in characters, with the swap
// of two neighbours as one edit (optimal string alignment).
func edits(a, b string) int {
	r, s := []rune(a), []rune(b)
	if len(r) > 64 || len(s) > 64 {
		return 64 // nobody mistypes that
	}
	rows := make([][]int, len(r)+1)
	for i := range rows {
		rows[i] = make([]int, len(s)+1)
		rows[i][0] = i
	}
	for j := range s {
		rows[0][j+1] = j + 1
	}
	for i := range r {
		for j := range s {
			cost := 1
			if r[i] == s[j] {
				cost = 0
			}
			d := min(rows[i][j]+cost, rows[i][j+1]+1, rows[i+1][j]+1)
			if i > 0 && j > 0 && r[i] == s[j-1] && r[i-1] == s[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(r)][len(s)]
}

// suggest ends a message about an unknown word.
func suggest(word string, options []string) string {
	if c := closest(word, options); c != "" {
		return fmt.Sprintf("; did you mean %q?", c)
	}
	return "; it can be " + list(options)
}

// list joins words as in a sentence.
func list(words []string) string {
	switch len(words) {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
