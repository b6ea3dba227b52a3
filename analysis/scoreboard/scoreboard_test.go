package scoreboard

import (
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/finding"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// judgedOf is a finding of n seeds; adjusted nil is one that is not primary.
func judgedOf(id string, v finding.Verdict, n int, p float64, adjusted *float64) finding.Finding {
	name, _, _ := strings.Cut(id, ": ")
	return finding.Finding{ID: id, Name: name, Claim: id + " in words", Endpoint: "area, whenever", Stages: []curve.Stage{curve.Retrained}, Verdict: v, P: &p, Adjusted: adjusted,
		Evidence: []stats.Comparison{{Difference: stats.Estimate{Value: 0.01, N: n, Level: 0.95, Lo: 0.005, Hi: 0.015}}}}
}

func of(name string, fs ...finding.Finding) Study {
	return Study{Plan: trial.Plan{Study: name, Split: trial.Validation}, Findings: fs}
}

// tried is a study with a history.
func tried(name string, fs ...finding.Finding) Study {
	s := of(name, fs...)
	s.History = []string{"seeds 1 to 5: lost."}
	return s
}

func column(t *testing.T, tab table.Table, head string) []string {
	t.Helper()
	j := slices.IndexFunc(tab.Columns, func(c table.Column) bool { return c.Head == head })
	if j < 0 {
		t.Fatalf("no column %s", head)
	}
	var texts []string
	for _, row := range tab.Rows {
		texts = append(texts, row[j].Text)
	}
	return texts
}

// Across the studies only primary claims are corrected that six seeds or more
// stand behind, each study's own p stay, and what nobody tested is there.
func TestTableCorrectsPrimaryClaimsAcrossStudies(t *testing.T) {
	adjusted := 0.02
	absent := finding.Finding{ID: "c", Name: "c", Claim: "c in words", Verdict: finding.NotStudied, Studies: []string{"elsewhere"}}
	got := Table([]Study{
		of("one", judgedOf("a", finding.Supported, 10, 0.01, &adjusted), judgedOf("a: L1", finding.Inconclusive, 10, 0.04, &adjusted), judgedOf("b", finding.Secondary, 10, 0.001, nil), absent),
		tried("two", judgedOf("a", finding.Inconclusive, 5, 0.0625, &adjusted), judgedOf("b", finding.Supported, 8, 0.03, &adjusted), absent),
	})
	for head, want := range map[string][]string{
		"claim":            {"a", "a: L1", "a", "b", "b", "c"},
		"study":            {"one", "one", "two", "one", "two", ""},
		"verdict":          {"supported", "inconclusive", "inconclusive", "secondary", "supported", unevaluated},
		"tried before":     {"", "", "1", "", "1", ""},
		"adjusted p":       {"0.0200", "0.0200", "0.0200", "", "0.0200", ""},
		"p across studies": {"0.0300", "0.0400", "–", "", "0.0400", ""}, // 0.01, 0.03 and 0.04 of three: times 3, 3/2 and 1, made monotone from above
	} {
		if texts := column(t, got, head); !slices.Equal(texts, want) {
			t.Errorf("column %s is %q, want %q", head, texts, want)
		}
	}
	if want := "at 0.05 it finds 3 differences from the bounds of claims, on the claimed side or on the other"; !strings.Contains(got.Notes[1], want) {
		t.Errorf("what is found, which need not be what is claimed: %q", got.Notes[1])
	}
	if note := got.Rows[2][len(got.Columns)-1].Note; note != "tried before two: seeds 1 to 5: lost." {
		t.Errorf("what was tried is told as %q", note)
	}
	if last := got.Rows[len(got.Rows)-1][4]; !strings.Contains(last.Note, "elsewhere") {
		t.Errorf("where the absent claim could be tested is not said: %q", last.Note)
	}
}

func TestMarkdownLinksReportsAndSaysWhatIsMissing(t *testing.T) {
	s := of("one_two", judgedOf("a", finding.Supported, 10, 0.01, nil))
	s.Report, s.NotRun = "one_two/report.md", 3
	text, err := Markdown([]Study{s})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`- [one\_two](one_two/report.md)`, "not finished: 3 of", "a in words"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
}

// Every claim says at which stage, whatever the study.
func TestEveryClaimHasAStage(t *testing.T) {
	one, err := New(trial.Plan{Study: "empty", Kinds: []string{"dense"}, Layers: []string{"fc1"}, Arms: []string{"L2"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(one.Findings) < 10 {
		t.Fatalf("%d claims", len(one.Findings))
	}
	for _, f := range one.Findings {
		if f.Stage() == "" {
			t.Errorf("%s has no stage: %s", f.ID, f.Endpoint)
		}
	}
}

// A claim that every arm is asked is listed as one of no arm, and its rows name all
// arms, the first as well.
func TestClaimsOfEveryArm(t *testing.T) {
	first, second := judgedOf("lossless", finding.Supported, 10, 0.01, nil), judgedOf("lossless: L1", finding.Supported, 10, 0.01, nil)
	first.Arm, second.Arm = "L2", "L1"
	s := of("one", first, second)
	s.Plan.Arms = []string{"L2", "L1"}
	text, err := Markdown([]Study{s})
	if err != nil {
		t.Fatal(err)
	}
	_, claims, _ := strings.Cut(string(text), "## Claims")
	if !strings.Contains(claims, "1. lossless: lossless in words. Of what") || strings.Contains(claims, "L2") {
		t.Errorf("the list of claims names an arm:\n%s", claims)
	}
	if got := column(t, Table([]Study{s}), "claim"); !slices.Equal(got, []string{"lossless: L2", "lossless: L1"}) {
		t.Errorf("rows of %q", got)
	}
	if got := first.Sentence(); got != "lossless in words, in arm L2, on this network and data" {
		t.Errorf("in full %q", got)
	}
	if got := first.Words(); got != "lossless in words, in arm L2" {
		t.Errorf("without what limits every claim %q", got)
	}
}

// Arms of a study that nothing can be decided of share a row, with the range of
// their effects; one that is decided on has its own.
func TestArmsAsideShareARow(t *testing.T) {
	adjusted := 0.02
	s := of("pilot", judgedOf("lossless: a", finding.Supported, 10, 0.01, &adjusted))
	for i, id := range []string{"lossless: b", "lossless: c", "lossless: d"} {
		f := judgedOf(id, finding.Secondary, 3, 0.25, nil)
		f.Evidence[0].Difference.Value = 0.01 * float64(i)
		s.Findings = append(s.Findings, f)
	}
	few := judgedOf("lossless: e", finding.Inconclusive, 3, 0.25, &adjusted)
	s.Findings = append(s.Findings, few)
	got := Table([]Study{s, of("other", judgedOf("lossless: f", finding.Secondary, 3, 0.25, nil))})
	for head, want := range map[string][]string{
		"claim":   {"lossless: a", "lossless: 4 arms", "lossless: f"},
		"verdict": {"supported", "secondary", "secondary"}, "p": {"0.0100", "", "0.2500"},
	} {
		if texts := column(t, got, head); !slices.Equal(texts, want) {
			t.Errorf("column %s is %q, want %q", head, texts, want)
		}
	}
	if text := got.Rows[1][5].Text; text != "0.00 to 2.00" {
		t.Errorf("the effects of the arms are %q", text)
	}
}
