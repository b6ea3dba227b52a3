package curve

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"prunelab/experiments/trial"
)

// Missing is a seed that has no number at a point.
type Missing struct {
	Seed   uint64
	Key    trial.Key
	Reason string // a group.Reason
}

// listedSeeds is how many seeds Why names before it counts.
const listedSeeds = 6

// Why words which seeds are missing and why: "seeds 1, 3 diverged".
func Why(missing []Missing) string {
	var order []string
	seeds := map[string][]string{}
	for _, m := range missing {
		if seeds[m.Reason] == nil {
			order = append(order, m.Reason)
		}
		seeds[m.Reason] = append(seeds[m.Reason], strconv.FormatUint(m.Seed, 10))
	}
	slices.Sort(order)
	var parts []string
	for _, reason := range order {
		s := seeds[reason]
		who := "seeds " + strings.Join(s, ", ")
		switch {
		case len(s) == 1:
			who = "seed " + s[0]
		case len(s) > listedSeeds:
			who = fmt.Sprintf("%d seeds", len(s))
		}
		if strings.HasPrefix(reason, "the ") || strings.HasPrefix(reason, "its ") {
			reason = "(" + reason + ")"
		}
		parts = append(parts, who+" "+reason)
	}
	return strings.Join(parts, "; ")
}

// LossMissing is what a point's loss lacks: seeds without a number, and seeds
// whose reference is missing.
func (p Point) LossMissing() []Missing {
	missing := slices.Clone(p.Missing)
	for _, s := range p.Seeds {
		if !s.HasLoss {
			missing = append(missing, Missing{Seed: s.Seed, Key: s.Key, Reason: "without its control"})
		}
	}
	return missing
}
