package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"prunelab/analysis"
	"prunelab/analysis/finding"
	"prunelab/analysis/report"
	"prunelab/experiments/store"
	"prunelab/experiments/study"
	"prunelab/experiments/trial"
	"prunelab/plots"
)

// rendering makes tables, figures, findings.json, report.md and report.html
// from what a run found.
//
// What they were made from and every file that was written are noted in the
// folder, so that what is up to date is not made again and what is no longer
// made is removed.
type rendering struct {
	store    *store.Store
	dir      store.Dir
	plan     trial.Plan
	study    []byte // the study file, as run
	outcomes []trial.Outcome
}

// rendered is the note that a rendering leaves.
type rendered struct {
	Inputs string            `json:"inputs"` // digest of the program, the plan, the study and the outcomes
	Files  map[string]string `json:"files"`  // by path in the folder: SHA-256
}

// openRendering gathers what is known of the plan's trials.
func openRendering(st *store.Store, plan trial.Plan) (*rendering, error) {
	outcomes, err := st.Outcomes(plan)
	if err != nil {
		return nil, err
	}
	text, err := st.Study()
	if err != nil {
		return nil, err
	}
	return &rendering{store: st, dir: st.Dir, plan: plan, study: text, outcomes: outcomes}, nil
}

// upToDate reports whether the files in the folder are what update would write.
func (r *rendering) upToDate() bool {
	old, err := r.last()
	if err != nil || old.Inputs == "" {
		return false
	}
	inputs, err := r.inputs()
	if err != nil || inputs != old.Inputs {
		return false
	}
	for name, want := range old.Files {
		b, err := os.ReadFile(r.path(name))
		if err != nil || digest(b) != want {
			return false
		}
	}
	return true
}

// update renders everything.
func (r *rendering) update() error {
	inputs, err := r.inputs()
	if err != nil {
		return err
	}
	files, err := r.files()
	if err != nil {
		return err
	}
	old, err := r.last()
	if err != nil {
		return err
	}
	note := rendered{Inputs: inputs, Files: map[string]string{}}
	for _, f := range files {
		if err := r.store.Derive(r.path(f.name), f.data); err != nil {
			return err
		}
		note.Files[f.name] = digest(f.data)
	}
	for name := range old.Files {
		if _, still := note.Files[name]; still || !filepath.IsLocal(filepath.FromSlash(name)) {
			continue
		}
		if err := os.Remove(r.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove what is no longer rendered: %w", err)
		}
	}
	b, err := json.MarshalIndent(note, "", "\t")
	if err != nil {
		return err
	}
	return r.store.Derive(r.dir.Rendered(), append(b, '\n'))
}

// path is where a rendered file lies.
func (r *rendering) path(name string) string {
	return filepath.Join(string(r.dir), filepath.FromSlash(name))
}

// file is a rendered file.
type file struct {
	name string // path in the folder, with slashes
	data []byte
}

// files renders everything, in memory.
func (r *rendering) files() ([]file, error) {
	a, err := analysis.Analyze(r.plan, r.outcomes)
	if err != nil {
		return nil, err
	}
	tables, figures := filepath.Base(r.dir.Tables()), filepath.Base(r.dir.Figures())
	files := []file{{path.Join(tables, "trials.csv"), a.Trials}}
	for _, t := range a.Tables {
		rendered, err := t.Files()
		if err != nil {
			return nil, err
		}
		for _, f := range rendered {
			files = append(files, file{path.Join(tables, f.Name), f.Data})
		}
	}
	verdicts, err := finding.JSON(r.plan, a.Findings)
	if err != nil {
		return nil, err
	}
	files = append(files, file{filepath.Base(r.dir.Findings()), verdicts})
	figs, err := plots.All(plots.Input{Plan: r.plan, Curves: a.Curves, Overlaps: a.Overlaps, Proxies: a.Proxies, Findings: a.Findings, Courses: a.Courses, Outcomes: r.outcomes})
	if err != nil {
		return nil, err
	}
	drawn, err := draw(figs)
	if err != nil {
		return nil, err
	}
	in := report.Input{Analysis: a, Question: study.HeadComment(r.study), Tables: tables}
	for i, f := range figs {
		name := path.Join(figures, f.Name)
		files = append(files, file{name + ".csv", f.CSV()})
		for j, format := range plots.Formats() {
			files = append(files, file{name + "." + string(format), drawn[i].formats[j]})
		}
		in.Figures = append(in.Figures, report.Figure{
			Title: f.Title, Caption: f.Caption, Path: name + "." + string(plots.PNG), Numbers: name + ".csv", Element: drawn[i].element,
		})
	}
	text, err := report.Markdown(in)
	if err != nil {
		return nil, err
	}
	page, err := report.HTML(in)
	if err != nil {
		return nil, err
	}
	return append(files, file{filepath.Base(r.dir.Report()), text}, file{filepath.Base(r.dir.Page()), page}), nil
}

// inputs is the digest of all that the rendering depends on, the program
// included: another version may draw otherwise.
func (r *rendering) inputs() (string, error) {
	h := sha256.New()
	if err := hashProgram(h); err != nil {
		return "", err
	}
	outcomes := slices.Clone(r.outcomes)
	slices.SortFunc(outcomes, func(a, b trial.Outcome) int { return cmp.Compare(a.Key, b.Key) })
	for _, v := range []any{r.plan, r.study, outcomes} {
		if err := json.NewEncoder(h).Encode(v); err != nil {
			return "", fmt.Errorf("digest of the results: %w", err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// hashProgram writes the program's own file to w.
func hashProgram(w io.Writer) error {
	name, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's file: %w", err)
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("read this program's file: %w", err)
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// last is the note of the rendering before, empty when there is none that can
// be understood.
func (r *rendering) last() (rendered, error) {
	b, err := os.ReadFile(r.dir.Rendered())
	if errors.Is(err, os.ErrNotExist) {
		return rendered{}, nil
	}
	if err != nil {
		return rendered{}, fmt.Errorf("read what was rendered before: %w", err)
	}
	var n rendered
	if json.Unmarshal(b, &n) != nil {
		return rendered{}, nil
	}
	return n, nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
