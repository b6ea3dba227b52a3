package main

import (
	"fmt"

	"prunelab/experiments/trial"
)

type cleanCmd struct{ runDir }

func (*cleanCmd) Help() string {
	return `Removes the cached networks, the checkpoints of trainings under way and what
killed processes left half written. Finished trials, tables, figures and the
report stay. A later run trains again what it needs, with the same result.

  prunelab clean results/quick`
}

func (c *cleanCmd) Run(s *session) error {
	st := s.open(c.Dir)
	if _, err := st.Plan(); err != nil {
		return err
	}
	n, err := st.Clean()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "%s removed from %s\n", trial.Counted(n, "file"), st.Dir)
	return nil
}
