package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"prunelab/cmd/prunelab/internal/render"
	"prunelab/cmd/prunelab/internal/state"
	"prunelab/experiments/cost"
	"prunelab/experiments/runner"
	"prunelab/experiments/store"
	"prunelab/experiments/study"
	"prunelab/experiments/trial"
	"prunelab/model/kernel"
	"prunelab/model/weights"
)

// session is what every command gets.
type session struct {
	ctx            context.Context
	stdout, stderr io.Writer
	warned         bool // of a build without a stamp
}

// open returns the store in a folder; what it notices is told to the user.
func (s *session) open(dir string) *store.Store {
	st := store.Open(dir, store.Disk{})
	st.Notice = s.notice
	return st
}

func (s *session) notice(text string) { fmt.Fprintf(s.stderr, "prunelab: %s\n", text) }

// plan resolves the study. A folder that holds a run already fixes the kernels:
// those it was begun with are used again.
func (s *session) plan(parsed *study.Study, st *store.Store) (trial.Plan, error) {
	old, err := st.Plan()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return parsed.Plan(kernel.Variant())
	case err == nil:
		err = s.useKernels(st, old.Kernel)
	}
	if err != nil {
		return trial.Plan{}, err
	}
	return parsed.PlanAs(old)
}

// useKernels makes the kernels that a run was begun with the ones in use.
func (s *session) useKernels(st *store.Store, begun string) error {
	if begun == kernel.Variant() {
		return nil
	}
	if os.Getenv(kernel.Environment) != "" {
		return usageError{fmt.Errorf("%s was begun with the kernels %s, %s asks for %s; unset it, or give another folder with --out",
			st.Dir, begun, kernel.Environment, kernel.Variant())}
	}
	if err := kernel.Use(begun); err != nil {
		return fmt.Errorf("%s was begun with other kernels, and results of different ones are not mixed: %w; give another folder with --out", st.Dir, err)
	}
	return nil
}

// prepare makes the folder that of the study, and returns the plan, what is known
// of its trials and those that are left.
func (s *session) prepare(one loaded, st *store.Store, extend bool) (plan trial.Plan, known []trial.Outcome, left []trial.Spec, err error) {
	if plan, err = s.pin(one, st, extend); err == nil {
		known, left, err = st.Known(plan)
	}
	return plan, known, left, err
}

// pin makes the folder that of the study, and returns its plan.
func (s *session) pin(one loaded, st *store.Store, extend bool) (plan trial.Plan, err error) {
	if err := st.Prepare(); err != nil {
		return plan, err
	}
	if plan, err = s.plan(one.Study, st); err != nil {
		return plan, err
	}
	have, err := st.Plan()
	switch {
	case err == nil && !extend:
		plan.Seen = have.Seen
	case err == nil || errors.Is(err, fs.ErrNotExist):
		if plan.Seen, err = one.seen(plan); err != nil {
			return plan, err
		}
	default:
		return plan, err
	}
	var gaps []string
	for _, seen := range plan.Seen {
		gaps = append(gaps, seen.Gaps...)
	}
	slices.Sort(gaps)
	for _, w := range slices.Compact(gaps) {
		s.notice("warning: " + w)
	}
	if one.Trained != nil {
		one.File, one.weights = filepath.Base(st.Dir.Trained()), st.Dir.Trained() // the study in the folder finds it there,
		one.Sum, one.Entry, one.Names = "", "", nil                               // under its own names
	}
	if err := one.relocate(string(st.Dir)); err != nil {
		return plan, err
	}
	added := 0
	if extend {
		added, err = st.Extend(plan, one.YAML())
	} else {
		err = st.Pin(plan, one.YAML())
	}
	if err != nil {
		return plan, err
	}
	if err := s.keepFigures(one.Study, st); err != nil {
		return plan, err
	}
	if added > 0 {
		s.notice(fmt.Sprintf("%s added to %s", trial.Counted(added, "trial"), st.Dir))
	}
	if one.Trained != nil {
		if err := st.SaveTrained(func(w io.Writer) error { return weights.WriteTrained(w, one.Trained, one.origins) }); err != nil {
			return plan, err
		}
	}
	return plan, nil
}

// keepFigures leaves what figures the study asks for in the folder, for everybody who
// renders it.
func (s *session) keepFigures(one *study.Study, st *store.Store) error {
	if len(one.Figures) == 0 {
		return nil
	}
	text := one.FiguresYAML()
	switch old, err := os.ReadFile(st.Dir.Asked()); {
	case err == nil && bytes.Equal(old, text):
		return nil
	case err == nil:
		s.notice(fmt.Sprintf("%s asked for other figures and now has those of the study", st.Dir.Asked()))
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("read which figures were asked for: %w", err)
	}
	return st.Derive(st.Dir.Asked(), text)
}

