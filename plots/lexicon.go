package plots

import (
	"slices"
	"strings"
	"unicode"
)

// lexicon is what the texts of a figure are in another language. It notes what it was
// asked for; nil says everything as it is.
type lexicon struct {
	to   map[string]string
	have []string // each once, as asked for
}

// panelLetter separates the letter of a panel from its title.
const panelLetter = "\u00a0\u00a0"

// say is a text in the other language, or as it is where that is not known.
func (l *lexicon) say(text string) string {
	if l == nil {
		return text
	}
	letter := ""
	if before, after, is := strings.Cut(text, panelLetter); is {
		letter, text = before+panelLetter, after
	}
	if !strings.ContainsFunc(text, unicode.IsLetter) {
		return letter + text // numbers
	}
	if !slices.Contains(l.have, text) {
		l.have = append(l.have, text)
	}
	if to, is := l.to[text]; is {
		return letter + to
	}
	return letter + text
}

// said is a page in the words of a lexicon: its title, labels, legends and the sentences
// of its note. Names in the data and in an SVG's attributes stay.
func (p page) said(l *lexicon) page {
	if l == nil {
		return p
	}
	p.legend = saidLegend(p.legend, l)
	rows := make([]row, len(p.rows))
	for i, r := range p.rows {
		rows[i] = row{r.height, slices.Clone(r.panels)}
		for j, old := range r.panels {
			if old == nil {
				continue
			}
			pan := *old
			pan.title = l.say(pan.title)
			pan.legend = saidLegend(pan.legend, l)
			pan.x, pan.y = pan.x.said(l), pan.y.said(l)
			rows[i].panels[j] = &pan
		}
	}
	p.rows = rows
	p.note = slices.Clone(p.note)
	for i, s := range p.note {
		p.note[i] = l.say(s)
	}
	return p
}

func saidLegend(entries []entry, l *lexicon) []entry {
	entries = slices.Clone(entries)
	for i := range entries {
		entries[i].word = l.say(entries[i].word)
	}
	return entries
}

func (a axis) said(l *lexicon) axis {
	a.label = l.say(a.label)
	a.ticks = slices.Clone(a.ticks)
	for i := range a.ticks {
		a.ticks[i].label = l.say(a.ticks[i].label)
	}
	return a
}

// Words are the texts of a figure that a file of words can have in another language, in
// the order in which they stand on it.
func Words(in Input, kind string, s Style) ([]string, error) {
	l := &lexicon{}
	_, err := in.drawn(kind, s, l)
	return l.have, err
}

// AllWords are the texts of every figure that there is data for.
func AllWords(in Input) []string {
	l := &lexicon{}
	for _, kind := range Kinds() {
		for _, name := range []StyleName{Paper, Han2015} {
			in.drawn(kind, Style{Name: name}, l) // what cannot be drawn has no words
		}
	}
	return l.have
}
