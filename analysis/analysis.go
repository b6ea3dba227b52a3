// Package analysis turns a plan and its outcomes into statements.
//
//  1. The outcomes are placed in the plan's cells (group) and become curves over
//     the amount pruned (curve).
//  2. Each question has a package that answers it in values: how accurate the
//     dense networks are (dense), which arm or way of pruning loses less
//     (contrast), how far each target can be pruned (sensitivity) and whether
//     that can be predicted (proxy), how much masks overlap (overlap), how
//     trainings went (course), which class loses most (classes), which strength of a regularizer is best
//     (strength), whether two single networks differ (mcnemar), which ratios to
//     choose (recommend), what a report should have (checklist).
//  3. The claims of the paper are put to the test (finding).
//  4. The values become tables, those of cells and curves in package tables.
//
// All of it is pure: the same plan and outcomes, in any order, give the same
// bytes; timing and provenance never reach a table. What is missing stays
// missing and carries its reason. Package report words an Analysis, plots draws
// its curves.
package analysis

import (
	"errors"
	"fmt"

	"prunelab/analysis/checklist"
	"prunelab/analysis/classes"
	"prunelab/analysis/contrast"
	"prunelab/analysis/course"
	"prunelab/analysis/curve"
	"prunelab/analysis/dense"
	"prunelab/analysis/finding"
	"prunelab/analysis/group"
	"prunelab/analysis/mcnemar"
	"prunelab/analysis/overlap"
	"prunelab/analysis/proxy"
	"prunelab/analysis/recommend"
	"prunelab/analysis/sensitivity"
	"prunelab/analysis/table"
	"prunelab/analysis/tables"
	"prunelab/analysis/tuning"
	"prunelab/experiments/trial"
)

// Analysis is what a study found.
type Analysis struct {
	Plan          trial.Plan
	Progress      Progress
	Curves        []curve.Curve
	Courses       []course.Course
	Dense         []dense.Networks
	Equal         []dense.Equality
	Contrasts     []contrast.Contrast
	Overlaps      []overlap.Set
	Sensitivities []sensitivity.Sensitivity
	Most          []sensitivity.Most // which layer of one network from a file is the most sensitive
	Proxies       []proxy.Ranking    // sensitivity predicted without accuracy, where the study asks for it
	Findings      []finding.Finding
	Grid          *tuning.Grid // nil where no regularizer has several strengths and no retraining several rates
	Tuned         []string     // what was chosen, and where the strengths of the regularizers come from, in sentences
	Singles       []mcnemar.Comparison
	Collapsed     []Collapse                  // cells with networks that retraining made worse
	Lost          []classes.Lost              // the class that loses most at given ratios, of networks from a file
	Suggested     []*recommend.Recommendation // for the first of sensitivity.Budgets, an arm each, where every number is of the validation split
	Checklist     []checklist.Item
	Tables        []Table // in the order of a report; each only where the study has the data
	Trials        []byte  // trials.csv
	Classes       []byte  // classes.csv; nil: no trial kept the classes of its images
	Warnings      []string
	Machines      []Machine // provenance of the outcomes, without times
}

// Table is a table and its place in a report.
type Table struct {
	table.Table
	Place Place
}

// Place is where a report has a table.
type Place string

// The places.
const (
	Shown  Place = "shown"  // with the others: of a long one the rows of the main target, a longer one not at all
	Linked Place = "linked" // in its file alone
	Apart  Place = "apart"  // its content has a section of its own
)

// Analyze analyzes the outcomes of a plan, which may be those of a run that is
// not finished.
func Analyze(p trial.Plan, outs []trial.Outcome) (*Analysis, error) {
	a := &Analysis{Plan: p}
	g, err := group.New(p, outs)
	if err != nil {
		return nil, fmt.Errorf("analyzing study %s: %w", p.Study, err)
	}
	for _, step := range a.steps(g) {
		if err := step(); err != nil {
			return nil, fmt.Errorf("analyzing study %s: %w", p.Study, err)
		}
	}
	return a, nil
}

