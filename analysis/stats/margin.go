package stats

import "fmt"

// Position says where an interval lies with regard to a margin.
type Position string

// The positions.
const (
	Inside  Position = "inside"  // wholly on the wanted side: shown
	Beyond  Position = "beyond"  // wholly on the other side: refuted
	Astride Position = "astride" // reaches over the margin: undecided
)

// MarginTest compares a mean difference with a margin that was stated before.
type MarginTest struct {
	Difference Estimate `json:"difference"`
	Margin     float64  `json:"margin"`
	Position   Position `json:"position"`
	P          float64  `json:"p"` // exact sign-flip test of "not on the wanted side", one-sided
	Smallest   float64  `json:"smallest"`
}

// NonInferior asks whether the mean of the paired differences d, new minus
// reference, is above -margin: Inside when the two-sided t interval lies above
// it, Beyond when it lies below. p tests mean <= -margin and goes with
// (1-level)/2.
func NonInferior(d []float64, margin, level float64) (MarginTest, error) {
	t := MarginTest{Margin: margin}
	if err := checkMargin(margin); err != nil {
		return t, fmt.Errorf("non-inferiority: %w", err)
	}
	var err error
	if t.Difference, err = Mean(d, level); err != nil {
		return t, fmt.Errorf("non-inferiority: %w", err)
	}
	flip, err := SignFlip(shifted(d, margin), Greater)
	if err != nil {
		return t, fmt.Errorf("non-inferiority: %w", err)
	}
	t.P, t.Smallest = flip.P, flip.Smallest
	e := t.Difference
	t.Position = Astride
	switch {
	case e.Level == 0:
	case e.Lo > -margin:
		t.Position = Inside
	case e.Hi < -margin:
		t.Position = Beyond
	}
	return t, nil
}

// Equivalent asks whether the mean of the paired differences d lies within
// ±margin: Inside when the two-sided t interval lies within it, Beyond when it
// lies wholly outside. p is the larger one of the two one-sided tests
// (Schuirmann 1987) and goes with (1-level)/2: level 0.90 is the customary test
// at 5 %.
func Equivalent(d []float64, margin, level float64) (MarginTest, error) {
	t := MarginTest{Margin: margin}
	if err := checkMargin(margin); err != nil {
		return t, fmt.Errorf("equivalence: %w", err)
	}
	var err error
	if t.Difference, err = Mean(d, level); err != nil {
		return t, fmt.Errorf("equivalence: %w", err)
	}
	low, err := SignFlip(shifted(d, margin), Greater)
	if err != nil {
		return t, fmt.Errorf("equivalence: %w", err)
	}
	high, err := SignFlip(shifted(d, -margin), Less)
	if err != nil {
		return t, fmt.Errorf("equivalence: %w", err)
	}
	t.P, t.Smallest = max(low.P, high.P), low.Smallest
	e := t.Difference
	t.Position = Astride
	switch {
	case e.Level == 0:
	case e.Lo > -margin && e.Hi < margin:
		t.Position = Inside
	case e.Hi < -margin || e.Lo > margin:
		t.Position = Beyond
	}
	return t, nil
}

func checkMargin(margin float64) error {
	if err := checkSample([]float64{margin}); err != nil {
		return fmt.Errorf("margin: %w", err)
	}
	if margin <= 0 {
		return fmt.Errorf("margin %v, want it positive", margin)
	}
	return nil
}

func shifted(d []float64, by float64) []float64 {
	s := make([]float64, len(d))
	for i, v := range d {
		s[i] = v + by
	}
	return s
}
