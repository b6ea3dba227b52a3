// Package scoreboard sets the claims of several studies side by side: on which
// network and data each was put to the test, with which effect and verdict, and
// which claims nobody has looked at.
//
//  1. New judges one study's claims from its trials, as its report does; the
//     verdict and the adjusted p stay those of the study.
//  2. Table corrects once more, across the studies shown, and lists claims by
//     networks (table.go).
//  3. Markdown adds what the claims say and where the studies lie (markdown.go).
//
// It changes no verdict.
package scoreboard

import (
	"reflect"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/finding"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
	"prunelab/model/nn"
)

// Study is what a scoreboard shows of a study.
type Study struct {
	Plan     trial.Plan
	Findings []finding.Finding // of every claim that the program knows
	History  []string          // what the study file says was tried before
	NotRun   int               // trials of the plan without a result
	Report   string            // where its report lies, as a link; "": not linked
}

// New judges the claims of a study, which may be half finished.
func New(p trial.Plan, outs []trial.Outcome) (Study, error) {
	g, err := group.New(p, outs)
	if err != nil {
		return Study{}, err
	}
	curves, err := curve.FromGroups(g)
	if err != nil {
		return Study{}, err
	}
	fs, err := finding.Evaluate(g, curves)
	return Study{Plan: p, Findings: fs, NotRun: g.Planned() - len(g.Ran())}, err
}

// entry is a claim in a study that has trials for it.
type entry struct {
	finding.Finding
	study  Study
	across *float64 // p corrected across the studies; nil: it is not in that family
}

// entries are the claims that some study can speak of, claim by claim, and
// absent those that none can.
func entries(studies []Study) (all []entry, absent []finding.Finding) {
	for _, claim := range claims(studies) {
		before := len(all)
		for _, s := range studies {
			for _, f := range s.Findings {
				if f.Name == claim.Name && f.Verdict != finding.NotStudied {
					all = append(all, entry{Finding: f, study: s})
				}
			}
		}
		if len(all) == before {
			absent = append(absent, claim)
		}
	}
	correct(all)
	return all, absent
}

// claims are all that the program knows, each once.
func claims(studies []Study) []finding.Finding {
	var all []finding.Finding
	for _, s := range studies {
		for _, f := range s.Findings {
			if !slices.ContainsFunc(all, func(o finding.Finding) bool { return o.Name == f.Name }) {
				all = append(all, f)
			}
		}
	}
	return all
}

// name is the claim's, with the arm where its study has several.
func (e entry) name() string {
	if e.Arm != "" && len(e.study.Plan.Arms) > 1 {
		return e.Name + ": " + e.Arm
	}
	return e.ID
}

// correct adjusts the p of all entries together by the method of Benjamini and
// Hochberg. The family are the claims that their own study has decided on by an
// adjusted p, from as many seeds as could decide a single claim.
func correct(all []entry) {
	var family []*entry
	var p []float64
	for i := range all {
		if e := &all[i]; e.primary() && e.decidable() {
			family, p = append(family, e), append(p, *e.P)
		}
	}
	adjusted := stats.BenjaminiHochberg(p)
	for i, e := range family {
		e.across = &adjusted[i]
	}
}

// primary reports whether the study corrected the claim in its own family.
func (e entry) primary() bool { return e.P != nil && e.Adjusted != nil }

// decidable reports whether so many seeds can reach significance at all.
func (e entry) decidable() bool {
	return stats.Decidable(e.n(), stats.Alpha, stats.TwoSided) > 0
}

// n counts the seeds behind the effect shown.
func (e entry) n() int {
	if len(e.Evidence) == 0 {
		return 0
	}
	return e.Deciding().Difference.N
}

// networks names the networks of a plan: the built-in name, else the layers.
func networks(p trial.Plan) string {
	return distinct(p, func(s trial.Spec) string {
		for _, name := range nn.BuiltinNames() {
			if c, ok := nn.Builtin(name, s.Net.Input, s.Net.Layers[len(s.Net.Layers)-1].Units); ok && reflect.DeepEqual(c.Layers, s.Net.Layers) {
				return name
			}
		}
		return strings.Join(p.Layers, "-")
	})
}

// data names the images that networks were trained on and scored on.
func data(p trial.Plan) string {
	return distinct(p, func(s trial.Spec) string { return s.Data.Name }) + ", " + string(p.Split)
}

func distinct(p trial.Plan, text func(trial.Spec) string) string {
	var texts []string
	for _, s := range p.Trials {
		texts = append(texts, text(s))
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), " and ")
}
