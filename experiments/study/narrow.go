package study

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/experiments/figure"
)

// Narrow leaves the arms of those names in a study and says what of its sweeps goes
// with the others. A name may be several, with commas between them.
func (s *Study) Narrow(names []string) (said []string, err error) {
	var have, want []string
	for _, a := range s.Arms {
		have = append(have, a.Name)
	}
	for _, name := range names {
		parts := []string{name}
		if !slices.Contains(have, name) { // a name may hold a comma itself
			parts = strings.Split(name, ",")
		}
		for _, part := range parts {
			part = strings.TrimSpace(part)
			if !slices.Contains(have, part) {
				return nil, fmt.Errorf("the study %s has no arm %q%s", s.Name, part, suggest(part, have))
			}
			want = append(want, part)
		}
	}
	var arms []Arm
	at := map[int]int{} // old position -> new one
	for i, a := range s.Arms {
		if slices.Contains(want, a.Name) {
			at[i] = len(arms)
			arms = append(arms, a)
		}
	}
	var sweeps []Sweep
	for i, w := range s.Sweeps {
		var kept []int
		var lost []string
		for _, arm := range w.Arms {
			if to, ok := at[arm]; ok {
				kept = append(kept, to)
			} else {
				lost = append(lost, s.Arms[arm].Name)
			}
		}
		switch {
		case len(kept) == 0:
			said = append(said, fmt.Sprintf("sweeps[%d] is left out: it is of %s alone", i, strings.Join(lost, ", ")))
			continue
		case len(lost) > 0 && len(w.Arms) < len(s.Arms):
			said = append(said, fmt.Sprintf("sweeps[%d] is narrowed: without %s", i, strings.Join(lost, ", ")))
		}
		w.Arms = kept
		sweeps = append(sweeps, w)
	}
	if len(sweeps) == 0 {
		return nil, fmt.Errorf("no sweep of the study %s prunes %s", s.Name, strings.Join(want, ", "))
	}
	var figures []figure.Request
	for _, f := range s.Figures {
		had := len(f.Arms)
		f.Arms = slices.DeleteFunc(slices.Clone(f.Arms), func(arm string) bool { return !slices.Contains(want, arm) })
		if had > 0 && len(f.Arms) == 0 {
			said = append(said, fmt.Sprintf("the figure %s is left out: it is of other arms alone", f.File))
			continue
		}
		figures = append(figures, f)
	}
	s.Arms, s.Sweeps, s.Figures = arms, sweeps, figures
	return said, nil
}

// Idle names the arms that no sweep uses: nothing of them is trained.
func (s *Study) Idle() []string {
	var idle []string
	for i, a := range s.Arms {
		if !slices.ContainsFunc(s.Sweeps, func(w Sweep) bool { return slices.Contains(w.Arms, i) }) {
			idle = append(idle, a.Name)
		}
	}
	return idle
}
