package analysis

import (
	"fmt"

	"prunelab/analysis/group"
	"prunelab/experiments/trial"
)

// collapsedBy is how much less accurate a retrained network is than it was right after
// pruning, for its retraining to count as failed.
const collapsedBy = 0.01

// collapses warns of cells some of whose networks retraining made worse: their mean is over
// networks that recovered and networks that did not, and may be near neither.
func collapses(cells []group.Cell) []string {
	var ws []string
	for _, c := range cells {
		n, worse := 0, 0
		for _, m := range c.Members {
			if m.Outcome == nil || c.Role == trial.Control || m.Outcome.Result.Pruned == nil || m.Outcome.Result.Retrained == nil {
				continue
			}
			n++
			if r := m.Outcome.Result; r.Retrained.Accuracy() < r.Pruned.Accuracy()-collapsedBy {
				worse++
			}
		}
		if worse > 0 {
			ws = append(ws, fmt.Sprintf("%s: retraining left %d of %s more than %g pp less accurate than right after pruning; means there are over networks that recovered and networks that did not",
				c.Labels, worse, trial.Counted(n, "network"), 100*collapsedBy))
		}
	}
	return ws
}