// seen says what a plan's data are found to be.
func (l loaded) seen(plan trial.Plan) ([]trial.Seen, error) {
	var all []trial.Seen
	for _, t := range plan.Trials {
		if slices.ContainsFunc(all, func(s trial.Seen) bool { return s.Data == t.Data }) {
			continue
		}
		d, err := l.splits(t.Data)
		if err != nil {
			return nil, err
		}
		s := trial.Seen{Data: t.Data, Warnings: l.found.Kept(), Gaps: d.Gaps(), Notes: l.found.Notes}
		s.Mean, s.SD = d.Moments()
		all = append(all, s)
		l.ready.splits[t.Data] = d
	}
	return all, nil
}

// train runs the trials that are left.
func (s *session) train(one loaded, plan trial.Plan, left []trial.Spec, st *store.Store, crew runner.Config) error {
	e, err := cost.New(one.Study, left, crew.Workers)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stderr, "%s: %d of %s to run on %s, about %s; results in %s\n",
		plan.Study, len(left), trial.Counted(len(plan.Trials), "trial"), trial.Counted(crew.Workers, "worker"), state.Duration(e.Total(crew.Workers)), st.Dir)
	began := time.Now()
	s.warnOfBuild()
	p := newProgress(s.stderr, plan, e, crew.Workers)
	st.Notice = func(text string) { p.print([]string{"prunelab: " + text}) }
	crew.Provenance, crew.Progress, crew.KeepAll = provenance(), p, one.Keep
	summary, err := runner.Run(s.ctx, plan, one.splits, st, crew)
	p.close()
	st.Notice = s.notice
	if s.ctx.Err() != nil {
		if err != nil && err != context.Cause(s.ctx) { // a checkpoint that could not be kept, say
			s.notice(err.Error())
		}
		return fmt.Errorf("%w with %d of %s done; the same command goes on, prunelab report %s shows what is there",
			context.Cause(s.ctx), summary.Reused+summary.Done, trial.Counted(summary.Trials, "trial"), st.Dir)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stderr, "%s: %s run in %s, predicted were %s\n", plan.Study, trial.Counted(summary.Done, "trial"), state.Duration(time.Since(began)), state.Duration(e.Total(crew.Workers)))
	return nil
}

// warnOfBuild says once that nobody will be able to tell which code ran the
// trials, where that is so.
func (s *session) warnOfBuild() {
	if v := version(); !trial.Stamped(v) && !s.warned {
		s.notice(fmt.Sprintf("warning: this build has no version-control stamp, so its trials record the version %s and not the commit that made them; "+
			"for results that others are to trace, build in a clone with: go build -buildvcs=true ./cmd/prunelab", v))
	}
	s.warned = true
}

// render renders what there is unless that is done, and says where it is and
// what is missing.
func (s *session) render(st *store.Store, plan trial.Plan, outcomes []trial.Outcome, changed bool) error {
	r, err := render.Of(st, plan, outcomes)
	if err != nil {
		return err
	}
	state := "up to date"
	if changed || !r.UpToDate() {
		if err := s.update(r); err != nil {
			return err
		}
		state = "written"
	}
	s.tell(st, r, state)
	return s.missing(st, r.Plan, r.Outcomes)
}

// update renders everything and says what of it cannot be shown as it is.
func (s *session) update(r *render.Rendering) error {
	err := r.Update()
	for _, w := range r.Warnings() {
		s.notice("warning: " + w)
	}
	return err
}

// tell prints the first lines of a report and where it is.
func (s *session) tell(st *store.Store, r *render.Rendering, state string) {
	for _, line := range r.Answer() {
		fmt.Fprintf(s.stdout, "%s\n", line)
	}
	fmt.Fprintf(s.stdout, "%s: report, tables and figures %s: %s, and to look at in a browser %s\n", r.Plan.Study, state, st.Dir.Report(), st.Dir.Page())
}

// maxListed bounds the trials that are listed one by one.
const maxListed = 10

// missing lists the trials that diverged or failed; there is an error when
// there are any.
func (s *session) missing(st *store.Store, plan trial.Plan, outcomes []trial.Outcome) error {
	missing := state.Without(st, plan, outcomes)
	n := len(missing)
	for _, m := range missing[:min(n, maxListed)] {
		fmt.Fprintf(s.stderr, "prunelab: trial %s (%s) %s: %s; see %s\n", m.Key.Short(), m.What, m.Status, m.Error, m.File)
	}
	if n > maxListed {
		fmt.Fprintf(s.stderr, "prunelab: and %d more\n", n-maxListed)
	}
	if n > 0 {
		return fmt.Errorf("%w: %d of %s diverged or failed", errIncomplete, n, trial.Counted(len(plan.Trials), "trial"))
	}
	return nil
}

// firstLine is what comes before a line break.
func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first
}
