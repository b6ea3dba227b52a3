package main

import (
	"fmt"
	"os"
	"strings"

	"prunelab/cmd/prunelab/internal/render"
	"prunelab/cmd/prunelab/internal/state"
	"prunelab/experiments/cost"
	"prunelab/experiments/runner"
	"prunelab/experiments/study"
	"prunelab/experiments/trial"
	"prunelab/experiments/verify"
)

type verifyCmd struct {
	runDir
	dataFlags
	crewFlags
	Trials int    `default:"2" help:"Finished trials to run again, chosen at random; 0: none."`
	Seed   uint64 `default:"1" help:"Of the choice."`
}

func (*verifyCmd) Help() string {
	return `Reads every file of a run and compares it with the digest that it carries, or that
was noted when it was rendered, and the plan with the study in the folder; then
runs some finished trials again, with what they start from, in a temporary folder,
and compares the results bit for bit.
Nothing is written to the run's folder. The exit code is 0 when everything holds
and 1 when anything does not; each file and trial at fault is named.

  prunelab verify results/quick
  prunelab verify results/quick --trials 10 --seed 7
  prunelab verify results/quick --trials 0       nothing is run`
}

// Run verifies a run.
func (c *verifyCmd) Run(s *session) error {
	crew, err := c.crew()
	if err != nil {
		return err
	}
	if c.Trials < 0 {
		return usageError{fmt.Errorf("--trials %d: a number of trials is needed, or 0", c.Trials)}
	}
	line := func(what, format string, args ...any) {
		fmt.Fprintf(s.stdout, "%-10s  "+format+"\n", append([]any{what}, args...)...)
	}
	faults := 0
	v, err := verify.Open(c.Dir, func(format string, args ...any) {
		faults++
		s.notice(fmt.Sprintf(format, args...))
	})
	if err != nil {
		return err
	}
	files, err := v.Files()
	if err != nil {
		return err
	}
	for _, name := range files.Corrupt {
		s.notice(name + " was found damaged earlier and put aside")
	}
	for _, name := range files.Strange {
		s.notice(name + " belongs to no trial of the plan")
	}
	line("digests", "%s, %s, %s, %s, %s were read", trial.Counted(files.Plans, "plan"), trial.Counted(files.Trials, "result"),
		trial.Counted(files.Failures, "failure"), trial.Counted(files.Networks, "network"), trial.Counted(files.Checkpoints, "checkpoint"))
	before := faults
	var one loaded
	digested, err := v.Study(func(text []byte) (*study.Study, error) {
		one, err = s.parseRun(v.Store.Dir, v.Plan, text, nil, c.dataFlags)
		return one.Study, err
	})
	switch {
	case err != nil && c.Trials > 0:
		return err
	case err != nil:
		s.notice(fmt.Sprintf("the study was not compared with the plan: %v", err))
	case faults == before && !digested:
		line("study", "gives the plan; its comments are unchecked, as no digest of study.yaml was noted when the run began")
	case faults == before:
		line("study", "gives the plan, and is the text that was stored")
	}
	kept, err := v.Networks()
	if err != nil {
		return err
	}
	line("trials", "%d of %d are finished; %d of their networks are kept", len(v.Outcomes), len(v.Plan.Trials), kept)
	n, changed, err := render.Check(v.Store.Dir)
	if err != nil {
		return err
	}
	for _, fault := range changed {
		v.Fault("%s", fault)
	}
	switch _, err := os.Stat(v.Store.Dir.Report()); {
	case n == 0 && err == nil:
		line("rendered", "unchecked, as no digests were noted; prunelab report %s renders anew and notes them", v.Store.Dir)
	case n == 0:
		line("rendered", "nothing yet")
	default:
		line("rendered", "%d tables, figures and reports were read", n)
	}
	switch {
	case c.Trials == 0 || one.Study == nil:
	case len(v.Outcomes) == 0:
		line("recomputed", "nothing, as no trial is finished")
	default:
		plan := v.Sample(c.Trials, c.Seed)
		equal, err := s.again(v, plan, one, crew)
		if err != nil {
			return err
		}
		line("recomputed", "%s with the kernels %s, those that they start from included; %d the same bit for bit", trial.Counted(len(plan.Trials), "trial"), plan.Kernel, equal)
	}
	if faults > 0 {
		return fmt.Errorf("%s does not hold what it should: %s, named above", v.Store.Dir, trial.Counted(faults, "fault"))
	}
	if one.Study == nil {
		fmt.Fprintln(s.stdout, "everything that was read holds")
		return nil
	}
	fmt.Fprintln(s.stdout, "everything holds")
	return nil
}

// again runs trials once more and names those that give another result.
func (s *session) again(v *verify.Run, plan trial.Plan, one loaded, crew runner.Config) (equal int, err error) {
	if err := s.useKernels(v.Store, plan.Kernel); err != nil {
		return 0, err
	}
	e, err := cost.New(one.Study, plan.Trials, crew.Workers)
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(s.stderr, "%s: %s to run again on %s, about %s\n", plan.Study,
		trial.Counted(len(plan.Trials), "trial"), trial.Counted(crew.Workers, "worker"), state.Duration(e.Total(crew.Workers)))
	p := newProgress(s.stderr, plan, e, crew.Workers)
	crew.Provenance, crew.Progress = provenance(), p
	equal, differ, err := v.Again(s.ctx, plan, one.Trained, one.splits, crew, s.notice)
	p.close()
	names := plan.Labels()
	for _, d := range differ {
		v.Fault("trial %s (%s) gives another result than %s:\n  %s", d.Key.Short(), names[d.Key], v.Store.Where(d.Key), strings.Join(few(d.Fields), "\n  "))
	}
	return equal, err
}

// few are the first of many.
func few[S ~[]T, T any](all S) S { return all[:min(len(all), maxListed)] }
