// Package analysis turns a plan and its outcomes into statements.
//
//  1. The outcomes are placed in the plan's cells (group) and become curves over
//     the amount pruned (curve).
//  2. Arms, and ways of pruning, are compared by the paired differences of their
//     losses (contrast.go),
//     targets by how much pruning they stand (sensitivity.go), the masks of arms
//     and seeds by how much they overlap (overlap).
//  3. The claims of the paper are put to the test (finding).
//  4. Everything becomes tables (table) and the long form trials.csv.
//
// All of it is pure: the same plan and outcomes, in any order, give the same
// bytes; timing and provenance never reach a table. What is missing stays
// missing and carries its reason. Package report words an Analysis, plots draws
// its curves.
package analysis

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/finding"
	"prunelab/analysis/group"
	"prunelab/analysis/overlap"
	"prunelab/analysis/proxy"
	"prunelab/analysis/recommend"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// Analysis is what a study found.
type Analysis struct {
	Plan      trial.Plan
	Progress  Progress
	Curves    []curve.Curve
	Contrasts []Contrast
	Overlaps  []overlap.Set
	Targets   []Sensitivity
	Proxies   []proxy.Ranking // sensitivity predicted without accuracy, where the study asks for it
	Findings  []finding.Finding
	Strengths []string                    // where the strengths of the regularizers come from, or what was chosen, in sentences
	Suggested []*recommend.Recommendation // for the first of Budgets, an arm each, where every number is of the validation split
	Checklist []Check
	Tables    []table.Table // in the order of a report; each only where the study has the data
	Trials    []byte        // trials.csv
	Warnings  []string
	Machines  []Machine // provenance of the outcomes, without times
}

// Progress counts the plan's trials.
type Progress struct {
	Planned, Done, Diverged, Failed, NotRun int
}

// Complete reports whether every trial was run, however it ended.
func (p Progress) Complete() bool { return p.NotRun == 0 }

// Machine is where and with what some trials ran.
type Machine struct {
	Version, Go, Kernel, Platform, CPU string
	Trials                             int
}

// Analyze analyzes the outcomes of a plan, which may be those of a run that is
// not finished.
func Analyze(p trial.Plan, outs []trial.Outcome) (*Analysis, error) {
	g, err := group.New(p, outs)
	if err != nil {
		return nil, fmt.Errorf("analyzing study %s: %w", p.Study, err)
	}
	a := &Analysis{Plan: p, Progress: progress(g), Machines: machines(g)}
	if a.Curves, err = curve.FromGroups(g); err != nil {
		return nil, fmt.Errorf("analyzing study %s: %w", p.Study, err)
	}
	if a.Contrasts, err = contrasts(a.Curves); err != nil {
		return nil, fmt.Errorf("analyzing study %s: %w", p.Study, err)
	}
	if a.Overlaps, err = overlap.FromGroups(g); err != nil {
		return nil, fmt.Errorf("analyzing study %s: %w", p.Study, err)
	}
	if a.Targets, err = sensitivities(a.Curves); err != nil {
		return nil, fmt.Errorf("analyzing study %s: %w", p.Study, err)
	}
	if a.Findings, err = finding.Evaluate(g, a.Curves); err != nil {
		return nil, fmt.Errorf("analyzing study %s: %w", p.Study, err)
	}
	dense, err := denseTable(g)
	if err != nil {
		return nil, fmt.Errorf("analyzing study %s: %w", p.Study, err)
	}
	more, err := a.further(g)
	if err != nil {
		return nil, fmt.Errorf("analyzing study %s: %w", p.Study, err)
	}
	a.Tables = append(a.Tables, finding.Table(a.Findings), dense)
	a.Tables = append(a.Tables, accuracyTables(p, a.Curves)...)
	a.Tables = append(a.Tables, contrastTables(p, a.Contrasts, a.Curves)...)
	a.Tables = append(a.Tables, sensitivityTable(a.Targets), areaTable(a.Targets), layerTable(g, a.Curves), unitTable(g, a.Curves), sparsityTable(g), overlapTable(a.Overlaps))
	stored, err := storageTables(g, a.Curves)
	if err != nil {
		return nil, fmt.Errorf("analyzing study %s: %w", p.Study, err)
	}
	a.Proxies = proxy.Rankings(g, a.Curves)
	predicted, err := proxyTables(a.Proxies)
	if err != nil {
		return nil, fmt.Errorf("analyzing study %s: %w", p.Study, err)
	}
	a.Tables = append(append(append(a.Tables, predicted...), stored...), failureTable(g))
	a.Tables = append(a.Tables, more...)
	a.Tables = slices.DeleteFunc(a.Tables, func(t table.Table) bool { return len(t.Rows) == 0 })
	if a.Trials, err = trialsCSV(g); err != nil {
		return nil, fmt.Errorf("analyzing study %s: %w", p.Study, err)
	}
	a.Warnings = append(warnings(g), curveWarnings(a.Curves)...)
	return a, nil
}

