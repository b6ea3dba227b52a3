package group

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/internal/fixtures"
	"prunelab/experiments/trial"
)

func study() (trial.Plan, []trial.Outcome) {
	return fixtures.Build(fixtures.Config{
		Arms: []string{"L2", "L1"}, Seeds: []uint64{1, 2, 3},
		Sweeps:  []fixtures.Sweep{fixtures.All(true, 0.5, 0.9), fixtures.One("fc1", false, 0.5)},
		Correct: func(a fixtures.At) int { return 900 + int(a.Seed) },
	})
}

func TestCellsHoldEverySeedOnce(t *testing.T) {
	p, outs := study()
	s, err := New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	// Per arm: dense, control, two ratios of all, one of fc1.
	if len(s.Cells) != 2*5 {
		t.Errorf("%d cells, want 10", len(s.Cells))
	}
	for _, c := range s.Cells {
		var seeds []uint64
		for _, m := range c.Members {
			seeds = append(seeds, m.Seed)
			if m.Outcome == nil || m.Outcome.Key != m.Key {
				t.Errorf("%s: seed %d has not its own outcome", c.Labels, m.Seed)
			}
		}
		if !slices.Equal(seeds, []uint64{1, 2, 3}) {
			t.Errorf("%s: seeds %v", c.Labels, seeds)
		}
	}
	if len(s.Warnings) > 0 {
		t.Errorf("warnings %q of a study in order", s.Warnings)
	}
}

func TestOrderDoesNotMatter(t *testing.T) {
	p, outs := study()
	want, err := New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		q := p
		q.Cells = slices.Clone(p.Cells)
		outs := slices.Clone(outs)
		r.Shuffle(len(q.Cells), func(i, j int) { q.Cells[i], q.Cells[j] = q.Cells[j], q.Cells[i] })
		r.Shuffle(len(outs), func(i, j int) { outs[i], outs[j] = outs[j], outs[i] })
		got, err := New(q, outs)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Cells, want.Cells) || !slices.Equal(got.Warnings, want.Warnings) {
			t.Fatal("another order of the input gave other cells")
		}
	}
}

func TestMissingTrialsHaveReasons(t *testing.T) {
	p, outs := study()
	dense, point := p.Cells[0], p.Cells[2] // arm L2, seed 1: dense, control, ratio 0.5
	outs = slices.DeleteFunc(outs, func(o trial.Outcome) bool { return o.Key == point.Key })
	s, err := New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	if s.Outcome(point.Key) != nil || s.Why(point.Key) != NotRun {
		t.Errorf("a trial without outcome: %v", s.Why(point.Key))
	}
	for _, c := range []struct {
		status trial.Status
		own    Reason
	}{{trial.Diverged, Diverged}, {trial.Failed, Failed}} {
		for i := range outs {
			if outs[i].Key == dense.Key {
				outs[i].Status = c.status
			}
		}
		if s, err = New(p, outs); err != nil {
			t.Fatal(err)
		}
		if s.Why(dense.Key) != c.own || s.Why(point.Key) != StartLost {
			t.Errorf("%s: %v, and what starts from it %v", c.status, s.Why(dense.Key), s.Why(point.Key))
		}
	}
}

func TestResidueIsWarnedOf(t *testing.T) {
	p, outs := study()
	// Seed 2 of arm L2 was trained at another rate.
	old := p.Cells[slices.IndexFunc(p.Cells, func(c trial.Cell) bool { return c.Arm == "L2" && c.Seed == 2 && c.Role == trial.Dense })].Key
	var key trial.Key
	for i := range p.Trials {
		if p.Trials[i].Key() == old {
			p.Trials[i].Train.Optimizer.LR = 0.2
			key = p.Trials[i].Key()
		}
	}
	for i := range p.Cells {
		if p.Cells[i].Key == old {
			p.Cells[i].Key = key
		}
	}
	s, err := New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	want := "arm L2, dense: its seeds also vary in train.optimizer.lr (0.1, 0.2)"
	if !slices.Contains(s.Warnings, want) {
		t.Errorf("warnings %q, want %q among them", s.Warnings, want)
	}
	if !slices.ContainsFunc(s.Warnings, func(w string) bool {
		return strings.Contains(w, "an outcome that belongs to no trial of the plan was left out")
	}) {
		t.Error("the outcome that lost its trial is not mentioned")
	}
}

// Two trials of one seed in one cell would be averaged as if they were two
// seeds.
func TestASeedIsNeverCountedTwice(t *testing.T) {
	p, outs := study()
	for _, c := range slices.Clone(p.Cells) {
		if c.Arm != "L2" || c.Requested != 0.9 {
			continue
		}
		i := slices.IndexFunc(p.Trials, func(s trial.Spec) bool { return s.Key() == c.Key })
		other := p.Trials[i]
		retrain := *other.Levels[0].Retrain
		retrain.Epochs = 60
		other.Levels = []trial.Level{{Prune: other.Levels[0].Prune, Retrain: &retrain}}
		c.Key = other.Key()
		p.Trials, p.Cells = append(p.Trials, other), append(p.Cells, c)
	}
	s, err := New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	var methods []string
	for _, c := range s.Cells {
		if c.Arm == "L2" && c.Requested == 0.9 {
			methods = append(methods, c.Method.String())
			if len(c.Members) != 3 {
				t.Errorf("%d members, want the 3 seeds", len(c.Members))
			}
		}
	}
	want := []string{"magnitude (levels[0].retrain.epochs=30)", "magnitude (levels[0].retrain.epochs=60)"}
	if !slices.Equal(methods, want) {
		t.Errorf("methods %q, want %q", methods, want)
	}
}

func TestContradictionsAreRefused(t *testing.T) {
	p, outs := study()
	for name, spoil := range map[string]func(o *trial.Outcome){
		"more correct than there are": func(o *trial.Outcome) { s := *o.Result.Start; s.Correct = 2000; o.Result.Start = &s },
		"no samples":                  func(o *trial.Outcome) { s := *o.Result.Start; s.N = 0; o.Result.Start = &s },
		"unknown status":              func(o *trial.Outcome) { o.Status = "fine" },
		"no layers":                   func(o *trial.Outcome) { o.Result.Layers = nil },
	} {
		bad := slices.Clone(outs)
		spoil(&bad[3])
		if _, err := New(p, bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	twin := outs[3]
	if _, err := New(p, append(slices.Clone(outs), twin)); err != nil {
		t.Errorf("the same outcome twice: %v", err)
	}
	twin.Result.Weights = "other"
	if _, err := New(p, append(slices.Clone(outs), twin)); err == nil {
		t.Error("two different outcomes of one trial are accepted")
	}
	p.Trials = p.Trials[1:]
	if _, err := New(p, outs); err == nil {
		t.Error("a plan without the trial of a cell is accepted")
	}
}
