package report

import (
	"bytes"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"prunelab/analysis"
	"prunelab/analysis/finding"
	"prunelab/experiments/trial"
)

// writePage is the page of a study.
func writePage(t *testing.T, p trial.Plan, outs []trial.Outcome) (string, *analysis.Analysis) {
	t.Helper()
	a, err := analysis.Analyze(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	b, err := HTML(Input{
		Analysis: a, Tables: "tables", History: []string{"seeds 11 to 15: 0.59 of 0.50 pp lost"},
		Question: "Which regularizer is best for pruning?\nCost: none, <made up>.",
		Network:  "LeNet-5",
		Figures:  []Figure{{Name: "tradeoff", Title: "Trade-off", Caption: "Loss & sparsity.", Path: "figures/t.png", Numbers: "figures/t.csv", Element: []byte("<svg><title>T</title></svg>")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(b), a
}

// text is what a reader sees of a page.
func text(page string) string {
	page = regexp.MustCompile(`(?s)<(style|script)>.*?</(style|script)>`).ReplaceAllString(page, "")
	return strings.Join(strings.Fields(html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, ""))), " ")
}

func TestPageSaysWhatTheReportSays(t *testing.T) {
	p, outs := study(1, 2, 3, 4, 5, 6)
	outs[2].Status, outs[2].Error = trial.Diverged, "loss is not finite in epoch 1"
	outs[2].Result.Retrained, outs[2].Result.Layers = nil, nil
	page, a := writePage(t, p, outs[:len(outs)-3])
	seen := text(page)
	want := []string{a.Plan.Study, unfinished(a.Progress), footing(a), "<made up>", "Loss & sparsity."}
	want = append(want, answer(a)...)
	want = append(want, absent(a)...)
	for _, s := range closing(Input{Analysis: a}) {
		want = append(append(want, s.Title), s.Items...)
	}
	for _, f := range a.Findings {
		if f.Evidence != nil {
			want = append(want, string(f.Verdict), f.ID, f.Sentence(), f.Reason, f.Effect().Text)
		}
	}
	for line := range strings.Lines(write(t, p, outs[:len(outs)-3])) { // whatever sections it has
		item, is := strings.CutPrefix(strings.TrimSpace(line), "- ")
		if !is || strings.Contains(item, "](") || slices.ContainsFunc(a.Findings, func(f finding.Finding) bool { return strings.HasPrefix(item, f.ID+":") }) {
			continue // of another file, or a finding, which the page sets otherwise
		}
		item = regexp.MustCompile(`^\[[ x]\] `).ReplaceAllString(item, "")
		want = append(want, regexp.MustCompile(`\\(.)`).ReplaceAllString(item, "$1"))
	}
	for _, table := range a.Tables {
		for _, row := range table.Rows {
			for _, c := range row {
				want = append(want, c.Text, c.Note)
			}
		}
	}
	for _, w := range want {
		if !strings.Contains(seen, strings.Join(strings.Fields(w), " ")) {
			t.Errorf("the page does not say %q", w)
		}
	}
	last := -1
	for _, part := range []string{"% of the weights of LeNet-5 can go", "Trade-off", verdictLines(a.Findings)[0].Text, "Which regularizer", a.Findings[0].Sentence(), "Accuracy of the dense networks"} {
		at := strings.Index(seen, part)
		if at <= last {
			t.Errorf("%q is not where it belongs, at %d after %d", part, at, last)
		}
		last = at
	}
	if !strings.Contains(page, "<svg><title>T</title></svg>") {
		t.Error("the figure is not in the page")
	}
}

func TestPageRunsItsOwnPartsAlone(t *testing.T) {
	p, outs := study(1, 2)
	page, _ := writePage(t, p, outs)
	policy := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)
	if policy == nil || !strings.HasPrefix(policy[1], "default-src &#39;none&#39;; ") {
		t.Fatalf("the policy is %v", policy)
	}
	for _, element := range []string{"style", "script"} {
		parts := regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(page, -1)
		if len(parts) != 1 {
			t.Fatalf("%d %ss", len(parts), element)
		}
		if !strings.Contains(html.UnescapeString(policy[1]), element+"-src "+Allowed(parts[0][1])) {
			t.Errorf("the policy does not allow the %s of the page", element)
		}
	}
	for _, m := range regexp.MustCompile(`(?:src|href|url|@import)\W{0,3}([^"')\s]*)`).FindAllStringSubmatch(page[strings.Index(page, "</style>"):], -1) {
		if strings.Contains(m[1], ":") || strings.HasPrefix(m[1], "/") {
			t.Errorf("the page refers to %s", m[1])
		}
	}
	if strings.Contains(pageStyle, "url(") || strings.Contains(pageStyle, "@import") {
		t.Error("the style refers to another file")
	}
}

func TestNamesAreNoMarkupOnThePage(t *testing.T) {
	p, outs := study(1, 2)
	hostile := `</script><script>x()</script>" onload="x() <b> &amp; 'q'`
	p.Study = hostile
	for i := range p.Cells {
		if p.Cells[i].Arm == "L1" {
			p.Cells[i].Arm = hostile
		}
	}
	p.Arms[slices.Index(p.Arms, "L1")] = hostile
	page, _ := writePage(t, p, outs)
	for _, s := range []string{"<script>x", "<b>", `" onload="`} {
		if strings.Contains(page, s) {
			t.Errorf("the page holds %s", s)
		}
	}
	if n := strings.Count(text(page), hostile); n < 5 {
		t.Errorf("the name is read %d times", n)
	}
}

func TestEqualInputGivesEqualPages(t *testing.T) {
	p, outs := study(1, 2, 3)
	want, _ := writePage(t, p, outs)
	for i := range outs {
		outs[i].Timing.Seconds = float64(i)
		outs[i].Provenance.Started = "2031-12-31T00:00:00Z"
	}
	slices.Reverse(outs)
	slices.Reverse(p.Cells)
	slices.Reverse(p.Trials)
	if got, _ := writePage(t, p, outs); !bytes.Equal([]byte(got), []byte(want)) {
		t.Error("time or order changed the page")
	}
}
