package course

import (
	"math"
	"testing"

	"prunelab/analysis/group"
	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// history is a training that loses so much of its loss in each epoch.
func history(first float64, epochs int) train.History {
	var h train.History
	for e := range epochs {
		h = append(h, train.Epoch{Epoch: e + 1, Loss: first / float64(e+1), Accuracy: 1 - first/float64(e+1)})
	}
	return h
}

func member(seed uint64, status trial.Status, h train.History) group.Member {
	return group.Member{Seed: seed, Outcome: &trial.Outcome{Status: status, Result: trial.Result{History: h}}}
}

func TestDivergedTrainingsAreNotInTheMean(t *testing.T) {
	cells := []group.Cell{{Labels: group.Labels{Series: trial.Series{Arm: "L2"}, Role: trial.Dense}, Members: []group.Member{
		member(3, trial.Done, history(0.4, 2)), member(2, trial.Diverged, history(8, 1)), member(1, trial.Done, history(0.2, 3)), member(4, trial.Diverged, nil), {Seed: 5},
	}}}
	all := All(cells)
	if len(all) != 1 || !all[0].First() || all[0].Arm != "L2" {
		t.Fatalf("%+v", all)
	}
	c := all[0]
	if len(c.Runs) != 3 || c.Runs[0].Seed != 1 || c.Runs[0].Stopped || !c.Runs[1].Stopped || c.Runs[2].Seed != 3 {
		t.Errorf("runs %+v", c.Runs)
	}
	if len(c.Gone) != 1 || c.Gone[0].Seed != 4 || c.Gone[0].Reason != "diverged" {
		t.Errorf("gone: %+v, want seed 4 alone", c.Gone)
	}
	want := []Epoch{{1, 2, 0.3, 0.7}, {2, 2, 0.15, 0.85}, {3, 1, 0.2 / 3, 1 - 0.2/3}}
	if len(c.Mean) != len(want) {
		t.Fatalf("the mean is %+v", c.Mean)
	}
	for i, w := range want {
		if m := c.Mean[i]; m.Epoch != w.Epoch || m.N != w.N || math.Abs(m.Loss-w.Loss) > 1e-12 || math.Abs(m.Accuracy-w.Accuracy) > 1e-12 {
			t.Errorf("mean %+v, want %+v", m, w)
		}
	}
}

// Two rounds with a control each, and one amount that was not retrained.
func TestARetrainingIsOneCourseAnAmount(t *testing.T) {
	label := func(requested float64, round int, retrain bool, role trial.Role) group.Labels {
		return group.Labels{Series: trial.Series{Arm: "L1", Target: "all", Method: trial.Method{Schedule: trial.Schedule{Kind: trial.Iterative}}, Parameter: trial.Ratio}, Requested: requested, Round: round, Retrain: retrain, Role: role}
	}
	all := All([]group.Cell{
		{Labels: label(0.9, 1, false, trial.Point), Members: []group.Member{member(1, trial.Done, history(9, 1))}},
		{Labels: label(0, 1, true, trial.Control), Members: []group.Member{{Seed: 1}, member(2, trial.Done, history(0.1, 4))}},
		{Labels: label(0, 2, true, trial.Control), Members: []group.Member{member(1, trial.Done, history(0.3, 4)), member(2, trial.Done, history(0.7, 4))}},
		{Labels: label(0.2, 1, true, trial.Point), Members: []group.Member{{Seed: 1}}},
	})
	if len(all) != 2 || all[0].First() || all[0].Requested != 0 || all[1].Requested != 0.2 || len(all[1].Runs) != 0 || len(all[1].Mean) != 0 {
		t.Fatalf("%+v", all)
	}
	if r := all[0].Runs; len(r) != 2 || r[0].History[0].Loss != 0.3 || r[1].History[0].Loss != 0.1 {
		t.Errorf("the first round that was run counts: %+v", r)
	}
}
