package study

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"prunelab/experiments/trial"
)

// reread is a plan as a program that finds it in a folder has it.
func reread(t *testing.T, p trial.Plan) trial.Plan {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var q trial.Plan
	if err := json.Unmarshal(text, &q); err != nil {
		t.Fatal(err)
	}
	return q
}

// In a folder a method is its words. What is read back is what the study meant.
func TestMethodsAreReadBack(t *testing.T) {
	plans := map[string]trial.Plan{
		"everything": mustPlan(t, mustParse(t, everything)),
		"rates": planOf(t,
			"{targets: [all, fc1], ratios: [0.1, 0.5, 0.9], iterative: {per_round: 0.2, layers: {fc1: 0.3, fc3: 0.05}, equal_steps: true}}",
			"{targets: [all], ratios: [0.9], criterion: random, retrain: {lr: rewind, dropout: off}, iterative: {per_round: 0.3, equal_steps: true}}",
			"{targets: [all], scope: global, iterative: {levels: [0.5, 0.75]}}",
			"{targets: [all], iterative: {levels: [0.5]}}"),
		"retraining": planOf(t,
			"{targets: [each], ratios: [0.5], retrain: false}",
			"{targets: [each], ratios: [0.5], retrain: {epochs: 2, batch: 32, optimizer: {adam: {lr: 1e-3}}, schedule: constant}}",
			"{targets: [each], ratios: [0.5], retrain: {l1: 1e-5, l2: 2e-4, start: reinit, freeze: others}}",
			"{targets: [all], ratios: [0.5], retrain: {lr: 0.003, regularizer: none, freeze: others}}"),
	}
	for _, name := range Builtins() {
		text, _ := Builtin(name)
		plans[name] = mustPlan(t, mustParse(t, string(text)))
	}
	for name, p := range plans {
		q := reread(t, p)
		for i, c := range q.Cells {
			if c.Method != p.Cells[i].Method {
				t.Errorf("%s: %q is read as %+v, was %+v", name, c.Method, c.Method, p.Cells[i].Method)
				break
			}
		}
		if !reflect.DeepEqual(q, p) {
			t.Errorf("%s: another plan was read back; warnings %q", name, q.Warnings)
		}
	}
}

// What the trials do not tell keeps the plan's words: the folder stays that of its
// study.
func TestMethodsThatTheTrialsDoNotTell(t *testing.T) {
	p := planOf(t, "{targets: [all], arms: [L2], ratios: [0.3], iterative: {per_round: 0.5}}")
	q := reread(t, p)
	i := slices.IndexFunc(q.Cells, func(c trial.Cell) bool { return c.Requested == 0.3 })
	if got := q.Cells[i].Method; got.String() != "iterative 0.5" || got.Schedule.Kind != trial.OneShot {
		t.Errorf("a single round at a rate that it does not reach: %+v", got)
	}
	if !reflect.DeepEqual(q.ByLabel(), p.ByLabel()) || !equalJSON(t, p, q) {
		t.Error("the plan that was read back is not that of the study")
	}
}
