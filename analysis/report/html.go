package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"

	"prunelab/analysis"
	"prunelab/analysis/finding"
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
	Points     []pagePoint
	Lines      []verdictLine
	Answer     []string
	Footing    string
	Figures    []pageFigure
	Tables     []pageTable
	Terms      string
	TableDir   string
	Classes    bool // whether there is a classes.csv
	Closing    []section
}

// verdict is a finding: its numbers, and the claim in words.
type verdict struct {
	ID, Claim, Verdict, Reason string
	Facts                      []fact
	Caveats                    []string
}

// fact is a number of a finding.
type fact struct{ Head, Text, Note string }

// pagePoint is a point of the headline.
type pagePoint struct {
	Sentences []string
	Figure    *pageFigure
}

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
		Policy: fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'", Allowed(pageStyle), Allowed(pageScript)),
		Study:  a.Plan.Study, Unfinished: unfinished(a.Progress), Question: strings.TrimSpace(in.Question),
		Lines: verdictLines(a.Findings), Verdicts: verdicts(a.Findings), Family: finding.Notes(a.Findings), Absent: absent(a), Answer: answer(a), Footing: footing(a), Terms: terms, TableDir: in.Tables, Classes: a.Classes != nil, Closing: closing(in),
	}
	drawn := 0
	show := func(f Figure) pageFigure {
		drawn++
		return pageFigure{
			ID: fmt.Sprintf("figure-%d", drawn), Title: f.Title, Caption: f.Caption, Numbers: f.Numbers,
			Element: template.HTML(f.Element), // drawn and escaped by plots
		}
	}
	points, rest := illustrated(in)
	for _, x := range points {
		q := pagePoint{Sentences: x.Sentences}
		if x.Figure != nil {
			f := show(*x.Figure)
			q.Figure = &f
		}
		p.Points = append(p.Points, q)
	}
	for _, f := range rest {
		p.Figures = append(p.Figures, show(f))
	}
	for _, t := range a.Tables {
		if t.Place == analysis.Apart {
			continue
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

// Allowed names a style or script of a page in its policy (CSP Level 3, section 2.3.1).
func Allowed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// verdicts are the findings that the study can speak of.
func verdicts(fs []finding.Finding) []verdict {
	var vs []verdict
	for _, f := range fs {
		if f.Verdict == finding.NotStudied {
			continue
		}
		v := verdict{ID: f.ID, Claim: f.Sentence(), Verdict: string(f.Verdict), Reason: f.Reason}
		for _, c := range f.Caveats {
			v.Caveats = append(v.Caveats, string(c))
		}
		for _, x := range f.Facts() {
			text := x.Cell.Text
			if x.Cell.N > 0 {
				text += fmt.Sprintf(", n = %d", x.Cell.N)
			}
			if text != "" || x.Cell.Note != "" {
				v.Facts = append(v.Facts, fact{x.Name, text, x.Cell.Note})
			}
		}
		vs = append(vs, v)
	}
	return vs
}
