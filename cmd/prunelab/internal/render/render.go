// Package render makes what a reader of a run looks at: tables, figures,
// findings.json, report.md and report.html.
//
//  1. The outcomes of the plan are analyzed (package analysis).
//  2. Its tables are written in every format, its figures drawn in every format
//     (packages table and plots, drawing.go).
//  3. The report words the analysis and shows both (package report, files.go).
//  4. What they were made from and every file that was written are noted in the
//     folder, so that what is up to date is not made again and what is no longer
//     made is removed (note.go).
//
// It is the one place that sees plots and report together. It computes nothing.
package render

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"prunelab/analysis/scoreboard"
	"prunelab/analysis/table"
	"prunelab/experiments/figure"
	"prunelab/experiments/store"
	"prunelab/experiments/study"
	"prunelab/experiments/trial"
)

// Rendering is what is rendered of a run.
type Rendering struct {
	Plan     trial.Plan
	Outcomes []trial.Outcome // of the plan's trials, as far as they have run
	Figures  Figures         // that are drawn: as many as before, where the folder was rendered

	store  *store.Store
	study  []byte           // the study file, as run
	asked  []figure.Request // figures beside them
	undone []string         // what of these was not drawn, or not as asked, and why
	answer []string
}

// Figures says which figures are drawn: main, all, or their names with commas between
// them.
type Figures string

// What there is to draw.
const (
	MainFigures Figures = "main" // one a message
	AllFigures  Figures = "all"  // of every kind that the study has the data for
)

// Answer is the first lines of the report, once it is rendered.
func (r *Rendering) Answer() []string { return r.answer }

// Open gathers what is known of the plan's trials.
func Open(st *store.Store, plan trial.Plan) (*Rendering, error) {
	outcomes, err := st.Outcomes(plan)
	if err != nil {
		return nil, err
	}
	return Of(st, plan, outcomes)
}

// Of is Open for outcomes that have been read.
func Of(st *store.Store, plan trial.Plan, outcomes []trial.Outcome) (*Rendering, error) {
	text, err := st.Study()
	if err != nil {
		return nil, err
	}
	old, err := readNote(st.Dir)
	if err != nil {
		return nil, err
	}
	requests, err := askedOf(st.Dir)
	if err != nil {
		return nil, err
	}
	return &Rendering{asked: requests, Plan: plan, Outcomes: outcomes, Figures: cmp.Or(old.Figures, MainFigures), store: st, study: text}, nil
}

// UpToDate reports whether the files in the folder are what Update would write.
func (r *Rendering) UpToDate() bool {
	old, err := readNote(r.store.Dir)
	if err != nil || old.Inputs == "" {
		return false
	}
	inputs, err := r.inputs()
	r.answer = old.Answer
	return err == nil && inputs == old.Inputs && len(old.changed(r.store.Dir)) == 0
}

// Files renders everything in memory, by path in the folder, with slashes.
func (r *Rendering) Files() (map[string][]byte, error) {
	files, err := r.files()
	if err != nil {
		return nil, err
	}
	byName := map[string][]byte{}
	for _, f := range files {
		byName[f.name] = f.data
	}
	return byName, nil
}

// Update renders everything.
func (r *Rendering) Update() error {
	inputs, err := r.inputs()
	if err != nil {
		return err
	}
	files, err := r.files()
	if err != nil {
		return err
	}
	old, err := readNote(r.store.Dir)
	if err != nil {
		return err
	}
	if err := write(r.store, files); err != nil {
		return err
	}
	now := note{Inputs: inputs, Files: map[string]string{}, Answer: r.answer, Figures: r.Figures}
	for _, f := range files {
		now.Files[f.name] = digest(f.data)
	}
	for name := range old.Files {
		if _, still := now.Files[name]; still || !local(name) {
			continue
		}
		if err := os.Remove(at(r.store.Dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove what is no longer rendered: %w", err)
		}
	}
	return now.write(r.store)
}

// Judged is the run for a scoreboard, judged anew.
func (r *Rendering) Judged() (scoreboard.Study, error) {
	one, err := scoreboard.New(r.Plan, r.Outcomes)
	if err != nil {
		return scoreboard.Study{}, fmt.Errorf("%s: %w", r.store.Dir, err)
	}
	one.History, err = study.History(r.store.Dir.Study(), r.study)
	return one, err
}

// Tables leaves further tables with those of a run.
func Tables(st *store.Store, tables []table.Table) error {
	files, err := tableFiles(filepath.Base(st.Dir.Tables()), tables)
	if err != nil {
		return err
	}
	return write(st, files)
}

func write(st *store.Store, files []file) error {
	for _, f := range files {
		if err := st.Derive(at(st.Dir, f.name), f.data); err != nil {
			return err
		}
	}
	return nil
}

// at is where a rendered file lies; its name has slashes.
func at(dir store.Dir, name string) string {
	return filepath.Join(string(dir), filepath.FromSlash(name))
}

// local reports whether a name is that of a file in the folder.
func local(name string) bool { return filepath.IsLocal(filepath.FromSlash(name)) }
