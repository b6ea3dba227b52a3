package main

import (
	"fmt"

	"prunelab/cmd/prunelab/internal/render"
	"prunelab/experiments/trial"
)

type reportCmd struct{ runDir }

func (*reportCmd) Help() string {
	return `Renders everything again from the trials that are there, also of a run that is
half finished: the report says so at its top. Names in Chinese, Japanese or Korean
are drawn with a font of this machine; the variable PRUNELAB_FONT names the file of
another one.

  prunelab report results/quick`
}

func (c *reportCmd) Run(s *session) error {
	st := s.open(c.Dir)
	plan, err := st.Plan()
	if err != nil {
		return err
	}
	r, err := render.Open(st, plan)
	if err != nil {
		return err
	}
	if err := s.update(r); err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "%s: report, tables and figures written: %s\n", plan.Study, st.Dir.Report())
	if n := len(plan.Trials) - len(r.Outcomes); n > 0 {
		fmt.Fprintf(s.stdout, "%d of %s have not been run yet; the report says so\n", n, trial.Counted(len(plan.Trials), "trial"))
	}
	return s.missing(st, plan, r.Outcomes)
}
