package analysis

import (
	"fmt"

	"prunelab/analysis/group"
	"prunelab/experiments/trial"
)

// collapsedBy is how much less accurate a retrained network is than it was right after
// pruning, for its retraining to count as failed.
const collapsedBy = 0.01

// Collapse is a cell some of whose networks retraining made worse: its mean is over
// networks that recovered and networks that did not, and may be near neither.
type Collapse struct {
	group.Labels
	Worse, Of int // networks
}

func collapses(cells []group.Cell) []Collapse {
	var out []Collapse
	for _, c := range cells {
		x := Collapse{Labels: c.Labels}
		for _, m := range c.Members {
			if m.Outcome == nil || c.Role == trial.Control || m.Outcome.Result.Pruned == nil || m.Outcome.Result.Retrained == nil {
				continue
			}
			x.Of++
			if r := m.Outcome.Result; r.Retrained.Accuracy() < r.Pruned.Accuracy()-collapsedBy {
				x.Worse++
			}
		}
		if x.Worse > 0 {
			out = append(out, x)
		}
	}
	return out
}

// collapseWarnings say so of each.
func collapseWarnings(all []Collapse) []string {
	var ws []string
	for _, c := range all {
		w := fmt.Sprintf("%s: retraining left %d of %s more than %g pp less accurate than right after pruning", c.Labels, c.Worse, trial.Counted(c.Of, "network"), 100*collapsedBy)
		if c.Worse < c.Of {
			w += "; means there are over networks that recovered and networks that did not"
		}
		ws = append(ws, w)
	}
	return ws
}
