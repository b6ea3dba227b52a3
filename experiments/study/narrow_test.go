package study

import (
	"slices"
	"strings"
	"testing"

	"prunelab/experiments/trial"
)

const ofArms = small + `  - {targets: [all], ratios: [0.5]}
  - {targets: [fc1], ratios: [0.5], arms: [L2, L1]}
  - {targets: [fc2], ratios: [0.5], arms: [L1]}
`

// A study narrowed to arms has the trials that it has of these, and no others.
func TestNarrowedToArms(t *testing.T) {
	whole := mustPlan(t, mustParse(t, ofArms))
	for _, c := range []struct {
		names []string
		arms  string
		said  string
	}{
		{[]string{"L2"}, "L2", "sweeps[1] is narrowed: without L1; sweeps[2] is left out: it is of L1 alone"},
		{[]string{"L1→L2,L1"}, "L1 L1→L2", "sweeps[1] is narrowed: without L2"},
		{[]string{"L1", "L2"}, "L2 L1", ""},
	} {
		s := mustParse(t, ofArms)
		said, err := s.Narrow(c.names)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(said, "; "); got != c.said {
			t.Errorf("%v: said %q, want %q", c.names, got, c.said)
		}
		p := mustPlan(t, s)
		if got := strings.Join(p.Arms, " "); got != c.arms {
			t.Errorf("%v: arms %s, want %s", c.names, got, c.arms)
		}
		var want []trial.Cell
		for _, cell := range whole.Cells {
			if slices.Contains(p.Arms, cell.Arm) {
				want = append(want, cell)
			}
		}
		if !slices.Equal(p.Cells, want) {
			t.Errorf("%v: %d cells, the study has %d of these arms", c.names, len(p.Cells), len(want))
		}
		if err := check(p); err != nil {
			t.Errorf("%v: %v", c.names, err)
		}
		again := mustPlan(t, mustParse(t, string(s.YAML()))) // as workers read it
		if !again.Same(p) {
			t.Errorf("%v: printed, it gives another plan:\n%s", c.names, s.YAML())
		}
	}
	for _, names := range []string{"L3", "", "L2,", "l2"} {
		if _, err := mustParse(t, ofArms).Narrow([]string{names}); err == nil || !strings.Contains(err.Error(), "has no arm") {
			t.Errorf("%q: %v", names, err)
		}
	}
	if _, err := mustParse(t, small+"  - {targets: [all], ratios: [0.5], arms: [L1]}\n").Narrow([]string{"L2"}); err == nil || !strings.Contains(err.Error(), "no sweep of the study small prunes L2") {
		t.Error(err)
	}
}

// Nothing of an arm that no sweep uses is trained, unless the folder has it.
func TestArmsThatNoSweepUsesAreNotTrained(t *testing.T) {
	s := mustParse(t, small+"  - {targets: [all], ratios: [0.5], arms: [L1]}\n")
	if idle := s.Idle(); !slices.Equal(idle, []string{"L2", "L1→L2"}) {
		t.Errorf("idle: %v", idle)
	}
	p := mustPlan(t, s)
	for _, c := range p.Cells {
		if c.Arm != "L1" {
			t.Fatalf("%+v is planned", c)
		}
	}
	had := p
	had.Arms = []string{"L2", "L1"}
	old, err := s.PlanAs(had)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(old.Arms, had.Arms) || len(old.Trials) != len(p.Trials)+len(s.Seeds) || old.Kernel != p.Kernel {
		t.Errorf("for a folder with the dense networks of L2: arms %v, %d trials, without it %d", old.Arms, len(old.Trials), len(p.Trials))
	}
}
