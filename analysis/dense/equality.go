package dense

import (
	"fmt"
	"slices"

	"prunelab/analysis/contrast"
	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
)

// Level is the level of the interval of the customary equivalence test at 5 %:
// two one-sided tests.
const Level = 0.90

// Equality asks whether the dense networks of two arms, of the seeds that both
// have, are equally accurate.
type Equality struct {
	A, B string
	Test stats.MarginTest // of A - B
}

// Equalities compares the arms that have dense networks of their own and two
// seeds in common, within a margin; 0 says that none is stated for the data, and
// gives none.
func Equalities(all []Networks, margin float64) ([]Equality, error) {
	if margin == 0 {
		return nil, nil
	}
	var equal []Equality
	for i, a := range all {
		if !contrast.Compared(i, len(all)) {
			break
		}
		for _, b := range all[i+1:] {
			d := curve.Differences(a.BySeed, b.BySeed)
			if slices.Equal(a.Keys, b.Keys) || len(d) < 2 {
				continue
			}
			t, err := stats.Equivalent(d, margin, Level)
			if err != nil {
				return nil, fmt.Errorf("dense accuracies of %s and %s: %w", a.Arm, b.Arm, err)
			}
			equal = append(equal, Equality{a.Arm, b.Arm, t})
		}
	}
	return equal, nil
}
