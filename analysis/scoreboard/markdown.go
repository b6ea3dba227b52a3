package scoreboard

import (
	"bytes"
	"fmt"

	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// Markdown is the table as a page, with what the claims say and the studies.
func Markdown(studies []Study) ([]byte, error) {
	t := Table(studies)
	t.Title = "" // the page's heading
	rows, err := t.Markdown()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Scoreboard\n\nThe claims of Han et al. 2015, where they were tested, and what came out, of the network and\ndata of each study alone. Made from the trials by `prunelab scoreboard`.\n\n%s\n## Claims\n\n", rows)
	for i, f := range claims(studies) {
		fmt.Fprintf(&b, "%d. %s: %s. Of what: %s.\n", i+1, table.Escape(f.Name), table.Escape(f.Claim), table.Escape(f.Endpoint))
	}
	b.WriteString("\n## Studies\n\n")
	for _, s := range studies {
		name := table.Escape(s.Plan.Study)
		if s.Report != "" {
			name = fmt.Sprintf("[%s](%s)", name, s.Report)
		}
		fmt.Fprintf(&b, "- %s: %s; %s; %s", name, table.Escape(networks(s.Plan)), table.Escape(data(s.Plan)), trial.Counted(len(s.Plan.Seeds()), "seed"))
		if s.NotRun > 0 {
			b.WriteString("; " + s.Unfinished())
		}
		b.WriteString("\n")
	}
	return b.Bytes(), nil
}
