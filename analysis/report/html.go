package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"prunelab/analysis"
	"prunelab/analysis/finding"
	"prunelab/analysis/table"
)

// The page's own parts. They are all it runs: its policy names them by their
// digests and forbids everything else, so that the page asks no network and no
// name of a study can become a script.
var (
	//go:embed page/page.html
	pageText string
	//go:embed page/page.css
	pageStyle string
	//go:embed page/page.js
	pageScript string

	pageTemplate = template.Must(template.New("page").Parse(pageText))
)

// openTable is the largest number of rows of a table that stands open, and
// longestTable of one that is in the page at all.
const (
	openTable    = longTable
	longestTable = 500
)

// page is what the template shows.
type page struct {
	Style      template.CSS
	Script     template.JS
	Policy     string
	Study      string
	Unfinished string
	Question   string
	Verdicts   []verdict
	Family     []string // what holds for all verdicts
	Absent     []string // claims that the study cannot speak of
	Answer     []string
	Footing    string
	Figures    []pageFigure
	Tables     []pageTable
	TableDir   string
	Closing    []section
}

// verdict is a finding: its row of the table of findings, and the claim in words.
type verdict struct {
	ID, Claim, Verdict, Reason string
	Facts                      []fact
	Caveats                    []string
}

// fact is a cell of the row, by the head of its column.
type fact struct{ Head, Text, Note string }

type pageFigure struct {
	ID, Title, Caption, Numbers string
	Element                     template.HTML
}

// pageTable is a table, or where it lies when it is too long for a page.
type pageTable struct {
	Title, Path string
	Rows        int
	Open        bool
	Element     template.HTML // "": not in the page
	Notes       template.HTML
}

// HTML writes the report as one page that needs nothing beside it.
func HTML(in Input) ([]byte, error) {
	a := in.Analysis
	p := page{
		Style: template.CSS(pageStyle), Script: template.JS(pageScript),
		Policy: fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'", allowed(pageStyle), allowed(pageScript)),
		Study:  a.Plan.Study, Unfinished: unfinished(a.Progress), Question: strings.TrimSpace(in.Question),
		Absent: absent(a), Answer: answer(a), Footing: footing(a), TableDir: in.Tables, Closing: closing(a),
	}
	p.Verdicts, p.Family = verdicts(a)
	for i, f := range in.Figures {
		p.Figures = append(p.Figures, pageFigure{
			ID: fmt.Sprintf("figure-%d", i+1), Title: f.Title, Caption: f.Caption, Numbers: f.Numbers,
			Element: template.HTML(f.Element), // drawn and escaped by plots
		})
	}
	for _, t := range a.Tables {
		if t.Name == findingsTable || t.Name == checklistTable {
			continue // they have sections of their own
		}
		v := pageTable{Title: t.Title, Path: in.Tables + "/" + t.Name + ".csv", Rows: len(t.Rows), Open: len(t.Rows) <= openTable}
		if len(t.Rows) <= longestTable {
			element, notes := t.HTML()
			v.Element, v.Notes = template.HTML(element), template.HTML(notes)
		}
		p.Tables = append(p.Tables, v)
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("page of study %s: %w", a.Plan.Study, err)
	}
	return b.Bytes(), nil
}

// allowed names a text of the page in its policy (CSP Level 3, section 2.3.1).
func allowed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// verdicts joins the findings with their rows of the table, whatever its columns
// are.
func verdicts(a *analysis.Analysis) (vs []verdict, family []string) {
	t, _ := a.Table(findingsTable)
	for _, f := range a.Findings {
		if f.Verdict == finding.NotStudied {
			continue
		}
		v := verdict{ID: f.ID, Claim: f.Claim, Verdict: string(f.Verdict), Reason: f.Reason}
		for _, c := range f.Caveats {
			v.Caveats = append(v.Caveats, string(c))
		}
		if i := slices.IndexFunc(t.Rows, func(r []table.Cell) bool { return r[0].Text == f.ID }); i >= 0 {
			for j, c := range t.Rows[i] {
				switch head := t.Columns[j].Head; {
				case j == 0 || head == "verdict" || head == "reason" || c.Text == "" && c.Note == "":
				default:
					text := c.Text
					if c.N > 0 {
						text += fmt.Sprintf(", n = %d", c.N)
					}
					v.Facts = append(v.Facts, fact{head, text, c.Note})
				}
			}
		}
		vs = append(vs, v)
	}
	return vs, t.Notes
}
