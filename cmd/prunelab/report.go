package main

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/cmd/prunelab/internal/render"
	"prunelab/experiments/trial"
	"prunelab/plots"
)

type reportCmd struct {
	runDir
	Figures render.Figures `default:"main" enum:"main,all" help:"The figures: main, six at most, or all that the study has the data for."`
	Only    []string       `placeholder:"NAME,..." help:"Only these figures; prunelab figure --help names them."`
}

func (*reportCmd) Help() string {
	return `Renders everything again from the trials that are there, also of a run that is
half finished: the report says so at its top. Names in Chinese, Japanese or Korean
are drawn with a font of this machine; the variable PRUNELAB_FONT names the file of
another one. Figures that the study asks for are drawn as well: figures.yaml in the
folder has them, with the options of prunelab figure. It can be changed; prunelab run
writes it again where the study asks for others.

  prunelab report results/quick
  prunelab report results/quick --figures all   accuracy, Pareto front, heat map and others, too
  prunelab report results/quick --only tradeoff,sensitivity`
}

func (c *reportCmd) Run(s *session) error {
	st := s.open(c.Dir)
	plan, err := st.Plan()
	if err != nil {
		return err
	}
	if err := st.Stray(); err != nil {
		return err
	}
	r, err := render.Open(st, plan)
	if err != nil {
		return err
	}
	r.Figures = c.Figures
	if c.Only != nil && len(c.Only) == 0 {
		return usageError{fmt.Errorf("--only names no figure; there are %s", strings.Join(plots.Kinds(), ", "))}
	}
	for _, name := range c.Only {
		if !slices.Contains(plots.Kinds(), name) {
			return usageError{fmt.Errorf("--only %s: no figure is called so; there are %s", name, strings.Join(plots.Kinds(), ", "))}
		}
		r.Figures = render.Figures(strings.Join(c.Only, ","))
	}
	if err := s.update(r); err != nil {
		return err
	}
	s.tell(st, r, "written")
	if n := len(plan.Trials) - len(r.Outcomes); n > 0 {
		fmt.Fprintf(s.stdout, "%d of %s have not been run yet; the report says so\n", n, trial.Counted(len(plan.Trials), "trial"))
	}
	return s.missing(st, plan, r.Outcomes)
}
