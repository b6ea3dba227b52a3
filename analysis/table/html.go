package table

import (
	"bytes"
	"fmt"
	"html"
	"strconv"
)

// HTML renders the table as a table element, and its notes as paragraphs that
// belong below it. A cell with a number carries it, so that a page can sort by
// it.
func (t Table) HTML() (element, below []byte) {
	t.check()
	var b, n bytes.Buffer
	fmt.Fprintf(&b, "<table id=\"table-%s\">\n", html.EscapeString(t.Name))
	if t.Title != "" {
		fmt.Fprintf(&b, "<caption>%s</caption>\n", html.EscapeString(oneLine(t.Title)))
	}
	b.WriteString("<thead><tr>")
	for _, c := range t.Columns {
		fmt.Fprintf(&b, "<th scope=\"col\"%s>%s</th>", c.class(), html.EscapeString(oneLine(c.Head)))
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	marks, texts := t.notes()
	for _, row := range t.Rows {
		b.WriteString("<tr>")
		for j, c := range row {
			fmt.Fprintf(&b, "<td%s", t.Columns[j].class())
			if c.Value != nil {
				fmt.Fprintf(&b, " data-value=\"%s\"", strconv.FormatFloat(*c.Value, 'g', -1, 64))
			}
			fmt.Fprintf(&b, ">%s", html.EscapeString(oneLine(c.Text)))
			if c.Note != "" {
				fmt.Fprintf(&b, "<sup>%d</sup>", marks[c.Note])
			}
			b.WriteString("</td>")
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n</table>\n")
	for i, s := range texts {
		fmt.Fprintf(&n, "<p class=\"note\"><sup>%d</sup> %s</p>\n", i+1, html.EscapeString(oneLine(s)))
	}
	for _, s := range t.Notes {
		fmt.Fprintf(&n, "<p class=\"note\">%s</p>\n", html.EscapeString(oneLine(s)))
	}
	return b.Bytes(), n.Bytes()
}

// class is the attribute of a column's cells.
func (c Column) class() string {
	if c.Align == Right {
		return ` class="number"`
	}
	return ""
}