// further makes what stands behind the main tables: strengths, single networks,
// recommended ratios and the checklist.
func (a *Analysis) further(g *group.Study) ([]table.Table, error) {
	grid, err := strengths(g, a.Curves)
	if err != nil {
		return nil, err
	}
	a.Strengths = strengthWords(g.Plan, grid)
	chosen, err := grid.table()
	if err != nil {
		return nil, err
	}
	equal, err := equalityTable(g)
	if err != nil {
		return nil, err
	}
	single, err := singleTable(g, a.Curves, a.Contrasts)
	if err != nil {
		return nil, err
	}
	for _, arm := range g.Plan.Arms {
		r, err := recommend.New(g, a.Curves, recommend.Config{Arm: arm, Budget: Budgets[0], Objective: recommend.Weights})
		switch {
		case errors.Is(err, recommend.ErrNoLayers), errors.Is(err, recommend.ErrTest):
			continue
		case err != nil:
			return nil, err
		}
		a.Suggested = append(a.Suggested, r)
	}
	a.Checklist = checklist(g, a.Curves)
	return []table.Table{chosen, pullTable(g), equal, single, recommend.Table(a.Suggested), checklistTable(a.Checklist)}, nil
}

// Table returns the table of that name.
func (a *Analysis) Table(name string) (table.Table, bool) {
	for _, t := range a.Tables {
		if t.Name == name {
			return t, true
		}
	}
	return table.Table{}, false
}

// ran returns the plan's outcomes in the order of their keys.
func ran(g *group.Study) []*trial.Outcome {
	var outs []*trial.Outcome
	for _, k := range keys(g.Plan) {
		if o := g.Outcome(k); o != nil {
			outs = append(outs, o)
		}
	}
	return outs
}

// keys returns the plan's trials, ascending.
func keys(p trial.Plan) []trial.Key {
	var ks []trial.Key
	for _, s := range p.Trials {
		ks = append(ks, s.Key())
	}
	slices.Sort(ks)
	return slices.Compact(ks)
}

func progress(g *group.Study) Progress {
	p := Progress{Planned: len(keys(g.Plan))}
	p.NotRun = p.Planned
	for _, o := range ran(g) {
		p.NotRun--
		switch o.Status {
		case trial.Done:
			p.Done++
		case trial.Diverged:
			p.Diverged++
		case trial.Failed:
			p.Failed++
		}
	}
	return p
}

func machines(g *group.Study) []Machine {
	count := map[Machine]int{}
	for _, o := range ran(g) {
		v := o.Provenance
		count[Machine{Version: v.Version, Go: v.Go, Kernel: v.Kernel, Platform: v.Platform, CPU: v.CPU}]++
	}
	var ms []Machine
	for m, n := range count {
		m.Trials = n
		ms = append(ms, m)
	}
	slices.SortFunc(ms, func(a, b Machine) int {
		return cmp.Or(cmp.Compare(b.Trials, a.Trials), cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	return ms
}

// warnings collects what cells and trials warn of, each once.
func warnings(g *group.Study) []string {
	ws := slices.Clone(g.Warnings)
	if slices.ContainsFunc(g.Cells, func(c group.Cell) bool { return len(c.Members) > 1 && !c.Members[0].Spec.Replicates() }) {
		ws = append(ws, "the network comes from a file and is the same for every seed until it is retrained: before that all seeds count as one")
	}
	count := map[string]int{}
	for _, o := range ran(g) {
		for _, w := range o.Result.Warnings {
			count[w]++
		}
	}
	var texts []string
	for w := range count {
		texts = append(texts, w)
	}
	slices.Sort(texts)
	for _, w := range texts {
		ws = append(ws, fmt.Sprintf("%s: %s", counted(count[w], "trial"), w))
	}
	return ws
}

func curveWarnings(curves []curve.Curve) []string {
	var ws []string
	for _, c := range curves {
		for _, w := range c.Warnings {
			ws = append(ws, fmt.Sprintf("arm %s, target %s, %s, %s: %s", c.Arm, c.Target, c.Method, c.Stage, w))
		}
	}
	return ws
}
