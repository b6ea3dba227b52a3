package trial

import "testing"

// The seeds of a run stay where some are added, whatever they are.
func TestAddingSeedsKeepsThoseThatAreThere(t *testing.T) {
	for _, c := range []struct {
		have []uint64
		add  int
		want string
	}{
		{[]uint64{1, 2, 3, 4, 5}, 1, "seeds=6"},
		{[]uint64{1}, 5, "seeds=6"},
		{[]uint64{101, 102}, 2, "seeds=[101,102,103,104]"},
		{[]uint64{1, 3}, 1, "seeds=[1,3,4]"},
	} {
		var p Plan
		for _, seed := range c.have {
			p.Trials = append(p.Trials, Spec{Seed: seed}, Spec{Seed: seed})
		}
		if got, want := p.Adding(c.add), "prunelab run STUDY --set "+c.want+" --extend"; got != want {
			t.Errorf("%v and %d more: %s, want %s", c.have, c.add, got, want)
		}
	}
}