// steps are the steps of an analysis, each of which may use what those before it
// have found.
func (a *Analysis) steps(g *group.Study) []func() error {
	return []func() error{
		func() (err error) { a.Progress, a.Machines = progress(g), machines(g); return },
		func() (err error) { a.Curves, err = curve.FromGroups(g); return },
		func() (err error) { a.Courses = course.All(g.Cells); return },
		func() (err error) { a.Dense, err = dense.All(g); return },
		func() (err error) { a.Equal, err = dense.Equalities(a.Dense, finding.Margin(g.Plan)); return },
		func() (err error) { a.Contrasts, err = contrast.All(a.Curves); return },
		func() (err error) { a.Overlaps, err = overlap.FromGroups(g); return },
		func() (err error) { a.Sensitivities, err = sensitivity.All(a.Curves); return },
		func() (err error) { a.Most, err = sensitivity.MostSensitive(a.Curves); return },
		func() (err error) { a.Proxies, err = proxy.Rankings(g, a.Curves); return },
		func() (err error) { a.Findings, err = finding.Evaluate(g, a.Curves); return },
		func() (err error) { a.Grid, err = tuning.New(g, a.Curves, a.Dense); return },
		func() (err error) { a.Tuned = tuning.Words(g.Plan, a.Grid); return },
		func() (err error) { a.Singles, err = mcnemar.All(g, a.Curves, a.Contrasts); return },
		func() (err error) { a.Lost, err = classes.Most(g, a.Curves); return },
		func() (err error) { a.Suggested, err = suggest(g, a.Curves); return },
		func() (err error) { a.Checklist = checklist.Items(g, a.Curves); return },
		func() (err error) { return a.tabulate(g) },
		func() (err error) { a.Trials, err = tables.Trials(g); return },
		func() (err error) { a.Classes, err = classes.CSV(g); return },
		func() (err error) { a.Collapsed = collapses(g.Cells); return },
		func() (err error) { a.Warnings = append(warnings(g, a.Collapsed), curveWarnings(a.Curves)...); return },
	}
}

// tabulate makes the tables.
func (a *Analysis) tabulate(g *group.Study) error {
	stored, err := tables.Storage(g, a.Curves)
	if err != nil {
		return err
	}
	a.add(Apart, finding.Table(a.Findings))
	a.add(Shown, dense.Table(g.Plan.Split, a.Dense))
	a.add(Shown, tables.Accuracy(g.Plan, a.Curves)...)
	a.add(Shown, contrast.Tables(g.Plan, a.Contrasts, a.Curves)...)
	a.add(Shown, sensitivity.Table(a.Sensitivities), sensitivity.AreaTable(a.Sensitivities), sensitivity.MostTable(a.Most), tables.Layers(g, a.Curves), tables.Units(g, a.Curves))
	a.add(Linked, tables.Sparsity(g))
	a.add(Shown, overlap.Table(a.Overlaps), proxy.Table(a.Proxies), proxy.LayerTable(a.Proxies))
	a.add(Shown, stored...)
	a.add(Shown, tables.Failures(g), a.Grid.Table(), tuning.ShrinkageTable(tuning.Shrinkages(g)), dense.EqualityTable(a.Equal), mcnemar.Table(a.Singles), recommend.Table(a.Suggested))
	a.add(Apart, checklist.Table(a.Checklist))
	return nil
}

// add puts the tables that have rows at a place.
func (a *Analysis) add(at Place, ts ...table.Table) {
	for _, t := range ts {
		if len(t.Rows) > 0 {
			a.Tables = append(a.Tables, Table{t, at})
		}
	}
}

// suggest recommends ratios for every arm that has its layers pruned alone.
func suggest(g *group.Study, curves []curve.Curve) ([]*recommend.Recommendation, error) {
	var all []*recommend.Recommendation
	for _, arm := range g.Plan.Arms {
		r, err := recommend.New(g, curves, recommend.Config{Arm: arm, Budget: sensitivity.Budgets[0], Objective: recommend.Weights})
		switch {
		case errors.Is(err, recommend.ErrNoLayers), errors.Is(err, recommend.ErrTest):
			continue
		case err != nil:
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}
