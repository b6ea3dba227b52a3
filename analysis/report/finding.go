package report

import (
	"bytes"
	"fmt"

	"prunelab/analysis"
	"prunelab/analysis/finding"
)

// findings shows the verdicts, the claims in words with what limits them, and
// the claims that this study cannot speak of.
func findings(b *bytes.Buffer, a *analysis.Analysis) error {
	b.WriteString("## Findings\n\n")
	if t := finding.Table(a.Findings); len(t.Rows) > 0 {
		md, err := t.Markdown()
		if err != nil {
			return err
		}
		b.Write(md)
		b.WriteString("\n")
	}
	others := absent(a)
	for _, f := range a.Findings {
		if f.Verdict == finding.NotStudied {
			continue
		}
		fmt.Fprintf(b, "- %s: %s.", f.ID, escape(f.Sentence()))
		for i, c := range f.Caveats {
			lead := "; "
			if i == 0 {
				lead = " Note: "
			}
			b.WriteString(lead + escape(string(c)))
		}
		b.WriteString("\n")
	}
	if len(others) < len(a.Findings) {
		b.WriteString("\n")
	}
	if len(others) > 0 {
		b.WriteString("Not covered by this study:\n\n")
		for _, s := range others {
			fmt.Fprintf(b, "- %s\n", escape(s))
		}
		b.WriteString("\n")
	}
	return nil
}

// absent words the claims that the study has no trials for.
func absent(a *analysis.Analysis) []string {
	var out []string
	for _, f := range a.Findings {
		if f.Verdict == finding.NotStudied {
			out = append(out, fmt.Sprintf("%s: %s.", f.ID, f.Reason))
		}
	}
	return out
}
