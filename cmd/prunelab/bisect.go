package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/cmd/prunelab/internal/scan"
	"prunelab/experiments/store"
	"prunelab/experiments/trial"
)

// bisect visits, of each layer, the ratios that a bisection takes to where its accuracy
// loss exceeds the bound, all layers a step at a time: a step extends the plan of the
// folder. What was visited follows from the results there, so a scan that was stopped
// goes on.
func (c *scanCmd) bisect(s *session, o scan.Options, dir string, run func(o scan.Options, extend bool) error) error {
	for {
		lost, planned, err := s.losses(dir)
		if err != nil {
			return err
		}
		left := 0
		o.Visits = map[string][]float64{}
		for _, l := range o.Layers {
			visited, done := scan.Bisect(o.Ratios, o.Until, func(ratio float64) (float64, bool) {
				loss, known := lost[l][ratio]
				return loss, known
			})
			for ratio := range planned[l] { // a trial that was removed is run again
				if !slices.Contains(visited, ratio) && slices.Contains(o.Ratios, ratio) {
					visited = append(visited, ratio)
				}
			}
			slices.Sort(visited)
			if o.Visits[l] = visited; !done {
				left++
			}
		}
		if err := run(o, planned != nil); err != nil || left == 0 {
			return err
		}
		fmt.Fprintf(s.stderr, "prunelab: %s bisected up to a loss of %g pp: %d of %d were on the way\n",
			trial.Counted(len(o.Layers), "layer"), trial.Significant(100*o.Until), left, len(o.Layers))
	}
}

// losses are the mean accuracy losses of the layers that a folder has pruned alone, by
// target and ratio, after retraining where it retrains, and what its plan has of these;
// planned is nil where there is no plan. A network that diverged has lost everything.
func (s *session) losses(dir string) (lost map[string]map[float64]float64, planned map[string]map[float64]bool, err error) {
	lost = map[string]map[float64]float64{}
	st := store.Open(dir, store.Disk{})
	plan, err := st.Plan()
	if errors.Is(err, fs.ErrNotExist) {
		return lost, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	outcomes, err := st.Outcomes(plan)
	if err != nil {
		return nil, nil, err
	}
	g, err := group.New(plan, outcomes)
	if err != nil {
		return nil, nil, err
	}
	curves, err := curve.FromGroups(g)
	if err != nil {
		return nil, nil, err
	}
	planned = map[string]map[float64]bool{}
	for _, c := range plan.Cells {
		if planned[c.Target] == nil {
			planned[c.Target] = map[float64]bool{}
		}
		planned[c.Target][c.Requested] = true
	}
	for _, c := range curves {
		if c.Stage == curve.Pruned && curve.Retrains(c, curves) {
			continue
		}
		if lost[c.Target] == nil {
			lost[c.Target] = map[float64]float64{}
		}
		for _, p := range c.Points {
			diverged := slices.ContainsFunc(p.Missing, func(m curve.Missing) bool { return m.Reason == string(group.Diverged) })
			switch {
			case diverged:
				lost[c.Target][p.Requested] = math.Inf(1)
			case p.Loss.N > 0 && len(p.Missing) == 0:
				lost[c.Target][p.Requested] = p.Loss.Value
			}
		}
	}
	return lost, planned, nil
}
