package study

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
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

// Words that say more than the trials tell are what the study meant, and no warning:
// a rate per round that the amounts do not come to, and that of a layer which is
// not pruned.
func TestRatesThatTheTrialsDoNotTell(t *testing.T) {
	for _, sweep := range []string{
		"{targets: [all], arms: [L2], ratios: [0.3], iterative: {per_round: 0.5}}",
		"{targets: [all], ratios: [0.5], iterative: {per_round: 0.5, equal_steps: true}}",
		"{targets: [each], ratios: [0.1, 0.2], scope: global, retrain: {freeze: others}, iterative: {per_round: 0.5, equal_steps: true}}",
		"{targets: [fc2], ratios: [0.3], criterion: random, retrain: {epochs: 2}, iterative: {per_round: 0.2, layers: {fc1: 0.3}, equal_steps: true}}",
		"{targets: [all, fc1], ratios: [0.1, 0.15], iterative: {per_round: 0.2, layers: {fc1: 0.3}}}",
	} {
		p := planOf(t, sweep)
		q := reread(t, p)
		if !reflect.DeepEqual(q, p) {
			t.Errorf("%s: another plan was read back; warnings %q", sweep, q.Warnings)
		}
		if !reflect.DeepEqual(q.ByLabel(), p.ByLabel()) || !equalJSON(t, p, q) {
			t.Errorf("%s: the plan that was read back is not that of the study", sweep)
		}
	}
}

// Rates that the trials contradict do not count.
func TestRatesThatTheTrialsContradict(t *testing.T) {
	for _, x := range []struct{ sweep, was, says, want string }{
		{"{targets: [all], ratios: [0.9], iterative: {per_round: 0.5}}", "iterative 0.5", "iterative 0.3", "iterative"},
		{"{targets: [all], ratios: [0.3], iterative: {per_round: 0.5}}", "iterative 0.5", "iterative 0.2", "magnitude"},
		{"{targets: [all], ratios: [0.3], iterative: {per_round: 0.5}}", "iterative 0.5", "iterative 0.5, fc1 0.4", "magnitude"},
		{"{targets: [all], ratios: [0.75], iterative: {per_round: 0.5}}", "iterative 0.5", "one-shot, steps of iterative 0.5", "iterative"},
	} {
		text, err := json.Marshal(planOf(t, x.sweep))
		if err != nil {
			t.Fatal(err)
		}
		var q trial.Plan
		if err := json.Unmarshal(bytes.ReplaceAll(text, []byte(strconv.Quote(x.was)), []byte(strconv.Quote(x.says))), &q); err != nil {
			t.Fatal(err)
		}
		if len(q.Warnings) != 1 || !strings.HasSuffix(q.Warnings[0], strconv.Quote(x.want)+", and that is what counts") {
			t.Errorf("%s called %q: warnings %q", x.sweep, x.says, q.Warnings)
		}
	}
}
