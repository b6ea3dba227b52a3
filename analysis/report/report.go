// Package report words an analysis as report.md and report.html, for a researcher
// who did not watch the run. Both say the same in the same order; the page
// lets its reader sort tables and switch curves off (html.go).
//
//  1. The answer: a sentence a question with its numbers, the figure that shows it and
//     a line for each verdict (headline.go). What is missing stands above all else.
//  2. What was asked: the study's head comment.
//  3. The claims with their evidence (finding.go), and all that was found in sentences
//     that are computed from the numbers (answer.go): they say what the intervals allow
//     and no more.
//  4. Further figures, tables, warnings.
//  5. How it was done (recipe.go) and with what, and what a report of pruning
//     should have, ticked where this one has it.
//
// Equal input gives equal bytes. The report computes no statistics of its own.
package report

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"prunelab/analysis"
	"prunelab/analysis/checklist"
	"prunelab/analysis/curve"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// Tables of up to shortTable rows are shown whole; none of more than longTable.
const (
	shortTable = 12
	longTable  = 40
)

// listedGaps is how many series with missing numbers are named.
const listedGaps = 12

// Input is what a report tells.
type Input struct {
	Analysis *analysis.Analysis
	Question string   // head comment of the study file, as text
	History  []string // what the study file says was tried before
	Figures  []Figure // in the order to show
	Tables   string   // folder of the tables, relative to the report: "tables"
	Network  string   // as the study names it; "": by its layers
}

// Figure is a figure by the paths of its image and of its numbers, relative to
// the report, and as an svg element, which becomes part of the page as it is.
type Figure struct {
	Name           string // of its kind
	Title, Caption string
	Path, Numbers  string
	Element        []byte
}

// Markdown writes the report.
func Markdown(in Input) ([]byte, error) {
	a := in.Analysis
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n", escape(a.Plan.Study))
	if s := unfinished(a.Progress); s != "" {
		fmt.Fprintf(&b, "**%s**\n\n", s)
	}
	b.WriteString("## Answer\n\n")
	points, rest := illustrated(in)
	for _, p := range points {
		for _, t := range p.Sentences {
			fmt.Fprintf(&b, "%s\n\n", escape(t))
		}
		if p.Figure != nil {
			picture(&b, *p.Figure)
		}
	}
	if lines := verdictLines(a.Findings); len(lines) > 0 {
		for _, v := range lines {
			fmt.Fprintf(&b, "- %s: %s\n", v.Verdict, escape(v.Text))
		}
		b.WriteString("\n")
	}
	b.WriteString("## Question\n\n")
	quote(&b, in.Question)
	if err := findings(&b, a); err != nil {
		return nil, fmt.Errorf("report of study %s: %w", a.Plan.Study, err)
	}
	b.WriteString("## Results\n\n")
	for _, s := range answer(a) {
		fmt.Fprintf(&b, "- %s\n", escape(s))
	}
	fmt.Fprintf(&b, "\n%s\n\n", escape(footing(a)))
	if len(rest) > 0 {
		b.WriteString("## Figures\n\n")
		for _, f := range rest {
			picture(&b, f)
		}
	}
	if err := tables(&b, in); err != nil {
		return nil, err
	}
	for _, s := range closing(in) {
		list(&b, s.Title, s.Items)
	}
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n'), nil
}

// shownPoint is a point of the headline with its figure.
type shownPoint struct {
	Sentences []string
	Figure    *Figure // nil: none
}

// illustrated gives the points of the headline their figures; rest are the others. A
// point whose figure is not there takes the first that is, so that no answer stands
// without one.
func illustrated(in Input) (points []shownPoint, rest []Figure) {
	rest = slices.Clone(in.Figures)
	take := func(match func(Figure) bool) *Figure {
		i := slices.IndexFunc(rest, match)
		if i < 0 {
			return nil
		}
		f := rest[i]
		rest = slices.Delete(rest, i, i+1)
		return &f
	}
	for _, p := range headline(in) {
		points = append(points, shownPoint{p.Sentences, take(func(f Figure) bool { return p.Figure != "" && f.Name == p.Figure })})
	}
	if points[0].Figure == nil {
		points[0].Figure = take(func(Figure) bool { return true })
	}
	return points, rest
}

// picture writes a figure with its caption.
func picture(b *bytes.Buffer, f Figure) {
	fmt.Fprintf(b, "![%s](%s)\n\n*%s*\n\n", escape(f.Title), link(f.Path), emphasized(f.Title, f.Caption))
}

// unfinished says what is not there, "" when everything is.
func unfinished(p analysis.Progress) string {
	var parts []string
	if p.NotRun > 0 {
		have := "have"
		if p.NotRun == 1 {
			have = "has"
		}
		if p.NotRun == p.Planned {
			return fmt.Sprintf("0 of %s have been run. Run the study to begin.", trial.Counted(p.Planned, "trial"))
		}
		parts = append(parts, fmt.Sprintf("%d of %s %s not been run yet: what follows is based on the others. Run the study again to continue.", p.NotRun, trial.Counted(p.Planned, "trial"), have))
	}
	switch lost := p.Diverged + p.Failed; {
	case lost == 1:
		parts = append(parts, fmt.Sprintf("1 of %s has no full result (%s); it is shown as missing, never as zero.", trial.Counted(p.Planned, "trial"), howLost(p)))
	case lost > 1:
		parts = append(parts, fmt.Sprintf("%d of %d trials have no full result (%s); they are shown as missing, never as zero.", lost, p.Planned, howLost(p)))
	}
	return strings.Join(parts, " ")
}

func howLost(p analysis.Progress) string {
	var parts []string
	if p.Diverged > 0 {
		parts = append(parts, fmt.Sprintf("%d diverged", p.Diverged))
	}
	if p.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", p.Failed))
	}
	return strings.Join(parts, ", ")
}

