package trial_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"prunelab/experiments/store"
	"prunelab/experiments/trial"
)

// What was published is read and named as it was when it was made: the keys of
// a plan's Specs, decoded and encoded by this program, are those by which its
// cells and its trials, in files of their own or packed, know them.
func TestKeysOfPublishedTrials(t *testing.T) {
	plans, err := filepath.Glob("../../results/*/plan*.json")
	if err != nil || len(plans) < 9 {
		t.Fatalf("%d published plans, %v", len(plans), err)
	}
	for _, file := range append(plans, "../../cmd/prunelab/testdata/schema-1/plan.json") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var sealed struct {
			Plan      trial.Plan
			Extension struct{ Plan trial.Plan }
		}
		if err := json.Unmarshal(text, &sealed); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		p := sealed.Plan
		if len(p.Trials) == 0 {
			p = sealed.Extension.Plan
		}
		folder := store.Inspect(filepath.Dir(file), store.Disk{}, func(name string, why error) { t.Errorf("%s: %v", name, why) })
		made, lost := map[trial.Key]bool{}, 0
		for _, s := range p.Trials {
			key := s.Key()
			_, ok, err := folder.Outcome(key)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				lost++
			}
			made[key] = true
		}
		for _, c := range p.Cells {
			if !made[c.Key] {
				lost++
			}
		}
		if lost > 0 {
			t.Errorf("%s: %d keys of trials and cells are not there", file, lost)
		}
		if n := len(p.Trials); n == 0 || len(made) != n {
			t.Errorf("%s: %d trials have %d keys", file, n, len(made))
		}
	}
}
