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

// Txt renders the table for a terminal.
func (t Table) Txt() ([]byte, error) {
	t.check()
	var b bytes.Buffer
	if t.Title != "" {
		fmt.Fprintf(&b, "%s\n\n", oneLine(t.Title))
	}
	plain := tw.Rendition{
		Borders: tw.BorderNone,
		Symbols: tw.NewSymbols(tw.StyleLight),
		Settings: tw.Settings{
			Separators: tw.SeparatorsNone,
			Lines:      tw.Lines{ShowTop: tw.Off, ShowBottom: tw.Off, ShowHeaderLine: tw.On, ShowFooterLine: tw.Off},
		},
	}
	if err := t.body(&b, oneLine, tablewriter.WithRendition(plain)); err != nil {
		return nil, err
	}
	t.below(&b, oneLine, "\n")
	return trimLines(b.Bytes()), nil
}

// Markdown renders the table in GitHub's dialect, with the notes below.
func (t Table) Markdown() ([]byte, error) {
	t.check()
	var b bytes.Buffer
	if t.Title != "" {
		fmt.Fprintf(&b, "**%s**\n\n", Escape(t.Title))
	}
	if err := t.body(&b, Escape, tablewriter.WithRenderer(renderer.NewMarkdown())); err != nil {
		return nil, err
	}
	t.below(&b, Escape, "  \n") // two blanks keep the line break
	return b.Bytes(), nil
}

// body renders heads and rows.
func (t Table) body(b *bytes.Buffer, escape func(string) string, look tablewriter.Option) error {
	heads := make([]string, len(t.Columns))
	aligns := make([]tw.Align, len(t.Columns))
	for j, c := range t.Columns {
		heads[j], aligns[j] = escape(c.Head), tw.AlignLeft
		if c.Align == Right {
			aligns[j] = tw.AlignRight
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
		texts := make([]string, len(row))
		for j, c := range row {
			mark := ""
			if c.Note != "" {
				mark = superscript(marks[c.Note])
			}
			if t.Columns[j].Align == Right { // digits stay below each other
				mark += strings.Repeat(" ", room[j]-utf8.RuneCountInString(mark))
			}
			texts[j] = escape(c.Text) + mark
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

// below writes footnotes and notes, a line each.
func (t Table) below(b *bytes.Buffer, escape func(string) string, lineBreak string) {
	_, texts := t.notes()
	var lines []string
	for i, s := range texts {
		lines = append(lines, superscript(i+1)+" "+escape(s))
	}
	for _, s := range t.Notes {
		lines = append(lines, escape(s))
	}
	if len(lines) > 0 {
		fmt.Fprintf(b, "\n%s\n", strings.Join(lines, lineBreak))
	}
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
