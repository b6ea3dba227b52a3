package scoreboard

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"prunelab/analysis/finding"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// unevaluated stands where a verdict would, of a claim that no study shown has
// trials for.
const unevaluated = "never evaluated"

// Table lists claims by studies.
func Table(studies []Study) table.Table {
	all, absent := entries(studies)
	t := table.Table{
		Name: "scoreboard", Title: "Scoreboard: the claims, where they were tested, and what came out", Notes: notes(all, len(studies)),
		Columns: slices.Concat(table.Lefts("claim", "network", "data", "stage", "verdict"), table.Rights("effect (pp)", "n"), table.Lefts("difference", "claimed"),
			table.Rights("p", "adjusted p", "p across studies"), table.Lefts("study", "tried before")),
	}
	for len(all) > 0 {
		if like := aside(all); like >= foldFrom {
			t.Rows = append(t.Rows, fold(all[:like]))
			all = all[like:]
			continue
		}
		t.Rows = append(t.Rows, all[0].row())
		all = all[1:]
	}
	for _, f := range absent {
		why := f.Reason
		if len(f.Studies) > 0 {
			why = "no study shown has the trials; run " + strings.Join(f.Studies, " or ")
		}
		row := append(table.Texts(f.ID, "–", "–", f.Stage()), table.Text(unevaluated).With(why))
		t.Rows = append(t.Rows, append(row, table.None(), table.None(), table.Text(f.Pairs), table.Text(f.Claimed()), table.None(), table.None(), table.None(), table.None(), table.None()))
	}
	return t
}

// foldFrom is how many arms of a study share a row where nothing can be decided of
// them: a pilot's grid must not outweigh the studies that decide.
const foldFrom = 3

// aside counts the entries at the head of all that are one claim in several arms
// of one study, none of them decided on: not primary, or of too few seeds.
func aside(all []entry) int {
	for i, e := range all {
		if e.primary() && e.decidable() || len(e.Evidence) == 0 || e.Name != all[0].Name || e.study.Plan.Study != all[0].study.Plan.Study {
			return i
		}
	}
	return len(all)
}

// fold is the line of several entries of one claim in one study.
func fold(all []entry) []table.Cell {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, e := range all {
		v := e.Deciding().Difference.Value
		lo, hi = min(lo, v), max(hi, v)
	}
	row := all[0].row()
	row[0].Text = fmt.Sprintf("%s: %s", all[0].Name, trial.Counted(len(all), "arm"))
	row[4] = table.Text(string(finding.Secondary)).With("not primary, or of too few seeds to decide")
	row[5] = table.Text(fmt.Sprintf("%s to %s", table.Format(100*lo, 2), table.Format(100*hi, 2))).With("means of the arms; findings.json has each with its interval")
	row[9], row[10], row[11] = table.None(), table.None(), table.None()
	return row
}

// row is an entry's line.
func (e entry) row() []table.Cell {
	effect, n := table.Missing("no seed has all the numbers"), table.None()
	switch {
	case len(e.Evidence) > 0:
		effect, n = e.Effect(), table.Int(e.n())
		effect.N = 0 // n has a column of its own
	case e.Correlation != nil:
		effect = table.Text(e.Reason)
	}
	verdict := table.Text(string(e.Verdict))
	if e.Verdict == finding.Inconclusive || e.Verdict == finding.Secondary {
		verdict.Note = e.Reason
	}
	across := number(e.across)
	if e.primary() && e.across == nil {
		across = table.Missing(fmt.Sprintf("not in the family: %s can decide no claim, %d are needed", trial.Counted(e.n(), "seed"), stats.SeedsNeeded(1, stats.Alpha, stats.TwoSided)))
	}
	name := table.Text(e.study.Plan.Study)
	if e.study.NotRun > 0 {
		name.Note = e.study.Unfinished()
	}
	return append(table.Texts(e.name(), networks(e.study.Plan), data(e.study.Plan), e.Stage()), verdict, effect, n,
		table.Text(e.Pairs), table.Text(e.Claimed()), number(e.P), number(e.Adjusted), across, name, e.study.tried())
}

func number(v *float64) table.Cell {
	if v == nil {
		return table.None()
	}
	return table.Number(*v, 4)
}

// tried counts what was tried before a study, with the texts below the table.
func (s Study) tried() table.Cell {
	if len(s.History) == 0 {
		return table.None()
	}
	return table.Text(strconv.Itoa(len(s.History))).With("tried before " + s.Plan.Study + ": " + strings.Join(s.History, " "))
}

// Unfinished says how much of a study is missing.
func (s Study) Unfinished() string {
	return fmt.Sprintf("not finished: %d of %s without a result", s.NotRun, trial.Counted(len(s.Plan.Trials), "trial"))
}

// notes say how the numbers were made, and why there are two corrections.
func notes(all []entry, studies int) []string {
	family, found := 0, 0
	for _, e := range all {
		if e.across != nil {
			family++
			if *e.across <= stats.Alpha {
				found++
			}
		}
	}
	ns := []string{
		"Effect: mean over n seeds, paired by seed, with its 95 % interval (Student t, not corrected). p: exact sign-flip test, two-sided. Adjusted p: by Holm's method over the claims of the one study, from which its verdict follows.",
	}
	if family == 0 {
		return append(ns, "p across studies: no claim has the seeds for it.")
	}
	return append(ns, fmt.Sprintf("p across studies: of the %s in %s that have an adjusted p and the seeds to decide a single claim, by the method of Benjamini and Hochberg (1995). "+
		"It bounds the part of false ones among those called found, 5 %% on average; at 0.05 it finds %s from the bounds of claims, on the claimed side or on the other. "+
		"Holm's method, which bounds the chance of any false one, can find nothing among many claims whatever the effects are: with ten seeds the smallest p is 2/1024, which forty claims make 0.08. "+
		"No verdict depends on this column.", trial.Counted(family, "claim"), Counted(studies), trial.Counted(found, "difference")))
}

// Counted is the number of studies in words.
func Counted(n int) string {
	if n == 1 {
		return "1 study"
	}
	return fmt.Sprintf("%d studies", n)
}
