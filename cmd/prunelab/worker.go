package main

import "fmt"

type workerCmd struct {
	runDir
	dataFlags
	workersFlag
}

func (*workerCmd) Help() string {
	return `Runs what is left of a run that was begun with prunelab run, from the study and
the plan in its folder, and renders nothing. Any number of workers, on machines
that share the folder, may be at it: each trial is claimed by one of them.

  prunelab worker results/quick
  prunelab worker /shared/layers --workers 8
  prunelab report results/quick          render when all are done`
}

// Run runs trials until none is left.
func (c *workerCmd) Run(s *session) error {
	workers, err := c.workers()
	if err != nil {
		return err
	}
	st := s.open(c.Dir)
	if _, err := st.Plan(); err != nil {
		return err
	}
	parsed, err := loadStudy(s, st.Dir.Study(), nil, c.dataFlags)
	if err != nil {
		return err
	}
	if err := st.Join(); err != nil {
		return err
	}
	plan, err := s.plan(parsed.Study, st)
	if err != nil {
		return err
	}
	// Nothing is written when they agree; otherwise the difference is named.
	if err := st.Pin(plan, parsed.YAML()); err != nil {
		return err
	}
	left, err := unfinished(st, plan)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		if err := s.train(parsed, plan, left, st, workers); err != nil {
			return err
		}
	}
	r, err := openRendering(st, plan)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "%s: no trial is left; prunelab report %s renders them\n", plan.Study, st.Dir)
	return s.missing(st, r)
}