// terms are the words that the heads of tables use.
const terms = "An arm is one recipe of training and retraining; the target is the set of layers that is pruned; the amount is the fraction of the target's weights to remove, or the value of the parameter that it names."

// tables shows the tables that a reader needs and links the others.
func tables(b *bytes.Buffer, in Input) error {
	if len(in.Analysis.Tables) == 0 {
		return nil
	}
	fmt.Fprintf(b, "## Tables\n\n%s\n\n", terms)
	main := mainTarget(in.Analysis)
	var linked []table.Table
	for _, t := range in.Analysis.Tables {
		if t.Place == analysis.Apart {
			continue
		}
		shown := t.Table
		if len(t.Rows) > shortTable {
			shown = t.Of(main)
		}
		if t.Place == analysis.Linked || len(shown.Rows) == 0 || len(shown.Rows) > longTable {
			linked = append(linked, t.Table)
			continue
		}
		md, err := shown.Markdown()
		if err != nil {
			return fmt.Errorf("report of study %s: %w", in.Analysis.Plan.Study, err)
		}
		b.Write(md)
		if n := len(t.Rows) - len(shown.Rows); n > 0 {
			fmt.Fprintf(b, "\n%d more rows, for other targets: [%s](%s)\n", n, t.Name, link(in.Tables+"/"+t.Name+".md"))
		}
		b.WriteString("\n")
	}
	if len(linked) > 0 {
		b.WriteString("Not shown here:\n\n")
		for _, t := range linked {
			fmt.Fprintf(b, "- [%s](%s), %d rows\n", escape(t.Title), link(in.Tables+"/"+t.Name+".md"), len(t.Rows))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "Every table is in `%s/` as txt, md, csv and tex; [trials.csv](%s) has every trial in long form", in.Tables, link(in.Tables+"/trials.csv"))
	if in.Analysis.Classes != nil {
		fmt.Fprintf(b, ", [classes.csv](%s) every class", link(in.Tables+"/classes.csv"))
	}
	b.WriteString(".\n\n")
	return nil
}

// reporting shows what a report of pruning should have.
func reporting(items []checklist.Item) []string {
	var out []string
	for _, c := range items {
		mark := "☐"
		if c.Ticked {
			mark = "☑"
		}
		out = append(out, fmt.Sprintf("%s %s: %s.", mark, c.Name, c.Reason))
	}
	return out
}

// gaps counts, for each series, the numbers that are not there.
func gaps(curves []curve.Curve) []string {
	var out []string
	for _, c := range curves {
		total, missing := 0, 0
		reasons := map[string]int{}
		for _, p := range c.Points {
			total += len(p.Seeds) + len(p.Missing)
			missing += len(p.Missing)
			for _, m := range p.Missing {
				reasons[m.Reason]++
			}
		}
		if missing == 0 {
			continue
		}
		var words []string
		for _, r := range slices.Sorted(maps.Keys(reasons)) {
			words = append(words, fmt.Sprintf("%d %s", reasons[r], r))
		}
		out = append(out, fmt.Sprintf("%s, %s, %s, %s: %d of %d results (%s).", c.Arm, c.Target, c.Method, c.Stage, missing, total, strings.Join(words, ", ")))
	}
	if more := len(out) - listedGaps; more > 1 {
		out = append(out[:listedGaps], fmt.Sprintf("And %d more series; trials.csv has them all.", more))
	}
	return out
}

// list writes a section of items, nothing when there are none.
func list(b *bytes.Buffer, title string, items []string) {
	if len(items) == 0 {
		return
	}
	fmt.Fprintf(b, "## %s\n\n", title)
	for _, s := range items {
		fmt.Fprintf(b, "- %s\n", escape(s))
	}
	b.WriteString("\n")
}

// section is a heading with items.
type section struct {
	Title string
	Items []string
}

// ID names a section within a page.
func (s section) ID() string { return strings.ReplaceAll(strings.ToLower(s.Title), " ", "-") }

// closing is what a report ends with: what limits it, and how it was made.
// Sections without items are left out.
func closing(in Input) []section {
	a := in.Analysis
	return slices.DeleteFunc([]section{
		{a.Grid.Title(), a.Tuned},
		{"Missing", gaps(a.Curves)},
		{"Warnings", a.Warnings},
		{"Recipe", append(recipe(a.Plan), history(in.History)...)},
		{"Provenance", provenance(a.Machines)},
		{"Reporting checklist", reporting(a.Checklist)},
	}, func(s section) bool { return len(s.Items) == 0 })
}

// quote writes text as a block quote that keeps its lines.
func quote(b *bytes.Buffer, text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		b.WriteString("The study file does not state it.\n\n")
		return
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n ")
		if line == "" {
			b.WriteString(">\n")
			continue
		}
		fmt.Fprintf(b, "> %s  \n", escape(strings.TrimLeft(line, " \t")))
	}
	b.WriteString("\n")
}

func emphasized(title, caption string) string {
	title = strings.TrimSuffix(title, ".")
	if caption == "" {
		return escape(title) + "."
	}
	return escape(title + ". " + caption)
}

// escape keeps text text in Markdown.
func escape(s string) string { return markup.Replace(strings.TrimSpace(s)) }

var markup = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `_`, `\_`, "`", "\\`", `<`, `\<`, `>`, `\>`, `[`, `\[`, `]`, `\]`, `#`, `\#`, `|`, `\|`, `~`, `\~`, `$`, `\$`, "\n", " ", "\r", " ")

// link keeps a path one link.
func link(path string) string {
	return strings.NewReplacer(" ", "%20", "(", "%28", ")", "%29", "<", "%3C", ">", "%3E", "\n", "").Replace(path)
}
