package pick

import (
	"strings"
	"testing"

	"prunelab/experiments/trial"
	"prunelab/model/prune"
)

var random = trial.Method{Criterion: prune.Random, Scope: prune.PerLayer, Schedule: trial.Schedule{Kind: trial.OneShot}}

var plan = trial.Plan{Cells: []trial.Cell{
	{Key: "0a", Series: trial.Series{Arm: "L2"}, Role: trial.Dense, Seed: 1},
	{Key: "0b", Series: trial.Series{Arm: "L2", Target: "all", Method: trial.Plain(), Parameter: trial.Ratio}, Requested: 0.9, Round: 1, Retrain: true, Seed: 1},
	{Key: "0b", Series: trial.Series{Arm: "L1", Target: "all", Method: trial.Plain(), Parameter: trial.Ratio}, Requested: 0.9, Round: 1, Retrain: true, Seed: 1},
	{Key: "1c", Series: trial.Series{Arm: "L2", Target: "fc1", Method: random, Parameter: trial.Ratio}, Requested: 0.5, Round: 1, Seed: 2},
	{Key: "2d", Series: trial.Series{Arm: "L2", Target: "late", Method: random, Parameter: trial.Ratio}, Requested: 0.1 + third, Round: 1, Retrain: true, Seed: 3},
}}

var third = 0.2 // 0.1 + third is 0.30000000000000004, as in folders made before amounts were rounded

func ptr[T any](v T) *T { return &v }

func TestFind(t *testing.T) {
	for _, c := range []struct {
		labels Labels
		want   string // keys, or the end of the error
	}{
		{Labels{}, "0a 0b 1c 2d"},
		{Labels{Key: "0"}, "0a 0b"},
		{Labels{Key: "1C"}, "1c"},
		{Labels{Target: Dense}, "0a"},
		{Labels{Arm: "L1"}, "0b"},
		{Labels{Arm: "L2", Ratio: ptr(0.9)}, "0b"},
		{Labels{Retrain: ptr(false)}, "0a 1c"},
		{Labels{Ratio: ptr(0.1 + third)}, "2d"},
		{Labels{Ratio: ptr(0.3)}, "2d"},
		{Labels{Seed: ptr(uint64(2)), Round: ptr(1)}, "1c"},
		{Labels{Arm: "L3"}, `arm "L3" is not in the study, which has L2, L1`},
		{Labels{Target: "fc2"}, `target "fc2" is not in the study, which has dense, all, fc1, late`},
		{Labels{Ratio: ptr(0.7)}, `ratio "0.7" is not in the study, which has 0, 0.9, 0.5, 0.3`},
		{Labels{Key: "3"}, `no key begins with "3"; without a key all trials are listed`},
		{Labels{Arm: "L1", Target: "fc1"}, "no trial has all that was asked for; leave some of it out to see what there is"},
	} {
		cells, err := c.labels.Find(plan)
		var keys []string
		for _, cell := range cells {
			keys = append(keys, string(cell.Key))
		}
		got := strings.Join(keys, " ")
		if err != nil {
			got = strings.TrimPrefix(err.Error(), "no trial fits; ")
		}
		if got != c.want {
			t.Errorf("%+v: got %s, want %s", c.labels, got, c.want)
		}
	}
}

// A threshold is no ratio, not even where it has the same number.
func TestRatiosAndOtherAmountsAreApart(t *testing.T) {
	cut := trial.Cell{Key: "3e", Series: trial.Series{Arm: "L2", Target: "all", Method: trial.Plain(), Parameter: "threshold"}, Requested: 0.5, Seed: 1}
	mixed := trial.Plan{Cells: append(plan.Cells[:len(plan.Cells):len(plan.Cells)], cut)}
	for _, c := range []struct {
		labels Labels
		want   string
	}{
		{Labels{Ratio: ptr(0.5)}, "1c"},
		{Labels{Amount: ptr(0.5)}, "3e"},
		{Labels{Ratio: ptr(0.7)}, "no trial fits; ratio \"0.7\" is not in the study, which has 0, 0.9, 0.5, 0.3; amounts that are no ratios are asked for by --amount"},
		{Labels{Amount: ptr(0.9)}, "no trial fits; amount \"0.9\" is not in the study, which has 0.5"},
	} {
		cells, err := c.labels.Find(mixed)
		got := ""
		for _, cell := range cells {
			got += string(cell.Key)
		}
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%+v: got %s, want %s", c.labels, got, c.want)
		}
	}
	if _, err := (Labels{Amount: ptr(0.9)}).Find(plan); err == nil || err.Error() != "no trial fits; all amounts of the study are ratios: ask by --ratio" {
		t.Error(err)
	}
}

// A method is found by the words for people and by those of a plan.
func TestMethodsByEitherWords(t *testing.T) {
	equal := trial.Plain()
	equal.Schedule = trial.Schedule{Kind: trial.EqualSteps, PerRound: 0.5}
	p := trial.Plan{Cells: append([]trial.Cell{{Key: "3e", Series: trial.Series{Arm: "L2", Target: "all", Method: equal, Parameter: trial.Ratio}, Requested: 0.5, Round: 1, Seed: 1}}, plan.Cells...)}
	for _, words := range []string{"one-shot, retrained as often as iterative 0.5", "one-shot, steps of iterative 0.5"} {
		if cells, err := (Labels{Method: words}).Find(p); err != nil || len(cells) != 1 || cells[0].Key != "3e" {
			t.Errorf("%s: %v, %v", words, cells, err)
		}
	}
	_, err := Labels{Method: "one-shot, steps of iterative 0.3"}.Find(p)
	if err == nil || !strings.Contains(err.Error(), `is not in the study, which has one-shot, retrained as often as iterative 0.5, magnitude, random`) {
		t.Errorf("%v", err)
	}
}
