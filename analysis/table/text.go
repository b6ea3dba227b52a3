package table

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// lineWidth is that of text files, in characters.
const lineWidth = 120

// textRoom is what a text file has for a table; a column has a blank on either side.
var textRoom = room{width: lineWidth, gap: 2, measure: func(s string) float64 { return float64(utf8.RuneCountInString(s)) }}

// Txt renders the table for a terminal, in lines of up to 120 characters: what is wider
// is wrapped, and columns that do not fit follow below, beside what their rows are
// about.
func (t Table) Txt() ([]byte, error) {
	t.check()
	var b bytes.Buffer
	if t.Title != "" {
		fmt.Fprintf(&b, "%s\n\n", strings.Join(textRoom.wrap(oneLine(t.Title), lineWidth), "\n"))
	}
	plain := tw.Rendition{
		Borders: tw.BorderNone,
		Symbols: tw.NewSymbols(tw.StyleLight),
		Settings: tw.Settings{
			Separators: tw.SeparatorsNone,
			Lines:      tw.Lines{ShowTop: tw.Off, ShowBottom: tw.Off, ShowHeaderLine: tw.On, ShowFooterLine: tw.Off},
		},
	}
	for i, part := range t.blocks(textRoom) {
		if i > 0 {
			b.WriteString("\n")
		}
		if err := t.body(&b, oneLine, part, tablewriter.WithRendition(plain)); err != nil {
			return nil, err
		}
	}
	for i, line := range t.below(oneLine) {
		if i == 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s\n", strings.Join(textRoom.wrap(line, lineWidth), "\n"))
	}
	return trimLines(b.Bytes()), nil
}

// Markdown renders the table in GitHub's dialect, with the notes below.
func (t Table) Markdown() ([]byte, error) {
	t.check()
	var b bytes.Buffer
	if t.Title != "" {
		fmt.Fprintf(&b, "**%s**\n\n", Escape(t.Title))
	}
	if err := t.body(&b, Escape, block{}, tablewriter.WithRenderer(renderer.NewMarkdown())); err != nil {
		return nil, err
	}
	if lines := t.below(Escape); len(lines) > 0 {
		fmt.Fprintf(&b, "\n%s\n", strings.Join(lines, "  \n")) // two blanks keep the line break
	}
	return b.Bytes(), nil
}

// body renders heads and rows, of a block the columns that it has, wrapped to their
// widths; of none all as they are.
func (t Table) body(b *bytes.Buffer, escape func(string) string, part block, look tablewriter.Option) error {
	columns := part.columns
	if columns == nil {
		for j := range t.Columns {
			columns = append(columns, j)
		}
	}
	fit := func(k int, s string) string {
		if part.widths == nil {
			return s
		}
		return strings.Join(textRoom.wrap(s, part.widths[k]), "\n")
	}
	heads := make([]string, len(columns))
	aligns := make([]tw.Align, len(columns))
	for k, j := range columns {
		c := t.Columns[j]
		heads[k], aligns[k] = fit(k, escape(c.Head)), tw.AlignLeft
		if c.Align == Right {
			aligns[k] = tw.AlignRight
		}
	}
	w := tablewriter.NewTable(b, look,
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithEastAsian(tw.Off), // else the width of → and ± follows the user's locale
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: aligns}),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: aligns}))
	w.Header(heads)
	marks, _ := t.notes()
	room := t.markRoom(marks)
	for _, row := range t.Rows {
		texts := make([]string, len(columns))
		for k, j := range columns {
			c := row[j]
			mark := ""
			if c.Note != "" {
				mark = superscript(marks[c.Note])
			}
			if t.Columns[j].Align == Right { // digits stay below each other
				texts[k] = escape(c.Text) + mark + strings.Repeat(" ", room[j]-utf8.RuneCountInString(mark))
				continue
			}
			texts[k] = fit(k, escape(c.Text)+mark)
		}
		if err := w.Append(texts); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	if err := w.Render(); err != nil {
		return fmt.Errorf("table %s: %w", t.Name, err)
	}
	return nil
}

// markRoom is the width of the widest footnote mark of each column.
func (t Table) markRoom(marks map[string]int) []int {
	room := make([]int, len(t.Columns))
	for _, row := range t.Rows {
		for j, c := range row {
			if c.Note != "" {
				room[j] = max(room[j], utf8.RuneCountInString(superscript(marks[c.Note])))
			}
		}
	}
	return room
}

// below is the footnotes and notes, a line each.
func (t Table) below(escape func(string) string) []string {
	_, texts := t.notes()
	var lines []string
	for i, s := range texts {
		lines = append(lines, superscript(i+1)+" "+escape(s))
	}
	for _, s := range t.Notes {
		lines = append(lines, escape(s))
	}
	return lines
}

func trimLines(b []byte) []byte {
	lines := strings.Split(string(b), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return []byte(strings.Join(lines, "\n"))
}

// Escape keeps text text in Markdown: nothing in it becomes markup or ends a cell.
func Escape(s string) string {
	return markdown.Replace(oneLine(s))
}

var markdown = strings.NewReplacer(`\`, `\\`, `|`, `\|`, `*`, `\*`, `_`, `\_`, "`", "\\`", `<`, `\<`, `>`, `\>`, `[`, `\[`, `]`, `\]`, `~`, `\~`, `&`, `\&`, `$`, `\$`)
